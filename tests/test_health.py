"""A proxy or Kubernetes asks whether a bot is alive and ready; parts that all replicas share take none of them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.content import Library
from bot.database import Database
from bot.observing.watch import Watch
from bot.rasa import RasaClient
from bot.rasa.process import free_port
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import listen
from bot.sandbox.server import running as running_sandbox
from bot.settings import load_settings
from tests.conversation import bot_at, running_bot
from tests.observed import Observed, observed_bot
from tests.scripted_rasa import ScriptedRasa


@pytest.fixture(scope="module")
async def bot(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Observed]:
    """A bot that can be asked."""
    async with observed_bot(shared_rasa.url, tmp_path_factory.mktemp("health"), library) as bot:
        yield bot


async def until_away(watch: Watch, *parts: str) -> None:
    """Wait until these parts are away, and no others."""
    async with asyncio.timeout(30):
        while _away(watch) != [*parts]:  # noqa: ASYNC110 - nothing tells when it changes
            await asyncio.sleep(0.01)


def _away(watch: Watch) -> list[str]:
    return [what.partition(" does not answer")[0] for what in watch.away()]


async def test_alive_and_ready(bot: Observed) -> None:
    assert (await bot.http.get("/healthz")).text == "alive\n"
    response = await bot.http.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "reasons": [], "away": []}


@pytest.mark.slow
async def test_not_ready_before_updates_are_taken(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    port = free_port()
    async with (
        running_sandbox(SANDBOX_TOKEN) as url,
        Sandbox(url) as sandbox,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        await sandbox.fault("getMe", delay=3)  # Telegram takes its time
        starting = asyncio.create_task(_run(url, sandbox, rasa, tmp_path, library, port))
        statuses = []
        while 200 not in statuses:
            await asyncio.sleep(0.05)
            assert not starting.done()
            try:
                response = await http.get("/readyz")
            except httpx.ConnectError:
                continue
            statuses.append(response.status_code)
            if response.status_code == 503:
                assert response.json()["reasons"] == ["updates are not taken: the bot is starting or stopping"]
                assert (await http.get("/healthz")).status_code == 200
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    assert 503 in statuses


async def _run(url: str, sandbox: Sandbox, rasa: ScriptedRasa, folder: Path, library: Library, port: int) -> None:
    async with bot_at(url, sandbox, rasa.url, folder, library, metrics_port=port):
        await asyncio.Event().wait()


@pytest.mark.slow
async def test_without_rasa_the_bot_stays_ready_and_says_what_is_away(library: Library, tmp_path: Path) -> None:
    async with observed_bot("http://127.0.0.1:9", tmp_path, library) as bot:
        await (await bot.world.person()).say("/start")
        response = await bot.http.get("/readyz")
        figures = await bot.figures()
    assert response.status_code == 200
    assert "Rasa does not answer: questions are searched by words" in response.text
    assert figures.value("musafir_rasa_up") == 0
    assert figures.value("musafir_ready") == 1


async def test_parts_that_come_and_go_are_noticed(rasa: ScriptedRasa, tmp_path: Path) -> None:
    (folder := tmp_path / "database").mkdir()
    database = Database(f"sqlite+aiosqlite:///{folder / 'x.sqlite3'}")
    await database.migrate()
    async with RasaClient(rasa.url) as client:
        watch = Watch(client, database, pause=0.01)
        looking = asyncio.create_task(watch.keep_looking())
        await until_away(watch)
        await database.close()
        folder.rename(tmp_path / "unmounted")
        await until_away(watch, "the database")
        (tmp_path / "unmounted").rename(folder)
        await until_away(watch)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    await database.close()


@pytest.mark.slow
async def test_a_port_in_use_is_said_and_the_bot_serves(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        async with running_bot(rasa.url, tmp_path, library, metrics_port=port) as world:
            await (await world.person()).say("/start")
    assert f"/metrics cannot use 127.0.0.1:{port}" in caplog.text
    assert "METRICS_PORT" in caplog.text


@pytest.mark.parametrize("path", ["/", "/metrics/", "/debug", "/readyz/more"])
async def test_there_is_nothing_else(bot: Observed, path: str) -> None:
    assert (await bot.http.get(path)).status_code in (307, 404)


async def test_nobody_can_change_anything(bot: Observed) -> None:
    assert {(await bot.http.post(path)).status_code for path in ("/metrics", "/healthz", "/readyz")} == {405}


def test_unless_asked_for_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METRICS_PORT", raising=False)
    settings = load_settings()
    assert settings.metrics_port is None
    assert settings.metrics_host == "127.0.0.1"
