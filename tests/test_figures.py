"""How many people asked, by week, topic, language and country: nothing about fewer than five, and nothing about who."""

import csv
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, text

from bot.cli import commands
from bot.database import Database
from bot.database.models import Figure, FigureMark
from bot.learning.figures import Figures, Row, figures, week_of, write_csv
from tests.conversation import World
from tests.scripted_rasa import ScriptedRasa, step_answer

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
SUNDAY_NIGHT = MONDAY + timedelta(days=6, hours=23, minutes=59)
NEXT = MONDAY + timedelta(days=7)
WEEK = MONDAY.date()


@pytest.fixture
async def database(database: Database) -> Database:
    """A database without figures."""
    async with database.session() as session:
        await session.execute(delete(FigureMark))
        await session.execute(delete(Figure))
    return database


async def marks(database: Database) -> list[FigureMark]:
    async with database.session() as session:
        return list(await session.scalars(select(FigureMark)))


async def rows(database: Database, weeks: int = 4) -> dict[tuple[str, str, str], int]:
    return {(row.topic, row.language, row.country): row.people for row in await figures(database, weeks, NEXT.date())}


def people(count: int) -> Iterable[str]:
    return (f"person {number}" for number in range(count))


async def test_people_are_counted_and_few_are_left_out(database: Database) -> None:
    counted = Figures(database, "key")
    for person in people(7):
        counted.note(person, "money", "tg", "RU", MONDAY)
        counted.note(person, "money", "tg", "RU", SUNDAY_NIGHT)
    for person in people(4):
        counted.note(person, "return", "uz", "KZ", MONDAY)
    counted.note("somebody else", "money", "uz", None, MONDAY)
    assert await counted.close(SUNDAY_NIGHT)
    assert await rows(database) == {}
    assert await counted.close(NEXT)
    assert await rows(database) == {
        ("money", "tg", "RU"): 5,
        ("money", "", ""): 5,
        ("", "tg", ""): 5,
        ("", "uz", ""): 5,
        ("", "", "RU"): 5,
    }
    assert await marks(database) == []
    async with database.session() as session:
        assert min(await session.scalars(select(Figure.people))) == 5


async def test_somebody_who_asks_often_is_one_person(database: Database) -> None:
    for _ in range(3):  # also over restarts of the bot
        counted = Figures(database, "key")
        for _ in range(5):
            counted.note("one", "money", "tg", "RU", MONDAY)
            assert await counted.flush()
    assert len(await marks(database)) == 4


async def test_marks_say_nothing_and_link_to_nothing(database: Database) -> None:
    counted, other = Figures(database, "key"), Figures(database, "another key")
    for week in (MONDAY, NEXT):
        for topic in ("money", "return"):
            counted.note("one", topic, "tg", "RU", week)
            other.note("one", topic, "tg", "RU", week)
    await counted.flush()
    found = {row.mark for row in await marks(database)}
    assert len(found) == 2 * (2 * 2 + 2)  # two weeks: two topics, each with its margin, and two more margins
    await other.flush()
    assert len({row.mark for row in await marks(database)}) == 2 * len(found)


async def test_sqlite_keeps_no_order_of_marks(own_world: World) -> None:
    async with own_world.services.database.session() as session:
        sql = await session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'figure_marks'"))
    assert "WITHOUT ROWID" in sql


async def test_numbers_below_five_are_never_shown_and_all_are_rounded_down(database: Database) -> None:
    async with database.session() as session:
        for topic, number in (("a", 4), ("b", 5), ("c", 9), ("d", 10), ("e", 1004)):
            session.add(Figure(week=WEEK, topic=topic, language="", country="", people=number))
    assert [found for _, found in sorted((await rows(database)).items())] == [5, 5, 10, 1000]


async def test_only_the_weeks_asked_for_newest_first(database: Database) -> None:
    async with database.session() as session:
        for weeks in (0, 1, 2, 3):
            week = WEEK - timedelta(weeks=weeks)
            session.add(Figure(week=week, topic="money", language="", country="", people=20))
    assert [row.week for row in await figures(database, 2, NEXT.date())] == [WEEK, WEEK - timedelta(weeks=1)]


async def test_a_mark_after_its_week_was_counted_changes_nothing(database: Database) -> None:
    counted = Figures(database, "key")
    for person in people(5):
        counted.note(person, "money", "tg", "RU", MONDAY)
    await counted.close(NEXT)
    before = await rows(database)
    for person in people(20):
        counted.note(person, "money", "tg", "RU", SUNDAY_NIGHT)
    await counted.close(NEXT)
    assert await rows(database) == before
    assert await marks(database) == []


async def test_forget_drops_what_is_not_written(own_world: World) -> None:
    chat = await own_world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    await chat.say("/start a-unpaid-wages")
    await chat.say("/forget")
    await chat.press("🗑 Yes, erase")
    await own_world.services.figures.flush()
    assert await marks(own_world.services.database) == []


async def test_nothing_is_lost_while_the_database_is_away(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    database = Database(f"sqlite+aiosqlite:///{file}")
    counted = Figures(database, "key")
    for person in people(5):
        counted.note(person, "money", "tg", "RU", MONDAY)
    assert not await counted.flush()
    assert not await counted.close(NEXT)
    await database.migrate()
    counted.note("late", "money", "tg", "RU", MONDAY)
    assert await counted.flush()
    assert len(await marks(database)) == 6 * 4
    await database.close()


async def test_what_people_are_shown_is_counted(own_world: World, rasa: ScriptedRasa) -> None:
    chat = await own_world.person("Ali", "en")
    await chat.begin("ru", "abroad", "TJ", "RU")
    rasa.replies["зарплата"] = [step_answer("unpaid-wages", language="ru")]
    await chat.say("зарплата")
    await chat.say("/start a-detained")
    await chat.say("/sos")
    await chat.say("/start c-KZ")
    await chat.say("что-то совсем другое", 2)
    await chat.press("topics")
    await chat.press("topic:return")
    await own_world.services.figures.flush()
    found = await marks(own_world.services.database)
    shown = {"work-rights", "irregular-status", "sos", "contacts", "unanswered", "return"}
    assert {row.topic for row in found} == {*shown, ""}
    assert {(row.language, row.country) for row in found if row.topic} == {("ru", "RU"), ("", "")}
    assert {row.week for row in found} <= {week_of(datetime.now(UTC).date() - timedelta(days=days)) for days in (0, 1)}


async def test_what_is_pending_is_written_when_the_bot_stops(own_world: World) -> None:
    chat = await own_world.person()
    await chat.say("/sos")
    copy = own_world.database.with_name("copy.sqlite3")
    assert {row.topic for row in await marks(own_world.services.database)} == set()
    await own_world.services.figures.flush()
    shutil.copy(own_world.database, copy)
    assert {row.topic for row in await marks(own_world.services.database)} == {"sos", ""}


def test_the_file_for_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    write_csv([Row(WEEK, "money", "tg", "RU", 15), Row(WEEK, "money", "", "", 40)], file)
    with file.open(encoding="utf-8-sig", newline="") as source:
        assert list(csv.reader(source)) == [
            ["week", "topic", "language", "country", "people"],
            ["2026-11-16", "money", "tg", "RU", "15"],
            ["2026-11-16", "money", "", "", "40"],
        ]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'musafir.sqlite3'}")
    shown = CliRunner().invoke(commands, ["stats"])
    assert shown.exit_code == 0
    assert shown.output.split() == ["week", "topic", "language", "country", "people"]
    file = tmp_path / "figures.csv"
    assert CliRunner().invoke(commands, ["stats", "--csv", str(file), "--weeks", "2"]).exit_code == 0
    assert file.read_text(encoding="utf-8-sig").startswith("week,topic,language,country,people")
