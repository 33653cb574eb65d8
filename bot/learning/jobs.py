"""What runs beside the bot: marks are written and counted, kept questions expire."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Steadiness
from bot.database.kept import delete_expired
from bot.database.session import Database
from bot.learning.figures import Figures

logger = logging.getLogger(__name__)

PAUSE: Final = 30.0
"""Seconds between two looks."""


async def keep_learning(database: Database, figures: Figures) -> None:
    """Write the marks every half minute; once a day count the weeks that are over and delete expired questions."""
    done_on: date | None = None
    clock = Steadiness(datetime.now(UTC))
    while True:
        await asyncio.sleep(PAUSE)
        now = datetime.now(UTC)
        if not clock.holds(now) or done_on == now.date():
            await figures.flush()
        elif await figures.close(now) and await _tidy(database, now.date()):
            done_on = now.date()


async def _tidy(database: Database, today: date) -> bool:
    try:
        await delete_expired(database, today)
    except (SQLAlchemyError, OSError) as error:
        logger.warning("kept questions not tidied: %s", type(error).__name__)
        return False
    return True
