"""The connection to the database, and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.database import schema
from bot.errors import SetupError
from bot.observing.metrics import Part, measured
from bot.paths import VAR

T = TypeVar("T")

CLOSE_WAIT = 5.0
"""Seconds that closing waits for connections in use."""
SQLITE_WAIT = 2.0
"""Seconds to wait for a lock. A person waits too; after this the bot goes on without the database."""
_PROBE: Final = text("SELECT version_num FROM alembic_version")


class Database:
    """An engine and its sessions. `url` is an async SQLAlchemy URL (SQLite or PostgreSQL)."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            is_sqlite = parsed.get_backend_name() == "sqlite"
            if is_sqlite and parsed.database:
                _expect_folder(Path(parsed.database).parent)
            arguments = {"timeout": SQLITE_WAIT} if is_sqlite else POSTGRESQL
            self.engine = create_async_engine(
                parsed, connect_args=arguments, pool_pre_ping=not is_sqlite, hide_parameters=True
            )
            self._thread = _Thread(parsed, arguments) if is_sqlite else None
        except (ArgumentError, ModuleNotFoundError, SQLAlchemyError, OSError) as error:
            raise SetupError(
                f"DATABASE_URL cannot be used ({error})",
                "write sqlite:///file or postgresql://user@host/name",
            ) from error
        if is_sqlite:
            for engine in self.engines:
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "checkout", partial(_expect_same_file, Path(parsed.database or "")))
            event.listen(self.engine.sync_engine, "connect", lambda connection, _: self._open.add(connection))
            event.listen(self.engine.sync_engine, "close", lambda connection, _: self._open.discard(connection))
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._open: set[Any] = set()
        self._users = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error."""
        with measured(Part.DATABASE):
            async with self._session() as session:
                yield session

    async def at_once(self, work: Callable[[Connection], T]) -> T:
        """One transaction, of which all statements are in `work`: for what is written at every update.

        A session takes three times as long with SQLite, since each statement of it goes to another thread and back.
        """
        with measured(Part.DATABASE), self._used():
            if self._thread:
                return await self._thread.run(work)
            connection = self.engine.connect()
            try:
                await _whole(connection.start())
                async with connection.begin():
                    return await connection.run_sync(work)
            finally:
                if connection.sync_connection is not None:
                    await _whole(connection.close())

    @property
    def engines(self) -> list[Engine]:
        """All that connects: for who wants to know what is done to the database."""
        return [self.engine.sync_engine, *([self._thread.engine] if self._thread else [])]

    async def is_reachable(self) -> bool:
        """True while queries are answered."""
        try:
            async with self._session() as session:
                await session.execute(_PROBE)
        except (TimeoutError, SQLAlchemyError, OSError):
            return False
        return True

    async def is_empty(self) -> bool:
        """True when the database can be opened and has no tables: somebody deleted it, or put an empty one there."""
        try:
            async with self._session() as session:
                connection = await session.connection()
                return not await connection.run_sync(lambda known: inspect(known).has_table("alembic_version"))
        except (TimeoutError, SQLAlchemyError, OSError):
            return False

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        with self._used():
            session = self._sessions()
            try:
                async with session.begin():
                    await _whole(session.connection())
                    yield session
            finally:
                await _whole(session.close())

    async def migrate(self) -> None:
        """Bring the tables up to date.

        Raises `SetupError` when the database cannot be reached, `NewerSchemaError` when it is newer than we are.
        """
        try:
            self._make_private()
            async with self._session() as session:
                await (await session.connection()).run_sync(schema.upgrade)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            reason = (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
            remedy = "free some space" if "full" in reason else "check DATABASE_URL and its server"
            raise SetupError(f"the database cannot be opened ({reason})", remedy) from error

    def drop_old_copy(self) -> None:
        """Delete the copy made before the last migration once it is a week old. Raises `OSError`."""
        if self.file:
            schema.drop_old_copy(self.file)

    @property
    def file(self) -> Path | None:
        """Where an SQLite database lies."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None

    def _make_private(self) -> None:
        """A new file is for its owner only, and so is what SQLite puts beside it."""
        if self.file and not self.file.exists():
            self.file.touch(0o600)

    async def wipe_traces(self) -> None:
        """Let nothing deleted linger in SQLite's write-ahead log. PostgreSQL does so by itself (autovacuum)."""
        if self.engine.dialect.name == "sqlite":
            async with self._session() as session:
                await session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    async def close(self) -> None:
        """Close all connections, once those in use are back: nobody would close one that comes back later."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), CLOSE_WAIT)
        await self.engine.dispose()
        for connection in list(self._open):  # what is in use for longer than that, or was lost by who was cancelled
            await connection.driver_connection.close()
        self._open.clear()
        if self._thread:
            await self._thread.close()

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


class _Thread:
    """A thread that has a connection to an SQLite database, and does one transaction after the other.

    They survive the death of the process. It does not wait for the disk, which takes longer than all the rest: a power
    cut may take back the last of them, but breaks nothing.
    """

    def __init__(self, url: URL, arguments: Mapping[str, Any]) -> None:
        self.engine = create_engine(url.set(drivername="sqlite"), connect_args=arguments, hide_parameters=True)
        event.listen(self.engine, "connect", _do_not_wait_for_the_disk)
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction; once it has begun it comes to its end, also when we are cancelled meanwhile."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "sqlite")
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._do, work)

    def _do(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        """End the thread when it is done, and close the connection."""
        executor, self._executor = self._executor, None
        if executor:
            await asyncio.to_thread(executor.shutdown)
        self.engine.dispose()


async def _whole(work: Coroutine[Any, Any, object]) -> None:
    """Open or close a connection to its end also when we are cancelled meanwhile: half open, nobody would close it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    await task


async def _connect(*arguments: Any, **more: Any) -> asyncpg.Connection[Any]:
    """SQLAlchemy leaves what the server answers to a new connection as it is, and so nobody would catch it."""
    try:
        return await asyncpg.connect(*arguments, **more)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionRefusedError(str(error)) from error


POSTGRESQL: Final[dict[str, Any]] = {"timeout": 5, "command_timeout": 10, "async_creator_fn": _connect}


def _expect_folder(folder: Path) -> None:
    """A folder that is missing is a disk that is not there, or a mistake: a new database would hide that."""
    if folder == VAR:
        folder.mkdir(exist_ok=True)
    elif not folder.is_dir():
        raise FileNotFoundError(f"the folder {folder} does not exist")


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA cache_size=-512")  # KB for each of 15 connections; the system's own cache has the rest
        cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten does not stay readable in the file
        cursor.close()
    except BaseException:  # a locked or full database, or being cancelled: SQLAlchemy would leave it open
        connection.close()
        raise


def _do_not_wait_for_the_disk(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _expect_same_file(path: Path, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Leave a file that was deleted or replaced: what is written there is lost, and nobody would notice."""
    file = _identity(path)
    if record.info.setdefault("file", file) != file:
        raise DisconnectionError("another file stands where the database was")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
