"""The inbox gives each update to one process, frees what a dead one had begun, and forgets after a day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from bot.database import Database
from bot.database.inbox import ABANDONED, ATTEMPTS, REMEMBERED, Inbox, Waiting
from bot.database.models import ReceivedUpdate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UPDATES = [Waiting(2**40 + number, f'{{"text": "номаълум {number}"}}') for number in range(3)]


async def filled(database: Database, owner: str = "a") -> Inbox:
    """An inbox in which three updates wait and nothing else is."""
    async with database.session() as session:
        await session.execute(delete(ReceivedUpdate))  # the tests share one PostgreSQL
    inbox = Inbox(database, "a key for tests", owner)
    for waiting in reversed(UPDATES):
        assert await inbox.keep(waiting, NOW)
    return inbox


async def bodies(database: Database) -> list[str]:
    """What stands in the table."""
    async with database.session() as session:
        return list(await session.scalars(select(ReceivedUpdate.body)))


async def test_what_waits_is_given_back_in_order(database: Database) -> None:
    inbox = await filled(database)
    assert await inbox.left(NOW, NOW) == UPDATES
    assert await inbox.left(NOW - timedelta(seconds=1), NOW) == []


async def test_a_number_that_is_known_is_not_kept_again(database: Database) -> None:
    inbox = await filled(database)
    assert not await inbox.keep(Waiting(UPDATES[0].update_id, "{}"), NOW)
    await inbox.settle([UPDATES[0].update_id])
    assert not await inbox.keep(UPDATES[0], NOW)
    assert await inbox.left(NOW, NOW) == UPDATES[1:]


async def test_what_was_handled_is_empty(database: Database) -> None:
    inbox = await filled(database)
    await inbox.settle(update.update_id for update in UPDATES)
    assert await bodies(database) == ["", "", ""]


async def test_of_two_processes_one_gets_an_update(database: Database) -> None:
    a = await filled(database)
    b = Inbox(database, "a key for tests", "b")
    number = UPDATES[0].update_id
    assert sorted(await asyncio.gather(a.claim(number, NOW), b.claim(number, NOW))) == [False, True]


async def test_what_a_process_had_begun_is_free_for_its_next_life(database: Database) -> None:
    inbox = await filled(database)
    assert await inbox.claim(UPDATES[0].update_id, NOW)
    assert await Inbox(database, "a key for tests", "a").left(NOW, NOW) == UPDATES
    assert await Inbox(database, "a key for tests", "b").left(NOW, NOW) == UPDATES[1:]


async def test_what_a_process_does_not_finish_is_free_for_others_later(database: Database) -> None:
    inbox, other = await filled(database), Inbox(database, "a key for tests", "b")
    number = UPDATES[0].update_id
    assert await inbox.claim(number, NOW)
    assert not await other.claim(number, NOW + ABANDONED)
    assert await other.claim(number, NOW + ABANDONED + timedelta(seconds=1))


async def test_what_was_released_is_free_at_once(database: Database) -> None:
    inbox = await filled(database)
    assert await inbox.claim(UPDATES[0].update_id, NOW)
    await inbox.release()
    assert await Inbox(database, "a key for tests", "b").left(NOW, NOW) == UPDATES


async def test_an_update_that_kills_the_process_is_given_up(database: Database) -> None:
    inbox = await filled(database)
    number = UPDATES[0].update_id
    assert [await inbox.claim(number, NOW) for _ in range(ATTEMPTS + 1)] == [True] * ATTEMPTS + [False]
    assert await inbox.left(NOW, NOW) == UPDATES[1:]


async def test_after_a_day_nothing_is_left(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    inbox = await filled(database)
    await inbox.settle([UPDATES[0].update_id])
    await inbox.tidy(NOW + REMEMBERED)
    assert len(await bodies(database)) == 3
    await inbox.tidy(NOW + REMEMBERED + timedelta(seconds=1))
    assert await bodies(database) == []
    assert "2 updates were never handled" in caplog.text


async def test_what_another_key_encrypted_is_emptied(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    await filled(database)
    assert await Inbox(database, "another key", "a").left(NOW, NOW) == []
    assert "3 updates cannot be read" in caplog.text
    assert await bodies(database) == ["", "", ""]
