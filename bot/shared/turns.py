"""The order of chats over all replicas: one at a time has the turn of a chat, and updates come in their order.

While Redis is away, each replica keeps the order of what it was brought itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.order import ChatOrder
from bot.shared.connection import AWAY, Names
from bot.shared.queues import Entered, Queues
from bot.shared.replicas import BEAT, Replicas
from bot.turns import Arrival, Kept, Whose

logger = logging.getLogger(__name__)

Place = tuple[str, int]
"""The keyed name of a chat, and the number of an update."""


@dataclass
class _Waiter:
    turn: asyncio.Future[Whose] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    stands: bool = False
    """Whether Redis has put it into the queue: one that is still on its way there has not lost its place."""


class SharedTurns:
    """The turns of one replica. `listening` must be open."""

    def __init__(self, order: ChatOrder, queues: Queues, names: Names, replicas: Replicas) -> None:
        self._order = order
        self._queues = queues
        self._names = names
        self._replicas = replicas
        self._waiting: dict[Place, _Waiter] = {}
        self._not_left: set[Place] = set()

    @asynccontextmanager
    async def turn(self, arrival: Arrival) -> AsyncIterator[Whose]:
        """Wait for the turn of an update, whichever replicas the others of its chat were brought to."""
        chat = arrival.update.effective_chat
        if chat is None or self._order.is_urgent(arrival.update):
            arrival.queued.set()
            async with self._order.turn(arrival.update):
                yield Whose.OTHERS if await arrival.keeping is Kept.KNOWN else Whose.OURS
            return
        place = (self._names.of_chat(chat.id), arrival.update.update_id)
        try:
            whose = await self._wait(place, arrival)
            if whose is not Whose.OTHERS:
                async with self._order.turn(arrival.update):
                    yield whose if self._replicas.is_fresh else Whose.UNSURE
            else:
                yield whose
        except asyncio.CancelledError:
            raise  # we stop: whoever takes the update over also takes its place
        except BaseException:
            await self._leave(place)
            raise
        await self._leave(place)

    async def _wait(self, place: Place, arrival: Arrival) -> Whose:
        waiter = self._waiting[place] = _Waiter()
        try:
            entered = await self._enter(place, take_over=arrival.again)
            arrival.queued.set()
            kept = await arrival.keeping
            if kept is Kept.KNOWN:
                return Whose.OTHERS
            if entered is Entered.OTHERS and kept is Kept.YES:  # brought twice at once, and kept by us
                entered = await self._enter(place, take_over=True)
            if entered is Entered.OTHERS:
                return Whose.OTHERS
            if entered is None:
                self._go_on_alone(place[0])
                await asyncio.sleep(0)  # those of this chat that waited longer go first
                return Whose.UNSURE
            if entered is Entered.OURS:
                return Whose.OURS
            waiter.stands = True
            return await waiter.turn
        finally:
            arrival.queued.set()
            del self._waiting[place]

    async def _enter(self, place: Place, *, take_over: bool) -> Entered | None:
        """None when Redis is away."""
        if self._replicas.are_apart:
            return None
        try:
            return await self._queues.enter(*place, take_over=take_over)
        except AWAY as error:
            logger.warning("an update is handled without a place among all replicas: %s", type(error).__name__)
            self._not_left.add(place)
            return None

    async def _leave(self, place: Place) -> None:
        chat, _ = place
        if self._replicas.are_apart:
            self._not_left.add(place)
            return
        try:
            following = await self._queues.leave(*place)
        except AWAY:
            self._not_left.add(place)
            return
        self._not_left.discard(place)
        if following is not None:
            self._give((chat, following), Whose.OURS)

    def _give(self, place: Place, whose: Whose) -> None:
        waiter = self._waiting.get(place)
        if waiter is not None and not waiter.turn.done():
            waiter.turn.set_result(whose)

    async def look(self) -> None:
        """Find out what no bell told: turns of replicas that died, and updates that were taken from this one.

        Raises what `AWAY` lists.
        """
        for place in list(self._not_left):
            await self._leave(place)
        chats: dict[str, list[int]] = {}
        for (chat, update_id), waiter in self._waiting.items():
            if waiter.stands:
                chats.setdefault(chat, []).append(update_id)
        for chat, waiting in chats.items():
            first, lost = await self._queues.look(chat, waiting)
            if first is not None:
                self._give((chat, first), Whose.OURS)
            for update_id in lost:
                self._give((chat, update_id), Whose.UNSURE)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear from other replicas, while the context is open, that it is the turn of an update of ours."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                place = await self._queues.bell()
            except AWAY:  # `Replicas` says so in the log
                await asyncio.sleep(BEAT)
                if self._replicas.are_apart:
                    for chat in {chat for chat, _ in self._waiting}:
                        self._go_on_alone(chat)
                continue
            if place is not None:
                self._give(place, Whose.OURS)

    def _go_on_alone(self, chat: str) -> None:
        """Without Redis nobody gives a turn: what waits goes on in the order of this process."""
        for place in sorted(place for place in self._waiting if place[0] == chat):
            self._give(place, Whose.UNSURE)
