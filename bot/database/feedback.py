"""Counts of what helped and of what did not work, without who said so."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import ContactReport, Feedback, FeedbackReason
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)

_Counted = Feedback | FeedbackReason | ContactReport


async def count(database: Database, answer: str, language: Language, *, helpful: bool) -> None:
    """Add one to today's count of those whom an answer helped, or did not help."""
    await _add_one(database, Feedback, day=_today(), answer=answer, language=language, helpful=helpful)


async def count_reason(database: Database, answer: str, language: Language, reason: str) -> None:
    """Add one to today's count of a reason why an answer did not help."""
    await _add_one(database, FeedbackReason, day=_today(), answer=answer, language=language, reason=reason)


async def count_broken(database: Database, contact: str) -> None:
    """Add one to today's count of people for whom a contact did not work."""
    await _add_one(database, ContactReport, contact=contact, day=_today())


async def _add_one(database: Database, table: type[_Counted], **key: Any) -> None:
    """Add one to the count of a row, which is made if need be. A database error costs one count and nothing else."""
    try:
        async with database.session() as session:
            row: _Counted | None = await session.get(table, key, with_for_update=True)
            if row is None:
                row = table(**key, count=0)
                session.add(row)
            row.count += 1
    except (SQLAlchemyError, OSError) as error:
        logger.warning("not counted: %s", type(error).__name__)


def _today() -> date:
    return datetime.now(UTC).date()


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


async def broken_counts(database: Database) -> dict[str, int]:
    """Contact id → how often people said that it did not work."""
    total = func.sum(ContactReport.count)
    async with database.session() as session:
        rows = await session.execute(select(ContactReport.contact, total).group_by(ContactReport.contact))
        return {contact: int(times) for contact, times in rows}
