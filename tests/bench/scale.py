"""What growth costs: a plain installation and a large one run side by side and are asked in turns."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

from bot.content import Content, Library
from bot.errors import SetupError
from bot.paths import VAR
from bot.training.folder import ModelFolder
from bot.training.model import model_name
from tests.bench import generate
from tests.bench.botapi import BotApi
from tests.bench.contenders.musafir import Installation, current_model
from tests.bench.load import Crowd, Times, one_by_one
from tests.bench.questions import Question
from tests.bench.ready import until_it_answers
from tests.bench.table import Line, scale_line

TIMES: Final = 150
WARM_UP: Final = 20
LANGUAGE: Final = "ru"
CONTACTS_BUTTON: Final = "contacts:RU:legal"
LARGE: Final = VAR / "bench" / "ten-times"
"""An installation with ten times the answers: its model is kept, since training takes long."""

Act = Callable[[], Awaitable[float]]


async def measure(content: Content, plain: Installation, asked: list[Question], folder: Path) -> list[Line]:
    """The lines of the table. Without the model of `train_large`, its line is left out."""
    crowded = Installation(folder / "people")
    crowded.take_model(*current_model(content))
    await generate.people(crowded.database)
    listed = Installation(folder / "contacts")
    listed.take_model(*current_model(content))
    generate.contacts(listed.root / "content")
    lines = [
        scale_line("a million people: free text, ms", *await _side_by_side(plain, crowded, asked), 1.1),
        scale_line("20,000 contacts: a list of contacts, ms", *await _side_by_side(plain, listed, [], True), 1.1),
    ]
    trained = ModelFolder(LARGE / "nlu" / "models")
    if model := trained.chosen():
        large = Installation(folder / "answers")
        generate.answers(large.root / "content")
        large.take_model(trained.file(model), model_name(Library(large.root / "content").read()[0]))
        lines.append(scale_line("1,040 answers: free text, ms", *await _side_by_side(plain, large, asked), 1.5))
    return lines


def train_large() -> None:
    """Generate ten times the answers and train their model by the real command, unless it is there.

    Raises `SetupError`.
    """
    if ModelFolder(LARGE / "nlu" / "models").chosen():
        return
    shutil.rmtree(LARGE, ignore_errors=True)
    installation = Installation(LARGE)
    generate.answers(LARGE / "content")
    command = ["nice", "-n", "19", str(Path(sys.executable).parent / "musafir"), "train"]
    with (LARGE / "training.log").open("wb") as log:
        environment = installation.environment("")
        done = subprocess.run(command, cwd=LARGE, env=environment, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise SetupError("the model for ten times the answers was not trained", f"look at {LARGE / 'training.log'}")


async def _side_by_side(
    plain: Installation, large: Installation, asked: list[Question], contacts: bool = False
) -> tuple[float, float]:
    """Medians of both in milliseconds, of free text or of a list of contacts."""
    async with AsyncExitStack() as stack:
        acts = [await _acts(stack, installation, asked, contacts) for installation in (plain, large)]
        for own in acts:
            await one_by_one(own, WARM_UP)
        times = [Times(), Times()]
        for number in range(TIMES):
            for own, seen in zip(acts, times, strict=True):
                seen.seconds += (await one_by_one([own[number % len(own)]], 1)).seconds
    return times[0].p50, times[1].p50


async def _acts(stack: AsyncExitStack, installation: Installation, asked: list[Question], contacts: bool) -> list[Act]:
    api = await stack.enter_async_context(BotApi().running())
    running = await stack.enter_async_context(installation.start(api))
    crowd = Crowd(api)
    await until_it_answers(crowd, running, installation.log(), by_rasa=True)
    person = crowd.person(LANGUAGE)
    await crowd.press(person, f"language:{LANGUAGE}")
    await crowd.quiet(person)
    if contacts:
        return [lambda: crowd.press(person, CONTACTS_BUTTON)]
    own = await crowd.single([question for question in asked if question.language == LANGUAGE])
    return [partial(crowd.say, person, question.text) for question in own]
