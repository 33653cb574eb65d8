"""`musafir doctor` finds what is wrong with an installation, says what to do, and tells no secret."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.content import Library
from bot.database import Database
from bot.errors import SetupError
from bot.observing.version import Served
from bot.operating.doctor import (
    Finding,
    State,
    as_json,
    as_text,
    configuration,
    examine,
    kept,
    knowledge,
    machine,
    network,
    services,
)
from bot.operating.installation import Installation
from bot.operating.running import marked_running, unfinished_mark
from bot.paths import ROOT
from bot.roster import Roster
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings
from bot.training.model import model_name
from tests.command_line import Musafir
from tests.old_schema import at, make_later, make_old
from tests.scripted_rasa import ScriptedRasa

KEY = "5f1d7a0c" * 8
TOKEN = "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"
Install = Callable[..., Installation]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Make an installation; its settings are arguments."""

    def make(**settings: Any) -> Installation:
        for folder in ("var", "content", "nlu/models"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        known = {"database_url": f"sqlite:///{tmp_path / 'var' / 'musafir.sqlite3'}", "desk_port": 0}
        return Installation(Settings(_env_file=None, **(known | settings)), tmp_path)  # type: ignore[call-arg]

    return make


def bad(findings: Any) -> list[str]:
    """What is not well, as the doctor says it."""
    return [" ".join(str(finding).split()) for finding in findings if finding.state is not State.OK]


def test_nothing_is_wrong_with_a_fresh_installation(install: Install) -> None:
    installation = install()
    for check in (configuration.names, configuration.key, configuration.desk, machine.permissions, network.ports):
        assert bad(check(installation)) == []


def test_a_setting_that_does_not_exist(install: Install) -> None:
    installation = install()
    (installation.root / ".env").write_text(f"TELEGRAM_TOKEN={TOKEN}\n")
    assert bad(configuration.names(installation)) == [
        "warning settings TELEGRAM_TOKEN in .env is no setting of Musafir: correct its name, or take it out"
    ]


def test_keys(install: Install) -> None:
    assert "MUSAFIR_SECRET could be guessed" in bad(configuration.key(install(musafir_secret="changeme")))[0]
    rotating = install(musafir_secret=KEY, musafir_secret_old=KEY)
    assert "MUSAFIR_SECRET_OLD is set" in bad(configuration.key(rotating))[0]
    installation = install()
    (installation.var / "musafir.sqlite3").touch()
    assert "var/secret is missing, and people are kept under it: put it back" in bad(configuration.key(installation))[0]
    (installation.var / "secret").touch()
    assert "var/secret is empty" in bad(configuration.key(installation))[0]
    (installation.var / "secret").write_text(KEY)
    assert bad(configuration.key(installation)) == []


def test_secrets_that_others_can_read(install: Install) -> None:
    installation = install()
    installation.root.chmod(0o755)
    closed = [folder for folder in installation.root.parents if folder.stat().st_mode & 0o077 == 0]
    for folder in closed:
        folder.chmod(0o711)
    try:
        secret = installation.var / "secret"
        secret.write_text(KEY)
        secret.chmod(0o644)
        assert bad(machine.permissions(installation)) == [
            f"broken permissions others on this machine can read {secret}: chmod 600 {secret}"
        ]
        secret.chmod(0o600)
        assert bad(machine.permissions(installation)) == []
    finally:
        for folder in closed:
            folder.chmod(0o700)


def test_a_desk_that_anybody_can_reach(install: Install) -> None:
    assert "lets others reach the desk: set DESK_PASSWORD" in bad(configuration.desk(install(desk_host="0.0.0.0")))[0]


def test_environments_that_are_missing(install: Install) -> None:
    installation = install()
    (installation.root / ".tools" / "bin").mkdir(parents=True)
    (installation.root / ".tools" / "bin" / "uv").symlink_to("/bin/true")
    missing = bad(machine.environments(installation))
    assert [line.partition(" is missing: ")[2] for line in missing] == ["run `make install`", "run `make nlu`"]


@pytest.mark.slow
def test_the_environments_of_these_tests_are_complete(install: Install) -> None:
    assert bad(machine.environments(Installation(install().settings, ROOT))) == []


async def test_databases(install: Install) -> None:
    installation = install()
    assert bad(await kept.database(installation)) == []
    assert not (installation.var / "musafir.sqlite3").exists()
    database = at(installation.var / "musafir.sqlite3")
    await make_old(database)
    assert "is old: back it up; the next start migrates it" in bad(await kept.database(installation))[0]
    await database.migrate()
    assert bad(await kept.database(installation)) == []
    await make_later(database)
    await database.close()
    assert (
        "broken database the database was brought to revision ffffffffffff" in bad(await kept.database(installation))[0]
    )
    (installation.var / "musafir.sqlite3").write_bytes(b"something else" * 100)
    assert "cannot be written (file is not a database)" in bad(await kept.database(installation))[0]
    away = install(database_url="postgresql://musafir:hidden-word@127.0.0.1:9/x")
    [line] = bad(await kept.database(away))
    assert "PostgreSQL cannot be written" in line
    assert "hidden-word" not in line


def test_backups(install: Install) -> None:
    installation = install()
    assert "there has never been one" in bad(kept.backups(installation))[0]
    installation.note_backup()
    assert bad(kept.backups(installation)) == []
    long_ago = time.time() - 20 * 24 * 3600
    os.utime(installation.last_backup, (long_ago, long_ago))
    aside = installation.var / "before-restore-1"
    aside.mkdir()
    os.utime(aside, (long_ago, long_ago))
    unfinished_mark(installation.var).touch()
    cut_off, left, old = bad(kept.backups(installation))
    assert "a restore was cut off, no bot starts" in cut_off
    assert f"{aside} still holds what was there before a restore 20 days ago" in left
    assert "the last one is 20 days old" in old


def test_content_contacts_and_model(install: Install, content_folder: Path) -> None:
    installation = install()
    assert bad(knowledge.content(installation)) == []
    assert bad(knowledge.contacts(installation)) == []
    assert "none has been chosen: run `musafir train`" in bad(knowledge.model(installation))[0]
    models = installation.models
    for model in ("musafir-000000000000", current := model_name(Library(content_folder).read()[0])):
        models.file(model).touch()
    models.choose("musafir-000000000000")
    assert "was trained before questions were changed: run `musafir train`" in bad(knowledge.model(installation))[0]
    models.choose(current)
    assert bad(knowledge.model(installation)) == []
    (content_folder / "pages" / "en.yml").write_text("a: [")
    (content_folder / "contacts.csv").write_text("id\n")
    assert "content/pages/en.yml is broken or missing" in bad(knowledge.content(installation))[0]
    assert "contacts.csv has" in bad(knowledge.contacts(installation))[0]


def test_ports(install: Install) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        installation = install(desk_port=port, telegram_bot_token=TOKEN, musafir_secret=KEY)
        [line] = bad(network.ports(installation))
        assert (
            f"DESK_PORT {port} cannot be used (Address already in use): stop what uses it, or change DESK_PORT" in line
        )
        with marked_running(installation.var):
            assert bad(network.ports(installation)) == []
    with marked_running(installation.var):
        assert f"nobody listens on DESK_PORT {port}" in bad(network.ports(installation))[0]


async def test_rasa(install: Install, rasa: ScriptedRasa) -> None:
    installation = install(rasa_url=rasa.url)
    assert bad(await services.rasa(installation)) == []
    rasa.replies["hello"] = []
    assert "it runs and answers nothing: its model cannot be used" in bad(await services.rasa(installation))[0]
    away = install(rasa_url="http://127.0.0.1:9")
    assert "nobody answers at RASA_URL" in bad(await services.rasa(away))[0]


async def test_redis_that_is_away(install: Install) -> None:
    assert bad(await services.redis(install())) == []
    [line] = bad(await services.redis(install(redis_url="redis://:hidden-word@127.0.0.1:9")))
    assert "broken redis cannot be used" in line
    assert "hidden-word" not in line


async def test_replicas_that_differ(install: Install, database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    several = install(database_url=url, redis_url="redis://127.0.0.1:9")
    for name, content in (("a", "c0ffee"), ("b", "c0ffee"), ("c", "beef")):
        assert bad(await services.replicas(several)) == []
        await serve(database, name, content)
    [line] = bad(await services.replicas(several))
    assert "replicas they differ: content beef at c, c0ffee at a and b: right only while a change is rolled out" in line
    assert await services.replicas(install(database_url=url)) == []


async def serve(database: Database, name: str, content: str) -> None:
    async def served() -> Served:
        return Served(content, "musafir-1")

    await Roster(database, name, served).look()


async def test_telegram_and_its_webhook(install: Install) -> None:
    async with running_sandbox(SANDBOX_TOKEN) as url:
        known = {"telegram_api_base": url, "musafir_secret": KEY}
        assert bad(await services.telegram(install(telegram_bot_token=SANDBOX_TOKEN, **known))) == []
        wrong = install(telegram_bot_token=TOKEN, **known)
        assert "does not know TELEGRAM_BOT_TOKEN: copy it again" in bad(await services.telegram(wrong))[0]
        hook = {"telegram_mode": "webhook", "webhook_url": "https://bot.example.org/x", "webhook_secret": "s"}
        hooked = install(telegram_bot_token=SANDBOX_TOKEN, **known, **hook)
        assert "broken webhook Telegram has none" in bad(await services.telegram(hooked))[0]
    gone = install(telegram_bot_token=TOKEN, telegram_api_base="http://127.0.0.1:9", musafir_secret=KEY)
    [line] = bad(await services.telegram(gone))
    assert "cannot be reached (ConnectError)" in line
    assert TOKEN not in line


@asynccontextmanager
async def telegram_that_says(date: float, **results: Any) -> AsyncIterator[str]:
    """A Bot API at another time than ours, with these results by method."""

    async def answer(request: Request) -> JSONResponse:
        result = results.get(request.path_params["method"])
        body = {"ok": True, "result": result} if result else {"ok": False, "error_code": 400}
        return JSONResponse(body, 200 if result else 400, {"Date": formatdate(date, usegmt=True)})

    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/bot{token}/{method}", answer)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", date_header=False))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


async def test_a_clock_a_webhook_and_a_staff_group_that_are_wrong(install: Install) -> None:
    hook = {"telegram_mode": "webhook", "webhook_url": "https://bot.example.org/x", "webhook_secret": "s"}
    told = {
        "getMe": {"id": 1, "username": "bot"},
        "getWebhookInfo": {
            "url": hook["webhook_url"],
            "pending_update_count": 7,
            "last_error_date": int(time.time()) - 60,
            "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
        },
        "getChat": {"id": -100, "is_forum": True},
        "getChatMember": {"status": "administrator", "can_manage_topics": False},
    }
    async with telegram_that_says(time.time() - 600, **told) as url:
        installation = install(
            telegram_bot_token=TOKEN, telegram_api_base=url, musafir_secret=KEY, staff_chat_id=-100, **hook
        )
        clock, webhook, staff = bad(await services.telegram(installation))
    assert "differs from Telegram's by 60" in clock
    assert "Telegram cannot deliver (Wrong response from the webhook: 502 Bad Gateway): look at the proxy" in webhook
    assert "the bot may not manage topics in the staff group: allow it" in staff


async def test_a_check_that_cannot_be_made_is_a_finding_and_the_others_go_on(install: Install) -> None:
    installation = install()
    (installation.var / "secret").mkdir()
    findings = await examine(lambda: installation)
    [key] = [finding for finding in findings if finding.check == "key"]
    assert key == Finding("key", State.BROKEN, "cannot be looked at (IsADirectoryError)", key.remedy)
    assert {"disk", "backup", "database", "telegram"} <= {finding.check for finding in findings}


async def test_settings_that_cannot_be_read(install: Install) -> None:
    def refuse() -> Installation:
        raise SetupError("WEBHOOK_SECRET: it is missing", "correct it")

    assert bad(await examine(refuse)) == ["broken settings WEBHOOK_SECRET: it is missing: correct it"]


def test_a_line_each_or_json() -> None:
    findings = [Finding("disk", State.OK, "9 GB free"), Finding("key", State.BROKEN, "is empty", "put it back")]
    assert as_text(findings).splitlines() == [
        "ok      disk         9 GB free",
        "broken  key          is empty: put it back",
        "1 ok, 0 to look at, 1 broken",
    ]
    assert json.loads(as_json(findings))[1] == {
        "check": "key",
        "state": "broken",
        "text": "is empty",
        "remedy": "put it back",
    }


@pytest.mark.slow
def test_the_command_finds_a_broken_installation_and_tells_no_secret(musafir: Musafir, tmp_path: Path) -> None:
    result = musafir(
        "doctor",
        "--json",
        DATABASE_URL=f"sqlite:///{tmp_path / 'x.sqlite3'}",
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_BASE="http://127.0.0.1:9",
        MUSAFIR_SECRET=KEY,
    )
    assert result.code == 1
    found = {entry["check"]: entry["state"] for entry in json.loads(result.out)}
    assert found["telegram"] == found["rasa"] == "broken"
    assert found["database"] == found["content"] == "ok"
    assert TOKEN not in result.out + result.err
    assert KEY not in result.out + result.err
