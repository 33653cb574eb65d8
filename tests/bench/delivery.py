"""Brings updates to a webhook as Telegram does: over several connections, the next of a chat after its former."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Final
from urllib.parse import urlsplit

PAUSE: Final = 0.1
"""Seconds before an update is brought again that was not accepted."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Delivery:
    """Begins at once and goes on until `close`."""

    CONNECTIONS: Final = 40
    """What Telegram opens unless the bot names another number."""

    def __init__(self, url: str, secret: str | None, connections: int) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        lines = [
            f"POST {parts.path or '/'} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Content-Type: application/json",
            *([f"X-Telegram-Bot-Api-Secret-Token: {secret}"] if secret else []),
        ]
        self._head = "\r\n".join(lines).encode()
        self._ready: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self._held: dict[int, deque[bytes]] = {}
        self._workers = [asyncio.create_task(self._work()) for _ in range(connections)]

    def put(self, chat: int, body: bytes) -> None:
        """Bring an update after those of the same chat that have not been accepted yet."""
        if chat in self._held:
            self._held[chat].append(body)
        else:
            self._held[chat] = deque()
            self._ready.put_nowait((chat, body))

    def close(self) -> None:
        """Stop; what was not accepted is dropped."""
        for worker in self._workers:
            worker.cancel()

    async def _work(self) -> None:
        line = _Line(self._host, self._port)
        try:
            while True:
                chat, body = await self._ready.get()
                await line.bring(self._head, body)
                held = self._held[chat]
                if held:
                    self._ready.put_nowait((chat, held.popleft()))
                else:
                    del self._held[chat]
        finally:
            line.close()


class _Line:
    """One connection, opened again when the bot has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def bring(self, head: bytes, body: bytes) -> None:
        """Return when the bot has accepted the update."""
        while True:
            if await self._post(head, body):
                return
            await asyncio.sleep(PAUSE)

    async def _post(self, head: bytes, body: bytes) -> bool:
        try:
            if self._streams is None or self._streams[0].at_eof() or self._streams[1].is_closing():
                self.close()
                self._streams = await asyncio.open_connection(*self._address)
            reader, writer = self._streams
            writer.write(b"%b\r\nContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
            answer = await reader.readuntil(b"\r\n\r\n")
            if length := _LENGTH.search(answer):
                await reader.readexactly(int(length[1]))
        except (OSError, EOFError, RuntimeError):  # the last one is uvloop's for a connection that is closed
            self.close()
            return False
        if b"\r\nconnection: close" in answer.lower():
            self.close()
        return answer.startswith(b"HTTP/1.1 2")

    def close(self) -> None:
        """Close it; the next post opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
