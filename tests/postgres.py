"""A PostgreSQL server of the tests' own on a free loopback port, where its binaries exist."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from bot.rasa.process import free_port


def find_binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, or None."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@dataclass(frozen=True)
class Postgres:
    """A server with its files in `folder`, run by `user` (None: by us)."""

    binaries: Path
    folder: Path
    user: str | None
    port: int

    @property
    def url(self) -> str:
        """Of its database."""
        return f"postgresql://musafir@127.0.0.1:{self.port}/postgres"

    @property
    def options(self) -> tuple[str, ...]:
        """Arguments of `postgres`."""
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        return ("-p", str(self.port), *(part for setting in settings for part in ("-c", setting)))

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._call("pg_ctl", "-D", "data", "-o", " ".join(self.options), "-l", "log", "-w", "start")

    def stop(self) -> None:
        """Stop it as a crash does: everybody's connection breaks."""
        self._call("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def create(self) -> None:
        """Make its files."""
        self._call("initdb", "-D", "data", "-A", "trust", "-U", "musafir", "--no-sync")

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.binaries / program, *arguments],
            check=True,
            user=self.user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


@contextmanager
def postgres_files(binaries: Path) -> Iterator[Postgres]:
    """A server that was made and not started; its files are deleted at the end.

    PostgreSQL refuses to run as root, so root hands it to the user `postgres` that its package makes.
    """
    folder = Path(mkdtemp(prefix="musafir-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = Postgres(binaries, folder, user, free_port())
    try:
        server.create()
        yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server(binaries: Path) -> Iterator[Postgres]:
    """A server that was started; stopped at the end, where it runs."""
    with postgres_files(binaries) as server:
        server.start()
        try:
            yield server
        finally:
            if (server.folder / "data" / "postmaster.pid").exists():
                server.stop()


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """The URL of a server that runs while the context is open."""
    with postgres_server(binaries) as server:
        yield server.url
