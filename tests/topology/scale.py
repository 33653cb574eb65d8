"""Replies a second with one and two bots and Rasas, on this machine, which also runs the stores and who asks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.content import Content
from bot.languages import LANGUAGES
from tests.bench.botapi import BotApi
from tests.bench.contenders.musafir import Installation, current_model
from tests.bench.load import WARM_UP, Crowd, Times, at_once
from tests.bench.processes import memory, processor_time
from tests.bench.questions import Question
from tests.topology.system import topology

SIZES: Final = ((1, 1), (1, 2), (2, 2))
"""Bots and Rasas."""


async def measure(content: Content, asked: Sequence[Question], folder: Path, people: int, seconds: float) -> str:
    """The table."""
    lines = [
        "| bots × Rasas | replies/s | p50 | p95 | processor per reply: bot, Rasa | memory: bots, Rasas |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for bots, rasas in SIZES:
        shutil.rmtree(folder, ignore_errors=True)
        lines.append(await _line(content, asked, folder, bots, rasas, people, seconds))
    return "\n".join(lines)


async def _line(
    content: Content, asked: Sequence[Question], folder: Path, bots: int, rasas: int, people: int, seconds: float
) -> str:
    installation = Installation(folder)
    installation.take_model(*current_model(content))
    async with BotApi().running() as api, topology(api, installation, bots=bots, rasas=rasas) as running:
        crowd = Crowd(api)
        clear = await crowd.single(asked)
        everybody = [crowd.person(LANGUAGES[number % len(LANGUAGES)]) for number in range(people)]
        kinds = running.bots, running.rasas
        before = [sum(processor_time(part.pid) for part in kind) for kind in kinds]
        times: Times = await at_once(crowd, everybody, clear, seconds)
        used = [sum(processor_time(part.pid) for part in kind) - was for kind, was in zip(kinds, before, strict=True)]
        held = [sum(memory(part.pid) for part in kind) for kind in kinds]
    # The processors also worked in the seconds of the warm-up, in which replies are not counted.
    replies = times.per_second * (times.duration + WARM_UP)
    each = [seconds_used * 1000 / replies for seconds_used in used]
    return (
        f"| {bots} × {rasas} | {times.per_second:.1f} | {times.p50:.0f} ms | {times.p95:.0f} ms "
        f"| {each[0]:.1f} ms, {each[1]:.1f} ms | {held[0]:.0f} MB, {held[1]:.0f} MB |"
    )
