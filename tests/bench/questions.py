"""What people ask in the measurements: questions of `content/exam/`, which nothing is trained on, in all languages."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from bot.content import Content
from bot.languages import LANGUAGES
from bot.paths import CONTENT


@dataclass(frozen=True)
class Question:
    """Something that a person writes."""

    text: str
    language: str


def questions(content: Content, each: int) -> list[Question]:
    """`each` questions of every language that have an answer, spread over the topics; the languages take turns."""
    chosen = [_of(language, content, each) for language in LANGUAGES]
    return [question for same in zip(*chosen, strict=True) for question in same]


def _of(language: str, content: Content, each: int) -> list[Question]:
    with (CONTENT / "exam" / f"{language}.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if set(row["label"].split("|")) <= set(content.answers)]
    return [Question(row["text"], language) for row in rows[:: len(rows) // each][:each]]
