"""Rasa is killed, hangs, is slow or talks nonsense: people get something true, guides go on, and then all is well.

Words are searched without Rasa, and buttons need nothing else: SOS, topics, contacts, guides, privacy.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Content, Library
from bot.errors import RasaUnavailableError
from bot.rasa import RasaClient, RasaProcess
from bot.rasa.client import LARGEST_REPLY, Patience
from bot.rasa.process import free_port
from bot.training.model import train
from tests.conversation import Chat, Live, World, running_bot
from tests.faults.line_to_rasa import HANGS, KILLED, Line, line_to, reply, steps
from tests.scripted_rasa import ScriptedRasa, Steps, step_answer
from tests.webhook import until

ASKED = "my boss took my pasport and does not give it back"
MISLED = {"say": "guide_question", "id": "no-such-guide", "question": "none"}

KNOWN_TO_THE_THIRD = (
    '/start_wage_claim{"wage_claim__country": "RU", "wage_claim__safety": "no", "wage_claim__job_now": "left_job"}'
)

NO_ANSWER: dict[str, bytes | str] = {
    "killed in the middle of a request": KILLED,
    "no words": reply(b""),
    "no JSON": reply(b"\xff\xfe{"),
    "a page": reply(b"<html><body>Bad Gateway</body></html>", content_type="text/html"),
    "an error": reply(b'{"status": "failure"}', "500 Internal Server Error"),
    "moved": reply(b"", "302 Found\r\nLocation: http://127.0.0.1:9/"),
    "half an answer": reply(b'[{"recipient_id": "x", "cust', length=5000),
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "a giant": reply(b"[" + b" " * (2 * LARGEST_REPLY) + b"]"),
    "brackets in brackets": reply(b"[" * 100_000),
    "another shape": reply(b'{"custom": "x"}'),
    "null": reply(b"null"),
    "a number": reply(b"7"),
    "numbers": reply(b"[1, 2]"),
    "an empty step": steps(None),
    "a step without a word": steps({"no": "say"}),
    "a step of another kind": steps({"say": "answer", "candidates": "many"}),
}
NONSENSE: dict[str, bytes] = {
    "nothing": reply(b"[]"),
    "no steps": reply(b'[{"recipient_id": "x", "text": "hello"}]'),
    "an unknown word": steps({"say": "sing"}),
    "an unknown answer": steps({"say": "answer", "id": "no-such-answer", "candidates": []}),
    "unknown candidates": steps({"say": "suggest", "candidates": [{"label": "no-such", "confidence": 0.9}]}),
    "an unknown guide": steps(MISLED),
    "the result of an unknown guide": steps({"say": "guide_result", "id": "no-such-guide"}),
}


@pytest.fixture(scope="module")
async def module_line(shared_rasa: ScriptedRasa) -> AsyncIterator[Line]:
    """A line to the scripted Rasa."""
    async with line_to(shared_rasa.url) as line:
        yield line


@pytest.fixture(scope="module")
async def module_world(
    module_line: Line, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A bot at that line."""
    async with running_bot(module_line.url, tmp_path_factory.mktemp("line"), library) as world:
        yield world


@pytest.fixture
def line(module_line: Line, rasa: ScriptedRasa) -> Line:
    """The line, in order."""
    module_line.fault = None
    return module_line


@pytest.fixture
async def person(module_world: World, line: Line, rasa: ScriptedRasa) -> Chat:
    """Somebody who has chosen English; Rasa is well, as their first question shows."""
    chat = await module_world.person()
    pseudonym = module_world.services.people.pseudonym(chat.user.id)
    await module_world.services.people.update(pseudonym, language="en")
    await chat.say("hello")
    rasa.received.clear()
    return chat


def question(name: str, **answers: str) -> Steps:
    """A question of a guide, as Rasa asks it."""
    return [{"say": "guide_question", "id": "wage-claim", "question": name, "answers": answers}]


async def begin_a_guide(chat: Chat, rasa: ScriptedRasa) -> None:
    """Answer the first question of a guide while Rasa is well."""
    rasa.replies["/start_wage_claim"] = question("country")
    rasa.replies['/choose{"choice": "RU"}'] = question("safety", country="RU")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    [second] = await chat.press("Russia")
    assert "2 of 12" in second.text


def from_bot(chat: Chat) -> int:
    """How many messages of the bot the person sees."""
    return sum(message.from_bot for message in chat.user.messages)


async def answered_well(chat: Chat, line: Line, rasa: ScriptedRasa) -> None:
    """Rasa is back, and its answer comes, once."""
    line.fault = None
    rasa.replies["again"] = [step_answer("unpaid-wages")]
    [answer] = await chat.say("again")
    assert "helpers:unpaid-wages" in [button.data for row in answer.buttons for button in row]


@pytest.mark.parametrize("fault", NO_ANSWER.values(), ids=NO_ANSWER.keys())
async def test_a_question_is_searched_by_words(
    person: Chat, line: Line, rasa: ScriptedRasa, fault: bytes | str
) -> None:
    line.fault = fault
    [screen] = await person.say(ASKED)
    assert "searched by words only" in screen.text
    assert screen.buttons[0][0].data == "answer:passport-taken"
    await answered_well(person, line, rasa)
    assert from_bot(person) == 3


@pytest.mark.parametrize("fault", NONSENSE.values(), ids=NONSENSE.keys())
async def test_steps_that_nobody_knows_count_as_not_understood(
    person: Chat, line: Line, rasa: ScriptedRasa, fault: bytes
) -> None:
    line.fault = fault
    [screen] = await person.say("hm")
    assert "👥 Talk to a person" in screen.button_texts
    await answered_well(person, line, rasa)


@pytest.mark.parametrize("fault", NO_ANSWER.values(), ids=NO_ANSWER.keys())
async def test_a_guide_goes_on_by_its_buttons(person: Chat, line: Line, rasa: ScriptedRasa, fault: bytes | str) -> None:
    await begin_a_guide(person, rasa)
    line.fault = fault
    [third] = await person.press("choose:safety:no")
    assert "3 of 12" in third.text
    line.fault = None
    rasa.replies[KNOWN_TO_THE_THIRD] = question("how_long", country="RU", safety="no", job_now="left_job")
    [fourth] = await person.press("choose:job_now:left_job")
    assert "4 of 12" in fourth.text
    assert KNOWN_TO_THE_THIRD in rasa.received


async def test_a_guide_can_be_begun_gone_back_in_and_ended(person: Chat, line: Line, rasa: ScriptedRasa) -> None:
    line.fault = KILLED
    await person.say("/guides")
    [first] = await person.press("guide:exploitation-check")
    assert "1 of" in first.text
    [second] = await person.press("choose:danger_now:no")
    assert "2 of" in second.text
    [first] = await person.press("‹ Back")
    assert "1 of" in first.text
    said, card = await person.press("choose:danger_now:yes", 2)
    assert "You are not to blame" in said.text
    assert "🙈 Hide this chat" in card.button_texts


async def test_words_in_a_guide_are_searched_and_its_question_is_asked_again(
    person: Chat, line: Line, rasa: ScriptedRasa
) -> None:
    await begin_a_guide(person, rasa)
    line.fault = KILLED
    found, again = await person.say(ASKED, 2)
    assert found.buttons[0][0].data == "answer:passport-taken"
    assert "2 of 12" in again.text
    [again] = await person.say("zxcvb qwrtp")
    assert "2 of 12" in again.text
    line.fault = None
    rasa.received.clear()
    known = '/start_wage_claim{"wage_claim__country": "RU"}'
    rasa.replies[known] = question("safety", country="RU")
    rasa.replies["they shout"] = question("job_now", country="RU", safety="threatened")
    [third] = await person.say("they shout")
    assert "3 of 12" in third.text
    assert rasa.received == ["/restart", known, "they shout"], "what Rasa may have taken for an answer is undone"


async def test_who_leaves_a_guide_has_left_it(person: Chat, line: Line, rasa: ScriptedRasa) -> None:
    await begin_a_guide(person, rasa)
    line.fault = KILLED
    [left] = await person.press("✖️ Stop")
    assert "Stopped" in left.text
    line.fault = None
    rasa.received.clear()
    await person.say("hello")
    assert rasa.received == ["/restart", "hello"], "Rasa forgets the answers before it is asked anything else"


async def test_everything_else_works(person: Chat, line: Line) -> None:
    line.fault = KILLED
    for command, expected in [
        ("/sos", "Emergency numbers"),
        ("/topics", "Topics"),
        ("/contacts", "In which country"),
        ("/privacy", "What I do not keep"),
        ("/help", "How I work"),
        ("/forget", "Erase everything"),
    ]:
        [screen] = await person.say(command)
        assert expected in screen.text, command
    [danger] = await person.say("help me they are beating me")
    assert "Emergency numbers" in danger.text


async def test_nothing_similar_still_gets_the_ways_on(person: Chat, line: Line) -> None:
    line.fault = KILLED
    [screen] = await person.say("qwrtpsdf zxcvbnm")
    assert {"📚 Topics", "👥 Talk to a person"} <= set(screen.button_texts)


async def test_forgetting_without_rasa_is_honest(person: Chat, line: Line) -> None:
    line.fault = KILLED
    await person.say("/forget")
    [screen] = await person.press("🗑 Yes, erase")
    assert "try /forget again" in screen.text


async def test_a_guide_that_rasa_confuses_with_another_is_not_available(
    person: Chat, line: Line, rasa: ScriptedRasa
) -> None:
    await begin_a_guide(person, rasa)
    line.fault = steps(MISLED)
    [screen] = await person.press("choose:safety:no")
    assert "not available for a moment" in screen.text


async def test_nobody_listens() -> None:
    async with RasaClient("http://127.0.0.1:9") as client:
        with pytest.raises(RasaUnavailableError):
            await client.ask("somebody", "hello")


async def test_who_waits_is_told_so_and_can_call_for_help(person: Chat, rasa: ScriptedRasa) -> None:
    rasa.open.clear()
    rasa.replies[ASKED] = [step_answer("passport-taken")]
    [note] = await person.say(ASKED)
    assert "still looking" in note.text
    [card] = await person.press("🆘 SOS: I am in danger")
    assert "Emergency numbers" in card.text
    assert rasa.received == [ASKED], "all this while Rasa has not answered"
    rasa.open.set()
    [answer] = await person.user.wait_for_messages()
    assert "helpers:passport-taken" in [button.data for row in answer.buttons for button in row]
    await person.user.wait_for(lambda: note.id in person.user.deleted)
    await answered_well(person, Line(("", 0)), rasa)
    assert from_bot(person) == 4, "one answer to each, and the note is gone"


@pytest.mark.slow
async def test_a_rasa_that_hangs_is_given_up_and_its_late_answer_is_thrown_away(
    person: Chat, line: Line, rasa: ScriptedRasa
) -> None:
    rasa.open.clear()
    note, found = await person.say(ASKED, 2)
    assert "still looking" in note.text
    assert "searched by words only" in found.text
    [second] = await person.say(ASKED)
    assert "searched by words only" in second.text, "who hung gets less time: there was no need of a note"
    rasa.open.set()
    await answered_well(person, line, rasa)
    assert from_bot(person) == 4


@pytest.mark.slow
@pytest.mark.parametrize("late", ["the choice is handled too late", "the choice is lost"])
async def test_a_choice_counts_once_whatever_a_slow_rasa_did_with_it(
    person: Chat, line: Line, rasa: ScriptedRasa, late: str
) -> None:
    await begin_a_guide(person, rasa)
    if late == "the choice is lost":
        line.fault = HANGS
    rasa.open.clear()
    [third] = await person.press("choose:safety:no")
    assert "3 of 12" in third.text, "Rasa still hangs"
    line.fault = None
    rasa.open.set()
    rasa.replies[KNOWN_TO_THE_THIRD] = question("how_long", country="RU", safety="no", job_now="left_job")
    rasa.received.clear()
    [fourth] = await person.press("choose:job_now:left_job")
    assert "4 of 12" in fourth.text
    assert rasa.received[-2:] == ["/restart", KNOWN_TO_THE_THIRD]
    assert '/choose{"choice": "left_job"}' not in rasa.received, "there it might count for another question"


async def test_the_limits_of_patience(rasa: ScriptedRasa) -> None:
    rasa.open.clear()
    async with RasaClient(rasa.url, patience=Patience(words=0.3, button=0.1, doubtful=0.1)) as client:
        for ask in (client.ask("somebody", "hello"), client.trigger("somebody", "stop"), client.forget("somebody")):
            with pytest.raises(Exception, match="Rasa did not answer"):
                await ask
    rasa.open.set()


async def test_a_rasa_that_takes_the_question_and_never_answers(rasa: ScriptedRasa) -> None:
    async with line_to(rasa.url) as line:
        line.fault = HANGS
        async with RasaClient(line.url, patience=Patience(words=0.3)) as client:
            with pytest.raises(Exception, match="TimeoutError"):
                await client.ask("somebody", "hello")


@pytest.mark.slow
@pytest.mark.rasa
async def test_the_real_rasa_stops_in_the_middle_of_a_guide_and_goes_on(live: Live) -> None:
    chat = await live.world.person()
    await chat.begin("en")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    await chat.press("choose:country:RU")
    assert live.process.pid is not None
    os.killpg(live.process.pid, signal.SIGSTOP)
    try:
        [third] = await chat.press("choose:safety:no")
        assert "3 of 12" in third.text
        found, again = await chat.say(ASKED, 2)
        assert "searched by words only" in found.text
        assert "3 of 12" in again.text
    finally:
        os.killpg(live.process.pid, signal.SIGCONT)
    [fourth] = await chat.press("choose:job_now:left_job")
    assert "4 of 12" in fourth.text
    [fifth] = await chat.press("choose:how_long:one_to_three")
    assert "5 of 12" in fifth.text


@pytest.mark.slow
@pytest.mark.rasa
async def test_a_rasa_that_hangs_for_good_is_started_anew(content: Content, tmp_path: Path) -> None:
    model = await asyncio.to_thread(train, content)
    process = RasaProcess(model, free_port(), tmp_path / "rasa.log", hangs_after=8)
    async with process.running(), RasaClient(process.url) as client:
        await asyncio.wait_for(process.ready.wait(), 180)
        first = process.pid
        assert first is not None
        os.killpg(first, signal.SIGSTOP)
        await until(lambda: process.pid not in (None, first), 60)
        await asyncio.wait_for(process.ready.wait(), 180)
        assert await client.ask("somebody", "my boss took my passport")
