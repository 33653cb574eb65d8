"""Counts of "did this help?", without who said so."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import Feedback
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)


async def count(database: Database, answer: str, language: Language, *, helpful: bool) -> None:
    """Add one to today's count. A database error costs one count and nothing else."""
    today = datetime.now(UTC).date()
    try:
        async with database.session() as session:
            row = await session.get(Feedback, (today, answer, language, helpful), with_for_update=True)
            if row is None:
                row = Feedback(day=today, answer=answer, language=language, helpful=helpful, count=0)
                session.add(row)
            row.count += 1
    except (SQLAlchemyError, OSError) as error:
        logger.warning("feedback not counted: %s", type(error).__name__)
