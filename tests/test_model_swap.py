"""Another model takes over while people write: nobody waits in vain, nobody gets two answers, guides go on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import Content, ContentStore, Library
from bot.dialogue import Dialogue
from bot.handlers.services import services
from bot.rasa import RasaClient
from bot.rasa.chosen import ChosenRasa
from bot.runner import SANDBOX_TOKEN, background, serving
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings
from bot.training.folder import ModelFolder
from bot.training.model import train
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa, Steps, scripted_rasa, step_answer

START = "/start_wage_claim"
SAFETY_OPEN = '/start_wage_claim{"wage_claim__country": "RU"}'


@pytest.fixture
async def new_rasa() -> AsyncIterator[ScriptedRasa]:
    """A second Rasa beside the first."""
    async with scripted_rasa() as script:
        yield script


def question(name: str, **answers: str) -> Steps:
    """A question of a guide, as Rasa asks it."""
    return [{"say": "guide_question", "id": "wage-claim", "question": name, "answers": answers}]


async def test_who_has_asked_the_old_one_gets_its_answer(rasa: ScriptedRasa, new_rasa: ScriptedRasa) -> None:
    rasa.open.clear()
    rasa.replies["early"] = [step_answer("unpaid-wages")]
    new_rasa.replies["late"] = [step_answer("detained")]
    async with RasaClient(rasa.url) as client:
        early = asyncio.create_task(client.ask("somebody", "early"))
        while not rasa.received:  # noqa: ASYNC110 - the script has no event for this
            await asyncio.sleep(0.005)
        switch = asyncio.create_task(client.switch(new_rasa.url))
        await asyncio.sleep(0)
        [late] = await client.ask("somebody else", "late")
        assert late.id == "detained"
        assert not switch.done(), "the old one is needed until it has answered"
        rasa.open.set()
        assert [step.id for step in await early] == ["unpaid-wages"]
        await switch
    assert (rasa.received, new_rasa.received) == (["early"], ["late"])


async def test_a_turn_ends_where_it_began(rasa: ScriptedRasa, new_rasa: ScriptedRasa) -> None:
    async with RasaClient(rasa.url) as client:
        async with client.turn():
            await client.ask("somebody", "one")
            switch = asyncio.create_task(client.switch(new_rasa.url))
            await asyncio.sleep(0)
            async with client.turn():
                await client.ask("somebody", "two")
        await switch
        await client.ask("somebody", "three")
    assert (rasa.received, new_rasa.received) == (["one", "two"], ["three"])


@pytest.fixture
async def dialogue_in_a_guide(
    content: Content, rasa: ScriptedRasa, new_rasa: ScriptedRasa
) -> AsyncIterator[tuple[Dialogue, RasaClient]]:
    """Somebody has answered the first question of a guide, and then a new Rasa took over, which knows nothing of it."""
    rasa.replies = {START: question("country"), '/choose{"choice": "RU"}': question("safety", country="RU")}
    new_rasa.replies = {
        SAFETY_OPEN: question("safety", country="RU"),
        '/choose{"choice": "no"}': [{"say": "guide_expired"}],
    }
    async with RasaClient(rasa.url) as client:
        dialogue = Dialogue(replace(content, answers={}), client)  # without what is searched by words
        await dialogue.start_guide("somebody", "wage-claim")
        await dialogue.choose("somebody", "RU", "country")
        await client.switch(new_rasa.url)
        yield dialogue, client


InAGuide = tuple[Dialogue, RasaClient]


async def test_a_guide_goes_on_by_button(dialogue_in_a_guide: InAGuide, new_rasa: ScriptedRasa) -> None:
    dialogue, _ = dialogue_in_a_guide
    new_rasa.replies['/start_wage_claim{"wage_claim__country": "RU", "wage_claim__safety": "no"}'] = question(
        "job_now", country="RU", safety="no"
    )
    [step] = await dialogue.choose("somebody", "no", "safety")
    assert (step.question, step.answers) == ("job_now", {"country": "RU", "safety": "no"})


async def test_a_guide_goes_on_in_words(dialogue_in_a_guide: InAGuide, new_rasa: ScriptedRasa) -> None:
    dialogue, _ = dialogue_in_a_guide
    words = "well I do not think so"
    known: list[Steps] = [[{"say": "nothing_to_confirm"}], question("job_now", country="RU", safety="no")]
    new_rasa.replies_in_turn[words] = known
    [step] = await dialogue.respond("somebody", words)
    assert step.question == "job_now"
    assert new_rasa.received == [words, "/restart", SAFETY_OPEN, words]


async def test_a_question_in_the_middle_is_answered_and_the_guide_goes_on(
    dialogue_in_a_guide: InAGuide, new_rasa: ScriptedRasa
) -> None:
    dialogue, _ = dialogue_in_a_guide
    answer = step_answer("passport-taken")
    new_rasa.replies_in_turn["my passport?"] = [[answer], [answer, *question("safety", country="RU")]]
    first, second = await dialogue.respond("somebody", "my passport?")
    assert (first.id, second.question) == ("passport-taken", "safety")


async def test_danger_needs_no_second_asking(dialogue_in_a_guide: InAGuide, new_rasa: ScriptedRasa) -> None:
    dialogue, _ = dialogue_in_a_guide
    new_rasa.replies["words of danger"] = [{"say": "sos", "intent": "emergency"}]
    [step] = await dialogue.respond("somebody", "words of danger")
    assert step.say == "sos"
    assert new_rasa.received == ["words of danger"]


async def test_a_guide_that_the_model_has_not_learned_is_not_available(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies[START] = [{"say": "bot_help", "intent": "bot_help"}]
    await chat.say("/guides")
    [screen] = await chat.press("guide:wage-claim")
    assert "not available for a moment" in screen.text


PEOPLE = 20
PAUSE = 3.0
"""Seconds between the messages of a person: two Rasas share the cores while one starts."""
PATIENCE = 60.0
ASKED = "my boss took my passport and does not give it back"


@pytest.fixture
async def models(content: Content, tmp_path: Path) -> ModelFolder:
    """A folder with two good models and a broken one; the first is chosen."""
    real = await asyncio.to_thread(train, content)
    folder = ModelFolder(tmp_path / "models")
    folder.root.mkdir()
    for name in ("musafir-old", "musafir-new"):
        shutil.copy(real, folder.file(name))
    folder.file("musafir-broken").write_bytes(real.read_bytes()[:100_000])
    folder.choose("musafir-old")
    return folder


@pytest.fixture
async def chosen(models: ModelFolder, tmp_path: Path) -> AsyncIterator[ChosenRasa]:
    """A Rasa that serves what is chosen."""
    async with ChosenRasa(models, "musafir-old", tmp_path / "rasa.log") as rasa, background(rasa.follow()):
        await rasa.client.wait_until_ready()
        yield rasa


@pytest.fixture
async def swapping_world(chosen: ChosenRasa, library: Library, tmp_path: Path) -> AsyncIterator[World]:
    """The bot with that Rasa."""
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            telegram_api_base=url,
            database_url=f"sqlite:///{tmp_path / 'musafir.sqlite3'}",
            musafir_secret="a key for tests",
        )
        async with serving(settings, ContentStore(library), chosen.client) as application:
            yield World(sandbox, services(application), url, tmp_path / "musafir.sqlite3")


async def serves(chosen: ChosenRasa, model: str) -> None:
    """Wait until the bot has changed over."""
    async with asyncio.timeout(180):
        while chosen.model != model:  # noqa: ASYNC110 - as somebody who looks at it from outside
            await asyncio.sleep(0.2)


@pytest.mark.slow
@pytest.mark.rasa
async def test_twenty_people_write_while_another_model_takes_over(
    swapping_world: World, chosen: ChosenRasa, models: ModelFolder
) -> None:
    chats = [await swapping_world.person(f"Person {number}") for number in range(PEOPLE)]
    for chat in chats:
        await chat.begin("en", "abroad", "KG", "RU")
    over = asyncio.Event()

    async def keep_asking(chat: Chat) -> int:
        """Ask again and again; returns how often."""
        before, count = len(chat.user.messages), 0
        while not over.is_set():
            await chat.user.send(ASKED)
            [answer] = await chat.user.wait_for_messages(1, PATIENCE)
            assert "helpers:passport-taken" in [button.data for row in answer.buttons for button in row]
            count += 1
            await asyncio.sleep(PAUSE)
        await chat.user.refresh()
        assert len(chat.user.messages) == before + 2 * count, "each message has one answer"
        return count

    by_button, in_words = await swapping_world.person("Button"), await swapping_world.person("Words")
    for chat in (by_button, in_words):
        await chat.begin("ru", "abroad", "KG", "RU")
        await chat.say("/guides")
        await chat.press("guide:wage-claim")
        await chat.press("choose:country:KZ")
    asking = [asyncio.create_task(keep_asking(chat)) for chat in chats]
    await asyncio.sleep(2 * PAUSE)
    models.choose("musafir-new")
    await serves(chosen, "musafir-new")
    await asyncio.sleep(2 * PAUSE)
    over.set()
    counts = await asyncio.gather(*asking)
    assert min(counts) >= 3

    [job] = await by_button.press("choose:safety:no")
    assert "3 из 12" in job.text
    [job] = await in_words.say("вроде бы никто не угрожает, нет")
    assert "3 из 12" in job.text

    models.choose("musafir-broken")
    async with asyncio.timeout(180):
        while models.chosen() != "musafir-new":  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert chosen.model == "musafir-new"
    report = models.report("musafir-broken")
    assert report is not None
    assert report.refused
    assert "cannot be read" in report.note
    [answer] = await chats[0].say(ASKED)
    assert answer.text.startswith("Somebody keeps my passport")
