"""Telegram's side for measurements: a Bot API server that checks nothing, so that it is never what is slow.

    async with BotApi().running() as api:
        ... a bot is started with api.url ...
        api.arrived = lambda chat, body: ...
        api.push(chat, {"message": {...}})

A message comes back from every sending method with a fixed text: what the bots compared here never look at.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final, Self
from urllib.parse import parse_qs

import httptools

from tests.bench.delivery import Delivery

TOKEN: Final = "1000001:benchmark-benchmark-benchmark-bench"
BOT: Final = {
    "id": 1000001,
    "is_bot": True,
    "first_name": "Bench",
    "username": "bench_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
REPLIES: Final = {"sendMessage", "editMessageText", "sendContact", "sendVenue", "sendDocument"}
"""Methods that show a person something, and whose result is a message."""
AT_ONCE: Final = 100
"""Updates in one answer to getUpdates, as Telegram has it."""
_CHAT: Final = re.compile(rb'(?:^|&)chat_id=(-?\d+)|"chat_id": ?(-?\d+)')
_TEXT: Final = "Это всё, что вам нужно знать на сегодня, и вот к кому вы можете обратиться. " * 6


def parameters(body: bytes) -> dict[str, Any]:
    """What a call without files passes, as JSON or as a form; a structure in a form is a string of JSON."""
    if body.startswith(b"{"):
        return dict(json.loads(body))
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


class BotApi:
    """One bot's Telegram. `arrived` is told the chat and the parameters of every message as soon as it is there."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: Counter[str] = Counter()
        self.arrived: Callable[[int, bytes], None] = lambda chat, body: None
        self._updates: deque[tuple[int, bytes]] = deque()
        self._poll: _Connection | None = None
        self._poll_ends: asyncio.TimerHandle | None = None
        self._update_ids = count(
            time.time_ns() // 1_000_000
        )  # above those of an earlier server, which a bot has seen already
        self._message_ids = count(1)
        self._delivery: Delivery | None = None
        self._hook: dict[str, Any] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen on a free port of the loopback while the context is open."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            self._webhook(None)
            server.close()

    def push(self, chat: int, update: dict[str, Any]) -> float:
        """Let something happen in a private chat. Returns when it did, by `time.perf_counter`."""
        number = next(self._update_ids)
        body = json.dumps({"update_id": number, **update}, ensure_ascii=False).encode()
        now = time.perf_counter()
        if self._delivery is not None:
            self._delivery.put(chat, body)
        else:
            self._updates.append((number, body))
            self._answer_poll()
        return now

    def next_message_id(self) -> int:
        """A number for a message that a person writes."""
        return next(self._message_ids)

    def call(self, method: str, body: bytes, connection: _Connection) -> None:
        """Answer one call of the bot."""
        self.calls[method] += 1
        if method == "getUpdates":
            self._get_updates(body, connection)
        elif method in REPLIES:
            self._reply(body, connection)
        elif method == "setWebhook":
            self._webhook(parameters(body))
            connection.succeed(b"true")
        elif method == "deleteWebhook":
            self._webhook(None)
            connection.succeed(b"true")
        elif method == "getMe":
            connection.succeed(json.dumps(BOT).encode())
        elif method == "getWebhookInfo":
            info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self._updates)}
            connection.succeed(json.dumps(info).encode())
        else:
            connection.succeed(b"true")

    def _reply(self, body: bytes, connection: _Connection) -> None:
        found = _CHAT.search(body)
        chat = int(found[1] or found[2]) if found else 0
        message = {
            "message_id": next(self._message_ids),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Person"},
            "from": BOT,
            "text": _TEXT,
        }
        self.arrived(chat, body)
        connection.succeed(json.dumps(message, ensure_ascii=False).encode())

    def _get_updates(self, body: bytes, connection: _Connection) -> None:
        asked = parameters(body)
        offset = int(asked.get("offset", 0))
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        self._end_poll()
        self._poll = connection
        if self._updates:
            self._answer_poll()
        else:
            seconds = float(asked.get("timeout", 0))
            self._poll_ends = asyncio.get_running_loop().call_later(seconds, self._end_poll)

    def _answer_poll(self) -> None:
        if self._poll is None:
            return
        some = [body for _, (_, body) in zip(range(AT_ONCE), self._updates, strict=False)]
        self._end_poll(b"[" + b",".join(some) + b"]")

    def _end_poll(self, result: bytes = b"[]") -> None:
        if self._poll_ends is not None:
            self._poll_ends.cancel()
            self._poll_ends = None
        if self._poll is not None:
            self._poll.succeed(result)
            self._poll = None

    def _webhook(self, hook: dict[str, Any] | None) -> None:
        if hook is not None and hook == self._hook:
            return  # each replica sets it: what waits goes on waiting
        self._hook = hook
        if self._delivery is not None:
            self._delivery.close()
            self._delivery = None
        if hook and hook.get("url"):
            self._delivery = Delivery(
                hook["url"], hook.get("secret_token"), int(hook.get("max_connections", Delivery.CONNECTIONS))
            )


class _Connection(asyncio.Protocol):
    """One connection of the bot."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._method = ""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """httptools: `/bot<token>/<method>`."""
        self._method = url.rpartition(b"/")[2].partition(b"?")[0].decode()
        self._body = b""

    def on_body(self, body: bytes) -> None:
        """httptools: a part of the parameters."""
        self._body += body

    def on_message_complete(self) -> None:
        """httptools: the call is there."""
        self._api.call(self._method, self._body, self)

    def succeed(self, result: bytes) -> None:
        """Answer the call that is open."""
        assert self._transport is not None
        if self._transport.is_closing():
            return
        body = b'{"ok":true,"result":' + result + b"}"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._transport.write(head + body)
