"""Counts of what helped and of what did not work, without who said so."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import ContactReport, Feedback
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


async def count_broken(database: Database, contact: str) -> None:
    """Add one to today's count of people for whom a contact did not work. Errors cost one count and nothing else."""
    today = datetime.now(UTC).date()
    try:
        async with database.session() as session:
            row = await session.get(ContactReport, (contact, today), with_for_update=True)
            if row is None:
                row = ContactReport(contact=contact, day=today, count=0)
                session.add(row)
            row.count += 1
    except (SQLAlchemyError, OSError) as error:
        logger.warning("report not counted: %s", type(error).__name__)


async def broken_counts(database: Database) -> dict[str, int]:
    """Contact id → how often people said that it did not work."""
    total = func.sum(ContactReport.count)
    async with database.session() as session:
        rows = await session.execute(select(ContactReport.contact, total).group_by(ContactReport.contact))
        return {contact: int(times) for contact, times in rows}
