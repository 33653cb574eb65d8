"""The fourteen known faults of Rasa's own Telegram channel (rasa/core/channels/telegram.py), one test for each.

Some of these behaviours are tested in more depth elsewhere; this file is the list.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
from pydantic import SecretStr
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit

from bot.application import build_application
from bot.content import Content, Library
from bot.languages import LANGUAGES
from bot.render import answers
from bot.settings import Settings
from tests.conversation import Chat, World, forge
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import NUMBERS, Postman, hooked_bot, until, written

ROW = 2
"""Buttons side by side that can be read on a narrow phone."""


@pytest.fixture(scope="module")
async def hook(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Postman]]:
    """A bot with a webhook, and somebody who brings updates to it."""
    async with hooked_bot(shared_rasa.url, tmp_path_factory.mktemp("faults"), library) as (world, bring):
        yield world, bring


async def somebody(world: World) -> Chat:
    """A person who has written to the bot before."""
    chat = await world.person()
    await chat.say("/start")
    return chat


async def test_parse_mode(chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa sends texts without a parse mode, so that people read the markup of bold and links."""
    rasa.replies["my pay?"] = [step_answer("unpaid-wages")]
    [answer] = await chat.say("my pay?")
    assert "<b>My pay has not come</b>" in answer.html
    assert '<a href="https://' in answer.html
    assert "**" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_callback_data_of_64_bytes(content: Content, language: str) -> None:
    """Rasa puts whole payloads with JSON into buttons, and Telegram refuses more than 64 bytes."""
    for item in content.answers.values():
        screen = answers.answer(item, content, language, date(2030, 1, 1))  # type: ignore[arg-type]
        sizes = [len(button.data.encode()) for row in screen.rows for button in row if button.data]
        assert sizes
        assert max(sizes) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


async def test_unanswered_callbacks(world: World, chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa never answers a pressed button, which goes on spinning; here also while the dialogue hangs."""
    rasa.open.clear()
    await chat.say("/guides")
    await chat.user.press("guide:wage-claim")
    assert await chat.user.wait_for_answers(timeout=10) == []
    rasa.open.set()
    await chat.user.wait_for_changes()
    await forge(world, chat, "nobody-knows-this")
    assert await chat.user.wait_for_answers(timeout=10) == []


async def test_a_webhook_held_until_the_dialogue_ends(hook: tuple[World, Postman], rasa: ScriptedRasa) -> None:
    """Rasa answers Telegram only after the whole dialogue, so that Telegram gives up and sends the update again."""
    world, telegram = hook
    chat = await somebody(world)
    rasa.open.clear()
    assert await telegram.post(written(chat, "a slow question")) == 200
    rasa.open.set()
    assert await chat.user.wait_for_messages()


async def test_no_duplicate_check(hook: tuple[World, Postman], rasa: ScriptedRasa) -> None:
    """Rasa handles an update again when Telegram brings it again."""
    world, telegram = hook
    chat = await somebody(world)
    update = written(chat, "once")
    assert await telegram.post(update) == 200
    assert await telegram.post(update) == 200
    assert await telegram.post(written(chat, "then")) == 200
    await chat.user.wait_for_messages(2)
    assert rasa.received == ["once", "then"]


async def test_an_unauthenticated_webhook(hook: tuple[World, Postman], rasa: ScriptedRasa) -> None:
    """Whoever knows the address of Rasa's webhook can write in anybody's name."""
    world, telegram = hook
    chat = await somebody(world)
    assert await telegram.post(written(chat, "forged"), secret=None) == 403
    assert await telegram.post(written(chat, "forged"), secret="guessed") == 403
    assert await telegram.post(written(chat, "real")) == 200
    await chat.user.wait_for_messages()
    assert rasa.received == ["real"]


async def test_updates_without_a_message(
    hook: tuple[World, Postman], rasa: ScriptedRasa, caplog: pytest.LogCaptureFixture
) -> None:
    """Rasa takes every update for one with a message and fails at the others."""
    world, telegram = hook
    chat = await somebody(world)
    person = {"id": chat.user.id, "is_bot": False, "first_name": "Ali"}
    channel = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": -1, "type": "channel", "title": "News"}}
    for update in (
        {"callback_query": {"id": "1", "from": person, "chat_instance": "1", "inline_message_id": "1", "data": "menu"}},
        {"channel_post": {**channel, "text": "news"}},
        {"inline_query": {"id": "1", "from": person, "query": "pay", "offset": ""}},
        {},
    ):
        assert await telegram.post({"update_id": next(NUMBERS), **update}) == 200
    assert await telegram.post(written(chat, "hello")) == 200
    await chat.user.wait_for_messages()
    assert rasa.received == ["hello"]
    assert "could not be handled" not in caplog.text


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker"])
async def test_silently_dropped_media(chat: Chat, kind: str) -> None:
    """Rasa leaves whoever sends a photo or a voice message without a word."""
    await chat.user.attach(kind)
    [reply] = await chat.user.wait_for_messages()
    assert "I can read text only" in reply.text


async def test_edited_messages(chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa takes the correction of a typing mistake for another message and answers it as well."""
    await chat.say("my pai?")
    mine = next(message for message in reversed(chat.user.messages) if not message.from_bot)
    await chat.user.edit(mine.id, "my pay?")
    await chat.say("thank you")
    await until(lambda: "thank you" in rasa.received)
    own = [text for text in rasa.received if text.startswith("my ") or text == "thank you"]
    assert own == ["my pai?", "thank you"]


async def test_splitting_and_4096_characters(chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa sends every paragraph as a message of its own, and fails at one that is too long."""
    rasa.replies["my pay?"] = [step_answer("unpaid-wages")]
    [answer] = await chat.say("my pay?")
    assert answer.text.count("\n\n") > 1
    assert len(answer.text) <= MessageLimit.MAX_TEXT_LENGTH
    await chat.say("thank you")
    assert sum(message.from_bot for message in chat.user.messages) == 2


@pytest.mark.slow
async def test_429(world: World, chat: Chat) -> None:
    """Rasa loses a message when Telegram asks to wait."""
    await world.sandbox.fault("sendMessage", times=1, error_code=429, retry_after=1)
    [topics] = await chat.say("/topics")
    assert "Topics" in topics.text


async def test_buttons_all_in_one_row(chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa puts all buttons side by side, so that nobody can read them."""
    rasa.replies["my pay?"] = [step_answer("unpaid-wages")]
    for text in ("/topics", "/guides", "/menu", "my pay?"):
        screen = (await chat.say(text, 2 if text == "/menu" else 1))[-1]
        assert len(screen.buttons) > ROW
        assert max(map(len, screen.buttons)) <= ROW


async def test_bot_cut_from_text(chat: Chat, rasa: ScriptedRasa) -> None:
    """Rasa takes `/bot` out of whatever somebody writes."""
    written = "he pays for the room/bottles/botany lessons"
    await chat.say(written)
    assert rasa.received == [written]


async def test_an_ignored_language(world: World) -> None:
    """Rasa does not look at the language that somebody's Telegram is set to."""
    chat = await world.person("Айгүл", "ky")
    [welcome] = await chat.say("/start")
    assert "Салам, мен Мусафирмин" in welcome.text


def test_side_effects_at_start_up() -> None:
    """Rasa calls setWebhook as soon as the channel is made, also for commands that only look at the project."""
    nobody = "http://127.0.0.1:9"
    settings = Settings(_env_file=None, telegram_bot_token=SecretStr("1:x"), telegram_api_base=nobody)
    application = build_application(settings, "1:x")
    assert not application.running
    assert application.updater is not None
    assert not application.updater.running
