"""What the replicas may send together, so that Telegram refuses none of it.

Budgets are kept by the generic cell rate algorithm: of each, Redis remembers only the moment up to which it is spent.
One call looks at all budgets that a message needs and at the pause that Telegram asked of any replica, and reserves;
libraries do that for one budget at a time. Reserved turns come in the order in which they were asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Final

from redis.asyncio import Redis
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter, BaseRateLimiter

from bot.patience import seconds_asked
from bot.shared.connection import AWAY, Names
from bot.shared.replicas import Replicas

logger = logging.getLogger(__name__)

PATIENT: Final[ContextVar[bool]] = ContextVar("patient", default=False)
"""Set where what is sent can wait: it takes what answers to people leave."""
SHARE: Final = 1 / 3
"""Of the budget of a second, what those who can wait leave untouched."""
IN_A_CHAT: Final = (1.0, 20)
"""Messages a second, and how many at once, to one person."""
IN_A_GROUP: Final = (20 / 60, 20)
_SECOND: Final = 1_000_000
"""Microseconds."""
_AFTER_PAUSE: Final = 0.1
"""Seconds."""

# KEYS: the pause, then budgets. ARGV: 1 to reserve nothing that must wait; then per budget the microseconds that a
# message costs, and those that may be spent at once. Returns the microseconds to wait, and whether that is reserved.
_RESERVE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait = math.max(0, redis.call('PTTL', KEYS[1])) * 1000
local spent = {}
for i = 2, #KEYS do
  spent[i] = math.max(now, tonumber(redis.call('GET', KEYS[i]) or 0))
  wait = math.max(wait, spent[i] + ARGV[2 * i - 2] - ARGV[2 * i - 1] - now)
end
if wait > 0 and ARGV[1] == '1' then return {math.ceil(wait), 0} end
for i = 2, #KEYS do
  local until_then = math.max(spent[i], now + wait) + ARGV[2 * i - 2]
  redis.call('SET', KEYS[i], string.format('%.0f', until_then), 'PX', math.ceil((until_then - now) / 1000) + 1000)
end
return {math.ceil(wait), 1}
"""
_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '', 'PX', ARGV[1]) end
"""


class SharedRateLimiter(BaseRateLimiter[int]):
    """Keeps the limits of Telegram over all replicas; `alone` keeps them in this one while Redis is away."""

    def __init__(
        self, redis: Redis, names: Names, replicas: Replicas, alone: AIORateLimiter, *, rate: int, retries: int
    ) -> None:
        self._names = names
        self._replicas = replicas
        self._alone = alone
        self._rate = rate
        self._retries = retries
        self._reserve = redis.register_script(_RESERVE)
        self._pause = redis.register_script(_PAUSE)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Call Telegram when the budgets allow it; again when Telegram says that it was too early."""
        left = rate_limit_args or self._retries
        while True:
            try:
                if self._replicas.are_apart:
                    raise ConnectionError
                await self.wait(data.get("chat_id"))
            except AWAY:
                return await self._alone.process_request(callback, args, kwargs, endpoint, data, rate_limit_args)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                if not left:
                    raise
                left -= 1
                await self._pause_all(error)

    async def wait(self, chat_id: Any) -> None:
        """Wait until the budgets allow a message to a chat, or a call about none. Raises what `AWAY` lists."""
        patient = PATIENT.get()
        keys, costs = [self._names.of("rate", "pause")], [int(patient)]
        for name, rate, burst in self._budgets(chat_id):
            keys.append(name)
            costs += [int(_SECOND / rate), int(_SECOND / rate * burst * (1 - SHARE if patient else 1))]
        reserved = False
        while not reserved:
            microseconds, reserved = await self._reserve(keys, costs)
            await asyncio.sleep(microseconds / _SECOND)

    def _budgets(self, chat_id: Any) -> list[tuple[str, float, float]]:
        """The name, rate and burst of each budget that a message to a chat needs."""
        if chat_id is None:
            return []
        is_private = str(chat_id).isdecimal()
        one = (self._names.of("rate", "chat", self._names.of_chat(chat_id)), *(IN_A_CHAT if is_private else IN_A_GROUP))
        return [(self._names.of("rate", "all"), self._rate, self._rate), one]

    async def _pause_all(self, error: RetryAfter) -> None:
        seconds = seconds_asked(error) + _AFTER_PAUSE
        logger.warning("Telegram asks for a pause of %.0f seconds", seconds)
        try:
            await self._pause([self._names.of("rate", "pause")], [int(seconds * 1000)])
        except AWAY:
            await asyncio.sleep(seconds)
