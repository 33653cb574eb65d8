"""Everything that the replicas share, as one of them holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager

from telegram.ext import AIORateLimiter

from bot.order import ChatOrder
from bot.settings import Settings
from bot.shared.connection import Names, connect
from bot.shared.queues import Queues
from bot.shared.rate import SharedRateLimiter
from bot.shared.recent import RecentMessages
from bot.shared.replicas import Replicas
from bot.shared.turns import SharedTurns


class Fleet:
    """The replicas of one bot. Raises `SetupError` when `REDIS_URL` is no address; a Redis that is away comes later."""

    def __init__(self, url: str, settings: Settings, token: str) -> None:
        self._redis = connect(url)
        self._names = Names(settings.pseudonym_key(), token)
        self.replicas = Replicas(self._redis, self._names, settings.replica)

    def limiter(self, alone: AIORateLimiter, rate: int, retries: int) -> SharedRateLimiter:
        """What may be sent: `rate` messages a second, calls that came too early again up to `retries` times."""
        return SharedRateLimiter(self._redis, self._names, self.replicas, alone, rate=rate, retries=retries)

    def recent_messages(self) -> RecentMessages:
        """Numbers of the messages that any of the replicas sent or received."""
        return RecentMessages(self._redis, self._names)

    def turns(self, order: ChatOrder) -> SharedTurns:
        """The order of chats over all replicas; `order` is that of this process."""
        return SharedTurns(order, Queues(self._redis, self._names, self.replicas), self._names, self.replicas)

    @asynccontextmanager
    async def taking_part(
        self, turns: SharedTurns, take_over: Callable[[Collection[str]], Awaitable[bool]]
    ) -> AsyncIterator[None]:
        """Be one of the replicas while the context is open. `take_over` gets the names of those that died."""
        async with turns.listening(), self.replicas.beating(turns.look, take_over):
            yield

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
