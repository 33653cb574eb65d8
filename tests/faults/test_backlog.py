"""A thousand updates wait when the bot starts: each is answered once, in the order of its chat, and SOS in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.content import Library
from bot.database import Database
from bot.database.inbox import Inbox, Waiting
from bot.database.inbox_writer import AT_ONCE
from bot.runner import SANDBOX_TOKEN
from bot.sandbox import methods
from bot.sandbox.client import Sandbox
from bot.sandbox.params import Params
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, bot_at
from tests.scripted_rasa import ScriptedRasa
from tests.webhook import hooked, new_port, written

PEOPLE, EACH = 25, 40
SECRET = "a key for tests"
LATER = 10**15
"""Above the numbers that the sandbox gives."""

pytestmark = pytest.mark.slow


def messages(chat: Chat) -> list[str]:
    """What somebody wrote: mostly what needs no Rasa, and now and then a question by which the order is seen."""
    return [f"{chat.user.id} question {number}" if number % 8 == 0 else "/help" for number in range(EACH)]


def answers(chat: Chat) -> list[bool]:
    """For each answer to `messages`, in order, whether it is the help page. Offers to keep a question are none."""
    shown = [message for message in chat.user.messages if message.from_bot and "reply_to_message" not in message.raw]
    return ["How I work" in message.text for message in shown if "What I do not keep" not in message.text]


@contextmanager
def served_in_turn() -> Iterator[list[str]]:
    """What the bot sends, to whomever, in order."""
    served: list[str] = []

    def observe(method: str, params: Params) -> None:
        if method == "sendMessage":
            served.append(params.text("text"))

    methods.observers.append(observe)
    try:
        yield served
    finally:
        methods.observers.remove(observe)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_thousand_updates(mode: str, rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    """In Telegram's queue with polling, and in our own inbox with the webhook."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running_sandbox(SANDBOX_TOKEN))
        sandbox = await stack.enter_async_context(Sandbox(url))
        chats = [Chat(await sandbox.user(f"Person {number}", "en")) for number in range(PEOPLE)]
        frightened = Chat(await sandbox.user("Zulfiya", "en"))
        for chat in (*chats, frightened):
            await chat.user.send("/privacy")  # a bot may write only to who has written to it
        more: dict[str, Any] = {"telegram_messages_per_second": 10_000}
        if mode == "webhook":
            more |= hooked(new_port())
            await wait_in_the_inbox(tmp_path / "musafir.sqlite3", chats, frightened)
        else:
            for number in range(EACH):
                for chat in chats:
                    await chat.user.send(messages(chat)[number])
            await frightened.user.send("help me they are beating me")
        served = stack.enter_context(served_in_turn())
        await stack.enter_async_context(bot_at(url, sandbox, rasa.url, tmp_path, library, **more))
        for chat in chats:
            await chat.user.wait_for(lambda: len(answers(chat)) >= EACH, 240)  # noqa: B023 - waited for at once
            assert answers(chat) == [text == "/help" for text in messages(chat)]
        [moment] = [number for number, text in enumerate(served) if "Emergency numbers" in text]
        if mode == "webhook":  # while Telegram gives a hundred at a time, what comes last is not known earlier
            assert moment < len(served) / 2, "SOS arrived last of all and does not wait for all the others"


async def wait_in_the_inbox(file: Path, chats: list[Chat], frightened: Chat) -> None:
    """As a process leaves it that was killed after it had accepted them all."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.migrate()
    inbox = Inbox(database, SECRET, "a process that is gone")
    texts = [(chat, messages(chat)[number]) for number in range(EACH) for chat in chats]
    texts.append((frightened, "help me they are beating me"))
    updates = [written(chat, text, LATER + number) for number, (chat, text) in enumerate(texts)]
    for update in updates:
        if update["message"]["text"] == "/help":
            update["message"]["entities"] = [{"type": "bot_command", "offset": 0, "length": 5}]
    waiting = [Waiting(update["update_id"], json.dumps(update)) for update in updates]
    now = datetime.now(UTC)
    for start in range(0, len(waiting), AT_ONCE):
        await inbox.write(waiting[start : start + AT_ONCE], [], now)
    await inbox.release()
    await database.close()
