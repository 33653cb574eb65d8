"""Writes into the inbox what arrives and what was handled, as many at once as there are.

While one transaction is on its way, what comes meanwhile collects for the next: a quiet bot writes at once, a busy
one in few transactions.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from bot.database.inbox import Inbox, Waiting

logger = logging.getLogger(__name__)

AT_ONCE: Final = 500
"""Updates in one statement; databases limit its parameters."""


class InboxWriter:
    """The only way into the inbox for what arrives and what was handled in this process."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._arrived: deque[tuple[Waiting, asyncio.Future[bool]]] = deque()
        self._handled: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    async def keep(self, waiting: Waiting) -> bool:
        """Keep an update; returns when it is kept. False when its number is known already.

        Raises `SQLAlchemyError` or `OSError`.
        """
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._arrived.append((waiting, kept))
        self.write()
        return await kept

    def settle(self, update_id: int) -> None:
        """Empty an update that was handled, soon; what cannot be emptied now is at the next `write`."""
        self._handled.add(update_id)
        self.write()

    def write(self) -> None:
        """Begin to write what is not written yet."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())

    async def finish(self) -> None:
        """Return when everything is written, or the database has refused it."""
        self.write()
        if self._task:
            await asyncio.wait({self._task})

    async def _write_all(self) -> None:
        while self._arrived or self._handled:
            arrived = [self._arrived.popleft() for _ in range(min(AT_ONCE, len(self._arrived)))]
            handled = set(islice(self._handled, AT_ONCE))
            try:
                new = await self._inbox.write([waiting for waiting, _ in arrived], handled, datetime.now(UTC))
            except Exception as error:  # whatever it is, nobody may wait for ever
                for _, kept in arrived:
                    if not kept.done():
                        kept.set_exception(error)
                if not self._arrived:
                    if self._handled:
                        logger.error(
                            "%d handled updates are not emptied yet: %s", len(self._handled), type(error).__name__
                        )
                    return
                continue
            self._handled -= handled
            for waiting, kept in arrived:
                if not kept.done():
                    kept.set_result(waiting.update_id in new)
