"""Erases everything that the database keeps about a person, in one transaction: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete

from bot.database.models import Delivery, OpenGuide, Person, Reminder, Subscription, Tracker
from bot.database.session import Database


class Kept(StrEnum):
    """What a table keeps about somebody."""

    PROFILE = "profile"
    GUIDE = "guide"
    REMINDER = "reminder"
    NEWS = "news"


_TABLES: Final[Mapping[Kept, type[Person | OpenGuide | Reminder | Subscription]]] = MappingProxyType(
    {Kept.PROFILE: Person, Kept.GUIDE: OpenGuide, Kept.REMINDER: Reminder, Kept.NEWS: Subscription}
)


async def erase(database: Database, pseudonyms: Collection[str]) -> set[Kept]:
    """Erase what is kept under any of the `pseudonyms` of one person. Returns what there was.

    Talks with staff and marks of the week have more to them than rows: see `Handovers` and `Figures`.
    Raises `SQLAlchemyError` or `OSError`.
    """
    found = set()
    async with database.session() as session:
        for kept, table in _TABLES.items():
            gone = await session.execute(delete(table).where(table.pseudonym.in_(pseudonyms)))
            if cast("CursorResult[Any]", gone).rowcount:
                found.add(kept)
        await session.execute(delete(Delivery).where(Delivery.pseudonym.in_(pseudonyms)))
        await session.execute(delete(Tracker).where(Tracker.pseudonym.in_(pseudonyms)))
    await database.wipe_traces()
    return found
