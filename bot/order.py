"""The order in which updates are handled: chats side by side, the updates of one chat one after the other.

What is urgent (a cry for help, `/hide`) waits for nothing: neither for what the same person wrote before, whose answer
may hang, nor for a flood of others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from telegram import Update
from telegram.ext import BaseUpdateProcessor

CONCURRENCY: Final = 32
"""Updates at a time, and connections to Telegram: with python-telegram-bot's 256, tails of 5 s were measured."""
_ENOUGH: Final = 1_000_000
"""Updates that may wait for their chat. python-telegram-bot counts these too, so its own limit must not be reached."""


class ChatOrder(BaseUpdateProcessor):
    """Lets updates of different chats run side by side and those of one chat in turn, the lowest number first.

    An update that waits for its chat takes no place from other chats: somebody who writes fifty messages, or whose
    answer hangs, keeps nobody else waiting.
    """

    def __init__(self) -> None:
        super().__init__(_ENOUGH)
        self.is_urgent: Callable[[Update], bool] = lambda _: False
        """Decides what waits for nothing."""
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._waiting: dict[int, list[tuple[int, int, asyncio.Future[None]]]] = {}
        self._arrivals = count()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle an update when it is its turn."""
        async with self.turn(update):
            await coroutine

    @asynccontextmanager
    async def turn(self, update: object) -> AsyncIterator[None]:
        """Wait until it is the turn of `update`; its chat and its place are taken while the context is open."""
        chat = update.effective_chat if isinstance(update, Update) else None
        if not isinstance(update, Update) or chat is None:
            async with self._places:
                yield
            return
        if self.is_urgent(update):
            yield
            return
        await self._wait(chat.id, update.update_id)
        try:
            async with self._places:
                yield
        finally:
            self._pass_on(chat.id)

    async def _wait(self, chat_id: int, update_id: int) -> None:
        waiting = self._waiting.get(chat_id)
        if waiting is None:
            self._waiting[chat_id] = []
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(waiting, (update_id, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was our turn already
                self._pass_on(chat_id)
            raise

    def _pass_on(self, chat_id: int) -> None:
        waiting = self._waiting[chat_id]
        while waiting:
            _, _, turn = heappop(waiting)
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[chat_id]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to close."""
