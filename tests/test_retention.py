"""What people left behind goes by itself when its time is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.content import Library
from bot.database import Database, retention
from bot.database.models import Person, Subscription
from bot.database.people import People
from bot.database.retention import UNSEEN_FOR, delete_unseen
from tests.conversation import running_bot
from tests.scripted_rasa import ScriptedRasa

TODAY = datetime.now(UTC).date()
LAST_YEAR = TODAY - timedelta(days=366)


async def keep(database: Database, pseudonym: str, seen_on: date, *, news: bool = False) -> None:
    async with database.session() as session:
        session.add(Person(pseudonym=pseudonym, language="en", country_from="TJ", seen_on=seen_on))
        if news:
            session.add(Subscription(pseudonym=pseudonym, chat="encrypted"))


async def people(database: Database) -> dict[str, date]:
    async with database.session() as session:
        return {row.pseudonym: row.seen_on for row in await session.scalars(select(Person))}


async def test_who_was_not_here_for_a_year_is_deleted(database: Database) -> None:
    await keep(database, "a year ago", TODAY - UNSEEN_FOR)
    await keep(database, "almost a year ago", TODAY - UNSEEN_FOR + timedelta(days=1))
    await keep(database, "today", TODAY)
    await keep(database, "waits for news", LAST_YEAR, news=True)
    assert await delete_unseen(database, TODAY) == 1
    assert set(await people(database)) == {"almost a year ago", "today", "waits for news"}
    assert await delete_unseen(database, TODAY + timedelta(days=1)) == 1
    assert await delete_unseen(database, TODAY + UNSEEN_FOR) == 1
    assert set(await people(database)) == {"waits for news"}


async def test_coming_back_counts_and_a_look_from_afar_does_not(database: Database) -> None:
    at_the_door = People(database, "key")
    chat, other = 42, 43
    for chat_id in (chat, other):
        await keep(database, at_the_door.pseudonym(chat_id), LAST_YEAR)
    await at_the_door.meet(chat)
    await at_the_door.get(at_the_door.pseudonym(other))
    assert await at_the_door.write_seen(TODAY)
    seen = await people(database)
    assert seen[at_the_door.pseudonym(chat)] == TODAY
    assert seen[at_the_door.pseudonym(other)] == LAST_YEAR


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_visit_while_the_database_is_away_still_counts(database: Database, tmp_path: Path) -> None:
    away = People(database, "key")
    await keep(database, away.pseudonym(42), LAST_YEAR)
    await away.meet(42)
    async with database.engine.connect() as other:
        await other.exec_driver_sql("BEGIN EXCLUSIVE")
        assert not await away.write_seen(TODAY)
    assert await away.write_seen(TODAY)
    assert await people(database) == {away.pseudonym(42): TODAY}


async def test_a_running_bot_does_it_by_itself(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_bot(rasa.url, tmp_path, library) as world:
        chat = await world.person("Ali", "en")
        await chat.begin("en", "abroad", "TJ", "RU")
        known = world.services.people.pseudonym(chat.user.id)
        async with world.services.database.session() as session:
            (await session.get_one(Person, known)).seen_on = LAST_YEAR
        await keep(world.services.database, "forgotten by itself", LAST_YEAR)
        await chat.say("/menu")
    monkeypatch.setattr(retention, "FIRST_PAUSE", 0.0)
    async with running_bot(rasa.url, tmp_path, library) as world:
        async with asyncio.timeout(20):
            while "forgotten by itself" in await people(world.services.database):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
        assert await people(world.services.database) == {known: TODAY}
