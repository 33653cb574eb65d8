"""What is kept, what is not, and how it is erased."""

import logging
from pathlib import Path

import pytest

from bot.database.people import People
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa, step_answer

SECRET_TEXT = "Zulfiya from Kulob, his name is Farrukh, call +992 93 555 12 34"


async def test_nothing_a_person_writes_is_on_the_disk(
    own_world: World, rasa: ScriptedRasa, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    rasa.replies[SECRET_TEXT] = [step_answer("unpaid-wages")]
    chat = await own_world.person("Zulfiya", "tg")
    await chat.begin("tg", "abroad", "TJ", "RU")
    await chat.say(SECRET_TEXT)
    await chat.press("feedback:unpaid-wages:yes", 0)
    await chat.user.wait_for_answers()
    kept = b"".join(file.read_bytes() for file in own_world.database.parent.iterdir())
    assert b"RU" in kept
    for trace in ("Zulfiya", "Farrukh", "555 12 34", str(chat.user.id)):
        assert trace.encode() not in kept
        assert trace not in caplog.text


async def test_the_pseudonym_depends_on_the_key(own_world: World) -> None:
    database = own_world.services.database
    assert People(database, "one key").pseudonym(42) != People(database, "another key").pseudonym(42)
    assert People(database, "one key").pseudonym(42) == People(database, "one key").pseudonym(42)


async def test_forget_erases_everything(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    pseudonym = own_world.services.people.pseudonym(chat.user.id)
    await chat.say("/forget")
    [done] = await chat.press("🗑 Yes, erase")
    assert "is erased" in done.text
    assert "/restart" in rasa.received
    kept = b"".join(file.read_bytes() for file in own_world.database.parent.glob("*.sqlite3*"))
    assert not (await own_world.services.people.get(pseudonym)).known
    assert pseudonym.encode() not in kept


async def test_forget_asks_first(chat: Chat) -> None:
    [question] = await chat.say("/forget")
    assert question.button_texts == ["🗑 Yes, erase", "No"]


async def test_hide_deletes_the_messages_of_the_chat(chat: Chat) -> None:
    await chat.say("/topics")
    before = [message.id for message in chat.user.messages]
    [note] = await chat.say("/hide")
    assert "Deleted what I could" in note.text
    assert set(before) <= set(chat.user.deleted)
    assert [message.id for message in chat.user.messages] == [note.id]


async def test_hide_deletes_what_telegram_still_allows(chat: Chat) -> None:
    await chat.user.let_time_pass(49)
    await chat.say("/topics")
    recent = chat.user.messages[-1].id
    await chat.say("/hide")
    assert recent in chat.user.deleted


def test_no_library_that_reports_home(tmp_path: Path) -> None:
    from bot.rasa.environment import rasa_environment

    assert rasa_environment()["RASA_TELEMETRY_ENABLED"] == "false"
