"""The whole topology: every part with its configuration, started in the order in which they need each other.

people ─> Bot API of the benchmarks ─> nginx ─> bots ─> nginx ─> Rasas
                                                 └─> PostgreSQL, Redis <─┘
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bot.errors import SetupError
from bot.paths import ROOT
from bot.rasa.process import free_port
from tests import nginx, redis_server
from tests.bench.botapi import TOKEN, BotApi
from tests.bench.contenders.musafir import UNLIMITED, Installation
from tests.postgres import Postgres, find_binaries, postgres_files
from tests.topology.part import Part

MUSAFIR: Final = Path(sys.executable).parent / "musafir"
_GRANTS: Final = ROOT / "deploy" / "kubernetes" / "rasa-role.sql"


@dataclass(frozen=True)
class Topology:
    """What runs. `rasas` are empty where a stand-in answers for Rasa."""

    bots: list[Part]
    rasas: list[Part]
    proxy: Part
    redis: Part
    postgres: Part

    @property
    def parts(self) -> list[Part]:
        """All of them, in the order of the table."""
        return [*self.bots, *self.rasas, self.proxy, self.redis, self.postgres]


@asynccontextmanager
async def topology(
    api: BotApi, installation: Installation, *, bots: int, rasas: int, stand_ins: Sequence[int] = ()
) -> AsyncIterator[Topology]:
    """Run it while the context is open. `stand_ins` are ports where something answers in place of Rasas.

    Raises `SetupError` when a program is not installed or does not start.
    """
    folder = installation.root / "run"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(_database_files())
        postgres = await stack.enter_async_context(_postgres(server, folder).running())
        redis = await stack.enter_async_context(_redis(port := free_port(), folder).running())
        redis_url = f"redis://127.0.0.1:{port}/0"
        rasa_ports = list(stand_ins) or [free_port() for _ in range(rasas)]
        bot_ports = [free_port() for _ in range(bots)]
        webhook, rasa = free_port(), free_port()
        proxy = await stack.enter_async_context(_proxy(folder, webhook, bot_ports, rasa, rasa_ports).running())
        environment = installation.environment(api.url) | {
            "TELEGRAM_MODE": "webhook",
            "WEBHOOK_URL": f"http://127.0.0.1:{webhook}/telegram",
            "WEBHOOK_SECRET": secrets.token_hex(16),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_MESSAGES_PER_SECOND": UNLIMITED,
            "MUSAFIR_SECRET": secrets.token_hex(32),
            "DATABASE_URL": server.url,
            "REDIS_URL": redis_url,
            "RASA_URL": f"http://127.0.0.1:{rasa}",
            "RUN_DESK": "no",
        }
        started = [_bot(number, port, installation, environment) for number, port in enumerate(bot_ports, 1)]
        for bot in started:
            await stack.enter_async_context(bot.running())
        brains: list[Part] = []
        if not stand_ins:
            await asyncio.to_thread(_grant, server)
            as_rasa = {"DATABASE_URL": server.url.replace("musafir@", "rasa@"), "REDIS_URL": redis_url}
            for number, port in enumerate(rasa_ports, 1):
                brain = _rasa(number, port, installation, as_rasa)
                brains.append(await stack.enter_async_context(brain.running()))
        yield Topology(started, brains, proxy, redis, postgres)


def _bot(number: int, port: int, installation: Installation, environment: dict[str, str]) -> Part:
    metrics = free_port()
    own = environment | {"WEBHOOK_PORT": str(port), "METRICS_PORT": str(metrics)}
    ready = _answers(f"http://127.0.0.1:{metrics}/readyz")
    log = installation.root / "run" / f"bot-{number}.log"
    return Part(f"bot {number}", (MUSAFIR, "run"), ready, log, own, installation.root)


def _rasa(number: int, port: int, installation: Installation, stores: dict[str, str]) -> Part:
    command = (MUSAFIR, "rasa", "--port", str(port))
    ready = _answers(f"http://127.0.0.1:{port}/webhooks/rest/")
    own = {"PYTHONPATH": str(installation.root), **stores}
    return Part(
        f"Rasa {number}", command, ready, installation.root / "run" / f"rasa-{number}.log", own, installation.root
    )


def _proxy(folder: Path, webhook: int, bots: Sequence[int], rasa: int, rasas: Sequence[int]) -> Part:
    log = folder / "nginx.log"
    parts = nginx.webhook(webhook, bots, log), nginx.rasas(rasa, rasas, log)
    configuration = nginx.whole(folder, *parts)
    command = (nginx.find_program(), "-e", "stderr", "-c", configuration)
    return Part("nginx", command, _answers(f"http://127.0.0.1:{webhook}/", 404), log)


def _redis(port: int, folder: Path) -> Part:
    program = redis_server.find_program()
    if program is None:
        raise SetupError("Redis is not installed", "apt-get install redis-server")
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    return Part("Redis", (program, *options), _accepts(port), folder / "redis.log", folder=folder)


def _database_files() -> AbstractContextManager[Postgres]:
    binaries = find_binaries()
    if binaries is None:
        raise SetupError("PostgreSQL is not installed", "apt-get install postgresql")
    return postgres_files(binaries)


def _postgres(server: Postgres, folder: Path) -> Part:
    # PostgreSQL does not run as root, and uvloop starts nothing as another user.
    become = ("setpriv", f"--reuid={server.user}", f"--regid={server.user}", "--clear-groups") if server.user else ()
    command = (*become, server.binaries / "postgres", "-D", "data", *server.options)

    async def ready() -> bool:
        probe = [server.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(server.port)]
        return (await asyncio.to_thread(subprocess.run, probe, check=False)).returncode == 0

    return Part("PostgreSQL", command, ready, folder / "postgres.log", folder=server.folder)


def _grant(server: Postgres) -> None:
    """Make the role of Rasa, as operators do."""
    command = [server.binaries / "psql", "--no-psqlrc", "--quiet", f"--file={_GRANTS}", server.url]
    subprocess.run(command, check=True, env={**os.environ, "RASA_PASSWORD": secrets.token_hex(16)}, timeout=60)


def _answers(url: str, status: int = 200) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        async with httpx.AsyncClient(timeout=5) as http:
            try:
                return (await http.get(url)).status_code == status
            except httpx.HTTPError:
                return False

    return ready


def _accepts(port: int) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return ready
