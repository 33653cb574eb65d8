"""The exam: questions that nothing is trained on, in `content/exam/<lang>.csv`. It decides whether a model is worse.

A question that the bot was also trained on proves nothing, and one with a wrong label proves the contrary.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.content.library import Library
from bot.content.model import Content
from bot.content.problems import Problem
from bot.content.questions import fold
from bot.content.schema import Intent
from bot.languages import LANGUAGES, Language

COLUMNS: Final = ["text", "label", "style"]


@dataclass(frozen=True)
class ExamRow:
    """A question, its right label (`|` between several, the best first), and in which style it is written."""

    text: str
    label: str
    style: str
    language: Language
    line: int


def read(root: Path) -> list[ExamRow]:
    """All questions of the exam under the content folder `root`; none when there is no exam."""
    return [row for language in LANGUAGES for row in _read(root, language)[0]]


def check(content: Content, library: Library) -> Iterator[Problem]:
    """Wrong columns, unknown labels, doubles, and questions that the bot is trained on."""
    answers = {folder.name for folder in library.root.glob("answers/*/*/")}
    labels = answers | {intent.value for intent in Intent}
    trained = _trained(content)
    for language in LANGUAGES:
        rows, problems = _read(library.root, language)
        yield from problems
        file, seen = _file(library.root, language), dict[str, int]()
        for row in rows:
            folded = fold(row.text)
            if unknown := set(row.label.split("|")) - labels:
                what = f"unknown label {', '.join(sorted(unknown))!r}"
                yield Problem(file, row.line, what, "use the name of an answer's folder, or of a dialogue intent")
            if not row.text.strip():
                yield Problem(file, row.line, "no question", "write one, or remove the row")
            elif folded in trained:
                what = f"the bot is trained on this question ({trained[folded]})"
                yield Problem(file, row.line, what, "write it differently here: it must be new to the bot")
            elif seen.setdefault(folded, row.line) != row.line:
                yield Problem(file, row.line, f"the same question as in line {seen[folded]}", "remove one of them")


def _read(root: Path, language: Language) -> tuple[list[ExamRow], list[Problem]]:
    file = _file(root, language)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if list(reader.fieldnames or ()) != COLUMNS:
                return [], [Problem(file, 1, "wrong columns", f"the first line is {','.join(COLUMNS)}")]
            rows, problems = list[ExamRow](), list[Problem]()
            for record in reader:
                if None in record or None in record.values():
                    what = "not three columns"
                    problems.append(Problem(file, reader.line_num, what, "put quotes around a text with commas"))
                else:
                    rows.append(ExamRow(**record, language=language, line=reader.line_num))
            return rows, problems
    except FileNotFoundError:
        return [], []
    except UnicodeDecodeError:
        return [], [Problem(file, 1, "not UTF-8", "save the file as UTF-8 text")]
    except csv.Error as error:
        return [], [Problem(file, reader.line_num, f"not CSV ({error})", "correct the quotes in this line")]


def _trained(content: Content) -> dict[str, str]:
    """Folded training question of any language → the label it teaches."""
    trained: dict[str, str] = {}
    for examples in content.dialogue.values():
        for intent, texts in examples.items():
            trained |= {fold(text): intent.value for text in texts}
    for answer in content.answers.values():
        for text in answer.texts.values():
            trained |= {fold(question): answer.id for question in [text.title, *text.questions]}
    return trained


def _file(root: Path, language: Language) -> Path:
    return root / "exam" / f"{language}.csv"
