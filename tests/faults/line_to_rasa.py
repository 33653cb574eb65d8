"""The connection between the bot and Rasa, which a test can break while the bot runs.

async with line_to(rasa.url) as line:
    line.fault = HANGS                    # or KILLED, or the bytes that come instead of an answer
    line.fault = None                     # all is well again
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

HANGS: Final = "hangs"
KILLED: Final = "killed"
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def reply(
    body: bytes, status: str = "200 OK", content_type: str = "application/json", length: int | None = None
) -> bytes:
    """What a server sends; `length` is what it says that the body has, if that is not true."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    return head.encode() + body


def steps(*said: Any) -> bytes:
    """A reply in the shape of Rasa's."""
    return reply(json.dumps([{"recipient_id": "x", "custom": step} for step in said]).encode())


@dataclass
class Line:
    """Listens where the bot expects Rasa. `asked` counts what came in."""

    rasa: tuple[str, int]
    url: str = ""
    fault: bytes | str | None = None
    asked: int = 0
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while request := await _message(reader):
                self.asked += 1
                match self.fault:
                    case None:
                        writer.write(await self._forward(request))
                    case bytes(instead):
                        writer.write(instead)
                        await writer.drain()
                        return
                    case "killed":
                        writer.transport.abort()
                        return
                    case _:
                        await asyncio.Event().wait()
        except (OSError, asyncio.CancelledError):
            pass  # the bot hung up, or the test is over
        finally:
            self._connections.discard(task)
            writer.close()

    async def _forward(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.rasa)
        writer.write(request)
        try:
            return await _message(reader)
        finally:
            writer.close()

    async def close(self) -> None:
        """Let go of everyone who still waits."""
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message; empty at the end of the connection."""
    with suppress(asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return head + await reader.readexactly(int(length[1]) if length else 0)
    return b""


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """A line to the Rasa at `url`."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    line = Line((parts.hostname, parts.port))
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        await line.close()
