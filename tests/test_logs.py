"""Nobody's words, names, numbers or ids get into a log or a file, whatever is logged and whatever goes wrong."""

from __future__ import annotations

import asyncio
import io
import itertools
import logging
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot import logs
from bot.content import Library
from bot.runner import SANDBOX_TOKEN
from tests.conversation import Live, World, running_bot
from tests.scripted_rasa import ScriptedRasa, step_answer

PEOPLE = 500
AT_ONCE = 10
MESSAGES = {
    "en": "my boss {name} took my passport, call {phone} or write {mail}",
    "ru": "меня зовут {name}, мой номер {phone}, почта {mail}, не платят зарплату",
    "kk": "менің атым {name}, телефоным {phone}, {mail} хат жазыңыз",
    "ky": "менин атым {name}, номерим {phone}, {mail}",
    "tg": "номи ман {name}, рақамам {phone}, {mail} маошамро надоданд",
    "uz": "mening ismim {name}, raqamim {phone}, {mail} oyligimni bermayapti",
}
DANGER = "help me they are beating me, I am {name}, {phone}, {mail}"
NAMES = ("Zulfiya", "Farrukh", "Айгүл", "Ғани", "Ҷамшед", "Oʻgʻiloy")


@dataclass(frozen=True)
class Somebody:
    """A person and what they write."""

    language: str
    name: str
    phone: str
    mail: str
    text: str

    @property
    def traces(self) -> list[str]:
        """What must be nowhere."""
        return [self.name, self.phone, self.mail, self.text]


def people() -> list[Somebody]:
    """Five hundred people, no two alike."""
    made = []
    for number, language in zip(range(PEOPLE), itertools.cycle(MESSAGES), strict=False):
        name = f"{NAMES[number // 6 % len(NAMES)]}zq{number}"
        phone, mail = f"+99293{number:07}", f"someone.{number}@example.tj"
        text = (DANGER if number % 10 == 9 else MESSAGES[language]).format(name=name, phone=phone, mail=mail)
        made.append(Somebody(language, name, phone, mail, text))
    return made


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged when every logger of every library says all it can."""
    written = io.StringIO()
    handler = logs.handler(written)
    root = logging.getLogger()
    names = [None, "telegram", "httpx", "httpcore", "sqlalchemy", "sqlalchemy.engine", "aiosqlite", "uvicorn", "bot"]
    known = {name: logging.getLogger(name).level for name in (*names, *root.manager.loggerDict)}
    for name in known:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    for name, level in known.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.slow
async def test_five_hundred_conversations_leave_no_trace(
    log: io.StringIO,
    temporary: Path,
    tmp_path: Path,
    rasa: ScriptedRasa,
    library: Library,
    caplog: pytest.LogCaptureFixture,
) -> None:
    everybody, ids = people(), []
    (tmp_path / "bot").mkdir()
    for somebody in everybody[::2]:
        rasa.replies[somebody.text] = [step_answer("unpaid-wages", language=somebody.language)]

    async def talk(world: World, some: list[Somebody]) -> None:
        for somebody in some:
            chat = await world.person(somebody.name, somebody.language)
            ids.append(chat.user.id)
            await chat.say(somebody.text)
            await chat.say("/profile")

    async with running_bot(rasa.url, tmp_path / "bot", library) as world:
        await asyncio.gather(*(talk(world, everybody[start::AT_ONCE]) for start in range(AT_ONCE)))
        await world.services.figures.flush()
        await things_go_wrong(world, rasa, everybody[0], ids)
        kept = written(tmp_path / "bot", temporary)
    assert len(set(ids)) > PEOPLE
    assert str(ids[0]) in caplog.text, "the libraries did say all they could"
    assert "could not be handled" in log.getvalue(), "and ours did log"
    traces = [trace for somebody in everybody for trace in somebody.traces] + list(map(str, ids)) + [SANDBOX_TOKEN]
    assert [trace for trace in traces if trace in log.getvalue()] == []
    assert [trace for trace in traces if trace.encode() in kept] == []


async def things_go_wrong(world: World, rasa: ScriptedRasa, somebody: Somebody, ids: list[int]) -> None:
    """Rasa is down, the database locked, Telegram refuses: each time somebody writes."""
    chat = await world.person(somebody.name, "en")
    ids.append(chat.user.id)
    await chat.begin("en", "abroad", "TJ", "RU")
    rasa.down = True
    await chat.say(somebody.text, 2)  # what was found by words, and the offer to keep the question
    rasa.down = False
    with closing(sqlite3.connect(world.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await chat.say("/language")
        await chat.press("language:tg", 1)
        await chat.say(somebody.text)
    await world.sandbox.fault("sendMessage", error_code=400, description=f"cannot parse {somebody.text}")
    await chat.say(somebody.text)


def written(*folders: Path) -> bytes:
    """Everything in the files of some folders."""
    return b"".join(file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file())


def logged(log: io.StringIO, logger: str, level: int, *message: object, error: Exception | None = None) -> str:
    """What a logger's message becomes."""
    start = log.tell()
    logging.getLogger(logger).log(level, *message, exc_info=error)
    log.seek(start)
    return log.read()


def test_ours_say_what_happened(log: io.StringIO) -> None:
    assert "bot.runner: contacts: 7 changed" in logged(log, "bot.runner", logging.INFO, "contacts: %d changed", 7)


def test_libraries_are_heard_from_warning_on_and_without_values(log: io.StringIO) -> None:
    assert logged(log, "httpx", logging.INFO, "HTTP Request: POST %s", "https://api.telegram.org/bot1:x/send") == ""
    said = logged(
        log, "asyncio", logging.ERROR, "Task failed: %s\nfuture: <exception=ValueError('Zulfiya')>", "Farrukh"
    )
    assert "asyncio: Task failed: %s" in said
    assert "Farrukh" not in said
    assert "Zulfiya" not in said


def test_of_an_error_its_type_and_place_are_kept(log: io.StringIO) -> None:
    words = "Zulfiya " + "wrote"
    try:
        int(words)
    except ValueError as error:
        for logger in ("bot.runner", "telegram.ext"):
            said = logged(log, logger, logging.ERROR, "it failed", error=error)
            assert "test_logs.py" in said
            assert said.endswith("ValueError\n")
            assert words not in said


def test_a_token_is_blacked_out_wherever_it_stands(log: io.StringIO) -> None:
    token = "123456:AAFmW7gXw_kq-4vT0aPZ1y2x3c4v5b6n7m8"
    said = logged(log, "bot.runner", logging.ERROR, "rejected: %s", f"https://api.telegram.org/bot{token}/getMe")
    assert token not in said
    assert "<token>" in said


@pytest.mark.rasa
async def test_rasa_logs_no_words_when_it_fails(live: Live) -> None:
    async with httpx.AsyncClient(base_url=live.process.url) as http:
        failed = {"sender": "somebody", "message": {"Bakhtiyor": "has my passport"}}
        assert (await http.post("/webhooks/rest/webhook", json=failed)).json() == []
    written = (live.world.database.parent / "rasa.log").read_text()
    assert "rest.message.received.failure AttributeError" in written
    assert "Bakhtiyor" not in written
