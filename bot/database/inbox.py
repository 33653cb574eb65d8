"""Updates that were accepted and wait to be handled; they survive a restart.

kept by the process that accepted it ── write ──> handled: the body is gone, the number stays for a day
   ^──── take_over ── released, or its process died

An update is its process's own from the moment it is kept, which spares a claim: only what was taken over, or may have
been, is claimed before it is handled. What arrives and what was handled is written together (see `inbox_writer`).

An update holds what somebody wrote, so its body is encrypted (see `cipher`). `/forget` has nothing to empty here: its
own update is the one in hand, those before it in the chat are handled, and those after it are new.
Every method raises `SQLAlchemyError` or `OSError` when the database cannot be reached.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from bot.database.alerts import changed
from bot.database.cipher import Cipher
from bot.database.models import ReceivedUpdate
from bot.database.session import Database
from bot.database.upsert import insert_new

logger = logging.getLogger(__name__)

PURPOSE: Final = "inbox"
"""Of the cipher."""
REMEMBERED: Final = timedelta(hours=24)
"""How long a number stays. Telegram, too, gives up an update after a day."""
ATTEMPTS: Final = 3
"""How often an update is begun at most: one that kills the process must not do so for ever."""
_TABLE: Final = ReceivedUpdate.metadata.tables[ReceivedUpdate.__tablename__]
_EMPTY: Final = update(_TABLE).where(_TABLE.c.update_id == bindparam("number")).values(body="")


@dataclass(frozen=True)
class Waiting:
    """An update that waits: the JSON that Telegram sent."""

    update_id: int
    body: str


class Inbox:
    """The inbox as one process sees it. `owner` names the process; no two that are alive have the same name."""

    def __init__(self, database: Database, secret: str, owner: str) -> None:
        self._database = database
        self._cipher = Cipher(secret, PURPOSE)
        self._insert = insert_new(ReceivedUpdate, database.engine.dialect).returning(_TABLE.c.update_id)
        self.owner = owner

    async def write(self, arrived: Sequence[Waiting], handled: Collection[int], now: datetime) -> set[int]:
        """Keep what arrived as ours, and empty what was handled, in one transaction; at most some hundred of each.

        Returns the numbers that are new: an update whose number was known was, or will be, handled.
        """
        rows = self._rows(arrived, now)

        def write(connection: Connection) -> set[int]:
            new = set(connection.execute(self._insert, rows).scalars()) if rows else set()
            if handled:  # some of them may have arrived only now, after the database was away
                connection.execute(_EMPTY, [{"number": number} for number in handled])
            return new

        return await self._database.at_once(write)

    def _rows(self, arrived: Sequence[Waiting], now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "update_id": waiting.update_id,
                "body": self._cipher.encrypt(waiting.body),
                "received_at": now,
                "claimed_by": self.owner,
                "claimed_at": now,
                "attempts": 1,
            }
            for waiting in arrived
        ]

    async def owners(self, before: datetime) -> set[str]:
        """The processes that have an update which they accepted or took over before `before`."""
        query = select(ReceivedUpdate.claimed_by).where(
            ReceivedUpdate.body != "", ReceivedUpdate.claimed_by.is_not(None), ReceivedUpdate.claimed_at <= before
        )
        async with self._database.session() as session:
            return {owner for owner in await session.scalars(query.distinct()) if owner is not None}

    async def take_over(self, gone: Collection[str], now: datetime) -> list[Waiting]:
        """Make ours what was released and what the processes `gone` left, oldest first. Nobody else gets it, too."""
        left = and_(
            ReceivedUpdate.body != "",
            ReceivedUpdate.attempts < ATTEMPTS,
            or_(ReceivedUpdate.claimed_by.is_(None), ReceivedUpdate.claimed_by.in_(gone)),
        )
        take = update(ReceivedUpdate).where(left).values(claimed_by=self.owner, claimed_at=now)
        async with self._database.session() as session:
            rows = list(await session.execute(take.returning(ReceivedUpdate.update_id, ReceivedUpdate.body)))
        readable = [Waiting(number, body) for number, kept in rows if (body := self._cipher.decrypt(kept))]
        if lost := {number for number, _ in rows} - {waiting.update_id for waiting in readable}:
            logger.error("%d updates cannot be read: they were kept with another MUSAFIR_SECRET", len(lost))
            await self.write([], lost, now)
        return sorted(readable, key=lambda waiting: waiting.update_id)

    async def claim(self, update_id: int, now: datetime) -> bool:
        """Begin to handle an update once more. False when it is another's by now, was handled, or is given up."""
        this = update(ReceivedUpdate).where(
            ReceivedUpdate.update_id == update_id,
            ReceivedUpdate.claimed_by == self.owner,
            ReceivedUpdate.body != "",
            ReceivedUpdate.attempts < ATTEMPTS,
        )
        values = {"claimed_at": now, "attempts": ReceivedUpdate.attempts + 1}
        async with self._database.session() as session:
            return changed(await session.execute(this.values(values)))

    async def release(self) -> None:
        """Let wait again what this process was not allowed to finish."""
        these = update(ReceivedUpdate).where(ReceivedUpdate.claimed_by == self.owner, ReceivedUpdate.body != "")
        async with self._database.session() as session:
            await session.execute(these.values(claimed_by=None, claimed_at=None, attempts=0))

    async def tidy(self, now: datetime) -> None:
        """Delete what was received more than a day ago."""
        old = ReceivedUpdate.received_at < now - REMEMBERED
        lost = select(func.count()).select_from(ReceivedUpdate).where(old, ReceivedUpdate.body != "")
        async with self._database.session() as session:
            if count := await session.scalar(lost):
                logger.error("%d updates were never handled, and are deleted after a day", count)
            await session.execute(delete(ReceivedUpdate).where(old))
