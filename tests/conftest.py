"""Fixtures that several behaviours share. `world` is the real bot with a scripted Rasa; `chat` is one person in it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Content, Library
from bot.paths import CONTENT
from bot.rasa import RasaProcess
from bot.runner import free_port
from bot.training.model import train
from tests.conversation import Chat, Live, World, running_bot
from tests.scripted_rasa import ScriptedRasa, scripted_rasa

FEW_ANSWERS = (
    "work-rights/unpaid-wages",
    "work-rights/no-written-contract",
    "documents/passport-taken",
    "arrival/ru-patent",
)


@pytest.fixture(scope="session")
def library() -> Library:
    """The real content folder, read once."""
    library = Library()
    library.read()
    return library


@pytest.fixture(scope="session")
def content(library: Library) -> Content:
    """The real content."""
    return library.read()[0]


@pytest.fixture
def content_folder(tmp_path: Path) -> Path:
    """A copy of the real content with a few of its answers, that a test may break."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("answers"))
    for answer in FEW_ANSWERS:
        shutil.copytree(CONTENT / "answers" / answer, folder / "answers" / answer)
    return folder


@pytest.fixture(scope="session")
async def shared_rasa() -> AsyncIterator[ScriptedRasa]:
    """A Rasa that says what tests want."""
    async with scripted_rasa() as script:
        yield script


@pytest.fixture
def rasa(shared_rasa: ScriptedRasa) -> ScriptedRasa:
    """The scripted Rasa, with an empty script and no faults."""
    shared_rasa.reset()
    return shared_rasa


@pytest.fixture(scope="session")
async def shared_world(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One running bot for all tests that break nothing: each brings people of its own."""
    async with running_bot(shared_rasa.url, tmp_path_factory.mktemp("world"), library) as world:
        yield world


@pytest.fixture
async def world(shared_world: World, rasa: ScriptedRasa) -> World:
    """The running bot."""
    await shared_world.sandbox.clear_faults()
    return shared_world


@pytest.fixture
async def own_world(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> AsyncIterator[World]:
    """A running bot for one test that breaks it."""
    async with running_bot(rasa.url, tmp_path, library) as world:
        yield world


@pytest.fixture
async def chat(world: World) -> Chat:
    """Somebody who has chosen English and nothing else."""
    chat = await world.person("Ali", "en")
    await world.services.people.update(world.services.people.pseudonym(chat.user.id), language="en")
    return chat


@pytest.fixture(scope="session")
async def live(library: Library, content: Content, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """The bot with the real Rasa, trained if need be."""
    model = await asyncio.to_thread(train, content)
    folder = tmp_path_factory.mktemp("live")
    process = RasaProcess(model, free_port(), folder / "rasa.log")
    task = asyncio.create_task(process.run())
    await asyncio.wait_for(process.ready.wait(), 180)
    async with running_bot(process.url, folder, library) as world:
        yield Live(world, process)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
