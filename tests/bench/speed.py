"""How fast each contender replies: to one person, and to two hundred at once."""

from __future__ import annotations

import itertools
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from bot.languages import LANGUAGES
from tests.bench.botapi import BotApi
from tests.bench.load import Crowd, Times, at_once, one_by_one
from tests.bench.processes import memory, processor_time
from tests.bench.questions import Question
from tests.bench.ready import until_it_answers

ONE_BY_ONE: Final = 200
WARM_UP: Final = 20
CROWD: Final = 200
BUTTONS: Final = {
    "a button (menu)": "menu",
    "a topic": "topic:return",
    "contacts of a country and need": "contacts:RU:legal",
}
"""Replies without Rasa: what is measured, and the button's data."""


@dataclass(frozen=True)
class Contender:
    """A bot: `start` runs it for a Bot API server and yields its process."""

    name: str
    start: Callable[[BotApi], AbstractAsyncContextManager[Process]]
    log: Path
    is_musafir: bool = False


@dataclass
class Speed:
    """What was measured of one contender.

    `warm_start` in seconds, `processor` in milliseconds of all its processes for a reply to one person, `memory` in MB
    of all its processes after the load.
    """

    warm_start: float = 0.0
    one: Times = field(default_factory=Times)
    buttons: dict[str, Times] = field(default_factory=dict)
    crowd: Times = field(default_factory=Times)
    processor: float = 0.0
    memory: float = 0.0


async def measure(contender: Contender, asked: Sequence[Question], seconds: float) -> Speed:
    """Start a contender, let it be asked, stop it. `seconds`: how long the crowd asks."""
    speed = Speed()
    async with BotApi().running() as api, contender.start(api) as running:
        crowd = Crowd(api)
        speed.warm_start = await until_it_answers(crowd, running, contender.log, by_rasa=contender.is_musafir)
        single = await crowd.single(asked)
        people = [crowd.person(language) for language, _ in zip(itertools.cycle(LANGUAGES), range(CROWD), strict=False)]
        if contender.is_musafir:
            for person in people:
                await crowd.press(person, f"language:{person.language}")
        by_language = {person.language: person for person in people[: len(LANGUAGES)]}
        for person in by_language.values():
            await crowd.quiet(person)
        acts = [partial(crowd.say, by_language[question.language], question.text) for question in single]
        await one_by_one(acts, WARM_UP)
        before = processor_time(running.pid)
        speed.one = await one_by_one(acts, ONE_BY_ONE)
        speed.processor = (processor_time(running.pid) - before) * 1000 / ONE_BY_ONE
        if contender.is_musafir:
            for name, data in BUTTONS.items():
                pressing = [partial(crowd.press, person, data) for person in by_language.values()]
                await one_by_one(pressing, WARM_UP)
                speed.buttons[name] = await one_by_one(pressing, ONE_BY_ONE // 2)
        speed.crowd = await at_once(crowd, people, single, seconds)
        speed.memory = memory(running.pid)
    return speed
