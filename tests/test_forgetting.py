"""`/forget` empties every store at once, says what it found, and leaves other people alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.content import Library
from bot.database import Database
from bot.database.models import Base, Delivery
from bot.handlers import outbox
from bot.handlers.handover import end_silent
from bot.handlers.reminding import send_due
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Message, Sandbox
from bot.sandbox.group import GROUP_ID
from bot.sandbox.group_client import SandboxGroup
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, ask_for_news_and_a_reminder, bot_at
from tests.scripted_rasa import ScriptedRasa

FOUND = (
    "Erased: your language and countries · an unfinished guide · a reminder · news for your route"
    " · the talk with our staff · your mark in the counts of this week"
)


@pytest.fixture
async def staffed(rasa: ScriptedRasa, content_folder: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A running bot with staff who are always there."""
    (content_folder / "office.yml").write_text("hours: 24/7\ntimezone: Asia/Bishkek\n")
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        await SandboxGroup.of(sandbox)
        async with bot_at(url, sandbox, rasa.url, tmp_path, Library(content_folder), GROUP_ID) as world:
            yield world


async def known_everywhere(world: World, rasa: ScriptedRasa) -> Chat:
    """Somebody of whom everything is kept that the bot can keep."""
    rasa.replies["/start_wage_claim"] = [{"say": "guide_question", "id": "wage-claim", "question": "country"}]
    chat = await world.person("Zulfiya", "en")
    await chat.begin("en", "abroad", "TJ", "RU")
    await ask_for_news_and_a_reminder(chat, rasa)
    await chat.say("/start g-wage-claim")
    await chat.say("/start a-unpaid-wages")
    await world.services.figures.flush()
    await chat.say("/menu", 2)
    await chat.press("human")
    await chat.press("human:yes")
    return chat


async def forget(chat: Chat) -> Message:
    await chat.say("/forget")
    return (await chat.press("🗑 Yes, erase"))[-1]


async def rows(database: Database, pseudonym: str) -> dict[str, int]:
    """Table → how many of its rows are of a person."""
    async with database.session() as session:
        found = {
            table.name: len((await session.execute(table.select().where(table.c.pseudonym == pseudonym))).all())
            for table in Base.metadata.sorted_tables
            if "pseudonym" in table.c
        }
    return {name: count for name, count in found.items() if count}


async def test_everything_is_erased_and_named_and_others_stay(staffed: World, rasa: ScriptedRasa) -> None:
    parts = staffed.services
    chat, other = await known_everywhere(staffed, rasa), await known_everywhere(staffed, rasa)
    gone, stays = (parts.people.pseudonym(somebody.user.id) for somebody in (chat, other))
    async with parts.database.session() as session:
        session.add_all(
            Delivery(alert=1, pseudonym=name, state=state, claimed_at=datetime.now(UTC))
            for name, state in ((gone, "sending"), (stays, "waiting"))
        )
    before = await rows(parts.database, stays)
    assert set(before) == {"people", "reminders", "subscriptions", "deliveries", "handovers", "open_questions"}
    assert await rows(parts.database, gone) == before
    marks = await stored(parts.database, "figure_marks")
    assert len(marks) == 2 * len({row[:4] for row in marks})
    await chat.say("/start c-RU")  # is not written down yet

    done = await forget(chat)

    assert done.text.startswith("Everything I kept about you is erased.")
    assert FOUND in done.text
    assert await rows(parts.database, gone) == {}
    assert await rows(parts.database, stays) == before
    await parts.figures.flush()
    marks = await stored(parts.database, "figure_marks")
    assert len(marks) == len({row[:4] for row in marks}), "those of one person are left, and nothing was written later"
    written = b"".join(file.read_bytes() for file in staffed.database.parent.glob("*.sqlite3*"))
    assert gone.encode() not in written
    assert str(chat.user.id).encode() not in written
    assert stays.encode() in written


async def stored(database: Database, table: str) -> list[tuple[Any, ...]]:
    async with database.session() as session:
        return [tuple(row) for row in await session.execute(Base.metadata.tables[table].select())]


async def test_nothing_comes_after_it(staffed: World, rasa: ScriptedRasa) -> None:
    parts = staffed.services
    chat = await known_everywhere(staffed, rasa)
    pseudonym = parts.people.pseudonym(chat.user.id)
    await forget(chat)
    before = len(chat.user.messages)
    await send_due(parts, datetime.now(UTC) + timedelta(days=4))
    await end_silent(parts, datetime.now(UTC) + timedelta(days=2))
    await parts.people.write_seen(datetime.now(UTC).date())
    assert parts.dialogue.open_question(pseudonym) is None
    assert "/restart" in rasa.received
    assert await parts.handovers.delete_ended()
    assert await rows(parts.database, pseudonym) == {}
    [profile] = await chat.say("/profile")
    assert "Tajikistan" not in profile.text
    assert len(chat.user.messages) == before + 2, "the command and its answer"


async def test_who_is_not_known_reads_that_too(world: World) -> None:
    chat = await world.person("Somebody", "en")
    done = await forget(chat)
    assert "I had kept nothing about you." in done.text


async def test_hide_still_works_for_an_hour(world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    await chat.say("/topics")
    read = chat.user.messages[-1].id
    await forget(chat)
    await chat.say("/hide")
    assert read in chat.user.deleted

    monkeypatch.setattr(outbox, "HIDES_FOR", 0.0)
    await chat.say("/topics")
    read = chat.user.messages[-1].id
    await forget(chat)
    await asyncio.sleep(0)
    await chat.say("/hide")
    assert read not in chat.user.deleted


async def test_a_database_that_is_away_is_told_and_forget_can_be_said_again(
    own_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await own_world.person("Zulfiya", "en")
    await chat.begin("en", "abroad", "TJ", "RU")
    pseudonym = own_world.services.people.pseudonym(chat.user.id)
    with closing(sqlite3.connect(own_world.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        failed = await forget(chat)
    assert "something may be left" in failed.text
    assert await rows(own_world.services.database, pseudonym) == {"people": 1}
    done = await forget(chat)
    assert "Erased: your language and countries" in done.text
    assert await rows(own_world.services.database, pseudonym) == {}


async def test_rasa_being_away_is_told(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person("Zulfiya", "en")
    rasa.down = True
    assert "something may be left" in (await forget(chat)).text
