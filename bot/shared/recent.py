"""Numbers of the recent messages of each chat, so that `/hide` at one replica finds what the others sent."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from telegram.constants import BulkRequestLimit

from bot.shared.connection import AWAY, Names

logger = logging.getLogger(__name__)

KEPT_FOR: Final = 48 * 60 * 60
"""Seconds. Telegram lets a bot delete nothing that is older."""


class RecentMessages:
    """The last hundred numbers of each chat, under a name that leads to nobody."""

    def __init__(self, redis: Redis, names: Names) -> None:
        self._redis = redis
        self._names = names

    async def add(self, messages: Mapping[int, Collection[int]]) -> bool:
        """Remember messages, by chat. False when Redis could not be reached."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for chat_id, numbers in messages.items():
                    pipe.rpush(self._of(chat_id), *numbers)
                    pipe.ltrim(self._of(chat_id), -BulkRequestLimit.MAX_LIMIT, -1)
                    pipe.expire(self._of(chat_id), KEPT_FOR)
                await pipe.execute()
        except AWAY as error:
            logger.warning("messages are remembered here only: %s", type(error).__name__)
            return False
        return True

    async def take(self, chat_id: int) -> list[int]:
        """The messages of a chat, which are forgotten with that; none when Redis could not be reached."""
        try:
            names = [self._of(chat_id, "left"), self._of(chat_id)]
            async with self._redis.pipeline() as pipe:
                for name in names:
                    pipe.lrange(name, 0, -1)
                pipe.delete(*names)
                *found, _ = await pipe.execute()
        except AWAY as error:
            logger.warning("what other replicas sent cannot be hidden: %s", type(error).__name__)
            return []
        return [int(number) for numbers in found for number in numbers]

    async def drop_in(self, chat_id: int, seconds: float) -> None:
        """Forget in so many seconds what the chat holds now."""
        left = self._of(chat_id, "left")
        try:
            await self._redis.rename(self._of(chat_id), left)
            await self._redis.expire(left, int(seconds))
        except ResponseError:  # there is nothing
            return
        except AWAY as error:
            logger.warning("message numbers stay for two days at most: %s", type(error).__name__)

    def _of(self, chat_id: int, *more: str) -> str:
        return self._names.of("recent", self._names.of_chat(chat_id), *more)
