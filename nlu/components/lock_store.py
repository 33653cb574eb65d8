"""One message of a conversation at a time, also where several Rasas serve the same people.

Rasa's own `RedisLockStore` takes no address, leaves its tickets in Redis for ever when Rasa is killed, and asks Redis
seven times for one message while everybody waits. Redis has a lock of its own that expires.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

logger = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that Redis is waited for. After that Rasa answers without a lock: the bot, too, asks in order."""
LIFETIME = 5.0
"""Seconds after which a lock goes that a Rasa took with it when it was killed. No answer takes nearly as long."""
PAUSE = 0.02
"""Seconds between two attempts to get a lock that another Rasa holds."""


class SharedLockStore(InMemoryLockStore):
    """Named in `endpoints.yml`. The locks are in the Redis that `REDIS_URL` names; without one, in memory."""

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        super().__init__()
        url = os.environ.get("REDIS_URL")
        limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        self._redis = Redis.from_url(url, **limits) if url else None

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            if self._redis is None:
                yield ticket
                return
            name = f"musafir:rasa:{conversation_id}"
            shared = self._redis.lock(name, timeout=LIFETIME, sleep=PAUSE, blocking_timeout=LIFETIME)
            try:
                await shared.acquire()
            except (RedisError, OSError) as error:
                logger.error("a message is answered without a lock: %s", type(error).__name__)
                yield ticket
                return
            try:
                yield ticket
            finally:
                try:
                    await shared.release()
                except (LockError, RedisError, OSError) as error:
                    logger.warning("a lock was not given back, and expires: %s", type(error).__name__)
