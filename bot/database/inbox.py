"""Updates that were accepted and wait to be handled; they survive a restart.

waiting ── claim ──> begun ── settle ──> handled: the body is gone, the number stays for a day
   ^──── release ─────┘  └─ its process died: begun again by the next of that name, or by any after `ABANDONED`

An update holds what somebody wrote, so its body is encrypted (see `cipher`). `/forget` has nothing to empty here: its
own update is the one in hand, those before it in the chat are handled, and those after it are new.
Every method raises `SQLAlchemyError` or `OSError` when the database cannot be reached.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.database.alerts import changed
from bot.database.cipher import Cipher
from bot.database.models import ReceivedUpdate
from bot.database.session import Database

logger = logging.getLogger(__name__)

PURPOSE: Final = "inbox"
"""Of the cipher."""
REMEMBERED: Final = timedelta(hours=24)
"""How long a number stays. Telegram, too, gives up an update after a day."""
ABANDONED: Final = timedelta(minutes=5)
"""After this long, an update that another process began and did not finish may be begun again."""
ATTEMPTS: Final = 3
"""How often an update is begun at most: one that kills the process must not do so for ever."""


@dataclass(frozen=True)
class Waiting:
    """An update that waits: the JSON that Telegram sent."""

    update_id: int
    body: str


class Inbox:
    """The inbox as one process sees it.

    `owner` names the process, and is the same after a restart: what an earlier life of it had begun is free again.
    No two processes that are alive may have the same name.
    """

    def __init__(self, database: Database, secret: str, owner: str) -> None:
        self._database = database
        self._cipher = Cipher(secret, PURPOSE)
        self._owner = owner

    async def keep(self, waiting: Waiting, now: datetime) -> bool:
        """Keep an update. False when its number is known already: then it was, or will be, handled."""
        body = self._cipher.encrypt(waiting.body)
        try:
            async with self._database.session() as session:
                session.add(ReceivedUpdate(update_id=waiting.update_id, body=body, received_at=now))
        except IntegrityError:
            return False
        return True

    async def left(self, before: datetime, now: datetime) -> list[Waiting]:
        """The updates received before `before` that nobody is handling, oldest first."""
        which = and_(ReceivedUpdate.received_at <= before, self._free(now))
        async with self._database.session() as session:
            rows = list(await session.scalars(select(ReceivedUpdate).where(which).order_by(ReceivedUpdate.update_id)))
        readable = [Waiting(row.update_id, body) for row in rows if (body := self._cipher.decrypt(row.body))]
        if lost := {row.update_id for row in rows} - {waiting.update_id for waiting in readable}:
            logger.error("%d updates cannot be read: they were kept with another MUSAFIR_SECRET", len(lost))
            await self.settle(lost)
        return readable

    async def claim(self, update_id: int, now: datetime) -> bool:
        """Begin to handle an update. False when it is not ours to handle: of all processes, one gets it."""
        this = update(ReceivedUpdate).where(ReceivedUpdate.update_id == update_id, self._free(now))
        values = {"claimed_by": self._owner, "claimed_at": now, "attempts": ReceivedUpdate.attempts + 1}
        async with self._database.session() as session:
            return changed(await session.execute(this.values(values)))

    async def settle(self, update_ids: Iterable[int]) -> None:
        """Empty updates that were handled."""
        these = update(ReceivedUpdate).where(ReceivedUpdate.update_id.in_(update_ids))
        async with self._database.session() as session:
            await session.execute(these.values(body=""))

    async def release(self) -> None:
        """Let wait again what this process had begun and was not allowed to finish."""
        these = update(ReceivedUpdate).where(ReceivedUpdate.claimed_by == self._owner, ReceivedUpdate.body != "")
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

    def _free(self, now: datetime) -> ColumnElement[bool]:
        unclaimed = or_(
            ReceivedUpdate.claimed_by.is_(None),
            ReceivedUpdate.claimed_by == self._owner,
            ReceivedUpdate.claimed_at < now - ABANDONED,
        )
        return and_(ReceivedUpdate.body != "", ReceivedUpdate.attempts < ATTEMPTS, unclaimed)
