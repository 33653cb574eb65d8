"""Counts of what helped and of what did not work, without who said so."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import ContactReport, Feedback, FeedbackReason
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


async def count_reason(database: Database, answer: str, language: Language, reason: str) -> None:
    """Add one to today's count of a reason why an answer did not help. Errors cost one count and nothing else."""
    today = datetime.now(UTC).date()
    try:
        async with database.session() as session:
            row = await session.get(FeedbackReason, (today, answer, language, reason), with_for_update=True)
            if row is None:
                row = FeedbackReason(day=today, answer=answer, language=language, reason=reason, count=0)
                session.add(row)
            row.count += 1
    except (SQLAlchemyError, OSError) as error:
        logger.warning("reason not counted: %s", type(error).__name__)


@dataclass(frozen=True)
class Verdict:
    """How often an answer helped and did not, and why not: reason → how often."""

    helped: int
    did_not: int
    reasons: Mapping[str, int]


async def verdicts(database: Database, days: int) -> dict[str, Verdict]:
    """Answer id → what people said of it in the last `days` days, those that helped least often first.

    Raises `SQLAlchemyError` or `OSError`.
    """
    since = datetime.now(UTC).date() - timedelta(days=days)
    votes: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    async with database.session() as session:
        for vote in await session.scalars(select(Feedback).where(Feedback.day > since)):
            votes[vote.answer][vote.helpful] += vote.count
        for row in await session.scalars(select(FeedbackReason).where(FeedbackReason.day > since)):
            reasons[row.answer][row.reason] += row.count
    found = {
        answer: Verdict(votes[answer][True], votes[answer][False], dict(reasons[answer].most_common()))
        for answer in {**votes, **reasons}
    }
    return dict(sorted(found.items(), key=lambda entry: (-entry[1].did_not, entry[0])))


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
