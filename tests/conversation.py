"""A conversation with the real bot: what a person types and presses, and what they see.

    async with running_bot(rasa_url=...) as world:
        chat = await world.person("Ali", "tg")
        [answer] = await chat.say("маошамро намедиҳанд")

The Bot API is the sandbox's over HTTP, the database a file. Rasa is whatever listens at `rasa_url`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import ContentStore, Library
from bot.handlers.services import Services, services
from bot.rasa import RasaClient, RasaProcess
from bot.render.screen import Button, Screen
from bot.runner import SANDBOX_TOKEN, serving
from bot.sandbox.client import Message, Sandbox, SandboxUser
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings
from tests.scripted_rasa import ScriptedRasa


@dataclass
class Chat:
    """One person's chat with the bot."""

    user: SandboxUser

    async def say(self, text: str, replies: int = 1) -> list[Message]:
        """Send a message and return what comes back."""
        await self.user.send(text)
        return await self.user.wait_for_messages(replies)

    async def press(self, button: str, replies: int = 1) -> list[Message]:
        """Press a button, by its label or its data, and return new and edited messages."""
        await self.user.press(button)
        return await self.user.wait_for_changes(replies)

    async def begin(self, language: str, stage: str = "skip", home: str = "skip", abroad: str = "skip") -> Message:
        """Go through the first screens; returns the menu."""
        await self.say("/start")
        await self.press(f"language:{language}", 2)
        await self.press(f"stage:{stage}")
        await self.press(f"from:{home}")
        return (await self.press(f"to:{abroad}"))[-1]


@dataclass
class World:
    """A running bot, its sandbox, and the parts a test may want to break."""

    sandbox: Sandbox
    services: Services
    url: str
    database: Path

    async def person(self, name: str = "Ali", telegram_language: str = "en") -> Chat:
        """Somebody new, whose Telegram client is set to a language."""
        return Chat(await self.sandbox.user(name, language_code=telegram_language))


async def ask_for_news_and_a_reminder(chat: Chat, rasa: ScriptedRasa) -> None:
    """Go through what makes the bot keep the number of a chat; the person's language is English."""
    rasa.replies["list"] = [{"say": "guide_result", "id": "departure-checklist", "answers": {"destination": "RU"}}]
    await chat.press("news")
    await chat.press("news:on")
    await chat.say("list")
    await chat.press("☐ 2")
    await chat.press("🔔 Remind me in 3 days")


async def forge(world: World, chat: Chat, data: str) -> None:
    """Press a button with callback data that no button of the bot has, as a changed client could."""
    await chat.say("/topics")
    await world.services.outbox.send(chat.user.id, Screen("forged", [[Button("forged", data)]]))
    await chat.user.wait_for_messages()
    await chat.user.press("forged")


@dataclass
class Live:
    """A running bot with a Rasa of its own."""

    world: World
    process: RasaProcess


@asynccontextmanager
async def running_bot(rasa_url: str, folder: Path, library: Library, **more: Any) -> AsyncIterator[World]:
    """The bot as `musafir run` starts it, with its database in `folder`, but without staff. `more` are settings."""
    async with (
        running_sandbox(SANDBOX_TOKEN) as url,
        Sandbox(url) as sandbox,
        bot_at(url, sandbox, rasa_url, folder, library, **more) as world,
    ):
        yield world


@asynccontextmanager
async def bot_at(
    url: str,
    sandbox: Sandbox,
    rasa_url: str,
    folder: Path,
    library: Library,
    staff_chat_id: int | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """A bot that talks to the sandbox at `url`, with the Rasa at `rasa_url`. `more` are settings."""
    async with (
        RasaClient(rasa_url) as rasa,
        bot_with(url, sandbox, rasa, folder, library, staff_chat_id, **more) as world,
    ):
        yield world


@asynccontextmanager
async def bot_with(
    url: str,
    sandbox: Sandbox,
    rasa: RasaClient,
    folder: Path,
    library: Library,
    staff_chat_id: int | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    """A bot that talks to the sandbox at `url`, with the Rasa that `rasa` asks. `more` are settings."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        telegram_bot_token=None,
        telegram_api_base=url,
        staff_chat_id=staff_chat_id,
        **{
            "database_url": f"sqlite:///{folder / 'musafir.sqlite3'}",
            "musafir_secret": "a key for tests",
            **more,
        },
    )
    async with serving(settings, ContentStore(library), rasa) as application:
        yield World(sandbox, services(application), url, folder / "musafir.sqlite3")
