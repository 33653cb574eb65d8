"""The connection to Redis, and the names under which things stand there."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from bot.errors import SetupError

AWAY: Final = (RedisError, OSError)
"""What a call raises when Redis cannot be reached, is full, or is not ready."""
PATIENCE: Final = 2.0
"""Seconds for which a call waits for Redis. A person waits too; after this the bot goes on without."""
_CONNECTIONS: Final = 32
_BUSY: Final = 10.0
"""Seconds for which a call waits for a free connection."""
_NAME: Final = 32
"""Hexadecimal digits of a name."""


def connect(url: str) -> Redis:
    """A client that connects when it is first used. Raises `SetupError` when the address is no such address."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_BUSY,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # A connection that Redis closed is opened again at once; what lasts longer must not keep people waiting.
            retry=Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
            decode_responses=True,
        )
    except ValueError as error:
        raise SetupError("REDIS_URL cannot be used", "write redis://:password@host:6379/0 or rediss://") from error
    return Redis.from_pool(pool)


class Names:
    """Names in Redis: those of chats lead to nobody without the key, and other bots have other names."""

    def __init__(self, secret: str, token: str) -> None:
        self._key = f"redis {secret}".encode()
        self._prefix = f"musafir:{self._digest(token)[:8]}"

    def of(self, *parts: str) -> str:
        """The name of something that is about no chat."""
        return ":".join((self._prefix, *parts))

    def of_chat(self, chat_id: Any) -> str:
        """A name for a chat that cannot be turned back without the key."""
        return self._digest(str(chat_id))

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:_NAME]
