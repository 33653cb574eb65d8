"""Several replicas of the bot on one Telegram, one database and one Redis, and who deals updates out to them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content import Library
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, bot_at
from tests.webhook import Postman, hooked, new_port, postman


@dataclass
class Many:
    """Replicas, and a way to each."""

    sandbox: Sandbox
    worlds: list[World]
    postmen: list[Postman]
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def database(self) -> Path:
        """The database of all."""
        return self.worlds[0].database

    async def bring(self, update: dict[str, Any], to: int | None = None) -> None:
        """Bring an update to one of the replicas, by chance as a proxy does."""
        way = self.dice.choice(self.postmen) if to is None else self.postmen[to]
        assert await way.post(update) == 200

    async def somebody(self, name: str = "Ali") -> Chat:
        """A person whom the bot may write to, because they wrote to it."""
        chat = Chat(await self.sandbox.user(name))
        await chat.user.send("/start")
        await chat.user.wait_for_messages(1, 30)
        return chat


@asynccontextmanager
async def many_bots(
    count: int, rasa_url: str, redis_url: str, folder: Path, library: Library, **more: Any
) -> AsyncIterator[Many]:
    """So many replicas. Telegram's own deliveries go to the last; `bring` deals out."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running_sandbox(SANDBOX_TOKEN))
        sandbox = await stack.enter_async_context(Sandbox(url))
        worlds, postmen = [], []
        for _ in range(count):
            port = new_port()
            settings = hooked(port) | {"redis_url": redis_url} | more
            worlds.append(await stack.enter_async_context(bot_at(url, sandbox, rasa_url, folder, library, **settings)))
            postmen.append(await stack.enter_async_context(postman(port)))
        yield Many(sandbox, worlds, postmen)
