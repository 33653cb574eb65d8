"""Replicas that serve different texts, models or code are noticed, and so are clocks that differ."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.content import ContentStore, Library
from bot.database import Database
from bot.database.models import Replica
from bot.observing.version import Served, Versions
from bot.rasa.model import served_model
from bot.roster import ALIVE, FORGOTTEN, Roster, differences, read
from tests.conversation import Live
from tests.scripted_rasa import ScriptedRasa

SAME = Served("c0ffee", "musafir-1", "1.0")


def replica(database: Database, name: str, served: Served) -> Roster:
    """A replica that serves always the same."""

    async def always() -> Served:
        return served

    return Roster(database, name, always)


async def seen(database: Database, name: str, ago: timedelta) -> None:
    """Let a replica have told something for the last time `ago`."""
    async with database.session() as session:
        then = datetime.now(UTC) - ago
        await session.execute(update(Replica).where(Replica.name == name).values(seen_at=then))


async def test_all_the_same_is_nothing_to_speak_of(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a", "b"):
        roster = replica(database, name, SAME)
        await roster.look()
    assert roster.differences == []
    assert not caplog.records


@pytest.mark.parametrize(
    ("other", "line"),
    [
        (Served("beef", "musafir-1", "1.0"), "content beef at c, c0ffee at a and b"),
        (Served("c0ffee", "musafir-2", "1.0"), "model musafir-1 at a and b, musafir-2 at c"),
        (Served("c0ffee", "", "1.0"), "model unknown at c, musafir-1 at a and b"),
        (Served("c0ffee", "musafir-1", "2.0"), "code 1.0 at a and b, 2.0 at c"),
    ],
)
async def test_a_replica_that_differs_is_named_once(
    database: Database, caplog: pytest.LogCaptureFixture, other: Served, line: str
) -> None:
    caplog.set_level(logging.INFO, logger="bot.roster")
    first = replica(database, "a", SAME)
    for roster in (replica(database, "b", SAME), replica(database, "c", other), first, first):
        await roster.look()
    assert first.differences == [line]
    assert caplog.text.count(line) == 1
    await replica(database, "c", SAME).look()
    await first.look()
    assert first.differences == []
    assert "all replicas serve the same again" in caplog.text


async def test_a_replica_that_is_gone_does_not_count(database: Database) -> None:
    await replica(database, "gone", Served("old", "old", "old")).look()
    await seen(database, "gone", ALIVE + timedelta(seconds=1))
    last = replica(database, "here", SAME)
    await last.look()
    assert last.differences == []
    await seen(database, "gone", FORGOTTEN + timedelta(seconds=1))
    await last.look()
    async with database.session() as session:
        assert list(await session.scalars(select(Replica.name))) == ["here"]


async def test_who_stops_says_so(database: Database) -> None:
    async with replica(database, "stops", SAME).listed():
        pass
    served_by, _ = await read(database)
    assert served_by == {}


async def test_a_clock_that_is_wrong_is_told(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) - timedelta(minutes=5)

    monkeypatch.setattr("bot.roster.datetime", Late)
    await replica(database, "late", SAME).look()
    assert "the clock of this machine" in caplog.text


async def test_the_database_being_away_is_told_and_harms_nobody(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(database, "session", refuse)
    roster = replica(database, "alone", SAME)
    await roster.look()
    assert roster.differences == []
    assert "it is not known what the other replicas serve: OSError" in caplog.text


async def test_an_edit_changes_what_is_served(content_folder: Path, tmp_path: Path, rasa: ScriptedRasa) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(content_folder, copy)
    stores = [ContentStore(Library(folder)) for folder in (content_folder, copy)]
    one, other = (Versions(store, rasa.url) for store in stores)
    before = {"one": await one.look(), "other": await other.look()}
    assert differences(before) == []
    assert before["one"].model == "", "this Rasa does not say"
    text = copy / "answers" / "work-rights" / "unpaid-wages" / "en.md"
    text.write_text(text.read_text() + "\n")
    await stores[1].reload()
    [line] = differences(before | {"other": await other.look()})
    assert line.startswith("content ")


@pytest.mark.rasa
@pytest.mark.slow
async def test_a_real_rasa_names_its_model(live: Live) -> None:
    model = await served_model(live.process.url)
    assert model
    assert model.startswith("musafir-")
