"""What the targets work on: a small part of the real content, and seeds from our own texts."""

from __future__ import annotations

import atexit
import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook

from bot.content import Content, Library
from bot.guided import OpenQuestion, open_question
from bot.paths import CONTENT
from bot.rasa import Step

ANSWER = "work-rights/unpaid-wages"
GUIDE = "wage-claim"
EDITED = (
    f"answers/{ANSWER}/en.md",
    f"answers/{ANSWER}/answer.yml",
    f"guides/{GUIDE}/guide.yml",
    f"guides/{GUIDE}/en.yml",
    f"guides/{GUIDE}/cases.yml",
    "topics/en.yml",
    "needs/en.yml",
    "safety/en.yml",
    "pages/en.yml",
    "dialogue/en.yml",
    "sources.yml",
    "office.yml",
)
"""One file of each kind that staff edit."""


@cache
def folder() -> Path:
    """A folder that is gone when the process ends."""
    made = TemporaryDirectory(prefix="musafir-fuzz-")
    atexit.register(made.cleanup)
    return Path(made.name)


@cache
def library() -> Library:
    """The real content with one answer and one guide: quick to read again after an edit."""
    root = folder() / "content"
    shutil.copytree(CONTENT, root, ignore=shutil.ignore_patterns("answers", "exam", "guides"))
    for part in (f"answers/{ANSWER}", f"guides/{GUIDE}"):
        shutil.copytree(CONTENT / part, root / part)
    library = Library(root)
    library.read()
    return library


@cache
def content() -> Content:
    """What that library holds."""
    return library().read()[0]


@cache
def open_questions() -> tuple[OpenQuestion, ...]:
    """Every question of the guide."""
    steps = (Step(say="guide_question", id=GUIDE, question=item.id) for item in content().guides[GUIDE].logic.questions)
    return tuple(asked for step in steps if (asked := open_question(step, content())))


def questions() -> Iterator[bytes]:
    """What people ask, in every language, and words of danger."""
    for text in content().answers["unpaid-wages"].texts.values():
        yield from (question.encode() for question in text.questions)
    for safety in content().safety.values():
        yield from (pattern.encode() for pattern in [*safety.emergency[:10], *safety.self_harm[:5]])


def bodies() -> Iterator[bytes]:
    """Texts in Markdown."""
    for text in content().answers["unpaid-wages"].texts.values():
        yield text.body.encode()
    for page in content().pages.values():
        yield page.help.encode()


def of(*texts: str) -> Callable[[], Iterator[bytes]]:
    """Seeds that are written out."""
    return lambda: (text.encode() for text in texts)


def edited_files() -> Iterator[bytes]:
    """The number of a file in `EDITED`, and what stands in it."""
    for number, name in enumerate(EDITED):
        yield bytes([number]) + (library().root / name).read_bytes()


def spreadsheets() -> Iterator[bytes]:
    """The first rows of our contacts, and a workbook."""
    rows = (CONTENT / "contacts.csv").read_bytes().splitlines(keepends=True)
    yield b"".join(rows[:4])
    yield b"".join(rows[:2]).replace(b",", b";")
    file = folder() / "seed.xlsx"
    workbook = Workbook()
    for row in csv.reader(io.StringIO(b"".join(rows[:3]).decode("utf-8-sig"))):
        workbook.active.append(row)
    workbook.save(file)
    yield file.read_bytes()


def updates() -> Iterator[bytes]:
    """What Telegram brings: a message, the same edited, a location, a button, and that somebody blocked the bot."""
    person = {"id": 7_000_000_001, "is_bot": False, "first_name": "Ali", "language_code": "tg"}
    chat = {"id": 7_000_000_001, "type": "private", "first_name": "Ali"}
    message = {"message_id": 5, "date": 1_700_000_000, "chat": chat, "from": person}
    text = {"text": "/start a-unpaid-wages", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}
    member = {"chat": chat, "from": person, "date": 1_700_000_000}
    states = {
        "old_chat_member": {"user": person, "status": "member"},
        "new_chat_member": {"user": person, "status": "left"},
    }
    for kind, what in (
        ("message", message | text),
        ("edited_message", message | text | {"edit_date": 1_700_000_001}),
        ("message", message | {"location": {"latitude": 43.2, "longitude": 76.9}}),
        (
            "callback_query",
            {"id": "1", "from": person, "chat_instance": "1", "message": message | text, "data": "menu"},
        ),
        ("my_chat_member", member | states),
    ):
        yield json.dumps({"update_id": 1, kind: what}).encode()
