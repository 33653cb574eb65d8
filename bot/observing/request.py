"""Counts and times the calls of the Bot API, whatever library makes them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Final

from telegram.error import TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.observing.metrics import Part, count_call, measured

_LONG_POLL: Final = "getUpdates"


class MeasuredRequest(BaseRequest):
    """`request`, with its calls counted by method and result."""

    def __init__(self, request: BaseRequest) -> None:
        self._request = request

    @property
    def read_timeout(self) -> float | None:
        """That of the request within."""
        return self._request.read_timeout

    async def initialize(self) -> None:
        """Prepare the request within."""
        await self._request.initialize()

    async def shutdown(self) -> None:
        """Close the request within."""
        await self._request.shutdown()

    def parse_json_payload(self, payload: bytes) -> Any:  # type: ignore[override]  # it is called on the instance
        """Read an answer as the request within does."""
        return self._request.parse_json_payload(payload)

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make the call. Raises what the request within raises."""
        method = method_of(url)
        try:
            with nullcontext() if method == _LONG_POLL else measured(Part.BOT_API):
                code, payload = await self._request.do_request(url, *args, **kwargs)
        except TimedOut:
            count_call(method, "timeout")
            raise
        except TelegramError:
            count_call(method, "network")
            raise
        count_call(method, _result(code))
        return code, payload


def method_of(url: str) -> str:
    """The method, with which an address ends. Before it stands the token; an address of a file ends in its name."""
    name = url.rpartition("/")[2]
    return name if name.isascii() and name.isalpha() else "file"


def _result(code: int) -> str:
    if code in (403, 409, 429):  # somebody blocked the bot, two bots on one token, too much
        return str(code)
    return "ok" if 200 <= code < 300 else f"{code // 100}xx"
