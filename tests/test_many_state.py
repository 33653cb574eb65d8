"""Two replicas behind one proxy: whichever somebody's next message is brought to, it knows where they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.content import Library
from bot.database.handovers import Talk
from bot.sandbox.client import Message
from bot.sandbox.group import GROUP_ID
from bot.sandbox.group_client import SandboxGroup
from tests.conversation import Chat
from tests.few_answers import few_answers
from tests.many import Many, many_bots
from tests.redis_server import RedisServer
from tests.scripted_rasa import ScriptedRasa, Steps
from tests.webhook import NUMBERS, until, written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def shared_many(
    shared_rasa: ScriptedRasa, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Many]:
    """Two replicas, with staff who are always there."""
    folder = tmp_path_factory.mktemp("many")
    content = few_answers(folder / "content")
    (content / "office.yml").write_text("hours: 24/7\ntimezone: Asia/Bishkek\n")
    async with many_bots(
        2, shared_rasa.url, redis_server.url, folder, Library(content), staff_chat_id=GROUP_ID
    ) as many:
        yield many


@pytest.fixture
def many(shared_many: Many, rasa: ScriptedRasa) -> Many:
    """Two replicas."""
    return shared_many


def question(name: str, **answers: str) -> Steps:
    """A question of a guide, as Rasa asks it."""
    return [{"say": "guide_question", "id": "wage-claim", "question": name, "answers": answers}]


async def says(many: Many, chat: Chat, text: str, to: int, replies: int = 1) -> list[str]:
    """Somebody's words are brought to one of the replicas; returns what comes back."""
    await many.bring(written(chat, text), to=to)
    return [message.text for message in await chat.user.wait_for_messages(replies, 30)]


async def commands(many: Many, chat: Chat, text: str, to: int, replies: int = 1) -> list[Message]:
    """The same for a command."""
    update = written(chat, text)
    length = len(text.partition(" ")[0])
    update["message"]["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    await many.bring(update, to=to)
    return await chat.user.wait_for_messages(replies, 30)


async def presses(many: Many, chat: Chat, data: str, to: int) -> None:
    """A button below the last message is pressed."""
    await many.bring(pressed(chat, data), to=to)


def pressed(chat: Chat, data: str) -> dict[str, Any]:
    """The update of a pressed button."""
    number, user = next(NUMBERS), {"id": chat.user.id, "is_bot": False, "first_name": "Ali"}
    message = {
        "message_id": chat.user.messages[-1].id,
        "date": 1_700_000_000,
        "chat": {"id": chat.user.id, "type": "private"},
        "text": "a screen",
    }
    query = {"id": str(number), "from": user, "chat_instance": "1", "data": data, "message": message}
    return {"update_id": number, "callback_query": query}


async def test_a_guide_goes_from_replica_to_replica(many: Many, rasa: ScriptedRasa) -> None:
    chat = await many.somebody()
    rasa.replies["/start_wage_claim"] = question("country")
    rasa.replies['/choose{"choice": "RU"}'] = question("safety", country="RU")
    rasa.replies['/choose{"choice": "skip"}'] = question("job_now", country="RU", safety="skip")
    await commands(many, chat, "/start g-wage-claim", 0)
    await presses(many, chat, "choose:country:RU", 1)
    await chat.user.wait_for(lambda: any("Has anybody threatened" in message.text for message in chat.user.messages))
    assert "Do you still work" in (await says(many, chat, "Skip", 0))[0]
    assert rasa.received[-2:] == ['/choose{"choice": "RU"}', '/choose{"choice": "skip"}']


async def test_what_one_was_told_the_other_knows(many: Many) -> None:
    chat = await many.somebody()
    for number, (language, words) in enumerate((("ru", "Темы"), ("en", "Topics"), ("ru", "Темы"))):
        await presses(many, chat, f"language:{language}", number % 2)
        await chat.user.wait_for_messages(1, 30)
        menu = (await commands(many, chat, "/menu", (number + 1) % 2, 2))[-1]
        assert words in str(menu.button_texts)


async def test_hide_at_one_deletes_what_the_other_sent(many: Many) -> None:
    chat = await many.somebody()
    for replica in (0, 1, 0):
        await commands(many, chat, "/topics", replica)
    before = {message.id for message in chat.user.messages if message.from_bot}
    await commands(many, chat, "/hide", 1)
    assert before <= set(chat.user.deleted)


async def test_a_talk_with_staff_reaches_every_replica(many: Many, rasa: ScriptedRasa) -> None:
    staff = await SandboxGroup.of(many.sandbox)
    chat = await many.somebody("Zulfiya")
    await presses(many, chat, "human:yes", 0)
    topic = (await staff.wait_for_messages())[-1].raw["message_thread_id"]
    asked = len(rasa.received)
    await chat.user.send("how much do I get")  # Telegram itself brings it to the other replica
    await staff.wait_for(lambda: any(message.text == "how much do I get" for message in staff.messages))
    assert len(rasa.received) == asked, "it went to staff, not to Rasa"
    await staff.write("all of it", topic=topic)
    await chat.user.wait_for(lambda: any(message.text == "all of it" for message in chat.user.messages))
    await presses(many, chat, "human:end", 0)
    await many.bring(written(chat, "thank you"), to=1)
    await until(lambda: rasa.received == ["thank you"], 30)


async def test_a_talk_that_one_has_ended_is_not_begun_again_by_the_other(many: Many) -> None:
    one, other = (world.services.handovers for world in many.worlds)
    talk = Talk("ABCD", "somebody", 42, "en", 7, datetime.now(UTC))
    await one.begin(talk)
    await other.refresh()
    assert other.of("somebody") == talk
    await one.end(talk)
    await other.go_on(talk, datetime.now(UTC))
    assert other.of("somebody") is None
    await one.refresh()
    assert one.of("somebody") is None


async def test_forgotten_by_one_is_forgotten_by_all(many: Many, rasa: ScriptedRasa, tmp_path: Path) -> None:
    chat = await many.somebody()
    await presses(many, chat, "language:tg", 0)
    await chat.user.wait_for_messages(1, 30)
    await presses(many, chat, "forget:yes", 1)
    await chat.user.wait_for(lambda: any("нест карда" in message.text for message in chat.user.messages))
    for world in many.worlds:
        people = world.services.people
        assert not (await people.get(people.pseudonym(chat.user.id))).known
