"""Rasa as a child process: started with the bot, stopped with it, restarted with a backoff when it crashes or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final, NoReturn, Self

import httpx

from bot.errors import SetupError
from bot.paths import NLU, VAR
from bot.rasa.environment import PYTHON, rasa_environment
from bot.rasa.log import keep_log

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between a crash and the next start; doubled at each crash until Rasa has been ready again."""
START_LIMIT: Final = 180.0
HANGS_AFTER: Final = 30.0
"""Seconds without a sign of life after which Rasa is killed. Under the heaviest load it gave one within five."""
LOOK_EVERY: Final = 5.0
"""Seconds between two looks."""
LAST_WORDS: Final = 2.0
"""Seconds for what a Rasa that has ended still had to write."""
QUIET: Final = {"LOG_LEVEL": "INFO", "LOG_LEVEL_LIBRARIES": "ERROR"}
"""Whatever the environment says: below these levels Rasa logs what people write."""
ONE_THREAD: Final = {"OMP_NUM_THREADS": "1"}
"""A message is too small a sum to share: waiting for each other, the threads of NumPy tripled its processor time."""


class RasaProcess:
    """`run()` keeps Rasa alive until cancelled. `ready` is set while it answers."""

    def __init__(
        self, model: Path, port: int, log: Path = VAR / "rasa.log", *, hangs_after: float = HANGS_AFTER
    ) -> None:
        self._model = model
        self._port = port
        self._log = log
        self._hangs_after = hangs_after
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
            assert process.stdout is not None
            logging_it = asyncio.create_task(keep_log(process.stdout, self._log))
            try:
                if await self._wait_until_ready(process):
                    pause = FIRST_PAUSE
                    logger.info("Rasa is ready")
                code = await self._watch(process)
            finally:
                self.ready.clear()
                self.pid = None
                await stop(process)
                with contextlib.suppress(TimeoutError):  # its last words say why it ended
                    await asyncio.wait_for(logging_it, LAST_WORDS)
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
        process = await asyncio.create_subprocess_exec(
            *_command(self._model, self._port),
            cwd=NLU,
            env=rasa_environment() | QUIET | ONE_THREAD,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = process.pid
        return process

    async def _watch(self, process: asyncio.subprocess.Process) -> int:
        """Wait for the end of Rasa, and bring it about when it hangs. Returns its code."""
        well = monotonic()
        async with httpx.AsyncClient(base_url=self.url, timeout=LOOK_EVERY) as http:
            while not await _ends_within(LOOK_EVERY, process):
                with contextlib.suppress(httpx.HTTPError):
                    await http.get("/webhooks/rest/")
                    well = monotonic()
                if monotonic() - well > self._hangs_after:
                    logger.error("Rasa has given no sign of life for %.0f s and is killed", self._hangs_after)
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        return await process.wait()

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


def run_here(model: Path, port: int) -> NoReturn:
    """Become Rasa: our process is replaced, and writes to our standard error. Raises `SetupError`."""
    if not PYTHON.exists():
        raise SetupError("Rasa's environment is missing", "run `make nlu` once; it needs Python 3.10")
    os.chdir(NLU)
    os.execve(PYTHON, _command(model, port), rasa_environment() | QUIET | ONE_THREAD)  # noqa: S606


def _command(model: Path, port: int) -> list[str]:
    return [
        str(PYTHON), "-m", "components.serving", "run", "--model", str(model), "--endpoints", "endpoints.yml",
        "--credentials", "credentials.yml", "--logging-config-file", "logging.yml",
        "--interface", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip


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


async def _ends_within(seconds: float, process: asyncio.subprocess.Process) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
        return True
    return False


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("Rasa cannot be run: %s: %s", type(error).__name__, error)


def free_port() -> int:
    """A port on the loopback that nobody uses.

    It lies below those that Linux hands out by itself: one of these could go to another program before ours listens.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
