"""The version of the tables: which one a database has, which one this Musafir wants, and the way from one to the other.

A migration happens whole or not at all, also when the process is killed in it, and one process at a time migrates.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import SetupError

logger = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
COPY_ENDING: Final = ".before-upgrade"
COPY_KEPT_FOR: Final = timedelta(days=7)
"""Long enough to notice that an upgrade went wrong. What people have erased since then is still in the copy."""
_LOCK: Final = 5_820_114
"""Any number that nobody else uses for an advisory lock of PostgreSQL."""


class NewerSchemaError(SetupError):
    """The tables were made by a newer Musafir: this one would misread them."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database was brought to revision {revision} by a newer Musafir than this one",
            "install that version again, or restore the backup made before the upgrade (deploy/small-server.md)",
        )


def head() -> str:
    """The revision that this Musafir wants."""
    revision = _scripts().get_current_head()
    assert revision is not None
    return revision


def is_known(revision: str) -> bool:
    """True for a revision that this Musafir can migrate from."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def current(connection: Connection) -> str | None:
    """The revision of the tables; None for a database without ours."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> None:
    """Bring the tables to `head()` within the transaction of `connection`. Raises `NewerSchemaError`."""
    before = current(connection)
    if before == head():
        return
    if before is not None and not is_known(before):
        raise NewerSchemaError(before)
    if connection.dialect.name == "sqlite":
        # Without this, Python would commit each change of a table by itself, and a crash would leave half of them.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if before is not None and current(connection) == before and (file := connection.engine.url.database):
            _keep_copy(Path(file))
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    logger.info("the database was brought from revision %s to %s", before, head())


def copy_of(file: Path) -> Path:
    """Where the copy of an SQLite database lies that was made before its last migration."""
    return file.with_name(file.name + COPY_ENDING)


def drop_old_copy(file: Path) -> None:
    """Delete the copy once it is older than a week. Raises `OSError`."""
    copy = copy_of(file)
    if copy.exists() and time() - copy.stat().st_mtime > COPY_KEPT_FOR.total_seconds():
        copy.unlink()


def _keep_copy(file: Path) -> None:
    """Copy the database while the caller's lock keeps others from writing; complete, or not there."""
    copy = copy_of(file)
    partial = copy.with_name(copy.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        partial.replace(copy)
    except sqlite3.Error as error:
        raise OSError(f"no copy could be made before the upgrade: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
