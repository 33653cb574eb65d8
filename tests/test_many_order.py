"""Two replicas behind one proxy: messages of a chat keep their order, none is doubled and none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.content import Library
from tests.conversation import Chat
from tests.many import Many, many_bots
from tests.redis_server import RedisServer
from tests.scripted_rasa import ScriptedRasa
from tests.webhook import NUMBERS, until, until_empty, written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def shared_many(
    shared_rasa: ScriptedRasa,
    redis_server: RedisServer,
    library: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Many]:
    """Two replicas for all tests that break nothing."""
    folder = tmp_path_factory.mktemp("many")
    async with many_bots(2, shared_rasa.url, redis_server.url, folder, library) as many:
        yield many


@pytest.fixture
def many(shared_many: Many, rasa: ScriptedRasa) -> Many:
    """Two replicas."""
    return shared_many


def asked(rasa: ScriptedRasa, chat: Chat) -> list[str]:
    """What Rasa was asked for a person, in order."""
    return [text.partition(" ")[2] for text in rasa.received if text.startswith(f"{chat.user.id} ")]


async def test_messages_of_each_chat_are_answered_in_their_order_and_once(many: Many, rasa: ScriptedRasa) -> None:
    chats = [await many.somebody() for _ in range(5)]
    questions = [f"question {number}" for number in range(12)]
    rasa.delay = 0.01

    async def ask_all(chat: Chat) -> None:
        for question in questions:
            await many.bring(written(chat, f"{chat.user.id} {question}"))

    await asyncio.gather(*map(ask_all, chats))
    await until(lambda: len(rasa.received) >= len(chats) * len(questions), 60)
    assert [asked(rasa, chat) for chat in chats] == [questions] * len(chats)


async def test_what_comes_at_the_same_time_to_both_is_put_in_order(many: Many, rasa: ScriptedRasa) -> None:
    chat = await many.somebody()
    numbers = [next(NUMBERS) for _ in range(20)]
    shuffled = many.dice.sample(numbers, len(numbers))
    rasa.open.clear()
    await many.bring(written(chat, "0"), to=0)
    await until(lambda: rasa.received == ["0"])
    await asyncio.gather(*(many.bring(written(chat, str(number), number)) for number in shuffled))
    rasa.open.set()
    await until(lambda: rasa.received == ["0", *map(str, numbers)], 30)


async def test_one_replica_at_a_time_has_a_chat(many: Many, rasa: ScriptedRasa) -> None:
    slow, quick = await many.somebody(), await many.somebody()
    rasa.open.clear()
    await many.bring(written(slow, "first"), to=0)
    await until(lambda: rasa.received == ["first"])
    await many.bring(written(slow, "second"), to=1)
    await many.bring(written(quick, "another"), to=1)
    await until(lambda: rasa.received == ["first", "another"])
    rasa.open.set()
    await until(lambda: rasa.received == ["first", "another", "second"])


async def test_what_is_brought_to_both_is_handled_once(many: Many, rasa: ScriptedRasa) -> None:
    chat = await many.somebody()
    updates = [written(chat, f"q{number}") for number in range(10)]
    for update in updates:
        await asyncio.gather(many.bring(update, to=0), many.bring(update, to=1))
        await many.bring(update)
    await many.bring(written(chat, "last"))
    await until(lambda: "last" in rasa.received, 30)
    assert rasa.received == [*(f"q{number}" for number in range(10)), "last"]


async def test_redis_knows_no_person(
    rasa: ScriptedRasa, redis_server: RedisServer, library: Library, tmp_path: Path
) -> None:
    async with many_bots(2, rasa.url, redis_server.url, tmp_path, library) as many:
        chat = await many.somebody("Zulfiya")
        kept = redis_server.everything()
        rasa.open.clear()
        try:
            for _ in range(3):
                await many.bring(written(chat, "Farrukh, call +992 93 555 12 34"))
            kept += redis_server.everything()
        finally:
            rasa.open.set()
        assert ":queue:" in kept
        pseudonym = many.worlds[0].services.people.pseudonym(chat.user.id)
        for trace in ("Zulfiya", "Farrukh", "555 12 34", str(chat.user.id), pseudonym):
            assert trace not in kept
        with redis_server.client as client:
            assert -1 not in [client.ttl(key) for key in client.scan_iter()]  # everything expires
        await until_empty(many.database, 4, 30)
        await until(lambda: ":queue:" not in redis_server.everything())
