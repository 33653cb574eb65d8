"""A question that got no answer is kept for staff only after a yes, scrubbed, and for 30 days."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.database import Database
from bot.database.kept import all_kept, delete_expired, delete_kept, keep
from bot.database.models import KeptQuestion
from bot.learning import jobs
from bot.learning.figures import Figures, figures
from bot.learning.groups import groups
from bot.learning.keeper import Keeper
from bot.learning.offers import AFTER_A_NO, Offers
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Message
from tests.conversation import Chat, World, forge
from tests.scripted_rasa import ScriptedRasa

QUESTION = "can my friend Farrukh Saidov get seaman papers in Baku, call +992 93 555 12 34"
TODAY = datetime.now(UTC).date()
CANDIDATES = [{"label": label, "confidence": 0.2} for label in ("police-check", "detained")]


@pytest.fixture
async def world(world: World) -> World:
    """The running bot, with nothing left of earlier tests."""
    database = world.services.database
    await delete_kept(database, [row.id for row in await all_kept(database)])
    return world


def is_offer(message: Message) -> bool:
    return message.text.startswith("I could not answer that.")


async def offers(chat: Chat, text: str) -> bool:
    """Whether `text` brings an offer; the screen that comes next proves that nothing more will come."""
    before = {message.id for message in chat.user.messages}
    await chat.user.send(text)
    await chat.user.send("/language")

    def new() -> list[Message]:
        return [message for message in chat.user.messages if message.id not in before]

    await chat.user.wait_for(lambda: any(message.text.startswith("Language ·") for message in new()))
    return any(is_offer(message) for message in new())


async def test_yes_keeps_the_scrubbed_question(own_world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    chat = await own_world.person("Zulfiya", "en")
    [help_first, offer] = await chat.say(QUESTION, 2)
    assert "choose a topic" in help_first.text
    assert is_offer(offer)
    assert offer.raw["reply_to_message"]["text"] == QUESTION
    kept = b"".join(file.read_bytes() for file in own_world.database.parent.iterdir())
    assert b"seaman" not in kept
    [thanks] = await chat.press("✅ Yes")
    assert thanks.text.startswith("Thank you. Staff will read it")
    assert "✅ Yes" not in thanks.button_texts
    [row] = await all_kept(own_world.services.database)
    assert (row.text, row.language, row.kept_on) == ("can my friend … get seaman papers in Baku, call …", "en", TODAY)
    assert row.candidates
    assert set(row.candidates) <= set(own_world.services.content.answers)
    kept = b"".join(file.read_bytes() for file in own_world.database.parent.iterdir())
    assert b"seaman" in kept
    for trace in ("Farrukh", "Saidov", "555 12 34", str(chat.user.id), "Zulfiya"):
        assert trace.encode() not in kept
        assert trace not in caplog.text
    assert "seaman" not in caplog.text


async def test_no_keeps_nothing_and_brings_ten_minutes_of_peace(chat: Chat, world: World) -> None:
    await chat.say(QUESTION, 2)
    [answer] = await chat.press("No")
    assert answer.text == "All right, I keep nothing."
    assert "📚 Topics" in answer.button_texts
    assert not await offers(chat, "something else entirely")
    assert await all_kept(world.services.database) == []


def test_the_peace_after_a_no_ends() -> None:
    now = [1000.0]
    quiet = Offers(lambda: now[0])
    quiet.declined(7)
    assert not quiet.may_ask(7)
    assert quiet.may_ask(8)
    now[0] += AFTER_A_NO
    assert quiet.may_ask(7)


async def test_one_open_offer_at_a_time(chat: Chat) -> None:
    await chat.say(QUESTION, 2)
    assert not await offers(chat, "and another thing nobody knows")
    await chat.say("/hide")
    assert await offers(chat, "a third thing nobody knows")


async def test_a_question_outside_what_the_bot_knows(chat: Chat, rasa: ScriptedRasa, world: World) -> None:
    language = {"code": "tg", "confidence": 0.99}
    rasa.replies["нархи чиптаи ҳавопаймо"] = [{"say": "out_of_scope", "language": language}]
    [kind, offer] = await chat.say("нархи чиптаи ҳавопаймо", 2)
    assert "outside what I know" in kind.text
    assert is_offer(offer)
    await chat.press("✅ Yes")
    [row] = await all_kept(world.services.database)
    assert (row.text, row.language) == ("нархи чиптаи ҳавопаймо", "tg")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("salom dear bot", [{"say": "greet"}]),
        ("asdfgh", [{"say": "out_of_scope"}]),
        ("123 456 ??", [{"say": "suggest"}]),
        ("they came again tonight", [{"say": "suggest", "candidates": [{"label": "emergency", "confidence": 0.3}]}]),
        ("i cannot any more", [{"say": "out_of_scope", "candidates": [{"label": "self_harm", "confidence": 0.3}]}]),
        ("he said he will kill us", [{"say": "suggest"}]),
        ("is it one of these", [{"say": "suggest", "candidates": CANDIDATES}]),
    ],
)
async def test_nobody_is_asked_who_should_not_be(
    chat: Chat, rasa: ScriptedRasa, text: str, steps: list[dict[str, object]]
) -> None:
    rasa.replies[text] = steps
    assert not await offers(chat, text)


async def test_none_of_these(chat: Chat, rasa: ScriptedRasa, world: World) -> None:
    rasa.replies["papers for the sea"] = [{"say": "suggest", "candidates": CANDIDATES}]
    [screen] = await chat.say("papers for the sea")
    assert screen.button_texts[2] == "🤷 None of these"
    [ways_on, offer] = await chat.press("🤷 None of these", 2)
    assert "choose a topic" in ways_on.text
    assert offer.raw["reply_to_message"]["text"] == "papers for the sea"
    await chat.press("✅ Yes")
    assert [row.text for row in await all_kept(world.services.database)] == ["papers for the sea"]


async def test_no_such_button_where_there_may_be_danger(chat: Chat, rasa: ScriptedRasa) -> None:
    danger = [*CANDIDATES, {"label": "emergency", "confidence": 0.2}]
    rasa.replies["police at the door"] = [{"say": "suggest", "candidates": danger}]
    [screen] = await chat.say("police at the door")
    assert "🤷 None of these" not in screen.button_texts


async def test_an_edited_question_is_kept_as_it_is_now(chat: Chat, world: World) -> None:
    await chat.say("can i get papers for the sea", 2)
    await chat.user.edit(chat.user.messages[-3].id, "can i get a seaman card")
    await chat.press("✅ Yes")
    assert [row.text for row in await all_kept(world.services.database)] == ["can i get a seaman card"]


async def test_the_message_is_gone(chat: Chat, world: World) -> None:
    await chat.say(QUESTION, 2)
    message_id = next(message.id for message in chat.user.messages if message.text == QUESTION)
    async with httpx.AsyncClient() as http:
        body = {"chat_id": chat.user.id, "message_id": message_id}
        await http.post(f"{world.url}/bot{SANDBOX_TOKEN}/deleteMessage", json=body)
    [answer] = await chat.press("✅ Yes")
    assert answer.text == "Your message is no longer here, so I kept nothing."
    assert await all_kept(world.services.database) == []


@pytest.mark.parametrize("data", ["keep:yes:en", "none:1:en", "none:x:xx", "none", "keep"])
async def test_forged_buttons_keep_nothing(chat: Chat, world: World, data: str) -> None:
    await forge(world, chat, data)
    await chat.user.wait_for_answers()
    await chat.say("/menu", 2)
    assert await all_kept(world.services.database) == []


async def test_the_database_is_away(own_world: World) -> None:
    chat = await own_world.person("Ali", "en")
    await chat.say(QUESTION, 2)
    await own_world.services.database.close()
    for file in own_world.database.parent.glob("*.sqlite3*"):
        file.unlink()
    own_world.database.mkdir()
    [answer] = await chat.press("✅ Yes")
    assert "Something went wrong" in answer.text
    assert answer.button_texts == ["✅ Yes", "No"]


async def test_forget_ends_the_peace(chat: Chat, world: World) -> None:
    await chat.say(QUESTION, 2)
    await chat.say("/forget")
    await chat.press("🗑 Yes, erase")
    assert world.services.keeper.offers.may_ask(chat.user.id)


async def test_kept_for_thirty_days(world: World) -> None:
    database = world.services.database
    await keep(database, "an old question", "en", [], TODAY - timedelta(days=29))
    await keep(database, "a new question", "en", [], TODAY)
    assert await delete_expired(database, TODAY) == 0
    assert await delete_expired(database, TODAY + timedelta(days=1)) == 1
    assert [row.text for row in await all_kept(database)] == ["a new question"]
    assert await delete_expired(database, TODAY + timedelta(days=30)) == 1


async def test_staff_delete_a_group(world: World) -> None:
    database = world.services.database
    for text in ("how to get a seaman card", "unrelated matter of horses", "how do I get seaman card"):
        await keep(database, text, "en", ["police-check"], TODAY)
    [first, second] = groups(await all_kept(database))
    assert await delete_kept(database, first.ids) == 2
    assert [row.text for row in await all_kept(database)] == [question.text for question in second.questions]


def test_like_questions_are_grouped() -> None:
    texts = [
        ("қайдан теңізші куәлігін аламын", "kk", ["detained"]),
        ("how do i get a seaman card", "en", ["police-check", "detained"]),
        ("kaydan tenizshi kualigin alamyn", "ru", ["detained", "police-check"]),
        ("price of horses in naryn", "en", []),
        ("how can i get the seaman card", "en", ["police-check"]),
        ("how can i get that seaman's card?", "en", []),
    ]
    rows = [
        KeptQuestion(id=number, text=text, language=language, candidates=candidates, kept_on=TODAY)
        for number, (text, language, candidates) in enumerate(texts)
    ]
    found = groups(rows)
    assert [group.ids for group in found] == [[1, 4, 5], [0, 2], [3]]
    assert [group.ids for group in groups(rows[::-1])] == [group.ids for group in found]
    assert (found[0].language, found[0].suggested) == ("en", ["police-check", "detained"])
    assert found[1].suggested == ["detained", "police-check"]
    assert groups([]) == []


@pytest.mark.slow
async def test_new_content_means_new_words(own_world: World) -> None:
    services = own_world.services
    keeper = Keeper(services.store, services.database, services.dialogue.look_up)
    await keeper.keep("a question about Warsaw", "en", TODAY)
    before = keeper._ready
    await keeper.keep("another question", "en", TODAY)
    assert keeper._ready is before
    await services.store.reload()
    await keeper.keep("a third question", "en", TODAY)
    assert keeper._ready is not before


async def test_the_job_counts_and_tidies(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSE", 0.01)
    counted = Figures(database, "key")
    for number in range(5):
        counted.note(f"person {number}", "money", "tg", "RU", datetime.now(UTC) - timedelta(days=7))
    await keep(database, "an old question", "en", [], TODAY - timedelta(days=31))
    job = asyncio.create_task(jobs.keep_learning(database, counted))
    async with asyncio.timeout(10):
        while await all_kept(database) or not await figures(database, 2, TODAY):  # noqa: ASYNC110 - a job tells nobody
            await asyncio.sleep(0.01)
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job
