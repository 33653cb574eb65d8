"""Whose turn it is: what the intake asks before it handles an update, in one process or in several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from telegram import Update

from bot.order import ChatOrder


class Kept(Enum):
    """Whether the inbox keeps an update."""

    YES = auto()
    KNOWN = auto()
    """It was kept before: it was, or will be, handled."""
    NOT = auto()
    """The database is away."""


class Whose(Enum):
    """Who may handle an update."""

    OURS = auto()
    UNSURE = auto()
    """Ours, unless the inbox says that another replica took it over."""
    OTHERS = auto()


@dataclass(frozen=True)
class Arrival:
    """An update on its way to its turn. `again`: a process that is gone had accepted it."""

    update: Update
    keeping: asyncio.Future[Kept]
    again: bool = False
    queued: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the update stands in the queue of its chat: what arrives from then on comes after it."""


class Turns(Protocol):
    """The order in which updates are handled."""

    def turn(self, arrival: Arrival) -> AbstractAsyncContextManager[Whose]:
        """Wait for the turn of an update; its chat is taken while the context is open."""


class OwnTurns:
    """The order within this process, which is the only one."""

    def __init__(self, order: ChatOrder) -> None:
        self._order = order

    @asynccontextmanager
    async def turn(self, arrival: Arrival) -> AsyncIterator[Whose]:
        """Wait for the turn of an update, which is ours unless it was kept before."""
        arrival.queued.set()  # it is, before anybody can notice: nothing waits until it stands in the queue
        async with self._order.turn(arrival.update):
            yield Whose.OTHERS if await arrival.keeping is Kept.KNOWN else Whose.OURS
