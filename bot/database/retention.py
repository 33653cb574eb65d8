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

from bot.database.models import Person, Subscription
from bot.database.people import People
from bot.database.session import Database

logger = logging.getLogger(__name__)

UNSEEN_FOR: Final = timedelta(days=365)
FIRST_PAUSE: Final = 60.0
PAUSE: Final = 60 * 60.0
"""Seconds before the first look, when the database is ready, and between two looks."""


async def keep_retention(database: Database, people: People) -> None:
    """Write down who was here, then delete who was not, every hour."""
    await asyncio.sleep(FIRST_PAUSE)
    while True:
        today = datetime.now(UTC).date()
        if await people.write_seen(today):
            await delete_unseen(database, today)
        await asyncio.sleep(PAUSE)


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
