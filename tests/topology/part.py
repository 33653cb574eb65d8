"""One process of the topology, and who starts it again when it dies, as systemd and Kubernetes do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from bot.errors import SetupError

PAUSE: Final = 3.0
"""Seconds from the death of a part to its next start."""
READY_WITHIN: Final = 180.0
_STOP_SECONDS: Final = 20.0


@dataclass
class Part:
    """A program that is kept running. `is_ready` tells whether it does its work; `log` gets what it prints."""

    name: str
    command: tuple[str | Path, ...]
    is_ready: Callable[[], Awaitable[bool]]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Start it and keep it running while the context is open. Opens once it is ready; raises `SetupError`."""
        await self._start()
        keeper = asyncio.create_task(self._keep())
        try:
            await self.wait_until_ready()
            yield self
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._stop()

    def kill(self) -> None:
        """End it at once with all its children, as the kernel does when memory runs out."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def wait_until_ready(self) -> None:
        """Return when it does its work. Raises `SetupError` when it takes too long."""
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not await self.is_ready():  # noqa: ASYNC110 - it is found out by asking
                    await asyncio.sleep(0.2)
        except TimeoutError as error:
            raise SetupError(f"{self.name} is not ready after {READY_WITHIN:.0f} s", f"look at {self.log}") from error

    async def wait_for_next_start(self, starts: int) -> None:
        """Return when it has been started more often than `starts` times, and is ready."""
        while self.starts <= starts:  # noqa: ASYNC110 - it is found out by looking
            await asyncio.sleep(0.1)
        await self.wait_until_ready()

    async def _start(self) -> None:
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.starts += 1

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            await self._process.wait()
            await asyncio.sleep(PAUSE)
            await self._start()

    async def _stop(self) -> None:
        assert self._process is not None
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
                return
