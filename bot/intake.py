"""From an update that arrived to its handling: kept first, then handled once, in the order of its chat.

    webhook ──> take ──> kept in the inbox ──> 200 to Telegram
                   └──> waits for its turn ──> handlers ──> emptied in the inbox

An update that is cut off by a crash is handled again at the next start: rather an answer twice than none.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import islice
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.ext import Application

from bot.database.inbox import ABANDONED, Inbox, Waiting
from bot.order import ChatOrder

logger = logging.getLogger(__name__)

PAUSE: Final = 30.0
"""Seconds between two looks at what is left in the inbox."""
STOP_SECONDS: Final = 5.0
"""What is being handled may end within this time when the bot stops; the rest waits for the next start."""
LARGEST_NUMBER: Final = 2**63 - 1
_REMEMBERED: Final = 10_000
"""Numbers of updates in memory, for the time when the database is away."""
_AT_ONCE: Final = 500
"""Updates settled in one statement; databases limit its parameters."""


class UnreadableUpdateError(Exception):
    """What arrived is no update. The message never quotes it."""


class _Kept(Enum):
    YES = auto()
    KNOWN = auto()
    NOT = auto()


class Intake:
    """Use `open()` as a context manager: on entering, what an earlier process left is taken up."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], order: ChatOrder, inbox: Inbox) -> None:
        self._application = application
        self._order = order
        self._inbox = inbox
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._handled: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take up what waits in the inbox, and look after it while the context is open. At its end nothing runs."""
        await self._look_after()
        keeper = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await self._close()

    async def take(self, body: bytes) -> None:
        """Accept an update; returns once it is kept, long before it is handled. One that was seen before is ignored.

        While the database is away it is handled all the same, but would not survive a crash.
        Raises `UnreadableUpdateError`.
        """
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise UnreadableUpdateError from error
        update = self._read(text)
        if not self._is_new(update.update_id):
            return
        keeping = asyncio.create_task(self._keep(Waiting(update.update_id, text)))
        # It queues for its chat now: databases do not finish in the order in which updates arrive.
        self._begin(update, keeping)
        await asyncio.wait({keeping})

    def _read(self, text: str) -> Update:
        try:
            raw = json.loads(text)
            number = raw["update_id"]
            if type(number) is not int or not 0 <= number <= LARGEST_NUMBER:
                raise UnreadableUpdateError
            return Update.de_json(raw, self._application.bot)
        except UnreadableUpdateError:
            raise
        except Exception as error:  # anything may be wrong with what arrives, at any depth
            raise UnreadableUpdateError from error

    def _is_new(self, update_id: int) -> bool:
        if update_id in self._seen:
            return False
        self._seen[update_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def _keep(self, waiting: Waiting) -> _Kept:
        try:
            return _Kept.YES if await self._inbox.keep(waiting, _now()) else _Kept.KNOWN
        except (SQLAlchemyError, OSError) as error:
            logger.error("an update is handled without being kept: %s", type(error).__name__)
            return _Kept.NOT

    def _begin(self, update: Update, keeping: asyncio.Task[_Kept] | None = None) -> None:
        task = asyncio.create_task(self._handle(update, keeping))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, update: Update, keeping: asyncio.Task[_Kept] | None) -> None:
        async with self._order.turn(update):
            kept = await keeping if keeping else _Kept.YES
            if kept is _Kept.KNOWN or (kept is _Kept.YES and not await self._claim(update.update_id)):
                return
            try:
                await self._application.process_update(update)
            except Exception as error:  # also then it is done with: it must not be handled for ever
                logger.error("an update could not be handled: %s", type(error).__name__)
        self._handled.add(update.update_id)
        await self._settle()

    async def _claim(self, update_id: int) -> bool:
        try:
            return await self._inbox.claim(update_id, _now())
        except (SQLAlchemyError, OSError) as error:
            logger.error("an update is handled without a claim: %s", type(error).__name__)
            return True

    async def _settle(self) -> None:
        """Empty what was handled, also what could not be emptied before."""
        while self._handled:
            some = set(islice(self._handled, _AT_ONCE))
            try:
                await self._inbox.settle(some)
            except (SQLAlchemyError, OSError) as error:
                logger.error("%d handled updates are not emptied yet: %s", len(self._handled), type(error).__name__)
                return
            self._handled -= some

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            await self._settle()
            await self._look_after()

    async def _look_after(self) -> None:
        """Take up what waits: the first time all of it, later only what a process that is gone has left behind."""
        now = _now()
        try:
            await self._inbox.tidy(now)
            left = await self._inbox.left(now - ABANDONED if self._looked else now, now)
        except (SQLAlchemyError, OSError) as error:
            logger.error("the inbox cannot be read now: %s", type(error).__name__)
            return
        self._looked = True
        new = [waiting for waiting in left if self._is_new(waiting.update_id)]
        for waiting in new:
            try:
                self._begin(self._read(waiting.body))
            except UnreadableUpdateError:
                self._handled.add(waiting.update_id)
        if new:
            logger.info("%d updates that were waiting are handled now", len(new))

    async def _close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        unfinished = list(self._tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        try:
            await self._inbox.release()
        except (SQLAlchemyError, OSError) as error:
            logger.error("the inbox cannot be released: %s", type(error).__name__)
        if unfinished:
            logger.warning("%d updates wait for the next start", len(unfinished))


def _now() -> datetime:
    return datetime.now(UTC)
