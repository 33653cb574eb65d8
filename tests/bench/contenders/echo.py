"""The echo bot: the limit of what python-telegram-bot can do on this machine."""

from __future__ import annotations

import sys
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.paths import ROOT
from tests.bench.botapi import TOKEN, BotApi
from tests.bench.processes import process

NAME = "echo"


def start(api: BotApi, folder: Path) -> AbstractAsyncContextManager[Process]:
    """Start it; yields the process."""
    environment = {"BENCH_API": api.url, "BENCH_TOKEN": TOKEN}
    command = (sys.executable, "-m", "tests.bench.contenders.echo_bot")
    return process(*command, folder=ROOT, environment=environment, log=folder / "echo.log")
