"""When a bot that was just started answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

from bot.errors import SetupError
from tests.bench.load import ANSWERED, Crowd

QUESTION: Final = "my employer has not paid me for two months"
LIMIT: Final = 300.0
"""Seconds after which a bot that does not answer is given up."""


async def until_it_answers(
    crowd: Crowd, running: asyncio.subprocess.Process, log: Path, *, by_rasa: bool = False
) -> float:
    """Ask until an answer comes; returns the seconds. `by_rasa`: until it is Musafir's answer, not a search by words.

    Raises `SetupError` when the bot has ended or takes too long.
    """
    asker = crowd.person("en")
    started = time.perf_counter()
    while time.perf_counter() < started + LIMIT:
        if running.returncode is not None:
            raise SetupError(f"{log.stem} ended ({_last_line(log)})", "mend that first")
        try:
            await crowd.say(asker, QUESTION, patience=1.0)
        except TimeoutError:
            continue
        if not by_rasa or ANSWERED in crowd.last[asker.id]:
            took = time.perf_counter() - started
            await crowd.quiet(asker)
            return took
        await asyncio.sleep(0.2)
    raise SetupError(f"{log.stem} did not answer in {LIMIT:.0f} s", "look at its log")


def _last_line(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").rstrip().rpartition("\n")[2]
