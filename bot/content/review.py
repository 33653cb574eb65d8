"""What needs attention in content that is well formed: reviews due, missing languages, too few or odd questions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bot.content import questions
from bot.content.guides import Guide
from bot.content.library import Library
from bot.content.model import Answer, Content, State
from bot.content.problems import Problem, Severity
from bot.languages import LANGUAGES

GRACE: Final = timedelta(days=30)
"""How long an answer may be overdue before `musafir check` fails."""
LEAST_QUESTIONS: Final = 12
_LONG_NUMBER: Final = re.compile(r"\+\d[\d ()-]{6,}\d|\b\d{3}[ -]\d{2}[ -]\d{2}\b")


def check(content: Content, library: Library, today: date) -> list[Problem]:
    """Problems and warnings about `content`, as of `today`."""
    root = library.root
    problems = [problem for answer in content.answers.values() for problem in _answer(answer, root, library, today)]
    problems += questions.check(content, library)
    problems += [problem for guide in content.guides.values() for problem in _guide(guide, library, today)]
    for folder in ("topics", "needs", "dialogue", "safety", "pages"):
        known = getattr(content, folder)
        problems += [
            Problem(root / folder / f"{language}.yml", 1, "not there in this language", "write it", Severity.WARNING)
            for language in LANGUAGES
            if language not in known
        ]
    return problems


def _answer(answer: Answer, root: Path, library: Library, today: date) -> Iterator[Problem]:
    folder = root / "answers" / answer.topic / answer.id
    yield from _overdue(folder / "answer.yml", answer.facts.review_by, library, today)
    for language in LANGUAGES:
        file = folder / f"{language}.md"
        state = answer.state(language)
        if state is State.MISSING:
            yield Problem(file, 1, "the translation is missing", "write it", Severity.WARNING)
            continue
        text = answer.texts[language]
        if state is State.OUTDATED:
            remedy = f"compare it with en.md, then run `musafir translations stamp --lang {language} {answer.id}`"
            yield Problem(file, 1, "the English text has changed since", remedy, Severity.WARNING)
        if len(text.questions) < LEAST_QUESTIONS:
            what = f"{len(text.questions)} questions"
            yield Problem(
                file, library.line(file, "questions"), what, f"write at least {LEAST_QUESTIONS}", Severity.WARNING
            )
        if number := _LONG_NUMBER.search(text.body):
            line = library.line(file, "body") + text.body[: number.start()].count("\n")
            yield Problem(file, line, f"a phone number in the text ({number[0]})", "move it to contacts.csv")


def _guide(guide: Guide, library: Library, today: date) -> Iterator[Problem]:
    folder = library.root / "guides" / guide.id
    yield from _overdue(folder / "guide.yml", guide.logic.review_by, library, today)
    for language in LANGUAGES:
        if not (folder / f"{language}.yml").exists():
            yield Problem(folder / f"{language}.yml", 1, "the translation is missing", "write it", Severity.WARNING)


def _overdue(file: Path, review_by: date, library: Library, today: date) -> Iterator[Problem]:
    if today > review_by:
        yield Problem(
            file,
            library.line(file, "review_by"),
            f"the review was due on {review_by}",
            "compare the text with its sources and set as_of and review_by",
            Severity.ERROR if today - review_by > GRACE else Severity.WARNING,
        )
