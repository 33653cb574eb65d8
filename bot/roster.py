"""Replicas tell each other, in the database, what they serve: it is noticed when they serve different things.

While a change is rolled out they differ for some minutes, and that is harmless: a guide goes on at a model that is
newer or older with the answers that both know (`bot.dialogue`), and an old button says so. What must not last is that
one replica was forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database
from bot.database.models import Replica
from bot.database.upsert import upsert
from bot.observing.version import PAUSE, Served

logger = logging.getLogger(__name__)

ALIVE: Final = timedelta(minutes=2)
"""A replica that has not told anything for so long is gone."""
FORGOTTEN: Final = timedelta(days=1)
SKEW: Final = timedelta(seconds=30)
"""Difference between clocks from which the operator is told: reminders, hours and expiries go by the clock."""
_LONGEST: Final = 64


class Roster:
    """One replica among the others. `served` tells what it serves now."""

    def __init__(self, database: Database, name: str, served: Callable[[], Awaitable[Served]]) -> None:
        self._database = database
        self._name = name
        self._served = served
        self.differences: list[str] = []
        """What differed at the last look; a line for each of content, model and code."""

    @asynccontextmanager
    async def listed(self) -> AsyncIterator[None]:
        """Be on the roster while the context is open."""
        task = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._leave()

    async def look(self) -> None:
        """Tell the others what is served here, and see what they serve. Failures are logged."""
        served = await self._served()
        row = {
            "name": self._name,
            "content": served.content[:_LONGEST],
            "model": served.model[:_LONGEST],
            "code": served.code[:_LONGEST],
            "seen_at": func.now(),
        }
        try:
            async with self._database.session() as session:
                await session.execute(upsert(Replica, self._database.engine.dialect, row))
            served_by, now = await read(self._database)
            async with self._database.session() as session:
                await session.execute(delete(Replica).where(Replica.seen_at < now - FORGOTTEN))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("it is not known what the other replicas serve: %s", type(error).__name__)
            return
        if abs(datetime.now(UTC) - now) > SKEW:
            logger.warning("the clock of this machine and that of the database differ; let both be set by NTP")
        found = differences(served_by)
        if found and found != self.differences:
            logger.warning("replicas differ, which is right only while a change is rolled out: %s", "; ".join(found))
        elif self.differences and not found:
            logger.info("all replicas serve the same again")
        self.differences = found

    async def _keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(PAUSE)

    async def _leave(self) -> None:
        try:
            async with self._database.session() as session:
                await session.execute(delete(Replica).where(Replica.name == self._name))
        except (SQLAlchemyError, OSError) as error:
            logger.warning("this replica stays on the roster for some minutes: %s", type(error).__name__)


async def read(database: Database) -> tuple[dict[str, Served], datetime]:
    """What each replica that is alive serves, by its name; and the time, as the database has it.

    Raises `SQLAlchemyError` or `OSError`.
    """
    async with database.session() as session:
        now = _utc(await session.scalar(select(func.now())))
        rows = list(await session.scalars(select(Replica)))
    alive = [row for row in rows if _utc(row.seen_at) > now - ALIVE]
    return {row.name: Served(row.content, row.model, row.code) for row in alive}, now


def differences(served_by: Mapping[str, Served]) -> list[str]:
    """A line for each thing in which replicas differ: who has which; empty when all serve the same."""
    return [
        line
        for what in ("content", "model", "code")
        if (line := _difference(what, ((getattr(served, what), name) for name, served in served_by.items())))
    ]


def _difference(what: str, found: Iterable[tuple[str, str]]) -> str | None:
    names: dict[str, list[str]] = {}
    for value, name in sorted(found):
        names.setdefault(value, []).append(name)
    if len(names) < 2:
        return None
    return f"{what} " + ", ".join(f"{value or 'unknown'} at {' and '.join(who)}" for value, who in names.items())


def _utc(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # SQLite keeps no time zone
