"""Where the time of one answer goes inside the bot: `python -m tests.bench profile`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

from bot.errors import SetupError
from bot.paths import VAR
from tests.bench.botapi import BotApi
from tests.bench.contenders.musafir import Installation
from tests.bench.load import Crowd, one_by_one
from tests.bench.processes import process
from tests.bench.questions import Question
from tests.bench.ready import until_it_answers

TIMES: Final = 150
WRITING: Final = 60
"""Seconds within which the bot must have written what was seen."""
OUTPUT: Final = VAR / "bench" / "profile"
_WHOLE: Final = "an update in all"


async def profile(installation: Installation, asked: list[Question], mode: str) -> str:
    """A table of the parts of one answer by free text, one person at a time. The functions are in `OUTPUT`."""
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    result = OUTPUT.with_suffix(".json")
    result.unlink(missing_ok=True)
    command = (sys.executable, "-m", "tests.bench.profiled", "run")
    log = installation.root / "profile.log"
    async with BotApi().running() as api:
        environment = installation.environment(api.url, mode) | {"BENCH_PROFILE": str(OUTPUT)}
        async with process(*command, folder=installation.root, environment=environment, log=log) as running:
            crowd = Crowd(api)
            await until_it_answers(crowd, running, log, by_rasa=True)
            person = crowd.person("ru")
            own = [question for question in await crowd.single(asked) if question.language == "ru"]
            await crowd.press(person, "language:ru")
            await crowd.quiet(person)
            acts = [partial(crowd.say, person, question.text) for question in own]
            await one_by_one(acts, 30)
            os.kill(running.pid, signal.SIGUSR1)
            took = await one_by_one(acts, TIMES)
            await crowd.quiet(person)
            os.kill(running.pid, signal.SIGUSR1)
            await asyncio.to_thread(_wait_for, result)
    return _table(json.loads(result.read_text(encoding="utf-8")), took.p50, mode)


def _wait_for(result: Path) -> None:
    for _ in range(WRITING * 5):
        if result.exists():
            return
        time.sleep(0.2)
    raise SetupError("the profile was not written", "look at the log in var/bench/run/")


def _table(parts: dict[str, dict[str, float]], p50: float, mode: str) -> str:
    updates = parts[_WHOLE]["times"]
    lines = [
        f"one answer by free text, {mode}; median from the message to the reply: {p50:.1f} ms",
        f"{'part':32}{'times':>8}{'ms':>8}   (mean of {TIMES} answers)",
    ]
    for part, seen in sorted(parts.items(), key=lambda item: -item[1]["seconds"]):
        lines.append(f"{part:32}{seen['times'] / updates:8.1f}{seen['seconds'] / updates * 1000:8.2f}")
    whole = ("Bot API: getUpdates", _WHOLE, "database: statements")
    known = sum(seen["seconds"] for part, seen in parts.items() if part not in whole)
    rest = parts[_WHOLE]["seconds"] - known
    lines.append(
        f"{'our code and the dispatch of PTB':32}{'':8}{rest / updates * 1000:8.2f}   (the rest of the update)"
    )
    lines.append(f"functions: {_shown(OUTPUT)}.txt, .html")
    return "\n".join(lines)


def _shown(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())
