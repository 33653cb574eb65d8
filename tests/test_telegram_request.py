"""How calls go out: as JSON, files as a form, over the proxy that the operator's environment names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram_request import AiohttpRequest

REPLY = b'{"ok":true,"result":{"message_id":1,"date":0,"chat":{"id":7,"type":"private"}}}'


class Listener:
    """What one server was sent: the head and the body of each request."""

    def __init__(self) -> None:
        self.port = 0
        self.seen: list[tuple[str, bytes]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Listener]:
        """Answers every request with `REPLY`."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.splitlines() if line.lower().startswith("content-length:")), 0)
        self.seen.append((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(REPLY), REPLY))
        writer.close()


async def called(url: str) -> bytes:
    """What a call of the Bot API gets."""
    async with AiohttpRequest(1) as request:
        status, payload = await request.do_request(url, "POST")
    assert status == 200
    return payload


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener().running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert await called("http://telegram.invalid/bot1:x/getMe") == REPLY
    [(head, _)] = proxy.seen
    assert head.startswith("POST http://telegram.invalid/bot1:x/getMe ")


async def test_no_proxy_for_what_the_environment_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listener().running() as proxy, Listener().running() as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        assert await called(f"http://127.0.0.1:{server.port}/bot1:x/getMe") == REPLY
    assert len(server.seen) == 1
    assert proxy.seen == []


async def test_parameters_are_json_with_structures_as_they_are() -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Маош", callback_data="answer:a")]])
    async with Listener().running() as server, AiohttpRequest(1) as request:
        bot = Bot("1:x", base_url=f"http://127.0.0.1:{server.port}/bot", request=request)
        await bot.send_message(7, "Сломом & <b>", reply_markup=keyboard)
    [(head, body)] = server.seen
    assert "content-type: application/json" in head.lower()
    assert json.loads(body) == {
        "chat_id": 7,
        "text": "Сломом & <b>",
        "reply_markup": {"inline_keyboard": [[{"text": "Маош", "callback_data": "answer:a"}]]},
    }
