"""The webhook takes what Telegram brings, at once and once, and refuses everything else without telling why."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.content import Library
from bot.errors import SetupError
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from bot.settings import load_settings
from bot.webhook import LARGEST_BODY
from tests.conversation import World, bot_at, running_bot
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.webhook import (
    NUMBERS,
    SECRET,
    Postman,
    bytes_in,
    hooked,
    hooked_bot,
    inbox,
    new_port,
    postman,
    somebody,
    until_empty,
    written,
)


@pytest.fixture(scope="module")
async def hook(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Postman]]:
    """A bot with a webhook for all tests that break nothing."""
    async with hooked_bot(shared_rasa.url, tmp_path_factory.mktemp("hook"), library) as (world, bring):
        yield world, bring


@pytest.fixture
def telegram(hook: tuple[World, Postman], rasa: ScriptedRasa) -> Postman:
    """Telegram, which knows the secret."""
    return hook[1]


@pytest.fixture
def hooked_world(hook: tuple[World, Postman], rasa: ScriptedRasa) -> World:
    """The bot with a webhook."""
    return hook[0]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.lower(), "ключ".encode()])
async def test_who_does_not_know_the_secret_is_refused(telegram: Postman, hooked_world: World, secret: Any) -> None:
    chat = await hooked_world.person()
    assert await telegram.post(written(chat, "hello"), secret=secret) == 403
    assert await telegram.post(b"no JSON", secret=secret) == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_only_post(telegram: Postman, method: str) -> None:
    response = await telegram.http.request(method, telegram.url, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
    assert response.status_code == 405


async def test_no_other_path(telegram: Postman) -> None:
    assert (await telegram.http.post(telegram.url + "/more")).status_code == 404
    assert (await telegram.http.post(telegram.url.removesuffix("/hook"))).status_code == 404


async def test_only_json(telegram: Postman, hooked_world: World) -> None:
    chat = await hooked_world.person()
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    assert await telegram.post(written(chat, "hello"), **form) == 415


async def test_too_large_by_its_own_word(telegram: Postman) -> None:
    assert await telegram.post(b" " * (LARGEST_BODY + 1)) == 413


async def test_too_large_without_saying_so(telegram: Postman, caplog: pytest.LogCaptureFixture) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    with contextlib.suppress(httpx.TransportError):  # the bot hangs up, perhaps before its answer was read
        assert await telegram.post(long()) == 413
    assert "it is larger than" in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": 1e3}',
        b'{"update_id": 9223372036854775808}',
        b'{"message": {"text": "Zulfiya"}}',
        b'{"update_id": 7, "message": {"text": "Zulfiya"}}',
        b'{"update_id": 7, "message": "Zulfiya"}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_update_is_refused_and_not_quoted(
    telegram: Postman, hooked_world: World, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert await telegram.post(body) == 400
    assert "it cannot be read" in caplog.text
    assert "Zulfiya" not in caplog.text
    assert 7 not in inbox(hooked_world.database)


async def test_telegram_is_answered_while_rasa_hangs(
    telegram: Postman, hooked_world: World, rasa: ScriptedRasa
) -> None:
    chat = await somebody(hooked_world)
    rasa.open.clear()
    async with asyncio.timeout(5):  # Rasa does not answer before `open` is set
        assert [await telegram.post(written(chat, f"q{n}")) for n in range(5)] == [200] * 5
    rasa.open.set()
    assert len(await chat.user.wait_for_messages(5)) == 5


async def test_an_update_that_comes_again_is_handled_once(
    telegram: Postman, hooked_world: World, rasa: ScriptedRasa
) -> None:
    chat = await somebody(hooked_world)
    update = written(chat, "once")
    assert await asyncio.gather(*(telegram.post(update) for _ in range(5))) == [200] * 5
    await chat.user.wait_for_messages()
    assert await telegram.post(update) == 200
    await telegram.post(written(chat, "later"))
    await chat.user.wait_for_messages()
    assert rasa.received == ["once", "later"]


async def test_an_update_of_a_kind_that_nobody_knows_yet_is_taken(telegram: Postman, hooked_world: World) -> None:
    chat = await somebody(hooked_world)
    assert await telegram.post({"update_id": next(NUMBERS), "invented_next_year": {"a": [1]}}) == 200
    await telegram.post(written(chat, "hello"))
    await chat.user.wait_for_messages()


async def test_what_failed_is_done_with(telegram: Postman, hooked_world: World, rasa: ScriptedRasa) -> None:
    chat = await somebody(hooked_world)
    rasa.replies["q"] = [step_answer("unpaid-wages")]
    await hooked_world.sandbox.fault("sendMessage", error_code=400, description="Bad Request: broken")
    update = written(chat, "q")
    await telegram.post(update)
    [apology] = await chat.user.wait_for_messages()
    assert "Something went wrong" in apology.text
    await until_empty(hooked_world.database, 2)
    assert inbox(hooked_world.database)[update["update_id"]] == ""


async def test_nothing_is_readable_in_the_inbox(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    async with hooked_bot(rasa.url, tmp_path, library) as (world, telegram):
        chat = await somebody(world, "Zulfiya")
        rasa.open.clear()
        await telegram.post(written(chat, "call Farrukh +992935551234"))
        assert any(inbox(world.database).values())
        kept = bytes_in(tmp_path)
        for trace in ("Zulfiya", "Farrukh", "5551234", str(chat.user.id)):
            assert trace.encode() not in kept
        rasa.open.set()
        await chat.user.wait_for_messages()
        await until_empty(world.database, 2)


async def test_people_are_answered_while_the_database_is_gone(
    rasa: ScriptedRasa, library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    async with hooked_bot(rasa.url, folder, library) as (world, telegram):
        await world.services.database.close()
        shutil.rmtree(folder)
        chat = await somebody(world)
        update = written(chat, "q")
        assert await telegram.post(update) == 200
        await chat.user.wait_for_messages()
        assert await telegram.post(update) == 200
        await telegram.post(written(chat, "later"))
        await chat.user.wait_for_messages()
        assert rasa.received == ["q", "later"]


@pytest.mark.slow
async def test_what_was_handled_before_a_restart_is_not_handled_again(
    rasa: ScriptedRasa, library: Library, tmp_path: Path
) -> None:
    port = new_port()
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox, postman(port) as telegram:
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **hooked(port)) as world:
            chat = await somebody(world)
            update = written(chat, "once")
            await telegram.post(update)
            await chat.user.wait_for_messages()
            await until_empty(world.database, 2)
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **hooked(port)):
            assert await telegram.post(update) == 200
            await telegram.post(written(chat, "later"))
            await chat.user.wait_for_messages()
        assert rasa.received == ["once", "later"]


@pytest.mark.slow
async def test_the_mode_can_be_changed(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    port = new_port()
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **hooked(port)) as world:
            chat = await world.person()
            await chat.say("by webhook")
        await chat.user.send("in between")
        async with bot_at(url, sandbox, rasa.url, tmp_path, library):
            await chat.user.wait_for_messages()
            await chat.say("by polling")
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, **hooked(port)):
            await chat.say("by webhook again")
    assert rasa.received == ["by webhook", "in between", "by polling", "by webhook again"]


async def test_a_port_in_use_is_said(rasa: ScriptedRasa, library: Library, tmp_path: Path, hook: Any) -> None:
    taken = int(hook[1].url.split(":")[2].removesuffix("/hook"))
    with pytest.raises(SetupError, match="WEBHOOK_PORT"):
        async with running_bot(rasa.url, tmp_path, library, **hooked(taken)):
            pass


async def test_an_address_that_telegram_refuses_is_said(rasa: ScriptedRasa, library: Library, tmp_path: Path) -> None:
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        await sandbox.fault(
            "setWebhook", error_code=400, description="Bad Request: bad webhook: IP address is reserved"
        )
        with pytest.raises(SetupError, match="ip address is reserved"):
            async with bot_at(url, sandbox, rasa.url, tmp_path, library, **hooked(new_port())):
                pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_URL", None),
        ("WEBHOOK_URL", "bot.example.org/hook"),
        ("WEBHOOK_URL", "http://bot.example.org/hook"),
        ("WEBHOOK_SECRET", None),
        ("WEBHOOK_SECRET", ""),
        ("WEBHOOK_SECRET", "with space"),
        ("WEBHOOK_SECRET", "x" * 257),
        ("TELEGRAM_MODE", "pigeon"),
    ],
)
def test_settings_that_cannot_work_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    good = {"TELEGRAM_MODE": "webhook", "WEBHOOK_URL": "https://bot.example.org/hook", "WEBHOOK_SECRET": SECRET}
    for setting, given in (good | {name: value}).items():
        monkeypatch.delenv(setting, raising=False)
        if given is not None:
            monkeypatch.setenv(setting, given)
    with pytest.raises(SetupError, match=name) as refusal:
        load_settings()
    assert value is None or len(value) < 200 or value not in str(refusal.value)
