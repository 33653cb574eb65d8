"""What needs attention in content that is well formed: reviews due, missing languages, too few or odd questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bot.content import exam, questions
from bot.content.guides import Guide
from bot.content.library import Library
from bot.content.model import Answer, Content, State, Translated, is_signed
from bot.content.problems import Problem, Severity
from bot.languages import DEFAULT, LANGUAGES, Language

GRACE: Final = timedelta(days=30)
"""How long an answer may be overdue before `musafir check` fails."""
LEAST_QUESTIONS: Final = 12
_LONG_NUMBER: Final = re.compile(r"\+\d[\d ()-]{6,}\d|\b\d{3}[ -]\d{2}[ -]\d{2}\b")


def check(content: Content, library: Library, today: date, only: Set[Path] | None = None) -> list[Problem]:
    """Problems and warnings about `content`, as of `today`; about the files `only`, if given."""
    root = library.root
    problems = [problem for answer in content.answers.values() for problem in _answer(answer, root, library, today)]
    problems += questions.check(content, library, only)
    problems += exam.check(content, library) if only is None else ()
    problems += [problem for guide in content.guides.values() for problem in _guide(guide, library, today)]
    for item in content.translated().values():
        problems += [problem for language in LANGUAGES for problem in _translation(item, language, library)]
    for folder in ("topics", "needs", "dialogue"):
        known = getattr(content, folder)
        problems += [
            Problem(root / folder / f"{language}.yml", 1, "not there in this language", "write it", Severity.WARNING)
            for language in LANGUAGES
            if language not in known
        ]
    return [problem for problem in problems if only is None or problem.file in only]


def _answer(answer: Answer, root: Path, library: Library, today: date) -> Iterator[Problem]:
    folder = root / "answers" / answer.topic / answer.id
    yield from _overdue(folder / "answer.yml", answer.facts.review_by, library, today)
    for language in LANGUAGES:
        if language not in answer.texts:
            continue
        file, text = root / answer.file(language), answer.texts[language]
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


def _translation(item: Translated, language: Language, library: Library) -> Iterator[Problem]:
    file = library.root / item.file(language)
    text = item.texts.get(language)
    if text is None:
        if library.words(file) is None:
            yield Problem(file, 1, "the translation is missing", "write it", Severity.WARNING)
        return
    if item.state(language) is State.OUTDATED:
        english = item.file(DEFAULT).name
        remedy = f"compare it with {english}, then run `musafir translations stamp --lang {language} {item.id}`"
        yield Problem(file, 1, "the English text has changed since", remedy, Severity.WARNING)
    if text.status == "reviewed" and not is_signed(text):
        what = f"changed since {text.reviewed_by} reviewed it on {text.reviewed_on}, so it counts as a draft"
        remedy = f"have it read again, then run `musafir translations review --lang {language} --by NAME {item.id}`"
        yield Problem(file, library.line(file, "reviewed_on"), what, remedy, Severity.WARNING)


def _overdue(file: Path, review_by: date, library: Library, today: date) -> Iterator[Problem]:
    if today > review_by:
        yield Problem(
            file,
            library.line(file, "review_by"),
            f"the review was due on {review_by}",
            "compare the text with its sources and set as_of and review_by",
            Severity.ERROR if today - review_by > GRACE else Severity.WARNING,
        )
