"""A backup brings everything back, on an empty machine too; what is wrong with one is found before anything changes."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.database import Database, schema
from bot.errors import SetupError
from bot.operating.archive import digests
from bot.operating.backup import backup_into, backup_to, write_backup
from bot.operating.installation import Installation
from bot.operating.restore import restore
from bot.operating.running import marked_running, unfinished_mark
from bot.settings import Settings
from tests.command_line import Musafir
from tests.old_schema import FIRST, PERSON, at, languages, make_later, make_old, revision

KEY = "5f1d7a0c" * 8
TOKEN = "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"
MODEL = "musafir-0123456789ab"
KEPT = timedelta(days=14)

Install = Callable[[str], Installation]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Make an empty machine with Musafir on it."""

    def make(name: str, url: str | None = None) -> Installation:
        root = tmp_path / name
        for folder in ("var", "content", "nlu/models"):
            (root / folder).mkdir(parents=True)
        settings = Settings(_env_file=None, database_url=url or f"sqlite:///{root / 'var' / 'musafir.sqlite3'}")  # type: ignore[call-arg]
        return Installation(settings, root)

    return make


@pytest.fixture
async def lived(install: Install) -> Installation:
    """A machine on which the bot has run for a while."""
    installation = install("old")
    await fill(installation)
    return installation


async def fill(installation: Installation) -> None:
    """One person, some texts, a model, a key and a token."""
    database = Database(installation.settings.async_database_url)
    await database.migrate()
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM people"))
        await connection.execute(
            text("INSERT INTO people (pseudonym, language, seen_on) VALUES (:p, 'tg', '2026-11-01')"), {"p": PERSON}
        )
    await database.close()
    (installation.var / "secret").write_text(KEY)
    (installation.root / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\n")
    (installation.content / "answers").mkdir()
    (installation.content / "answers" / "en.md").write_text("You have rights.\n")
    models = installation.models
    models.file(MODEL).write_bytes(os.urandom(100_000))
    models.choose(MODEL)


async def people(installation: Installation) -> list[str]:
    """The languages of the people in the database."""
    database = Database(installation.settings.async_database_url)
    try:
        return await languages(database)
    finally:
        await database.close()


def state(installation: Installation) -> dict[str, str]:
    """All that counts, by file, with its digest."""
    return {
        name: digest
        for name, digest in digests(installation.root).items()
        if not name.endswith(("last-backup", "running.lock", "-wal", "-shm"))
    }


def saved(installation: Installation) -> io.BytesIO:
    """A backup in memory."""
    target = io.BytesIO()
    write_backup(installation, target)
    target.seek(0)
    return target


def changed(backup: io.BytesIO, member: str, edit: Callable[[bytes], bytes]) -> io.BytesIO:
    """The backup with other content of one member."""
    target = io.BytesIO()
    with tarfile.open(fileobj=backup) as source, tarfile.open(fileobj=target, mode="w:gz") as copy:
        for info in source:
            content = source.extractfile(info)
            assert content is not None
            data = content.read()
            if info.name == member:
                data = edit(data)
                info.size = len(data)
            copy.addfile(info, io.BytesIO(data))
    target.seek(0)
    return target


async def test_everything_comes_back_on_an_empty_machine(lived: Installation, install: Install, tmp_path: Path) -> None:
    file = backup_into(lived, tmp_path / "backups", KEPT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new = install("new")
    with file.open("rb") as source:
        done = restore(new, source)
    assert await people(new) == ["tg"]
    assert (new.content / "answers" / "en.md").read_text() == "You have rights.\n"
    assert new.models.chosen() == MODEL
    assert new.models.file(MODEL).read_bytes() == lived.models.file(MODEL).read_bytes()
    [note] = done.notes
    assert "there is no key here: before the first start put the key of that time into var/secret" in note


def test_no_key_and_no_token_is_in_it(lived: Installation) -> None:
    with tarfile.open(fileobj=saved(lived)) as archive:
        names = archive.getnames()
        everything = b"".join(file.read() for name in names if (file := archive.extractfile(name)))
    assert "content/answers/en.md" in names
    assert KEY.encode() not in everything
    assert TOKEN.encode() not in everything


async def test_the_right_key_is_known_again(lived: Installation, install: Install) -> None:
    new = install("new")
    (new.var / "secret").write_text(KEY)
    assert restore(new, saved(lived)).notes == []
    other = install("other")
    (other.var / "secret").write_text("another key" * 4)
    assert "the key here is another one" in restore(other, saved(lived)).notes[0]


async def test_what_was_there_is_kept_aside(lived: Installation) -> None:
    backup = saved(lived)
    (lived.content / "answers" / "en.md").write_text("Later.\n")
    (lived.content / "later.md").write_text("Later.\n")
    with closing(sqlite3.connect(lived.var / "musafir.sqlite3")) as database, database:
        database.execute("UPDATE people SET language = 'ky'")
    aside = restore(lived, backup).aside
    assert await people(lived) == ["tg"]
    assert not (lived.content / "later.md").exists()
    assert (aside / "content" / "answers" / "en.md").read_text() == "Later.\n"
    assert (aside / "content" / "later.md").exists()
    assert stat.S_IMODE(aside.stat().st_mode) == 0o700
    before = at(aside / "database.sqlite3")
    assert await languages(before) == ["ky"]
    await before.close()


@pytest.fixture
def busy(lived: Installation) -> Iterator[list[int]]:
    """Somebody writes into the database without a pause, two rows at a time. Yields how often."""
    times, enough = [0], threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(lived.var / "musafir.sqlite3", timeout=60)) as database:
            while not enough.is_set():
                with database:
                    for half in "ab":
                        database.execute(
                            "INSERT INTO people (pseudonym, language, seen_on) VALUES (?, 'ru', '2026-11-02')",
                            (f"{times[0]}{half}",),
                        )
                times[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    yield times
    enough.set()
    writer.join()


async def test_a_backup_while_the_bot_writes_has_whole_changes_only(
    lived: Installation, install: Install, busy: list[int]
) -> None:
    counts = []
    for name in ("first", "second", "third"):
        new = install(name)
        restore(new, saved(lived))
        counts.append(len(await people(new)) - 1)
    assert busy[0] > 0
    assert counts == sorted(counts)
    assert all(count % 2 == 0 for count in counts)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[: len(data) // 2],
    "cut off early": lambda data: data[:40],
    "a byte turned": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    ),
    "empty": lambda data: b"",
    "something else": lambda data: b"%PDF-1.7 " * 100,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_changes_nothing(lived: Installation, install: Install, damage: str) -> None:
    data = DAMAGES[damage](saved(lived).getvalue())
    (lived.content / "later.md").write_text("Later.\n")
    before = state(lived)
    with pytest.raises(SetupError, match=r"no sound backup of Musafir .*nothing was changed"):
        restore(lived, io.BytesIO(data))
    assert state(lived) == before


def _other_text(data: bytes) -> bytes:
    return data.replace(b"rights", b"duties")


@pytest.mark.parametrize(
    ("member", "edit", "expected"),
    [
        ("content/answers/en.md", _other_text, "its files are not those that its manifest names"),
        ("manifest.json", lambda data: data.replace(b'"format": 1', b'"format": 2'), "made by a newer Musafir"),
        ("manifest.json", lambda data: data.replace(schema.head().encode(), b"ffffffffffff"), "has the newer schema"),
        ("manifest.json", lambda data: data.replace(b'"sqlite"', b'"postgresql"'), "is of postgresql"),
        ("manifest.json", lambda data: data.replace(b"answers/en.md", b"answers/../.env"), "does not belong in it"),
        ("manifest.json", lambda data: b"{}", "no sound backup"),
    ],
)
def test_a_backup_that_does_not_fit_changes_nothing(
    lived: Installation, member: str, edit: Callable[[bytes], bytes], expected: str
) -> None:
    backup = changed(saved(lived), member, edit)
    before = state(lived)
    with pytest.raises(SetupError, match=expected):
        restore(lived, backup)
    assert state(lived) == before


async def test_a_backup_of_an_older_schema_is_migrated_by_the_next_start(install: Install) -> None:
    """The way back after an upgrade, and forward again."""
    installation = install("machine")
    database = Database(installation.settings.async_database_url)
    await make_old(database)
    backup = saved(installation)
    await make_later(database)
    await database.close()
    restore(installation, backup)
    assert await revision(database) == FIRST
    await database.migrate()
    assert await revision(database) == schema.head()
    assert await languages(database) == ["tg"]
    await database.close()


def test_nothing_is_restored_while_the_bot_runs(lived: Installation) -> None:
    backup = saved(lived)
    before = state(lived)
    with marked_running(lived.var), pytest.raises(SetupError, match="the bot or the desk is running: stop both first"):
        restore(lived, backup)
    assert state(lived) == before


def test_a_restore_that_fails_half_way_takes_everything_back(lived: Installation) -> None:
    backup = saved(lived)
    (lived.content / "later.md").write_text("Later.\n")
    shutil.rmtree(lived.models.root)
    lived.models.root.write_text("a file where a folder should be")
    before = state(lived)
    with pytest.raises(OSError, match="File exists"):
        restore(lived, backup)
    assert {name: digest for name, digest in state(lived).items() if "before-restore" not in name} == before
    assert not unfinished_mark(lived.var).exists()


async def test_after_a_restore_that_was_killed_no_bot_starts_until_it_is_done(lived: Installation) -> None:
    backup = saved(lived)
    unfinished_mark(lived.var).touch()
    with (
        pytest.raises(SetupError, match="a restore was cut off: run `musafir restore` again"),
        marked_running(lived.var),
    ):
        pytest.fail("it runs")
    restore(lived, backup)
    with marked_running(lived.var):
        assert await people(lived) == ["tg"]


def test_old_backups_go_and_half_ones_do_not_stay(lived: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old, young, foreign = folder / "musafir-1.tar.gz", folder / "musafir-2.tar.gz", folder / "holiday.tar.gz"
    for file, days in ((old, 15), (young, 13), (foreign, 99)):
        file.touch()
        then = file.stat().st_mtime - days * 24 * 3600
        os.utime(file, (then, then))
    new = backup_into(lived, folder, KEPT)
    assert {file.name for file in folder.iterdir()} == {young.name, foreign.name, new.name}
    (lived.var / "musafir.sqlite3").write_bytes(b"no database")
    with pytest.raises(SetupError, match="cannot be copied"):
        backup_into(lived, folder, KEPT)
    assert {file.name for file in folder.iterdir()} == {young.name, foreign.name, new.name}


def test_commits_of_the_desk_come_back_as_a_branch(lived: Installation, install: Install, tmp_path: Path) -> None:
    """What everybody has from upstream is not in the backup; what staff wrote here is, with its history."""

    def git(folder: Path, *arguments: str) -> str:
        told = ["git", "-c", "user.name=x", "-c", "user.email=x@x", *arguments]
        return subprocess.run(told, cwd=folder, check=True, capture_output=True, text=True).stdout

    upstream = tmp_path / "upstream"
    upstream.mkdir()
    git(upstream, "init", "-q", "-b", "main")
    git(upstream, "commit", "-q", "--allow-empty", "-m", "upstream")
    for machine in (lived, new := install("new")):
        git(machine.root, "init", "-q", "-b", "main")
        git(machine.root, "remote", "add", "origin", str(upstream))
        git(machine.root, "fetch", "-q", "origin")
        git(machine.root, "reset", "-q", "origin/main")
    git(lived.root, "add", "content")
    git(lived.root, "commit", "-q", "-m", "Aigul: rights")
    [branch_note, _] = restore(new, saved(lived)).notes
    branch = branch_note.split()[-1]
    assert git(new.root, "log", "--format=%s", branch).splitlines() == ["Aigul: rights", "upstream"]


def test_the_commands_say_what_is_wrong(musafir: Musafir, tmp_path: Path) -> None:
    missing = musafir("backup", str(tmp_path / "backup.tar.gz")).one_line()
    assert "there is no database at" in missing
    assert "check DATABASE_URL" in missing
    (tmp_path / "x").write_text("nonsense")
    assert "no sound backup of Musafir" in musafir("restore", str(tmp_path / "x")).one_line()
    assert not (tmp_path / "backup.tar.gz").exists()


@pytest.mark.slow
async def test_postgresql_comes_back_and_what_is_newer_there_goes(
    postgres: str, install: Callable[[str, str], Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = install("machine", postgres)
    await fill(installation)
    file = backup_to(installation, installation.var / "backup.tar.gz")
    database = Database(installation.settings.async_database_url)
    await make_later(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE people SET language = 'ky'"))
    with file.open("rb") as source, pytest.raises(SetupError, match="connections use the database: stop every bot"):
        restore(installation, source)
    await database.close()
    with file.open("rb") as source:
        aside = restore(installation, source).aside
    assert await people(installation) == ["tg"]
    assert "of_the_future" in (aside / "database.sql").read_text()
    async with database.engine.connect() as connection:
        assert not await connection.scalar(text("SELECT to_regclass('of_the_future') IS NOT NULL"))
    assert await revision(database) == schema.head()
    await database.close()

    broken = changed(io.BytesIO(file.read_bytes()), "database.sql", lambda data: data + b"SELECT nonsense;\n")
    with pytest.raises(SetupError, match="manifest names"):
        restore(installation, broken)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match="psql is missing: install it"):
        saved(installation)
