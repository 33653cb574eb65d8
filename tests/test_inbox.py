"""The inbox gives each update to one process, gives what a dead one had to another, and forgets after a day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database
from bot.database.inbox import ATTEMPTS, REMEMBERED, Inbox, Waiting
from bot.database.inbox_writer import InboxWriter
from bot.database.models import ReceivedUpdate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UPDATES = [Waiting(2**40 + number, f'{{"text": "номаълум {number}"}}') for number in range(3)]
FIRST = UPDATES[0].update_id


def inbox_of(database: Database, owner: str) -> Inbox:
    """The inbox as the process `owner` sees it."""
    return Inbox(database, "a key for tests", owner)


async def filled(database: Database, owner: str = "a") -> Inbox:
    """An inbox in which a process has accepted three updates."""
    inbox = inbox_of(database, owner)
    assert await inbox.write(UPDATES[::-1], (), NOW) == {update.update_id for update in UPDATES}
    return inbox


async def bodies(database: Database) -> list[str]:
    """What stands in the table."""
    async with database.session() as session:
        return list(await session.scalars(select(ReceivedUpdate.body)))


async def test_what_a_process_had_is_given_to_another_in_order(database: Database) -> None:
    await filled(database)
    b = inbox_of(database, "b")
    assert await b.take_over([], NOW) == []
    assert await b.take_over(["a"], NOW) == UPDATES
    assert await b.take_over(["a"], NOW) == []


async def test_a_process_that_comes_again_gets_its_own(database: Database) -> None:
    await filled(database)
    assert await inbox_of(database, "a").take_over(["a"], NOW) == UPDATES


async def test_of_two_processes_one_takes_over(database: Database) -> None:
    await filled(database)
    got = await asyncio.gather(*(inbox_of(database, name).take_over(["a"], NOW) for name in "bc"))
    assert sorted(map(len, got)) == [0, 3]


async def test_a_number_that_is_known_is_not_kept_again(database: Database) -> None:
    inbox = await filled(database)
    later = Waiting(2**41, "{}")
    assert await inbox_of(database, "b").write([UPDATES[0], later], (), NOW) == {later.update_id}
    await inbox.write([], [FIRST], NOW)
    assert await inbox.write([UPDATES[0]], (), NOW) == set()
    assert await inbox_of(database, "b").take_over(["a"], NOW) == UPDATES[1:]


async def test_what_was_handled_is_empty(database: Database) -> None:
    inbox = await filled(database)
    await inbox.write([], [update.update_id for update in UPDATES], NOW)
    assert await bodies(database) == ["", "", ""]


async def test_what_was_taken_over_is_ours_no_longer(database: Database) -> None:
    a = await filled(database)
    assert await a.claim(FIRST, NOW)
    b = inbox_of(database, "b")
    await b.take_over(["a"], NOW)
    assert not await a.claim(FIRST, NOW)
    assert await b.claim(FIRST, NOW)


async def test_who_has_updates_for_how_long(database: Database) -> None:
    inbox = await filled(database)
    assert await inbox.owners(NOW) == {"a"}
    assert await inbox.owners(NOW - timedelta(seconds=1)) == set()
    await inbox.write([], [update.update_id for update in UPDATES], NOW)
    assert await inbox.owners(NOW) == set()


async def test_what_was_released_is_free_at_once(database: Database) -> None:
    inbox = await filled(database)
    assert await inbox.claim(FIRST, NOW)
    await inbox.release()
    assert await inbox_of(database, "b").take_over([], NOW) == UPDATES


async def test_an_update_that_kills_the_process_is_given_up(database: Database) -> None:
    inbox = await filled(database)  # the first attempt
    assert [await inbox.claim(FIRST, NOW) for _ in range(ATTEMPTS)] == [True] * (ATTEMPTS - 1) + [False]
    assert await inbox_of(database, "b").take_over(["a"], NOW) == UPDATES[1:]


async def test_after_a_day_nothing_is_left(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    inbox = await filled(database)
    await inbox.write([], [FIRST], NOW)
    await inbox.tidy(NOW + REMEMBERED)
    assert len(await bodies(database)) == 3
    await inbox.tidy(NOW + REMEMBERED + timedelta(seconds=1))
    assert await bodies(database) == []
    assert "2 updates were never handled" in caplog.text


async def test_what_another_key_encrypted_is_emptied(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    await filled(database)
    assert await Inbox(database, "another key", "b").take_over(["a"], NOW) == []
    assert "3 updates cannot be read" in caplog.text
    assert await bodies(database) == ["", "", ""]


@contextmanager
def transactions(database: Database) -> Iterator[list[int]]:
    """Counts the transactions that are committed: the length of the list."""
    seen: list[int] = []

    def note(_: Any) -> None:
        seen.append(1)

    for engine in database.engines:
        event.listen(engine, "commit", note)
    yield seen
    for engine in database.engines:
        event.remove(engine, "commit", note)


async def test_what_comes_together_is_written_together(database: Database) -> None:
    writer = InboxWriter(inbox_of(database, "a"))
    updates = [Waiting(number, "{}") for number in range(1, 101)]
    with transactions(database) as seen:
        assert all(await asyncio.gather(*(writer.keep(update) for update in updates)))
        for update in updates:
            writer.settle(update.update_id)
        await writer.finish()
    assert len(seen) < 10
    assert await bodies(database) == [""] * 100
    assert not await writer.keep(updates[0])


async def test_what_could_not_be_emptied_is_emptied_later(database: Database) -> None:
    writer = InboxWriter(await filled(database))
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE inbox RENAME TO elsewhere")
    try:
        writer.settle(FIRST)
        await writer.finish()
        with pytest.raises(SQLAlchemyError):
            await writer.keep(Waiting(7, "{}"))
    finally:
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO inbox")
    await writer.finish()
    assert sorted(await bodies(database))[0] == ""
    assert len(await bodies(database)) == 3
