"""Fixtures that several behaviours share. `world` is the real bot with a scripted Rasa; `chat` is one person in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.content import Content, Library
from bot.database import Database
from bot.database.models import Base
from bot.rasa import RasaProcess
from bot.rasa.process import free_port
from bot.sandbox import methods
from bot.sandbox.params import Params
from bot.settings import Settings
from bot.training.model import train
from tests.bot_api.checker import problems
from tests.command_line import Finished, Musafir, run_command
from tests.conversation import Chat, Live, World, running_bot
from tests.desk import Desk, running_desk
from tests.few_answers import few_answers
from tests.postgres import find_binaries, running_postgres
from tests.redis_server import RedisServer, running_redis
from tests.scripted_rasa import ScriptedRasa, scripted_rasa


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
    return few_answers(tmp_path / "content")


@pytest.fixture
def musafir(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Musafir:
    """Run a command of the command line, with settings as environment variables."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'musafir.sqlite3'}")
    monkeypatch.setenv("RASA_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)

    def run(*arguments: str, **settings: str) -> Finished:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return Finished(run_command(*arguments), *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server, where one is installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_postgres(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis server, where one is installed; for tests that do not stop it."""
    with running_redis() as server:
        yield server


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
