"""Where a guided conversation stands survives a restart, reaches every replica, and is readable for nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.content import Content, Library
from bot.database import Database
from bot.database.erasure import Kept, erase
from bot.database.models import OpenGuide, Tracker
from bot.database.people import People, Unfinished
from bot.database.retention import UNFINISHED_FOR, delete_unfinished
from bot.guide_memory import GuideMemory
from bot.guided import OpenQuestions
from bot.rasa import Step
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, bot_at
from tests.scripted_rasa import ScriptedRasa, Steps

OLD, NEW = "the key until today 1", "the key from today on 2"
CHAT = 42
UNPAID = "▶️ Get my unpaid pay (3 of 12)"


def question(name: str, **answers: str) -> Steps:
    """A question of a guide, as Rasa asks it."""
    return [{"say": "guide_question", "id": "wage-claim", "question": name, "answers": answers}]


def asks(name: str, **answers: str) -> list[Step]:
    """The same, as the bot reads it."""
    return [Step.model_validate(step) for step in question(name, **answers)]


class Replica:
    """What a bot remembers of people, with or without others beside it."""

    def __init__(self, database: Database, *, shared: bool = True, key: str = NEW, former: str | None = None) -> None:
        self.asked = OpenQuestions()
        self.guides = GuideMemory(database, key, former, self.asked, shared=shared)
        self.people = People(database, key, former, self._learn, shared=shared)

    def _learn(self, pseudonym: str, unfinished: Unfinished) -> None:
        self.guides.learn(pseudonym, unfinished.guide)

    @asynccontextmanager
    async def update(self, chat: int = CHAT) -> AsyncIterator[str]:
        """An update is handled; yields the person's pseudonym."""
        await self.people.meet(chat)
        pseudonym = self.people.pseudonym(chat)
        yield pseudonym
        await self.guides.keep(pseudonym)
        self.people.leave(pseudonym)

    async def open_question(self, content: Content) -> str | None:
        """What is open for somebody who comes now."""
        async with self.update() as pseudonym:
            found = self.asked.get(pseudonym, content)
        return found.question.id if found else None


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def everything_in(folder: Path) -> bytes:
    """What stands in the database's files."""
    return b"".join(file.read_bytes() for file in folder.glob("*.sqlite3*"))


async def in_a_guide(chat: Chat, rasa: ScriptedRasa) -> None:
    """Somebody has answered two questions."""
    rasa.replies["/start_wage_claim"] = question("job_now", country="RU", safety="no")
    await chat.begin("en")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")


async def test_a_guide_goes_on_after_a_restart(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        bot = (url, sandbox, rasa.url, tmp_path, library)
        async with bot_at(*bot) as world:
            chat = await world.person()
            await in_a_guide(chat, rasa)
        written = everything_in(tmp_path)
        assert b"en" in written
        for answer in (b"wage-claim", b"job_now", b"safety"):
            assert answer not in written
        async with bot_at(*bot):
            rasa.replies['/choose{"choice": "gone_home"}'] = [{"say": "guide_expired"}]
            answers = {"country": "RU", "safety": "no", "job_now": "gone_home"}
            again = f"/start_wage_claim{json.dumps({f'wage_claim__{id_}': answer for id_, answer in answers.items()})}"
            rasa.replies[again] = question("how_long", **answers)
            menu = (await chat.say("/menu", 2))[-1]
            assert UNPAID in menu.button_texts
            [screen] = await chat.press("choose:job_now:gone_home")
            assert "When should the oldest missing pay have come?" in screen.text
            assert rasa.received[-1] == again


async def test_a_guide_goes_on_after_a_change_of_the_key(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        bot = (url, sandbox, rasa.url, tmp_path, library)
        async with bot_at(*bot, musafir_secret=OLD) as world:
            chat = await world.person()
            await in_a_guide(chat, rasa)
        async with bot_at(*bot, musafir_secret=NEW, musafir_secret_old=OLD):
            assert UNPAID in (await chat.say("/menu", 2))[-1].button_texts


async def test_forget_erases_it(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person()
    await in_a_guide(chat, rasa)
    database = own_world.services.database
    await chat.say("/forget")
    [done] = await chat.press("🗑 Yes, erase")
    assert "an unfinished guide" in done.text
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(OpenGuide)) == 0


async def test_rasa_that_is_a_step_ahead_does_not_count_an_answer_twice(chat: Chat, rasa: ScriptedRasa) -> None:
    """The bot was killed before it had written down that the answer to `safety` was given; now it comes again."""
    rasa.replies["/start_wage_claim"] = question("safety", country="RU")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    rasa.replies['/choose{"choice": "no"}'] = question("how_long", country="RU", safety="no", job_now="left_job")
    again = '/start_wage_claim{"wage_claim__country": "RU", "wage_claim__safety": "no"}'
    rasa.replies[again] = question("job_now", country="RU", safety="no")
    [screen] = await chat.press("choose:safety:no")
    assert "Do you still work" in screen.text


async def test_rasa_that_is_a_step_ahead_takes_no_words_for_another_question(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["/start_wage_claim"] = question("safety", country="RU")
    await chat.say("/guides")
    await chat.press("guide:wage-claim")
    ahead, right = (
        question("how_long", country="RU", safety="no", job_now="left_job"),
        question("job_now", country="RU", safety="no"),
    )
    rasa.replies_in_turn["not at all, I think"] = [ahead, right]
    rasa.replies['/start_wage_claim{"wage_claim__country": "RU"}'] = question("safety", country="RU")
    [screen] = await chat.say("not at all, I think")
    assert "Do you still work" in screen.text


async def test_replicas_see_what_another_one_asked(database: Database, content: Content) -> None:
    one, other = Replica(database), Replica(database)
    async with one.update() as pseudonym:
        one.asked.note(pseudonym, asks("safety", country="RU"))
    assert await other.open_question(content) == "safety"
    async with other.update() as pseudonym:
        other.asked.note(pseudonym, asks("job_now", country="RU", safety="no"))
    assert await one.open_question(content) == "job_now"
    async with one.update() as pseudonym:
        one.asked.note(pseudonym, [Step(say="guide_left")])
    assert await other.open_question(content) is None


async def test_replicas_see_what_another_one_was_told(database: Database) -> None:
    one, other = Replica(database), Replica(database)
    for language in ("tg", "ru"):
        async with one.update() as pseudonym:
            await one.people.update(pseudonym, language=language)
        assert (await other.people.meet(CHAT)).language == language
    await erase(database, one.people.pseudonyms(CHAT))
    assert not (await other.people.meet(CHAT)).known


async def test_replicas_keep_nobody_in_memory_who_may_be_erased_by_another(
    database: Database, content: Content
) -> None:
    one, other = Replica(database), Replica(database)
    async with one.update() as pseudonym:
        await one.people.update(pseudonym, language="tg")
        one.asked.note(pseudonym, asks("safety"))
    assert await erase(database, other.people.pseudonyms(CHAT)) == {Kept.PROFILE, Kept.GUIDE}
    await database.close()
    assert one.asked.get(pseudonym, content) is None
    assert not (await one.people.get(pseudonym)).known


@pytest.mark.parametrize(("shared", "ordinary", "step"), [(False, 0, 1), (True, 1, 2)])
async def test_an_update_costs_few_statements(database: Database, shared: bool, ordinary: int, step: int) -> None:
    bot = Replica(database, shared=shared)
    async with bot.update() as pseudonym:
        await bot.people.update(pseudonym, language="tg")
    with statements(database) as seen:
        async with bot.update():
            pass
        assert len(seen) == ordinary
        seen.clear()
        async with bot.update() as pseudonym:
            bot.asked.forget(pseudonym)
            bot.asked.note(pseudonym, asks("country"))
            bot.asked.note(pseudonym, asks("safety", country="RU"))
        assert len(seen) == step


async def test_while_the_database_is_away_memory_serves(
    database: Database, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Replica(database)

    def refuse() -> None:
        raise OSError

    with monkeypatch.context() as away:
        away.setattr(database, "session", refuse)
        async with bot.update() as pseudonym:
            bot.asked.note(pseudonym, asks("job_now", country="RU"))
        assert await bot.open_question(content) == "job_now"
    assert await bot.open_question(content) == "job_now"
    assert await Replica(database).open_question(content) == "job_now"


async def test_who_was_in_a_guide_before_the_change_of_the_key_goes_on(database: Database, content: Content) -> None:
    before = Replica(database, key=OLD)
    async with before.update() as pseudonym:
        before.asked.note(pseudonym, asks("safety", country="RU"))
    assert await Replica(database, key=NEW, former=OLD).open_question(content) == "safety"
    assert await Replica(database, key=NEW, former=OLD).open_question(content) == "safety"
    assert await Replica(database, key=OLD).open_question(content) is None


async def test_it_is_deleted_after_a_day(database: Database) -> None:
    now = datetime.now(UTC)
    for name, age in (("old", UNFINISHED_FOR), ("young", UNFINISHED_FOR - timedelta(minutes=1))):
        async with database.session() as session:
            session.add(OpenGuide(pseudonym=name, question="encrypted", asked_at=now - age))
            session.add(Tracker(pseudonym=name, events="[]", saved_at=now - age))
    await delete_unfinished(database, now)
    async with database.session() as session:
        for table in (OpenGuide, Tracker):
            assert list(await session.scalars(select(table.pseudonym))) == ["young"]
