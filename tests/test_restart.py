"""Updates that were accepted and not yet handled are handled after a stop or a crash, in their order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

import pytest

from bot.content import Library
from bot.paths import ROOT
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, bot_at
from tests.scripted_rasa import ScriptedRasa
from tests.webhook import hooked, new_port, somebody, until_empty, until_kept

PEOPLE = 5
QUESTIONS = [f"question {number}" for number in range(10)]

pytestmark = pytest.mark.slow


async def ask_all(chats: list[Chat]) -> None:
    """Everybody asks everything, without waiting for answers."""
    for question in QUESTIONS:
        for chat in chats:
            await chat.user.send(f"{chat.user.id} {question}")


def asked(rasa: ScriptedRasa, chat: Chat) -> list[str]:
    """What Rasa was asked for a person, in order; a question that was cut off and asked again counts once."""
    own = [text.partition(" ")[2] for text in rasa.received if text.startswith(f"{chat.user.id} ")]
    return [question for question, _ in groupby(own)]


async def replies(chat: Chat) -> int:
    """How many messages of the bot stand in the chat, beside the note that an answer takes its time."""
    await chat.user.refresh()
    said = [message.text for message in chat.user.messages if message.from_bot]
    return sum(not text.startswith("One moment") for text in said)


async def test_after_a_stop(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    settings = hooked(new_port())
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **settings) as world:
            chats = [await somebody(world) for _ in range(PEOPLE)]
            before = [await replies(chat) for chat in chats]
            rasa.delay = 4  # two answers each while the bot stops
            await ask_all(chats)
            await until_kept(world.database, PEOPLE * (1 + len(QUESTIONS)))
        assert [await replies(chat) for chat in chats] < [count + len(QUESTIONS) for count in before]
        rasa.delay = 0
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **settings) as world:
            await until_empty(world.database, PEOPLE * (1 + len(QUESTIONS)), 60)
        for chat, count in zip(chats, before, strict=True):
            assert asked(rasa, chat) == QUESTIONS
            assert await replies(chat) == count + len(QUESTIONS)


@asynccontextmanager
async def process(settings: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`musafir run` as a process of its own; killed without warning when the context is left."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bot.cli import main; main()", "run", env=os.environ | settings, cwd=ROOT
    )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        await running.wait()


async def test_after_a_crash(rasa: ScriptedRasa, tmp_path: Path) -> None:
    database = tmp_path / "musafir.sqlite3"
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        settings = {name.upper(): str(value) for name, value in hooked(new_port()).items()} | {
            "TELEGRAM_BOT_TOKEN": SANDBOX_TOKEN,
            "TELEGRAM_API_BASE": url,
            "DATABASE_URL": f"sqlite:///{database}",
            "MUSAFIR_SECRET": "5f1d7a0c" * 8,
            "RASA_URL": rasa.url,
            "DESK_PORT": "0",
        }
        chats = [Chat(await sandbox.user(f"Person {number}")) for number in range(PEOPLE)]
        async with process(settings):
            for chat in chats:
                await chat.user.send("/start")
                await chat.user.wait_for_messages(1, 60)
            before = [await replies(chat) for chat in chats]
            rasa.open.clear()
            await ask_all(chats)
            await until_kept(database, PEOPLE * (1 + len(QUESTIONS)))
        assert [await replies(chat) for chat in chats] == before
        rasa.open.set()
        async with process(settings):
            await until_empty(database, PEOPLE * (1 + len(QUESTIONS)), 60)
        for chat, count in zip(chats, before, strict=True):
            assert asked(rasa, chat) == QUESTIONS
            assert await replies(chat) == count + len(QUESTIONS)
