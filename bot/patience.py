"""Calls of the Bot API that did not work, and what becomes of them.

Telegram asks to wait (429): that is about the chat that was written to, or, where there is none, about the method. Only
these wait, however long that is for them; python-telegram-bot's own limiter keeps everybody waiting, so that one person
who floods, or the list of commands being set at the start, would silence the bot for all.

Telegram cannot be reached, fails, or hangs up: what goes to a person is sent again. A connection that drops after the
message was delivered looks the same as one that drops before, so that once in a long while something is said twice;
rather that than not at all. News is not sent again here: see `ONCE`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final

from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

logger = logging.getLogger(__name__)

ONCE: Final[ContextVar[bool]] = ContextVar("once", default=False)
"""Set where nothing may be said twice: errors of the network are left to the caller."""
LONGEST: Final = 60.0
"""Seconds. Whoever is to wait longer, or again and again, gets the error."""
ASKED_TO_WAIT: Final = 5
"""How often a call waits as Telegram asks."""
PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further attempt after an error of the network."""
_SLACK: Final = 0.1
_NOT_AGAIN: Final = ("sendChatAction",)
"""What means nothing a second later."""


class Patient(BaseRateLimiter[int]):
    """Makes calls at the pace of the limiter `within`, and those again that did not work."""

    def __init__(self, within: BaseRateLimiter[int]) -> None:
        self._within = within
        self._until: dict[object, float] = {}

    async def initialize(self) -> None:
        """Prepare the limiter within."""
        await self._within.initialize()

    async def shutdown(self) -> None:
        """Close the limiter within."""
        await self._within.shutdown()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Call Telegram. Raises the last error when it keeps failing."""
        whom = data.get("chat_id", endpoint)
        again = "chat_id" in data and endpoint not in _NOT_AGAIN and not ONCE.get()
        waits, pauses = 0, iter(PAUSES if again else ())
        while True:
            await self._wait(whom)
            try:
                result = await self._within.process_request(
                    _unhurried(callback), args, kwargs, endpoint, data, rate_limit_args
                )
            except BadRequest:
                raise
            except NetworkError as error:
                pause = next(pauses, None)
                if pause is None:
                    raise
                logger.warning("%s did not work (%s), once more in %.1f s", endpoint, type(error).__name__, pause)
                await asyncio.sleep(pause)
                continue
            if not isinstance(result, RetryAfter):
                return result
            waits += 1
            seconds = seconds_asked(result)
            logger.warning("Telegram asks to wait %.0f s before %s", seconds, endpoint)
            if seconds > LONGEST or waits > ASKED_TO_WAIT or endpoint in _NOT_AGAIN:
                raise result
            self._until[whom] = asyncio.get_running_loop().time() + seconds + _SLACK

    async def _wait(self, whom: object) -> None:
        clock = asyncio.get_running_loop().time
        while (seconds := self._until.get(whom, 0.0) - clock()) > 0:  # noqa: ASYNC110 - another call may lengthen it
            await asyncio.sleep(seconds)
        self._until.pop(whom, None)


def _unhurried(callback: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """`callback`, with a request to wait as its result: a limiter that saw the error would keep everybody waiting."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            return error

    return call


def seconds_asked(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
