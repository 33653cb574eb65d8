"""Stands for Telegram where a test wants to bring updates to the webhook itself, and looks into the inbox."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from bot.content import Library
from bot.rasa.process import free_port
from bot.webhook import SECRET_HEADER
from tests.conversation import Chat, World, running_bot

SECRET = "Known-only-to_Telegram"
NUMBERS = count(900_000_001)


@dataclass(frozen=True)
class Postman:
    """Brings updates to the bot. Every call opens a connection of its own if others are in use."""

    http: httpx.AsyncClient
    url: str

    async def post(self, body: Any, *, secret: str | None = SECRET, **more: Any) -> int:
        """Bring `body` as JSON, or as it is when it is bytes; returns the status."""
        headers = {"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret is not None else {})}
        content = {"content": body} if isinstance(body, bytes) or hasattr(body, "__aiter__") else {"json": body}
        response = await self.http.post(self.url, headers=headers | more.pop("headers", {}), **content, **more)
        assert response.content == b""
        return response.status_code


def hooked(port: int) -> dict[str, Any]:
    """The settings of a bot to which updates are brought at `port`."""
    return {
        "telegram_mode": "webhook",
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_secret": SECRET,
        "webhook_port": port,
    }


@asynccontextmanager
async def postman(port: int) -> AsyncIterator[Postman]:
    """Somebody who brings updates to the bot at `port`."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield Postman(http, f"http://127.0.0.1:{port}/hook")


def new_port() -> int:
    """A port that nobody uses now."""
    return free_port()


async def somebody(world: World, name: str = "Ali") -> Chat:
    """A person whom the bot may write to, because they wrote to it."""
    chat = await world.person(name)
    await chat.say("/start")
    return chat


def written(chat: Chat, text: str, number: int | None = None) -> dict[str, Any]:
    """The update of a message that somebody wrote, as Telegram describes it."""
    person = {"id": chat.user.id, "is_bot": False, "first_name": chat.user.name, "language_code": "en"}
    number = next(NUMBERS) if number is None else number
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "chat": {"id": chat.user.id, "type": "private", "first_name": chat.user.name},
        "from": person,
        "text": text,
    }
    return {"update_id": number, "message": message}


@asynccontextmanager
async def hooked_bot(rasa_url: str, folder: Path, library: Library) -> AsyncIterator[tuple[World, Postman]]:
    """A bot with a webhook, and somebody who brings updates to it."""
    port = new_port()
    async with running_bot(rasa_url, folder, library, **hooked(port)) as world, postman(port) as bring:
        yield world, bring


def inbox(database: Path) -> dict[int, str]:
    """Number and body of every update in the inbox."""
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT update_id, body FROM inbox"))


def bytes_in(folder: Path) -> bytes:
    """All that is on the disk in a folder."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def until_empty(database: Path, updates: int, seconds: float = 10) -> None:
    """Wait until so many updates are in the inbox and all were handled."""
    await until(lambda: len(kept := inbox(database)) >= updates and not any(kept.values()), seconds)


async def until_kept(database: Path, updates: int, seconds: float = 10) -> None:
    """Wait until so many updates are in the inbox."""
    await until(lambda: len(inbox(database)) >= updates, seconds)


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds that no chat shows."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nothing tells when it changes
            await asyncio.sleep(0.05)
