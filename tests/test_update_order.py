"""Messages of one chat are answered in their order, and chats do not wait for each other, however updates arrive."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from bot.content import Library
from bot.order import CONCURRENCY
from tests.conversation import World, running_bot
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import NUMBERS, hooked, new_port, postman, somebody, until, written

PORT = new_port()


@pytest.fixture(scope="module", params=["polling", "webhook"])
async def any_world(
    request: pytest.FixtureRequest,
    shared_rasa: ScriptedRasa,
    library: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """A bot in each mode."""
    mode = hooked(PORT) if request.param == "webhook" else {}
    async with running_bot(shared_rasa.url, tmp_path_factory.mktemp("order"), library, **mode) as world:
        yield world


async def test_the_first_screens_and_an_answer(any_world: World, rasa: ScriptedRasa) -> None:
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    chat = await any_world.person("Гулнора", "tg")
    menu = await chat.begin("tg", "abroad", "TJ", "RU")
    assert "📚 Мавзӯъҳо" in menu.button_texts
    [answer] = await chat.say("q")
    assert answer.buttons
    await chat.press("feedback:unpaid-wages:yes", 0)
    assert await chat.user.wait_for_answers() == []


async def test_thirty_quick_messages_are_answered_in_their_order(any_world: World, rasa: ScriptedRasa) -> None:
    chat = await somebody(any_world)
    texts = [f"question {number}" for number in range(30)]
    rasa.open.clear()
    for text in texts:
        await chat.user.send(text)
    rasa.open.set()
    await until(lambda: rasa.received == texts)


async def test_one_chat_that_hangs_keeps_nobody_waiting(any_world: World, rasa: ScriptedRasa) -> None:
    slow, quick = await somebody(any_world), await somebody(any_world)
    rasa.open.clear()
    try:
        for number in range(CONCURRENCY + 8):
            await slow.user.send(f"question {number}")
        await until(lambda: len(rasa.received) == 1)
        async with asyncio.timeout(5):  # Rasa does not answer before `open` is set
            [topics] = await quick.say("/topics")
        assert topics.button_texts
        assert len(rasa.received) == 1
    finally:
        rasa.open.set()
    await until(lambda: len(rasa.received) == CONCURRENCY + 8)


@pytest.mark.parametrize("any_world", ["webhook"], indirect=True)
async def test_updates_that_come_at_the_same_time_are_put_in_order(any_world: World, rasa: ScriptedRasa) -> None:
    chat = await somebody(any_world)
    numbers = [next(NUMBERS) for _ in range(20)]
    shuffled = random.Random(1).sample(numbers, len(numbers))
    rasa.open.clear()
    async with postman(PORT) as telegram:
        await telegram.post(written(chat, "0"))
        await until(lambda: rasa.received == ["0"])
        await asyncio.gather(*(telegram.post(written(chat, str(number), number)) for number in shuffled))
    rasa.open.set()
    await until(lambda: rasa.received == ["0", *map(str, numbers)])
