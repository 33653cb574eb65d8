"""Voice, photos, stickers, endless and empty texts, edits, stale and forged buttons: a kind word or nothing."""

import pytest

from tests.conversation import Chat, World, forge
from tests.scripted_rasa import ScriptedRasa


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker"])
async def test_what_is_not_text(chat: Chat, kind: str) -> None:
    await chat.user.attach(kind)
    [screen] = await chat.user.wait_for_messages()
    assert "I can read text only" in screen.text
    assert "🆘 SOS: I am in danger" in screen.button_texts


async def test_a_shared_contact_and_a_location(chat: Chat) -> None:
    await chat.user.share_contact()
    [screen] = await chat.user.wait_for_messages()
    assert "I can read text only" in screen.text


async def test_four_thousand_characters(chat: Chat, rasa: ScriptedRasa) -> None:
    story = "he does not pay me and I do not know what to do " * 80
    [screen] = await chat.say(story)
    assert screen.button_texts
    assert len(rasa.received[-1]) <= 1500


@pytest.mark.parametrize("text", ["​", "…", "/", "//", "/nosuchcommand", "<b>bold</b> & <script>", "😀"])
async def test_odd_texts(chat: Chat, text: str) -> None:
    [screen] = await chat.say(text)
    assert screen.text


async def test_a_message_cannot_command_rasa(chat: Chat, rasa: ScriptedRasa) -> None:
    await chat.say('/restart{"x": "y"}')
    assert all(not text.startswith("/") for text in rasa.received)


async def test_an_edited_message_is_not_answered_twice(chat: Chat, rasa: ScriptedRasa) -> None:
    await chat.say("first")
    mine = next(message for message in reversed(chat.user.messages) if not message.from_bot)
    await chat.user.edit(mine.id, "second")
    await chat.say("third")
    assert "second" not in rasa.received


FORGED = [
    "answer:no-such-answer",
    "answer:../../etc",
    "nonsense",
    "-",
    "topic:nothing",
    "contact:C999",
    "guide:none",
    "choose:maybe",
    "stage:later",
    "from:XX",
    "helpers:none:ZZ",
    "language:xx",
    "sos:ZZ",
    "a:b:c:d:e",
    "from:page-99999",
]


@pytest.mark.parametrize("data", FORGED)
async def test_forged_and_stale_buttons(world: World, chat: Chat, data: str) -> None:
    await forge(world, chat, data)
    await chat.user.wait_for_answers()
    assert not chat.user.unanswered_callbacks
    refusals = await world.sandbox.refusals()
    ours = [refusal for refusal in refusals if refusal["chat_id"] == str(chat.user.id)]
    assert not [refusal for refusal in ours if refusal["error_code"] == 500]


async def test_telegram_being_busy_loses_nothing(world: World, chat: Chat) -> None:
    await world.sandbox.fault("sendMessage", times=1, error_code=429, retry_after=1)
    [topics] = await chat.say("/topics")
    assert "Topics" in topics.text


async def test_an_accident_inside_the_bot_is_said_kindly(world: World, chat: Chat) -> None:
    await world.sandbox.fault("sendMessage", times=1, error_code=400, description="Bad Request: made up")
    [sorry] = await chat.say("/topics")
    assert sorry.text.startswith("Something went wrong")
