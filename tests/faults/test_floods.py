"""Very many messages at once, and messages that come again: nobody else waits, order is kept, nothing is done twice.

Whoever floods gets every answer, in order, at the pace that Telegram allows. A cry for help overtakes all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.content import Library
from bot.order import CONCURRENCY
from bot.rasa import RasaClient
from bot.rasa.client import Patience
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, bot_with
from tests.scripted_rasa import ScriptedRasa
from tests.webhook import hooked, new_port, somebody, until

MANY = 200
ACCOUNTS = 50
EACH = 5
PATIENCE = 90.0
DANGER = "help me they are beating me"


@pytest.fixture(scope="module", params=["polling", "webhook"])
async def module_world(
    request: pytest.FixtureRequest,
    shared_rasa: ScriptedRasa,
    library: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """A bot in each mode. It never gives Rasa up, so that a flood stands still while Rasa does."""
    mode = hooked(new_port()) if request.param == "webhook" else {}
    async with (
        running_sandbox(SANDBOX_TOKEN) as url,
        Sandbox(url) as sandbox,
        RasaClient(shared_rasa.url, patience=Patience(words=600)) as client,
        bot_with(url, sandbox, client, tmp_path_factory.mktemp("flood"), library, **mode) as world,
    ):
        yield world


@pytest.fixture
def any_world(module_world: World, rasa: ScriptedRasa) -> World:
    """The bot, with a Rasa in order."""
    return module_world


async def flood(chat: Chat, messages: int) -> list[str]:
    """Send so many messages without waiting; returns what Rasa is asked in the end, in order."""
    texts = [f"{chat.user.id} q{number}" for number in range(messages)]
    for text in texts:
        await chat.user.send(text)
    return texts


def asked(rasa: ScriptedRasa, chat: Chat) -> list[str]:
    """What Rasa was asked for a person."""
    return [text for text in rasa.received if text.startswith(f"{chat.user.id} ")]


async def say(chat: Chat, text: str) -> str:
    """Send a message; the first words that come back."""
    await chat.user.send(text)
    return (await chat.user.wait_for_messages(timeout=PATIENCE))[0].text


@pytest.mark.slow
async def test_two_hundred_messages_of_one_person(any_world: World, rasa: ScriptedRasa) -> None:
    flooder, other = await somebody(any_world), await somebody(any_world)
    rasa.open.clear()
    texts = await flood(flooder, MANY)
    assert "Topics" in await say(other, "/topics")
    await flooder.user.send(DANGER)
    await flooder.user.wait_for(
        lambda: any("Emergency numbers" in message.text for message in flooder.user.messages), PATIENCE
    )
    assert len(asked(rasa, flooder)) == 1, "nothing of the flood is worked off"
    rasa.open.set()
    await until(lambda: asked(rasa, flooder) == texts, PATIENCE)
    assert not [item for item in await any_world.sandbox.refusals() if item["error_code"] == 429]


@pytest.mark.slow
async def test_fifty_accounts_flood_and_one_person_needs_help(any_world: World, rasa: ScriptedRasa) -> None:
    flooders = [await somebody(any_world) for _ in range(ACCOUNTS)]
    in_words, by_command = await somebody(any_world), await somebody(any_world)
    rasa.open.clear()
    texts = await asyncio.gather(*(flood(flooder, EACH) for flooder in flooders))
    await until(lambda: len(rasa.received) == CONCURRENCY, PATIENCE)
    assert "Emergency numbers" in await say(in_words, DANGER)
    assert "Emergency numbers" in await say(by_command, "/sos")
    assert len(rasa.received) == CONCURRENCY, "all places are taken, and nothing of the flood is worked off"
    rasa.open.set()
    await until(lambda: len(rasa.received) == ACCOUNTS * EACH, PATIENCE)
    assert [asked(rasa, flooder) for flooder in flooders] == texts


async def test_hiding_does_not_wait_for_an_answer_that_hangs(any_world: World, rasa: ScriptedRasa) -> None:
    chat = await somebody(any_world)
    rasa.open.clear()
    await chat.user.send("q")
    await until(lambda: rasa.received == ["q"])
    mine = chat.user.messages[0].id
    await chat.user.send("/hide")
    await chat.user.wait_for(lambda: mine in chat.user.deleted)
    rasa.open.set()


async def test_updates_that_come_again_are_handled_once(any_world: World, rasa: ScriptedRasa) -> None:
    chat = await somebody(any_world)
    for text in ("q1", "q2", "q3"):
        await chat.say(text)
    await any_world.sandbox.replay_updates()
    await chat.say("q4")
    await chat.say("q5")
    assert rasa.received == ["q1", "q2", "q3", "q4", "q5"]
