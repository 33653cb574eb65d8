"""The bot as a process of its own, as `musafir run` starts it, that a test may kill without warning and start again.

Telegram (the sandbox) and Rasa (scripted) live in the test's process and survive it.

    async with machine(folder, content, rasa.url, "polling") as bot:
        chat = await bot.person()
        await chat.say("/start")
        bot.kill()
        await bot.start()
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.content import ContentStore, Library
from bot.paths import ROOT
from bot.rasa.process import free_port
from bot.runner import SANDBOX_TOKEN
from bot.sandbox import methods
from bot.sandbox.client import Sandbox
from bot.sandbox.params import Params
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat
from tests.webhook import hooked

Mode = Literal["polling", "webhook"]
SECRET = "5f1d7a0c" * 8
START_SECONDS = 120
_DESK = re.compile(r"The desk for staff:\s+(\S+)")


@dataclass
class Machine:
    """A machine with one bot. `log` is what the bot wrote to standard error, a regular file."""

    sandbox: Sandbox
    content: Path
    database_url: str
    log: Path
    settings: dict[str, str]
    desk: str = ""
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def start(self) -> None:
        """Start the bot and wait until it serves."""
        with self.log.open("ab") as log:
            before = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.faults.process",
                self.content,
                env=os.environ | self.settings,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_SECONDS):
            while not (found := _DESK.search(self.said(before))):
                assert self._process.returncode is None, self.said()
                await asyncio.sleep(0.05)
        self.desk = found[1]

    async def kill(self) -> None:
        """End it without warning, wherever it is."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it as a service manager does."""
        await self._end(signal.SIGTERM)

    @property
    def alive(self) -> bool:
        """False once the process has ended."""
        return self._process is not None and self._process.returncode is None

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let every write of the bot to a file fail: database, log, temporary files. Pipes and sockets go on."""
        assert self._process is not None
        limits = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            yield
        finally:
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    @property
    def sqlite(self) -> Path:
        """The database, where it is a file."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    async def person(self, name: str = "Ali", language: str = "en") -> Chat:
        """Somebody new."""
        return Chat(await self.sandbox.user(name, language_code=language))

    def said(self, since: int = 0) -> str:
        """The log, from a byte on."""
        return self.log.read_bytes()[since:].decode()

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()


@asynccontextmanager
async def machine(
    folder: Path, content: Path, rasa_url: str, mode: Mode = "polling", database_url: str = ""
) -> AsyncIterator[Machine]:
    """A bot that serves, with its database and log in `folder`."""
    (folder / "data").mkdir()
    database_url = database_url or f"sqlite:///{folder / 'data' / 'musafir.sqlite3'}"
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        settings = {
            "TELEGRAM_BOT_TOKEN": SANDBOX_TOKEN,
            "TELEGRAM_API_BASE": url,
            "DATABASE_URL": database_url,
            "MUSAFIR_SECRET": SECRET,
            "RASA_URL": rasa_url,
            "DESK_PORT": "0",
            "PYTHONFAULTHANDLER": "1",
        }
        if mode == "webhook":
            settings |= {name.upper(): str(value) for name, value in hooked(free_port()).items()}
        running = Machine(sandbox, content, database_url, folder / "bot.log", settings)
        try:
            await running.start()
            yield running
        finally:
            await running.kill()


@contextmanager
def called(method: str, condition: Callable[[Params], bool] = lambda _: True) -> Iterator[asyncio.Event]:
    """An event that is set as soon as the bot has begun to call a method of the Bot API."""
    begun = asyncio.Event()

    def observe(name: str, params: Params) -> None:
        if name == method and condition(params):
            begun.set()

    methods.observers.append(observe)
    try:
        yield begun
    finally:
        methods.observers.remove(observe)


def main(content: Path) -> None:
    """What `musafir run` does with the Rasa at `RASA_URL`, for the content in a folder of the test's."""
    from bot import logs
    from bot.runner import run
    from bot.settings import load_settings

    logs.set_up(verbose=False)
    asyncio.run(run(load_settings(), ContentStore(Library(content)), None))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
