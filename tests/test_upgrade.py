"""A start brings an old database up to date, whole or not at all; one of a newer Musafir is left alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.content import ContentStore, Library
from bot.database import Database, schema
from bot.database.retention import drop_copy
from bot.errors import SetupError
from bot.paths import ROOT
from bot.rasa import RasaClient
from bot.runner import serving
from bot.settings import Settings
from tests.command_line import Musafir
from tests.old_schema import FIRST, LATER, at, languages, make_later, make_old, revision

KILLED_AT = [1, 3, 8, 15]
KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import event
from bot.database import Database
database, seen = Database(sys.argv[1]), []
@event.listens_for(database.engine.sync_engine, "after_cursor_execute")
def kill(connection, cursor, statement, *rest):
    seen.append(statement)
    changes = [one for one in seen if one.split()[0] in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE")]
    if len(changes) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(database.migrate())
"""


@pytest.fixture
async def empty(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Database]:
    """A database without tables, of each kind."""
    await _drop_everything(database)
    yield database
    await _drop_everything(database)
    await database.migrate()  # the PostgreSQL server is that of all tests


async def _drop_everything(database: Database) -> None:
    if database.file:
        await database.close()
        for file in database.file.parent.glob(f"{database.file.name}*"):
            file.unlink()
        return
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))


async def test_an_old_schema_is_migrated_and_nobody_is_lost(empty: Database) -> None:
    await make_old(empty)
    await empty.migrate()
    assert await revision(empty) == schema.head()
    assert await languages(empty) == ["tg"]


async def test_two_bots_that_start_at_once_migrate_once(empty: Database) -> None:
    await make_old(empty)
    other = Database(empty.engine.url.render_as_string(hide_password=False))
    await asyncio.gather(empty.migrate(), other.migrate())
    await other.close()
    assert await revision(empty) == schema.head()


async def test_a_newer_schema_is_refused_and_left_alone(empty: Database) -> None:
    await make_later(empty)
    with pytest.raises(SetupError) as refused:
        await empty.migrate()
    assert f"revision {LATER} by a newer Musafir" in refused.value.what
    assert "install that version again, or restore the backup made before the upgrade" in refused.value.remedy
    assert await revision(empty) == LATER


async def test_a_bot_does_not_start_with_a_newer_schema(tmp_path: Path, library: Library) -> None:
    database = at(tmp_path / "later.sqlite3")
    await make_later(database)
    await database.close()
    settings = Settings(_env_file=None, musafir_secret="for tests", database_url=f"sqlite:///{database.file}")  # type: ignore[call-arg]
    async with RasaClient("http://127.0.0.1:9") as rasa:
        with pytest.raises(SetupError, match="newer Musafir"):
            async with serving(settings, ContentStore(library), rasa):
                pytest.fail("it serves")


def test_other_commands_say_so_too(musafir: Musafir, tmp_path: Path) -> None:
    async def prepare() -> None:
        database = at(tmp_path / "later.sqlite3")
        await make_later(database)
        await database.close()

    asyncio.run(prepare())
    line = musafir("stats", DATABASE_URL=f"sqlite:///{tmp_path / 'later.sqlite3'}").one_line()
    assert line.startswith("musafir: the database was brought to revision ffffffffffff by a newer Musafir")


@pytest.mark.slow
@pytest.mark.parametrize("change", KILLED_AT)
async def test_a_start_killed_in_the_middle_of_a_migration_leaves_the_old_tables(empty: Database, change: int) -> None:
    await make_old(empty)
    url = empty.engine.url.render_as_string(hide_password=False)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, url, str(change)], cwd=ROOT, check=False
    )
    assert killed.returncode == -9
    assert await revision(empty) == FIRST
    await empty.migrate()
    assert await revision(empty) == schema.head()
    assert await languages(empty) == ["tg"]


async def test_sqlite_is_copied_before_a_migration(tmp_path: Path) -> None:
    database = at(tmp_path / "x.sqlite3")
    await make_old(database)
    await database.migrate()
    assert database.file
    copy = schema.copy_of(database.file)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = at(copy)
    assert await revision(before) == FIRST
    assert await languages(before) == ["tg"]
    await before.close()

    drop_copy(database)
    assert copy.exists()
    a_week_ago = copy.stat().st_mtime - 8 * 24 * 3600
    os.utime(copy, (a_week_ago, a_week_ago))
    drop_copy(database)
    assert not copy.exists()
    await database.close()


async def test_the_way_back_to_the_old_version_is_the_copy(tmp_path: Path) -> None:
    database = at(tmp_path / "x.sqlite3")
    await make_old(database)
    await database.migrate()
    await database.close()
    assert database.file
    shutil.copy(schema.copy_of(database.file), database.file)
    assert await revision(database) == FIRST
    await database.close()


async def test_a_new_database_is_for_its_owner_only_and_needs_no_copy(tmp_path: Path) -> None:
    database = at(tmp_path / "x.sqlite3")
    await database.migrate()
    await database.close()
    [file] = os.scandir(tmp_path)
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("x.sqlite3", 0o600)
