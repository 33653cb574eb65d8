"""With LOG_FORMAT=json every line of the log is an object, and says as little about people as the text does."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import logs
from bot.errors import SetupError
from bot.paths import ROOT
from bot.rasa.process import free_port
from bot.settings import load_settings
from tests.conversation import World
from tests.scripted_rasa import ScriptedRasa, step_answer

STORY = "Farrukhzq from Kulobzq took my passport, call +992 93 555 12 34"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, at every level."""
    written = io.StringIO()
    handler = logs.handler(written, "json")
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """The objects."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_line_says_when_who_and_what(log: io.StringIO) -> None:
    logging.getLogger("bot.runner").warning("contacts: %d changed\nand more", 7)
    [line] = lines(log)
    assert {**line, "time": None} == {
        "time": None,
        "level": "warning",
        "logger": "bot.runner",
        "message": "contacts: 7 changed\nand more",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(line["time"])) < timedelta(minutes=1)


def test_of_an_error_the_type_and_place_are_kept(log: io.StringIO) -> None:
    words = "Zulfiya " + "wrote"
    try:
        int(words)
    except ValueError as error:
        logging.getLogger("bot.runner").error("it failed", exc_info=error)
        logging.getLogger("telegram.ext").error("it failed: %s", error, exc_info=error)
    assert words not in log.getvalue()
    for line in lines(log):
        assert line["error"].endswith("ValueError")
        assert "test_structured_logs.py" in line["error"]


def test_libraries_are_heard_without_values_and_no_token(log: io.StringIO) -> None:
    token = "123456:AAFmW7gXw_kq-4vT0aPZ1y2x3c4v5b6n7m8"
    logging.getLogger("httpx").info("HTTP Request: POST %s", token)
    logging.getLogger("asyncio").error("Task failed: %s\nfuture: <exception=ValueError('Zulfiya')>", "Farrukh")
    logging.getLogger("bot.runner").error("rejected: %s", token)
    assert [line["message"] for line in lines(log)] == ["Task failed: %s", "rejected: <token>"]


async def test_conversations_leave_no_trace(log: io.StringIO, own_world: World, rasa: ScriptedRasa) -> None:
    rasa.replies[STORY] = [step_answer("passport-taken", language="tg")]
    chat = await own_world.person("Zulfiyazq", "tg")
    await chat.begin("tg", "abroad", "TJ", "RU")
    await chat.say(STORY)
    rasa.down = True
    await chat.say(STORY)
    # Several times: on a slow machine a note ("a moment …") may come first, and nobody logs that it failed.
    await own_world.sandbox.fault("sendMessage", times=4, error_code=400, description=f"cannot parse {STORY}")
    await chat.user.send(f"/topics {STORY}")
    async with asyncio.timeout(30):
        while not any("could not be handled" in line["message"] for line in lines(log)):  # noqa: ASYNC110 - a log
            await asyncio.sleep(0.05)
    assert [trace for trace in ("zq", "555 12", str(chat.user.id)) if trace in log.getvalue()] == []


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(SetupError, match="LOG_FORMAT"):
        load_settings()


@pytest.mark.slow
async def test_all_that_a_running_bot_writes_is_json(rasa: ScriptedRasa, tmp_path: Path) -> None:
    settings = {
        "LOG_FORMAT": "json",
        "RASA_URL": rasa.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}",
        "MUSAFIR_SECRET": "a key for tests",
        **{name: str(free_port()) for name in ("SANDBOX_PORT", "DESK_PORT", "METRICS_PORT")},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bot.cli import main; main()",
        "run",
        env={key: value for key, value in os.environ.items() if key != "TELEGRAM_BOT_TOKEN"} | settings,
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    written = b""
    async with asyncio.timeout(120):
        while b"The desk for staff" not in written:
            written += (line := await process.stderr.readline())
            assert line, written
    async with httpx.AsyncClient(trust_env=False) as http:
        ready = await http.get(f"http://127.0.0.1:{settings['METRICS_PORT']}/readyz")
    process.send_signal(signal.SIGTERM)
    _, rest = await process.communicate()
    assert ready.json()["ready"] is True
    messages = [json.loads(line)["message"] for line in (written + rest).splitlines()]
    assert any(message.startswith("Musafir is here") for message in messages)
    assert messages[-1] == "Stopped."
