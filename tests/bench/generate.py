"""A country's worth of everything, made up: ten times the answers, a million people, 20,000 contacts."""

from __future__ import annotations

import csv
import itertools
import random
import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml

from bot.database import Database
from bot.languages import LANGUAGES

TIMES: Final = 10
PEOPLE: Final = 1_000_000
CONTACTS: Final = 20_000
QUESTIONS_SHARE: Final = 10
"""A generated answer has every n-th question of its model: all of them would mean an hour of training."""
INVENTED: Final = 2
"""Invented words in each question of a generated answer, which tell it from its model."""
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def answers(content: Path) -> None:
    """Add to a content folder nine more answers for each that is there: its text, and questions about other things."""
    chance = random.Random(1)
    for folder in sorted((content / "answers").glob("*/*")):
        for number in range(1, TIMES):
            copy = folder.with_name(f"{folder.name}-{number}")
            copy.mkdir()
            shutil.copy2(folder / "answer.yml", copy)
            words = [_word(chance) for _ in range(INVENTED)]
            for file in folder.glob("*.md"):
                (copy / file.name).write_text(
                    _other_questions(file.read_text(encoding="utf-8"), words), encoding="utf-8"
                )


def _other_questions(text: str, words: list[str]) -> str:
    _, front, body = text.split("---\n", 2)
    facts = yaml.load(front, _LOADER)
    facts["title"] = f"{facts['title'][:40]} {words[0]}"
    facts["questions"] = [" ".join([*words, question]) for question in facts["questions"][::QUESTIONS_SHARE]]
    return f"---\n{yaml.dump(facts, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=1000)}---\n{body}"


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bdgklmnprstvz") + chance.choice("aeiou") for _ in range(4))


def contacts(content: Path) -> None:
    """Let `contacts.csv` have `CONTACTS` rows: those that are there, again and again under other names."""
    file = content / "contacts.csv"
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        for number, row in zip(range(CONTACTS), itertools.cycle(rows), strict=False):
            again = {} if number < len(rows) else {
                "id": f"C{number + 1:05}", "organisation": f"{row['organisation']} {number}"
            }  # fmt: skip
            writer.writerow(row | again)


async def people(file: Path) -> None:
    """Create the database and put `PEOPLE` people into it who were here today."""
    file.parent.mkdir(exist_ok=True)
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.migrate()
    await database.close()
    today = datetime.now(UTC).date().isoformat()
    rows = (
        (secrets.token_hex(32), language, "abroad", "TJ", "RU", today)
        for language, _ in zip(itertools.cycle(LANGUAGES), range(PEOPLE), strict=False)
    )
    columns = "pseudonym, language, stage, country_from, country_to, seen_on"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(f"INSERT INTO people ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
