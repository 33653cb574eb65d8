"""From an update that arrived to its handling: kept first, then handled once, in the order of its chat.

    webhook, polling ──> take ──> kept in the inbox ──> 200 to Telegram, or the next are asked for
                            └──> waits for its turn ──> handlers ──> emptied in the inbox

An update that is cut off by a crash is handled again at the next start: rather an answer twice than none.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.ext import Application

from bot.database.inbox import Inbox, Waiting
from bot.database.inbox_writer import InboxWriter
from bot.observing.metrics import in_turn
from bot.turns import Arrival, Kept, Turns, Whose

logger = logging.getLogger(__name__)

PAUSE: Final = 30.0
"""Seconds between two looks at what is left in the inbox."""
STOP_SECONDS: Final = 5.0
"""What is being handled may end within this time when the bot stops; the rest waits for the next start."""
ABANDONED: Final = timedelta(minutes=5)
"""After this long, what another process accepted and did not finish is taken over, if nothing says that it lives."""
LARGEST_NUMBER: Final = 2**63 - 1
_REMEMBERED: Final = 10_000
"""Numbers of updates in memory, for the time when the database is away."""


class UnreadableUpdateError(Exception):
    """What arrived is no update. The message never quotes it."""


class Others(Protocol):
    """What an intake must know about the replicas beside its own."""

    @property
    def leads(self) -> bool:
        """Whether this one looks after what belongs to all."""

    @property
    def alive(self) -> set[str] | None:
        """The names of the owners of inboxes that are alive; None while that is not known."""


class Intake:
    """Use `open()` as a context manager: on entering, what an earlier process left is taken up."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        turns: Turns,
        inbox: Inbox,
        others: Others | None = None,
    ) -> None:
        self._application = application
        self._turns = turns
        self._inbox = inbox
        self._others = others
        self._writer = InboxWriter(inbox)
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._looked = False
        self._keeps = True

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
        await self._take(self._read(text), text)

    async def take_fetched(self, update: Update) -> None:
        """The same for an update that was fetched: Telegram deletes it when the next ones are asked for."""
        await self._take(update, update.to_json())

    async def _take(self, update: Update, text: str) -> None:
        if not self._is_new(update.update_id):
            return
        # It queues for its chat first: databases do not finish in the order in which updates arrive, and what is kept
        # without a place in the queue would, after a crash, be overtaken by what comes next.
        queued = asyncio.Event()
        keeping = asyncio.create_task(self._keep(Waiting(update.update_id, text), queued))
        self._tasks.add(keeping)
        keeping.add_done_callback(self._tasks.discard)
        waits = self._keeps  # else everybody would wait for a database that is away; when it is back, it is noticed
        arrival = Arrival(update, keeping if waits else _known(Kept.NOT), queued=queued)
        self._begin(arrival)
        await queued.wait()
        if waits:
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

    async def _keep(self, waiting: Waiting, queued: asyncio.Event) -> Kept:
        await queued.wait()
        try:
            is_new = await self._writer.keep(waiting)
            self._keeps = True
            return Kept.YES if is_new else Kept.KNOWN
        except Exception as error:  # whatever it is, people are answered
            self._keeps = False
            logger.error("an update is handled without being kept: %s", type(error).__name__)
            return Kept.NOT

    def _begin(self, arrival: Arrival) -> None:
        task = asyncio.create_task(self._handle(arrival))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, arrival: Arrival) -> None:
        number = arrival.update.update_id
        async with in_turn(arrival.update, self._turns.turn(arrival)) as whose:
            if whose is Whose.OTHERS:
                return
            if (arrival.again or whose is Whose.UNSURE) and not await self._claim(number):
                return
            try:
                await self._application.process_update(arrival.update)
            except Exception as error:  # also then it is done with: it must not be handled for ever
                logger.error("an update could not be handled: %s", type(error).__name__)
        self._writer.settle(number)

    async def _claim(self, update_id: int) -> bool:
        try:
            return await self._inbox.claim(update_id, _now())
        except (SQLAlchemyError, OSError) as error:
            logger.error("an update is handled without a claim: %s", type(error).__name__)
            return True

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            self._writer.write()
            await self._look_after()

    async def _look_after(self) -> None:
        """Take up what waits: the first time all of it, later only what a process that is gone has left behind."""
        now = _now()
        try:
            if self._others is None or self._others.leads:
                await self._inbox.tidy(now)
            gone = await self._gone(now)
        except (SQLAlchemyError, OSError) as error:
            logger.error("the inbox cannot be read now: %s", type(error).__name__)
            return
        if await self.take_over(gone):
            self._looked = True

    async def _gone(self, now: datetime) -> set[str]:
        """The processes that have updates and are not there any more."""
        if self._others is not None:
            alive = self._others.alive
            return await self._inbox.owners(now) - alive if alive and self._others.leads else set()
        # Who listens at this address is the only one there: what was begun under our name before is free again.
        mine = set() if self._looked else {self._inbox.owner}
        return await self._inbox.owners(now - ABANDONED) - {self._inbox.owner} | mine

    async def take_over(self, gone: Collection[str]) -> bool:
        """Handle what the processes `gone` have left, and what was released. False while the database is away."""
        try:
            left = await self._inbox.take_over(gone, _now())
        except (SQLAlchemyError, OSError) as error:
            logger.error("updates of others cannot be taken over now: %s", type(error).__name__)
            return False
        for waiting in left:
            self._is_new(waiting.update_id)  # from here on, not when it is brought again
            try:
                arrival = Arrival(self._read(waiting.body), _known(Kept.YES), again=True)
            except UnreadableUpdateError:
                self._writer.settle(waiting.update_id)
                continue
            self._begin(arrival)
            await arrival.queued.wait()  # the next comes after it
        if left:
            logger.info("%d updates that were waiting are handled now", len(left))
        return True

    async def _close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        unfinished = list(self._tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await self._writer.finish()
        try:
            await self._inbox.release()
        except (SQLAlchemyError, OSError) as error:
            logger.error("the inbox cannot be released: %s", type(error).__name__)
        if unfinished:
            logger.warning("%d updates wait for the next start", len(unfinished))


def _known(kept: Kept) -> asyncio.Future[Kept]:
    future: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
    future.set_result(kept)
    return future


def _now() -> datetime:
    return datetime.now(UTC)
