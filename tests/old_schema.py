"""Databases as an earlier or a later Musafir left them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from bot.database import Database, schema

FIRST: Final = "58b6382602a8"
"""The revision of the first release."""
LATER: Final = "ffffffffffff"
"""A revision that this Musafir does not know."""
PERSON: Final = "0f" * 32


async def make_old(database: Database, revision: str = FIRST) -> None:
    """Give an empty database the tables of `revision`, with one person in them."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_to, revision)
        await connection.execute(
            text("INSERT INTO people (pseudonym, language, seen_on) VALUES (:p, 'tg', '2026-11-01')"), {"p": PERSON}
        )


async def make_later(database: Database) -> None:
    """Make it look as if a later Musafir had migrated it, with a table that we do not know."""
    await database.migrate()
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": LATER})
        await connection.execute(text("CREATE TABLE of_the_future (id INTEGER)"))


async def revision(database: Database) -> str | None:
    """The revision of the tables."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(schema.current)


async def languages(database: Database) -> list[str]:
    """The languages of the people in it."""
    async with database.engine.connect() as connection:
        return list(await connection.scalars(text("SELECT language FROM people")))


def at(file: Path) -> Database:
    """The SQLite database `file`."""
    return Database(f"sqlite+aiosqlite:///{file}")


def _to(connection: Connection, target: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
