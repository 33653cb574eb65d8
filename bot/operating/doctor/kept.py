"""What must not be lost: the database and its backups."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database, schema
from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation
from bot.operating.restore import ASIDE
from bot.operating.running import unfinished_mark

BACKUP_EVERY: Final = timedelta(days=2)
ASIDE_FOR: Final = timedelta(days=14)


async def database(installation: Installation) -> list[Finding]:
    """It can be reached, has our tables, and can be written."""
    file = installation.sqlite_file
    if file and not file.exists():
        return [ok("database", f"the first start makes {file}")]
    database = Database(installation.settings.async_database_url)
    kind = f"SQLite, {file}" if file else "PostgreSQL"
    try:
        async with database.engine.connect() as connection:
            revision = await connection.run_sync(schema.current)
            if revision is None:
                return [ok("database", f"{kind}, empty: the first start makes its tables")]
            if not schema.is_known(revision):
                error = schema.NewerSchemaError(revision)
                return [broken("database", error.what, error.remedy)]
            await connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            await connection.rollback()
    except (TimeoutError, SQLAlchemyError, OSError) as error:
        reason = (str(getattr(error, "orig", None) or "") or type(error).__name__).splitlines()[0]
        return [broken("database", f"{kind} cannot be written ({reason})", "check DATABASE_URL, its server, its disk")]
    finally:
        await database.close()
    if revision != schema.head():
        return [warning("database", f"{kind}, schema {revision} is old", "back it up; the next start migrates it")]
    return [ok("database", f"{kind}, schema {revision} is current, can be written")]


def backups(installation: Installation) -> Iterator[Finding]:
    """There is a recent one, and nothing is left of a restore."""
    if unfinished_mark(installation.var).exists():
        yield broken(
            "restore", "a restore was cut off, no bot starts", "run `musafir restore` again with the same file"
        )
    for folder in installation.var.glob(f"{ASIDE}*"):
        if (age := _age(folder.stat().st_mtime)) > ASIDE_FOR:
            what = f"{folder} still holds what was there before a restore {age.days} days ago"
            yield warning("restore", what, "delete it: people who left since are still in it")
    last = installation.last_backup
    if not last.exists():
        yield warning("backup", "there has never been one", "musafir backup FOLDER, each day (deploy/small-server.md)")
    elif (age := _age(last.stat().st_mtime)) > BACKUP_EVERY:
        what = f"the last one is {age.days} days old"
        yield warning("backup", what, "look why: journalctl -u musafir-backup")
    else:
        yield ok("backup", f"the last one is {age.total_seconds() / 3600:.0f} hours old")


def _age(then: float) -> timedelta:
    return timedelta(seconds=time.time() - then)
