"""A new key: people are recognised once more, what they asked for still comes, nothing is left under the old one."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot import keys
from bot.cli import commands
from bot.content import Library
from bot.database import Database, alerts, deliveries
from bot.database.chats import NEWS, ChatCipher
from bot.database.inbox import Inbox, Waiting
from bot.database.models import Delivery, Person, Subscription
from bot.database.people import pseudonym_of
from bot.database.rotation import Rotation
from bot.errors import SetupError
from bot.handlers.reminding import send_due
from bot.keys import KeyFile, is_weak
from bot.news import News
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.group import GROUP_ID
from bot.sandbox.group_client import SandboxGroup
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings, load_settings
from tests.conversation import Chat, World, ask_for_news_and_a_reminder, bot_at
from tests.scripted_rasa import ScriptedRasa

OLD, NEW = "the key until today 1", "the key from today on 2"
TOKEN = "123:a-token-of-a-real-bot"


class Place:
    """A sandbox with a staff group, in which one bot runs after the other."""

    def __init__(self, url: str, sandbox: Sandbox, staff: SandboxGroup, folder: Path, rasa: str, library: Library):
        self._bot = (url, sandbox, rasa, folder, library)
        self.staff = staff
        self.folder = folder

    @asynccontextmanager
    async def bot(self, key: str, former: str | None = None) -> AsyncIterator[World]:
        """A bot with these keys."""
        async with bot_at(*self._bot, GROUP_ID, musafir_secret=key, musafir_secret_old=former) as world:
            yield world

    def written(self) -> bytes:
        """Everything in the database's files."""
        return b"".join(file.read_bytes() for file in self.folder.glob("*.sqlite3*"))


@pytest.fixture
async def place(rasa: ScriptedRasa, content_folder: Path, tmp_path: Path) -> AsyncIterator[Place]:
    """Staff who are always there, and no bot yet."""
    (content_folder / "office.yml").write_text("hours: 24/7\ntimezone: Asia/Bishkek\n")
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        staff = await SandboxGroup.of(sandbox)
        yield Place(url, sandbox, staff, tmp_path, rasa.url, Library(content_folder))


async def profile(chat: Chat) -> str:
    return (await chat.say("/profile"))[-1].text


async def test_people_are_recognised_once_more(place: Place) -> None:
    async with place.bot(OLD) as world:
        chat, away = await world.person("Ali", "en"), await world.person("Zulfiya", "en")
        for somebody in (chat, away):
            await somebody.begin("en", "abroad", "TJ", "RU")
    async with place.bot(NEW, OLD):
        assert "Tajikistan" in await profile(chat)
        assert pseudonym_of(chat.user.id, OLD).encode() not in place.written()
        assert pseudonym_of(chat.user.id, NEW).encode() in place.written()
    async with place.bot(NEW):
        assert "Tajikistan" in await profile(chat)
        assert "Tajikistan" not in await profile(away), "the change has ended, and nobody can tell who that was"


async def test_reminders_news_and_talks_go_on(place: Place, rasa: ScriptedRasa) -> None:
    async with place.bot(OLD) as world:
        chat = await world.person("Ali", "en")
        await chat.begin("en", "abroad", "TJ", "RU")
        await ask_for_news_and_a_reminder(chat, rasa)
        await chat.say("/menu", 2)
        await chat.press("human")
        await chat.press("human:yes")
        topic = (await place.staff.wait_for_messages())[-1].raw["message_thread_id"]
        await alerts.create(world.services.database, News({"en": "The border is open."}, country_to="RU"), "Aizada")
        await deliveries.begin(world.services.database)
    async with place.bot(NEW, OLD) as world:
        assert pseudonym_of(chat.user.id, OLD).encode() not in place.written()
        await chat.user.wait_for(lambda: any("The border is open." in message.text for message in chat.user.messages))
        await send_due(world.services, datetime.now(UTC) + timedelta(days=4))
        await chat.user.wait_for(lambda: any("☑ 2." in message.text for message in chat.user.messages))
        await place.staff.write("how are you", topic=topic)
        await chat.user.wait_for(lambda: any(message.text == "how are you" for message in chat.user.messages))
        assert await world.services.subscriptions.has(pseudonym_of(chat.user.id, NEW))


async def test_who_asked_anew_before_the_change_was_finished_keeps_the_newer(database: Database) -> None:
    old, new = pseudonym_of(42, OLD), pseudonym_of(42, NEW)
    today = datetime.now(UTC).date()
    async with database.session() as session:
        for name, key, language in ((old, OLD, "tg"), (new, NEW, "ru")):
            session.add(Person(pseudonym=name, language=language, seen_on=today))
            session.add(Subscription(pseudonym=name, chat=ChatCipher(key, NEWS).encrypt(42)))
            session.add(Delivery(alert=1, pseudonym=name, state="waiting"))
    for _ in range(2):  # at every start
        await Rotation(OLD, NEW, None).apply(database)
        async with database.session() as session:
            for table in (Person, Subscription, Delivery):
                [name] = await session.scalars(select(table.pseudonym).where(table.pseudonym.in_([old, new])))
                assert name == new
            [chat] = await session.scalars(select(Subscription.chat).where(Subscription.pseudonym == new))
            [language] = await session.scalars(select(Person.language).where(Person.pseudonym == new))
            assert (ChatCipher(NEW, NEWS).decrypt(chat), language) == (42, "ru")


async def test_updates_that_wait_can_still_be_read(database: Database) -> None:
    now = datetime.now(UTC)
    await Inbox(database, OLD, "bot").write([Waiting(7, '{"text": "help"}')], (), now)
    await Rotation(OLD, NEW, None).apply(database)
    assert await Inbox(database, NEW, "bot").take_over(["bot"], now) == [Waiting(7, '{"text": "help"}')]


async def test_without_a_database_nothing_is_half_done(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}")
    with pytest.raises(SetupError, match="the key has changed and the database cannot be reached"):
        await Rotation(OLD, NEW, None).apply(database)
    await database.close()


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the keys, on a machine without settings."""
    monkeypatch.setattr(keys, "VAR", tmp_path)
    for name in ("MUSAFIR_SECRET", "MUSAFIR_SECRET_OLD", "TELEGRAM_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def rotate(*options: str) -> Result:
    return CliRunner().invoke(commands, ["secret", "rotate", *options])


def test_the_command_makes_a_new_key_and_keeps_the_one_before(var: Path) -> None:
    before = KeyFile().read()
    done = rotate()
    after = KeyFile().read()
    assert "Restart the bot" in done.output
    assert before not in done.output
    assert after not in done.output
    assert after != before
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert (settings.pseudonym_key(), settings.former_key()) == (after, before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in var.iterdir()} == {0o600}
    assert isinstance(rotate().exception, SetupError), "a second change before the first has ended would lose people"
    assert "deleted" in rotate("--forget-old").output
    assert settings.former_key() is None
    assert KeyFile().read() == after
    assert "no key before" in rotate("--forget-old").output


def test_without_a_key_there_is_nothing_to_change(var: Path) -> None:
    assert isinstance(rotate().exception, SetupError)
    assert list(var.iterdir()) == []


def test_a_key_in_the_environment_is_changed_there(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSAFIR_SECRET", NEW)
    refused = rotate()
    assert isinstance(refused.exception, SetupError)
    assert "put its value into MUSAFIR_SECRET_OLD" in str(refused.exception)
    assert NEW not in str(refused.exception)
    assert list(var.iterdir()) == []
    monkeypatch.setenv("MUSAFIR_SECRET_OLD", OLD)
    assert load_settings().former_key() == OLD


@pytest.mark.parametrize("key", ["short", "changeme-changeme-changeme", "my musafir secret is here", "0" * 32])
def test_in_telegram_a_key_that_could_be_guessed_is_refused(
    var: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("MUSAFIR_SECRET", key)
    assert load_settings().pseudonym_key() == key, "the sandbox may use any"
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    with pytest.raises(SetupError, match=r"MUSAFIR_SECRET: .*could be guessed") as refusal:
        load_settings()
    assert key not in str(refusal.value)


def test_a_random_key_is_not_weak(var: Path) -> None:
    assert not is_weak(KeyFile().read())
