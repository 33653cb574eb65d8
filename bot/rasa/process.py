"""Rasa as a child process: started with the bot, stopped with it, restarted with a backoff when it crashes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

import httpx

from bot.errors import SetupError
from bot.paths import NLU, VAR
from bot.rasa.environment import PYTHON, rasa_environment

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between a crash and the next start; doubled at each crash until Rasa has been ready again."""
START_LIMIT: Final = 180.0
QUIET: Final = {"LOG_LEVEL": "INFO", "LOG_LEVEL_LIBRARIES": "ERROR"}
"""Whatever the environment says: below these levels Rasa logs what people write."""


class RasaProcess:
    """`run()` keeps Rasa alive until cancelled. `ready` is set while it answers."""

    def __init__(self, model: Path, port: int, log: Path = VAR / "rasa.log") -> None:
        self._model = model
        self._port = port
        self._log = log
        self.ready = asyncio.Event()
        self.pid: int | None = None

    @property
    def url(self) -> str:
        """Where Rasa listens: the loopback only."""
        return f"http://127.0.0.1:{self._port}"

    async def run(self) -> None:
        """Start, watch and restart Rasa until cancelled; then stop it."""
        if not PYTHON.exists():
            raise SetupError("Rasa's environment is missing", "run `make run` once; it needs Python 3.10")
        pause = FIRST_PAUSE
        while True:
            process = await self._start()
            try:
                if await self._wait_until_ready(process):
                    pause = FIRST_PAUSE
                    logger.info("Rasa is ready")
                code = await process.wait()
            finally:
                self.ready.clear()
                self.pid = None
                await stop(process)
            logger.error("Rasa stopped with code %s; starting it again in %.0f s (log: var/rasa.log)", code, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Run while the context is open; `ready` may not be set yet when it opens."""
        task = asyncio.create_task(self.run())
        task.add_done_callback(_log_failure)
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _start(self) -> asyncio.subprocess.Process:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                PYTHON, "-m", "rasa", "run", "--model", self._model, "--endpoints", "endpoints.yml",
                "--credentials", "credentials.yml", "--logging-config-file", "logging.yml",
                "--interface", "127.0.0.1", "--port", str(self._port),
                cwd=NLU, env=rasa_environment() | QUIET, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.pid = process.pid
        return process

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> bool:
        async with httpx.AsyncClient(base_url=self.url, timeout=2.0) as http:
            for _ in range(int(START_LIMIT * 2)):
                if process.returncode is not None:
                    return False
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get("/webhooks/rest/")).is_success:
                        self.ready.set()
                        return True
                await asyncio.sleep(0.5)
        return False


async def stop(process: asyncio.subprocess.Process) -> None:
    """Stop a process that was started in a session of its own, with its children, of which Rasa may have some."""
    if process.returncode is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), timeout=8)
            return


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("Rasa cannot be run: %s: %s", type(error).__name__, error)


def free_port() -> int:
    """A port on the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
