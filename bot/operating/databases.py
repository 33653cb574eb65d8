"""The database into a file and back: SQLite by its online backup, PostgreSQL by its own tools.

Both are consistent while the bot writes. PostgreSQL's password goes to its tools in the environment, where the list of
processes does not show it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Literal, Protocol

from sqlalchemy.engine import URL, make_url

from bot.errors import SetupError
from bot.operating.installation import Installation, run_tool

Kind = Literal["sqlite", "postgresql"]
CLIENT: Final = "postgresql-client"
_EMPTY_SCHEMA: Final = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE 'DROP TABLE ' || name || ' CASCADE';
  END LOOP;
END $$;
"""
"""Tables of a newer Musafir would be in the way of its next migration. The database is ours alone."""
_OTHERS: Final = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Store(Protocol):
    """A database that can be saved and brought back."""

    kind: Kind

    def dump(self, target: Path) -> str | None:
        """Write everything to the file `target`; returns the revision of the tables. Raises `SetupError`, `OSError`."""

    def expect_unused(self) -> None:
        """Raises `SetupError` while somebody uses the database."""

    def replace(self, source: Path, aside: Path) -> Callable[[], None]:
        """Put the dump `source` in the place of what is there, which is kept in the folder `aside`.

        Returns what takes that back. Raises `SetupError` or `OSError` and then has changed nothing.
        """


def store_of(installation: Installation) -> Store:
    """The database of `DATABASE_URL`. Raises `SetupError` when that cannot be used."""
    if (file := installation.sqlite_file) is not None:
        return _Sqlite(file)
    return _Postgres(make_url(installation.settings.async_database_url))


class _Sqlite:
    kind: Kind = "sqlite"

    def __init__(self, file: Path) -> None:
        self._file = file

    def dump(self, target: Path) -> str | None:
        if not self._file.exists():
            raise SetupError(f"there is no database at {self._file}", "check DATABASE_URL; the first start makes one")
        try:
            with (
                closing(sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
                check(target)
                return _revision(copy)
        except sqlite3.Error as error:
            raise SetupError(f"the database cannot be copied ({error})", "look whether its disk is full") from error

    def expect_unused(self) -> None:
        """Bots and desks are known by their lock."""

    def replace(self, source: Path, aside: Path) -> Callable[[], None]:
        check(source)
        moved: list[tuple[Path, Path]] = []

        def undo() -> None:
            self._file.unlink(missing_ok=True)
            for kept, place in moved:
                shutil.move(kept, place)

        try:
            for ending in ("", "-wal", "-shm"):
                place = self._file.with_name(self._file.name + ending)
                if place.exists():
                    shutil.move(place, kept := aside / f"database.sqlite3{ending}")
                    moved.append((kept, place))
            shutil.move(source, self._file)
        except OSError:
            undo()
            raise
        return undo


class _Postgres:
    kind: Kind = "postgresql"

    def __init__(self, url: URL) -> None:
        query = {name: value for name, value in url.query.items() if isinstance(value, str)}
        given = {
            "PGHOST": url.host or query.get("host"),
            "PGPORT": str(url.port) if url.port else query.get("port"),
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
            "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
        }
        self._environment = dict(os.environ) | {name: value for name, value in given.items() if value}

    def dump(self, target: Path) -> str | None:
        revision = None
        if self._ask("SELECT to_regclass('alembic_version') IS NOT NULL") == "t":
            revision = self._ask("SELECT version_num FROM alembic_version") or None
        self._run("pg_dump", "--no-owner", "--no-privileges", f"--file={target}")
        return revision

    def expect_unused(self) -> None:
        if (others := self._ask(_OTHERS)) != "0":
            raise SetupError(f"{others} connections use the database", "stop every bot and desk, on all machines")

    def replace(self, source: Path, aside: Path) -> Callable[[], None]:
        before = aside / "database.sql"
        self.dump(before)
        self._load(source)
        return lambda: self._load(before)

    def _load(self, dump: Path) -> None:
        """All of it or nothing: one transaction."""
        self._run(
            "psql", "-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", "-", "-f", str(dump),
            stdin=_EMPTY_SCHEMA,
        )  # fmt: skip

    def _ask(self, statement: str) -> str:
        return self._run("psql", "-X", "-A", "-t", "-c", statement).strip()

    def _run(self, name: str, *arguments: str, stdin: str | None = None) -> str:
        return run_tool(name, *arguments, package=CLIENT, environment=self._environment, stdin=stdin)


def check(file: Path) -> None:
    """Raises `SetupError` when `file` is no sound SQLite database."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [found] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise SetupError(f"the database is damaged ({found.splitlines()[0]})", "restore a backup that is sound")


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None
