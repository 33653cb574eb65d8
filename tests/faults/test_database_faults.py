"""The database locked, gone, read-only, on a full disk: people are answered, hear the truth, and it mends itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import event

from bot import runner
from bot.content import Library
from tests.conversation import Chat, World, running_bot
from tests.desk import browser, fields
from tests.faults.process import Machine, machine
from tests.few_answers import few_answers
from tests.postgres import Postgres, find_binaries, postgres_server
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import until

CHECKLIST = [{"say": "guide_result", "id": "departure-checklist", "answers": {"destination": "RU"}}]
WRONG = "Something went wrong. Try again"


async def begun(world: World | Machine, name: str = "Ali") -> Chat:
    """Somebody who told the bot about themselves while all was well."""
    chat = await world.person(name, "en")
    await chat.begin("en", "abroad", "TJ", "KZ")
    return chat


async def is_helped(chat: Chat, rasa: ScriptedRasa) -> None:
    """They get answers, SOS and contacts, whatever happens to the database."""
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    [answer] = await chat.say("q")
    assert "Sources" in answer.text
    [card] = await chat.say("help me they are beating me")
    assert "112" in card.text
    [people] = await chat.say("/start c-KZ")
    assert any(button.data.startswith("contacts:KZ:") for row in people.buttons for button in row)


async def hears_the_truth(chat: Chat, rasa: ScriptedRasa) -> None:
    """Nothing that cannot be kept, or erased, is said to be."""
    rasa.replies["list"] = CHECKLIST
    await chat.say("list")
    await chat.press("☐ 2")
    [reminder] = await chat.press("🔔 Remind me in 3 days")
    assert WRONG in reminder.text
    [_offer] = await chat.say("/news")
    [news] = await chat.press("news:on")
    assert WRONG in news.text
    await chat.say("/forget")
    [forgotten] = await chat.press("🗑 Yes, erase")
    assert "something may be left" in forgotten.text


async def is_well_again(chat: Chat, rasa: ScriptedRasa) -> None:
    """Everything can be kept, and erased, as if nothing had been."""
    rasa.replies["list"] = CHECKLIST
    await chat.say("list")
    await chat.press("☐ 2")
    [reminder] = await chat.press("🔔 Remind me in 3 days")
    assert "I will send you this list again" in reminder.text
    await chat.say("/news")
    [news] = await chat.press("news:on")
    assert WRONG not in news.text
    await chat.say("/forget")
    [forgotten] = await chat.press("🗑 Yes, erase")
    assert "Everything I kept about you is erased." in forgotten.text


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Another process writes and does not come to its end."""
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def read_only(world: World) -> Iterator[None]:
    """Every connection refuses to write, those that are open as well."""
    state = "ON"

    def set_state(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA query_only={state}")

    for engine in world.services.database.engines:
        event.listen(engine, "checkout", set_state)
    yield
    state = "OFF"


@pytest.mark.slow
@pytest.mark.parametrize("fault", [locked, read_only])
async def test_a_database_that_cannot_be_written(
    own_world: World, rasa: ScriptedRasa, fault: Callable[[World], AbstractContextManager[None]]
) -> None:
    chat = await begun(own_world)
    with fault(own_world):
        await is_helped(chat, rasa)
        await hears_the_truth(chat, rasa)
        await is_helped(await own_world.person("Somebody new", "ru"), rasa)
    await is_well_again(chat, rasa)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "emptied"])
async def test_a_database_that_is_gone_is_made_anew(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """What was kept is lost, but what people keep from then on is in the new file and not in one that nobody sees."""
    monkeypatch.setattr(runner, "DATABASE_RETRY", 0.2)
    async with running_bot(rasa.url, tmp_path, library) as world:
        chat = await begun(world)
        delete(world.database)
        if how == "emptied":
            world.database.touch()
        await is_helped(chat, rasa)
        await until(lambda: "subscriptions" in tables(world.database), 30)
        await is_well_again(chat, rasa)
        other = await begun(world, "Other")
        with closing(sqlite3.connect(world.database)) as kept:
            [people] = kept.execute("SELECT count(*) FROM people WHERE country_to = 'KZ'").fetchone()
        assert people >= 1, other


def delete(database: Path) -> None:
    """Delete a database with what SQLite puts beside it."""
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()


def tables(database: Path) -> set[str]:
    """The tables of a database that may not be there."""
    if not database.exists():
        return set()
    with closing(sqlite3.connect(database)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL of these tests' own, that they may stop."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres_server(binaries) as running:
        yield running


@pytest.mark.slow
async def test_postgresql_stopped_started_and_made_read_only(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, server: Postgres
) -> None:
    async with running_bot(rasa.url, tmp_path, library, database_url=server.url) as world:
        chat = await begun(world)
        await asyncio.to_thread(server.stop)
        await is_helped(chat, rasa)
        await hears_the_truth(chat, rasa)
        await asyncio.to_thread(server.start)
        await is_well_again(chat, rasa)

        chat = await begun(world, "Other")
        await administer(server, "ALTER SYSTEM SET default_transaction_read_only = on")
        await is_helped(chat, rasa)
        await hears_the_truth(chat, rasa)
        await administer(server, "ALTER SYSTEM RESET default_transaction_read_only")
        await is_well_again(chat, rasa)


async def administer(server: Postgres, command: str) -> None:
    """Change a setting of the server, and wait until it holds for everybody."""
    connection = await asyncpg.connect(server.url)
    try:
        before = await connection.fetchval("SHOW default_transaction_read_only")
        await connection.execute(command)
        await connection.execute("SELECT pg_reload_conf()")
        async with asyncio.timeout(20):
            while await connection.fetchval("SHOW default_transaction_read_only") == before:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


@pytest.mark.slow
async def test_a_full_disk(rasa: ScriptedRasa, tmp_path: Path) -> None:
    """Of the whole process: database, log, temporary files, what the desk saves."""
    content = few_answers(tmp_path / "content")
    text = content / "answers/work-rights/unpaid-wages/en.md"
    before = text.read_bytes()
    async with machine(tmp_path, content, rasa.url) as bot:
        chat = await begun(bot)
        with bot.full_disk():
            await is_helped(chat, rasa)
            await hears_the_truth(chat, rasa)
            rasa.replies["done"] = [{"say": "guide_result", "id": "offer-check", "answers": {"who_pays": "me_now"}}]
            await chat.say("done")
            [file] = await chat.press("📄 PDF")
            assert file.raw["document"]["mime_type"] == "application/pdf"
            async with browser(bot.desk) as http:
                await http.post("/login", data={"name": "Aizada", "password": ""})
                page = "/answers/unpaid-wages/en"
                form = fields((await http.get(page)).text)
                answer = await http.post(page, data=form | {"title": "Written on a full disk"})
            assert "could not be saved" in answer.text
            assert text.read_bytes() == before
            assert bot.alive
        await is_well_again(chat, rasa)
        log = bot.said()
        text.write_bytes(before.replace(b"title: ", b"title: Later ", 1))
        await until(lambda: "content reloaded" in bot.said()[len(log) :], 30)
