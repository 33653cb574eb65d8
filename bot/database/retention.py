"""Deletes profiles of people who have not come for a year, for as long as the bot runs.

Reminders, talks, kept questions and marks have jobs of their own, where they are kept. Who has news on stays: news
ends when they turn it off, or when Telegram says that they are gone.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, exists
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Steadiness
from bot.database.models import OpenGuide, Person, Subscription, Tracker
from bot.database.people import People
from bot.database.session import Database

logger = logging.getLogger(__name__)

UNSEEN_FOR: Final = timedelta(days=365)
UNFINISHED_FOR: Final = timedelta(hours=23)
"""With an hour between two looks, nothing of a guide stays for more than the day that people are told."""
FIRST_PAUSE: Final = 60.0
PAUSE: Final = 60 * 60.0
"""Seconds before the first look, when the database is ready, and between two looks."""


async def keep_retention(database: Database, people: People) -> None:
    """Every hour: write down who was here, delete who was not, and the copy made before an upgrade."""
    clock = Steadiness(datetime.now(UTC))
    await asyncio.sleep(FIRST_PAUSE)
    while True:
        now = datetime.now(UTC)
        if clock.holds(now) and await people.write_seen(now.date()):
            await delete_unseen(database, now.date())
        await delete_unfinished(database, datetime.now(UTC))
        drop_copy(database)
        await asyncio.sleep(PAUSE)


def drop_copy(database: Database) -> None:
    """Delete the copy that a migration left, when its time is over."""
    try:
        database.drop_old_copy()
    except OSError as error:
        logger.warning("the copy made before the last migration was not deleted: %s", type(error).__name__)


async def delete_unfinished(database: Database, now: datetime) -> None:
    """Delete what stands of guides that nobody has gone on with for almost a day at `now`."""
    old = now - UNFINISHED_FOR
    try:
        async with database.session() as session:
            await session.execute(delete(OpenGuide).where(OpenGuide.asked_at <= old))
            await session.execute(delete(Tracker).where(Tracker.saved_at <= old))
    except (SQLAlchemyError, OSError) as error:
        logger.warning("unfinished guides not deleted: %s", type(error).__name__)


async def delete_unseen(database: Database, today: date) -> int:
    """Delete the profiles of people who were last here 365 days before `today` or earlier. Returns how many."""
    wants_news = exists().where(Subscription.pseudonym == Person.pseudonym)
    unseen = delete(Person).where(Person.seen_on <= today - UNSEEN_FOR, ~wants_news)
    try:
        async with database.session() as session:
            gone = cast("CursorResult[Any]", await session.execute(unseen)).rowcount
        await database.wipe_traces()
    except (SQLAlchemyError, OSError) as error:
        logger.warning("old profiles not deleted: %s", type(error).__name__)
        return 0
    return gone
