"""Fixtures that several behaviours share. `world` is the real bot with a scripted Rasa; `chat` is one person in it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.content import Content, Library
from bot.database import Database
from bot.database.models import Base
from bot.paths import CONTENT
from bot.rasa import RasaProcess
from bot.rasa.process import free_port
from bot.sandbox import methods
from bot.sandbox.params import Params
from bot.settings import Settings
from bot.training.model import train
from tests.bot_api.checker import problems
from tests.conversation import Chat, Live, World, running_bot
from tests.desk import Desk, running_desk
from tests.postgres import find_binaries, running_postgres
from tests.scripted_rasa import ScriptedRasa, scripted_rasa

FEW_ANSWERS = (
    "work-rights/unpaid-wages",
    "work-rights/no-written-contract",
    "documents/passport-taken",
    "arrival/ru-patent",
)


@pytest.fixture(scope="session", autouse=True)
def wrong_calls() -> Iterator[list[str]]:
    """What bots sent to the sandboxes of this session that the description of the Bot API does not know."""
    found: list[str] = []

    def observe(method: str, params: Params) -> None:
        found.extend(problems(method, params.values))

    methods.observers.append(observe)
    yield found
    methods.observers.remove(observe)
    assert not found


@pytest.fixture(autouse=True)
def every_call_is_right(request: pytest.FixtureRequest, wrong_calls: list[str]) -> Iterator[None]:
    """Fails the test in which a bot made a wrong call, also where the sandbox took it."""
    yield
    found = wrong_calls.copy()
    wrong_calls.clear()
    if found and request.node.get_closest_marker("wrong_calls") is None:
        pytest.fail("the Bot API does not allow this:\n" + "\n".join(found), pytrace=False)


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
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("answers", "exam"))
    for answer in FEW_ANSWERS:
        shutil.copytree(CONTENT / "answers" / answer, folder / "answers" / answer)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, where one is installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_postgres(binaries) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with all tables, of each kind."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}" if is_sqlite else request.getfixturevalue("postgres")
    database = Database(Settings(_env_file=None, database_url=url).async_database_url)  # type: ignore[call-arg]
    await database.migrate()
    async with database.session() as session:  # the PostgreSQL server is that of all tests
        for table in Base.metadata.sorted_tables:
            await session.execute(table.delete())
    yield database
    await database.close()


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


@pytest.fixture
async def desk(content_folder: Path) -> AsyncIterator[Desk]:
    """Somebody of the staff, signed in at a desk of their own."""
    async with running_desk(content_folder) as desk:
        yield desk
