"""The connection to the database, and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bot.errors import SetupError

MIGRATIONS = Path(__file__).parent / "migrations"
CLOSE_WAIT = 5.0
"""Seconds that closing waits for connections in use."""
SQLITE_WAIT = 2.0
"""Seconds to wait for a lock. A person waits too; after this the bot goes on without the database."""


class Database:
    """An engine and its sessions. `url` is an async SQLAlchemy URL (SQLite or PostgreSQL)."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            is_sqlite = parsed.get_backend_name() == "sqlite"
            if is_sqlite and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            arguments = {"timeout": SQLITE_WAIT} if is_sqlite else {"timeout": 5, "command_timeout": 10}
            self.engine = create_async_engine(
                parsed, connect_args=arguments, pool_pre_ping=not is_sqlite, hide_parameters=True
            )
        except (ArgumentError, ModuleNotFoundError, SQLAlchemyError, OSError) as error:
            raise SetupError(
                f"DATABASE_URL cannot be used ({error})",
                "write sqlite:///file or postgresql://user@host/name",
            ) from error
        if is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error."""
        with self._used():
            async with self._sessions() as session, session.begin():
                await _whole(session.connection())
                yield session

    async def migrate(self) -> None:
        """Bring the tables up to date. Raises `SetupError` when the database cannot be reached."""
        try:
            async with self.engine.begin() as connection:
                await connection.run_sync(_upgrade)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise SetupError(
                f"the database cannot be opened ({reason})", "check DATABASE_URL and its server"
            ) from error

    async def wipe_traces(self) -> None:
        """Let nothing deleted linger in SQLite's write-ahead log. PostgreSQL does so by itself (autovacuum)."""
        if self.engine.dialect.name == "sqlite":
            with self._used():
                async with self.engine.connect() as connection:
                    await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close all connections, once those in use are back: nobody would close one that comes back later."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), CLOSE_WAIT)
        await self.engine.dispose()

    @contextmanager
    def _used(self) -> Iterator[None]:
        self._users += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._idle.set()


async def _whole(opening: Coroutine[Any, Any, object]) -> None:
    """Open a connection to its end also when we are cancelled meanwhile: half open, nobody would close it."""
    task = asyncio.ensure_future(opening)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _prepare_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten does not stay readable in the file
    cursor.close()
