"""Questions that people allowed the bot to keep, scrubbed and without who asked them. Gone after 30 days."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database.models import KeptQuestion
from bot.database.session import Database
from bot.languages import Language

logger = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(days=30)


async def keep(database: Database, text: str, language: Language, candidates: Sequence[str], today: date) -> bool:
    """Keep a question that has been scrubbed already. False when the database could not be reached."""
    try:
        async with database.session() as session:
            session.add(KeptQuestion(text=text, language=language, candidates=list(candidates), kept_on=today))
    except (SQLAlchemyError, OSError) as error:
        logger.warning("question not kept: %s", type(error).__name__)
        return False
    return True


async def all_kept(database: Database) -> list[KeptQuestion]:
    """The questions that are kept, oldest first."""
    async with database.session() as session:
        return list(await session.scalars(select(KeptQuestion).order_by(KeptQuestion.kept_on, KeptQuestion.id)))


async def delete_kept(database: Database, ids: Collection[int]) -> int:
    """Delete some questions, once staff have dealt with them. Returns how many there were."""
    return await _delete(database, KeptQuestion.id.in_(ids))


async def delete_expired(database: Database, today: date) -> int:
    """Delete what has been kept for 30 days. Returns how many there were."""
    return await _delete(database, KeptQuestion.kept_on <= today - KEPT_FOR)


async def _delete(database: Database, which: ColumnElement[bool]) -> int:
    async with database.session() as session:
        result = cast("CursorResult[Any]", await session.execute(delete(KeptQuestion).where(which)))
    if result.rowcount:
        await database.wipe_traces()
    return result.rowcount
