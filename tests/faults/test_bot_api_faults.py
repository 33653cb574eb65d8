"""Telegram is busy, fails, hangs up or refuses: only whom it concerns waits, no answer is lost, the bot goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.content import Library
from bot.handlers.reminding import send_due
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, ask_for_news_and_a_reminder, bot_at
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import until

TWO_BOTS = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


async def replies(chat: Chat) -> int:
    """How many messages of the bot the person sees."""
    await chat.user.refresh()
    return sum(message.from_bot for message in chat.user.messages)


@pytest.fixture
async def other(world: World) -> Chat:
    """Somebody else."""
    other = await world.person("Dilnoza")
    await other.say("/topics")
    return other


@pytest.mark.slow
async def test_only_the_chat_that_had_too_much_waits(world: World, chat: Chat, other: Chat) -> None:
    await world.sandbox.fault("sendMessage", error_code=429, retry_after=4, chat_id=chat.user.id)
    await chat.user.send("/topics")
    [topics] = await other.say("/topics")
    assert "Topics" in topics.text
    assert await replies(chat) == 0, "it still waits"
    [topics] = await chat.user.wait_for_messages()
    assert "Topics" in topics.text


@pytest.mark.slow
async def test_an_edit_that_came_too_early_is_made_later(world: World, chat: Chat) -> None:
    [topics] = await chat.say("/topics")
    await world.sandbox.fault("editMessageText", error_code=429, retry_after=1)
    await chat.user.press(topics.buttons[0][0].data)
    [topic] = await chat.user.wait_for_changes()
    assert topic.id == topics.id
    assert topic.text != topics.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [{"error_code": 429, "retry_after": 1}, {"error_code": 500}, {"cut": "before"}, {"cut": "after"}],
    ids=["too many requests", "an error", "a dropped connection", "a connection dropped with the updates on it"],
)
async def test_updates_are_fetched_again(world: World, chat: Chat, rasa: ScriptedRasa, fault: Any) -> None:
    await world.sandbox.fault("getUpdates", **fault)
    await chat.say("q1")  # this ends the poll that is under way
    await chat.say("q2")
    assert rasa.received == ["q1", "q2"]
    assert await replies(chat) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [{"error_code": 500, "times": 2}, {"error_code": 502}, {"cut": "before"}, {"delay": 60, "cut": "before"}],
    ids=["two errors", "a bad gateway", "a dropped connection", "a call that is never answered"],
)
async def test_an_answer_that_did_not_arrive_is_sent_again(
    world: World, chat: Chat, rasa: ScriptedRasa, fault: Any
) -> None:
    rasa.replies["my pay?"] = [step_answer("unpaid-wages")]
    await world.sandbox.fault("sendMessage", **fault, chat_id=chat.user.id)
    await chat.user.send("my pay?")
    [answer] = await chat.user.wait_for_messages(timeout=30)
    assert "My pay has not come" in answer.text
    assert "Topics" in (await chat.say("/topics"))[0].text
    assert await replies(chat) == 2


async def test_rather_twice_than_not_at_all(world: World, chat: Chat, rasa: ScriptedRasa) -> None:
    await world.sandbox.fault("sendMessage", cut="after", chat_id=chat.user.id)
    await chat.user.send("/topics")
    first, second = await chat.user.wait_for_messages(2)
    assert first.text == second.text
    assert "Something went wrong" not in (await chat.say("/help"))[0].text


@pytest.mark.parametrize("method", ["sendChatAction", "answerCallbackQuery"])
async def test_what_only_decorates_stops_nothing(world: World, chat: Chat, rasa: ScriptedRasa, method: str) -> None:
    await world.sandbox.fault(method, times=3, error_code=500)
    [topics] = await chat.say("/topics")
    [topic] = await chat.press(topics.buttons[0][0].data)
    assert topic.id == topics.id
    rasa.delay = 0.6
    [screen] = await chat.say("a question")
    assert screen.button_texts


async def test_a_screen_does_not_wait_until_its_button_is_answered(world: World, chat: Chat) -> None:
    [topics] = await chat.say("/topics")
    await world.sandbox.fault("answerCallbackQuery", delay=3)
    [topic] = await chat.press(topics.buttons[0][0].data)
    assert topic.id == topics.id
    assert chat.user.unanswered_callbacks
    assert await chat.user.wait_for_answers(10) == []


async def test_what_telegram_says_of_edits(world: World, chat: Chat) -> None:
    [topics] = await chat.say("/topics")
    same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    await world.sandbox.fault("editMessageText", error_code=400, description=same)
    await chat.user.press(topics.buttons[0][0].data)
    assert await chat.user.wait_for_answers() == []
    await world.sandbox.fault("editMessageText", error_code=400, description="Bad Request: message to edit not found")
    [topic] = await chat.press(topics.buttons[0][0].data)
    assert topic.id > topics.id, "it is sent anew"
    assert await replies(chat) == 2


async def test_a_chat_that_telegram_does_not_know_stops_nothing(world: World, chat: Chat, other: Chat) -> None:
    await world.sandbox.fault(
        "sendMessage", times=2, error_code=400, description="Bad Request: chat not found", chat_id=chat.user.id
    )
    await chat.user.send("/topics")
    assert "Topics" in (await other.say("/topics"))[0].text
    assert "Topics" in (await chat.say("/topics"))[-1].text


async def test_who_blocks_the_bot_before_the_answer(
    world: World, chat: Chat, rasa: ScriptedRasa, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.open.clear()
    await chat.user.send("my pay?")
    await until(lambda: rasa.received == ["my pay?"])
    await chat.user.block()
    with caplog.at_level("INFO"):
        rasa.open.set()
        await until(lambda: "has blocked the bot" in caplog.text)
    assert "could not be handled" not in caplog.text
    tried = [item for item in await world.sandbox.refusals() if item["chat_id"] == str(chat.user.id)]
    assert len(tried) == 1, "nobody is there to be told that it went wrong"
    await chat.user.block(blocked=False)
    assert await chat.say("/topics")


async def test_a_reminder_for_somebody_who_has_blocked_the_bot(own_world: World, rasa: ScriptedRasa) -> None:
    gone, there = await own_world.person(), await own_world.person()
    for chat in (gone, there):
        await chat.begin("en")
        await ask_for_news_and_a_reminder(chat, rasa)
    await gone.user.block()
    await send_due(own_world.services, datetime.now(UTC) + timedelta(days=4))
    [again] = await there.user.wait_for_messages()
    assert "☑ 2." in again.text


@asynccontextmanager
async def telegram() -> AsyncIterator[tuple[str, Sandbox]]:
    """A Telegram without a bot."""
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        yield url, sandbox


@pytest.mark.slow
async def test_the_list_of_commands_keeps_nobody_waiting(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    async with telegram() as (url, sandbox):
        await sandbox.fault("setMyCommands", times=9, error_code=429, retry_after=50)
        async with bot_at(url, sandbox, rasa.url, tmp_path, library) as world:
            chat = await world.person()
            assert await chat.say("/topics")


@pytest.mark.slow
async def test_two_bots_on_one_token(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with telegram() as (url, sandbox), bot_at(url, sandbox, rasa.url, tmp_path / "one", library) as world:
        chat = await world.person()
        await chat.say("/topics")
        async with bot_at(url, sandbox, rasa.url, tmp_path / "two", library):
            await until(lambda: "another bot takes the updates of this TELEGRAM_BOT_TOKEN" in caplog.text, 30)
            for _ in range(3):
                await chat.user.send("/help")
                await chat.user.wait_for_messages(timeout=30)
        assert "Traceback" not in caplog.text
        await chat.user.send("/topics")
        await chat.user.wait_for(lambda: "Topics" in chat.user.messages[-1].text, 60)


async def test_a_conflict_is_explained(world: World, chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    await world.sandbox.fault("getUpdates", error_code=409, description=TWO_BOTS)
    await chat.say("/topics")
    await until(lambda: "give it a token of its own" in caplog.text)
    assert await chat.say("/topics")
