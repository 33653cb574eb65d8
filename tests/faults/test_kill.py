"""kill -9 at any moment: what people wrote is answered after the restart, nothing is half done, nothing goes on twice.

One moment cannot be told from its neighbours: the bot dies while Telegram takes a message. Then an answer comes again
(rather twice than never), and news does not (rather never than twice).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.contacts import import_contacts
from bot.content import Content
from bot.database import Database, alerts
from bot.database.chats import NEWS as PURPOSE
from bot.database.chats import ChatCipher
from bot.database.erasure import erase
from bot.database.models import Person, Reminder, Subscription
from bot.database.people import pseudonym_of
from bot.news import News
from bot.paths import CONTENT
from tests.conversation import Chat
from tests.faults.process import SECRET, Machine, called, machine
from tests.few_answers import few_answers
from tests.scripted_rasa import ScriptedRasa, Steps, step_answer
from tests.webhook import until, until_empty

pytestmark = pytest.mark.slow

ANSWER, HELP, NEWS = "Sources", "How I work", "The border is closed"
SUBSCRIBERS = 60


@dataclass
class Scenes:
    """People who were in the middle of something when the bot was killed, and how it was started again."""

    bot: Machine
    before: Chat
    asked: Chat
    in_a_guide: Chat
    forgetting: Chat
    under_way: Chat
    subscribers: list[Chat]


def question(name: str, **answers: str) -> Steps:
    return [{"say": "guide_question", "id": "wage-claim", "question": name, "answers": answers}]


async def heard(chat: Chat, text: str) -> int:
    """How many messages of the bot in the chat say `text`."""
    await chat.user.refresh()
    return sum(text in message.text for message in chat.user.messages if message.from_bot)


async def until_heard(chat: Chat, text: str) -> None:
    await chat.user.wait_for(lambda: any(text in message.text for message in chat.user.messages), 60)


@pytest.fixture(scope="module", params=["polling", "webhook"])
async def scenes(
    request: pytest.FixtureRequest, shared_rasa: ScriptedRasa, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scenes]:
    """One kill and one restart in each mode for the tests below."""
    rasa, folder, mode = shared_rasa, tmp_path_factory.mktemp("machine"), request.param
    rasa.reset()
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    rasa.replies["/start_wage_claim"] = question("country")
    rasa.replies['/choose{"choice": "RU"}'] = question("safety", country="RU")
    async with machine(folder, few_answers(folder / "content"), rasa.url, mode) as bot:
        people = [await bot.person(f"Person {number}") for number in range(5 + SUBSCRIBERS)]
        before, asked, in_a_guide, forgetting, under_way, *subscribers = people
        for chat in people:
            await chat.user.send("/topics")
        for chat in people:
            await chat.user.wait_for_messages(1, 60)
        [first] = await before.say("q")
        assert ANSWER in first.text
        await in_a_guide.say("/guides")
        await in_a_guide.press("guide:wage-claim")
        await forgetting.begin("en", "abroad", "TJ", "RU")
        await forgetting.say("/forget")
        await send_news(bot, subscribers)

        rasa.received.clear()
        rasa.open.clear()  # from here on Rasa is asked and does not answer
        await asked.user.send("q")
        await in_a_guide.user.press("Russia")
        await forgetting.user.press("🗑 Yes, erase")
        await until(lambda: len(rasa.received) == 3)
        await bot.sandbox.fault("sendMessage", times=2, delay=2)  # of the news and of this:
        with called("sendMessage", lambda params: params.integer("chat_id") == under_way.user.id) as begun:
            await under_way.user.send("/help")
            await asyncio.wait_for(begun.wait(), 10)
        await bot.kill()
        reached = sum([await heard(chat, NEWS) for chat in subscribers])
        assert 0 < reached < SUBSCRIBERS, "news was under way"
        await before.user.send("/help")

        rasa.open.set()
        await bot.start()
        await until_empty(bot.sqlite, 1, 60)
        yield Scenes(bot, before, asked, in_a_guide, forgetting, under_way, subscribers)


async def send_news(bot: Machine, subscribers: list[Chat]) -> None:
    """Write news for everybody, and return when the first have got it."""
    database = Database(bot.database_url.replace("sqlite:", "sqlite+aiosqlite:"))
    async with database.session() as session:
        for chat in subscribers:
            pseudonym = pseudonym_of(chat.user.id, SECRET)
            session.add(Person(pseudonym=pseudonym, language="en", seen_on=datetime.now(UTC).date()))
            session.add(Subscription(pseudonym=pseudonym, chat=ChatCipher(SECRET, PURPOSE).encrypt(chat.user.id)))
    with called("sendMessage", lambda params: NEWS in params.text("text")) as begun:
        await alerts.create(database, News({"en": NEWS}), "Aizada")
        await asyncio.wait_for(begun.wait(), 60)
    await database.close()


async def test_a_question_that_rasa_was_asked_is_answered(scenes: Scenes) -> None:
    await until_heard(scenes.asked, ANSWER)
    assert await heard(scenes.asked, ANSWER) == 1


async def test_a_guide_goes_on(scenes: Scenes, rasa: ScriptedRasa) -> None:
    await until_heard(scenes.in_a_guide, "2 of 12")
    rasa.replies['/choose{"choice": "skip"}'] = question("asked_in_writing", country="RU")
    [screen] = await scenes.in_a_guide.press("Skip ›")
    assert " of 12" in screen.text


async def test_who_wanted_to_be_forgotten_is_forgotten(scenes: Scenes) -> None:
    await until_heard(scenes.forgetting, "Everything I kept about you is erased.")
    with closing(sqlite3.connect(scenes.bot.sqlite)) as database:
        pseudonym = pseudonym_of(scenes.forgetting.user.id, SECRET)
        [left] = database.execute("SELECT count(*) FROM people WHERE pseudonym = ?", [pseudonym]).fetchone()
    assert left == 0


async def test_an_answer_that_telegram_was_taking_comes_again_at_most(scenes: Scenes) -> None:
    await until_heard(scenes.under_way, HELP)
    assert await heard(scenes.under_way, HELP) in (1, 2)


async def test_what_was_written_while_the_bot_was_gone_is_answered_and_nothing_twice(scenes: Scenes) -> None:
    await until_heard(scenes.before, HELP)
    assert await heard(scenes.before, HELP) == 1
    assert await heard(scenes.before, ANSWER) == 1


async def test_news_reaches_everybody_once_but_for_the_one_in_flight(scenes: Scenes) -> None:
    got = [0]
    async with asyncio.timeout(60):
        while sum(got) < SUBSCRIBERS - 1:
            got = [await heard(chat, NEWS) for chat in scenes.subscribers]
    assert max(got) == 1


# A kill between any two statements of the database

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])  # so that each process takes a moment and not seconds


def killed_at(number: int, work: Callable[[Database], Awaitable[object]], url: str) -> bool:
    """Run `work` in a process that is killed at its statement with this number; False when it ended before."""
    process = _FORKS.Process(target=_work_until, args=(number, work, url))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _work_until(number: int, work: Callable[[Database], Awaitable[object]], url: str) -> None:
    async def run() -> None:
        database = Database(url)
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

        for engine in database.engines:
            event.listen(engine, "before_cursor_execute", count)
            event.listen(engine, "commit", count)
        await work(database)
        await database.close()

    asyncio.run(run())


def test_an_import_of_contacts_is_whole_or_did_not_happen(content: Content, tmp_path: Path) -> None:
    lines = (CONTENT / "contacts.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text("".join(lines[:40]), encoding="utf-8")
    after.write_text("".join(lines[:1] + lines[20:60]).replace("Office", "House"), encoding="utf-8")
    needs = set(content.needs["en"])

    def importing(file: Path) -> Callable[[Database], Awaitable[object]]:
        return partial(import_contacts, path=file, needs=needs)

    def contacts(database: Path) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("SELECT id, organisation FROM contacts ORDER BY position").fetchall()

    file = tmp_path / "x.sqlite3"
    url = f"sqlite+aiosqlite:///{file}"
    assert not killed_at(0, Database.migrate, url)
    assert not killed_at(0, importing(after), url)
    whole = contacts(file)
    assert not killed_at(0, importing(before), url)
    old = contacts(file)
    kills = 1
    while killed_at(kills, importing(after), url):
        assert contacts(file) == old
        kills += 1
    assert kills > 4
    assert contacts(file) == whole
    assert len(whole) == 40 != len(old)


async def keep_somebody(database: Database) -> None:
    """Keep everything that may be kept about a person."""
    await database.migrate()
    async with database.session() as session:
        now = datetime.now(UTC)
        session.add(Person(pseudonym="p", language="en", seen_on=now.date()))
        session.add(Subscription(pseudonym="p", chat="encrypted"))
        session.add(Reminder(pseudonym="p", chat="c", language="en", guide="g", code="c", done="0", due_at=now))


def test_who_is_forgotten_is_forgotten_everywhere_or_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    url = f"sqlite+aiosqlite:///{file}"

    def rows() -> list[int]:
        with closing(sqlite3.connect(file)) as connection:
            return [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("people", "subscriptions", "reminders")
            ]

    assert not killed_at(0, keep_somebody, url)
    kills = 1
    while killed_at(kills, partial(erase, pseudonyms=["p"]), url):
        assert rows() in ([1, 1, 1], [0, 0, 0])
        kills += 1
    assert kills > 4
    assert rows() == [0, 0, 0]
