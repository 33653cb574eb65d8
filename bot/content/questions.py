"""What must hold between training questions: one belongs to one answer, and a file is in its own language."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.content.library import Library
from bot.content.model import Answer, Content
from bot.content.problems import Problem
from bot.folding import fold as fold_anew
from bot.languages import OWN_NAMES, Language

FOREIGN_SHARE: Final = 0.5
"""A file is in the wrong language when this share of its questions reads better in another one. People mix in Russian
and borrow words, so single questions prove nothing."""
CLEARLY: Final = 1.5
"""A question reads better in another language when that knows this many times more of its words."""
LEAST_WORDS: Final = 3
LEAST_QUESTIONS: Final = 6

Texts = dict[tuple[str, Language], list[str]]

fold = lru_cache(maxsize=200_000)(fold_anew)
"""Of our own questions only: what people write is never kept."""


def check(content: Content, library: Library, only: Set[Path] | None = None) -> Iterator[Problem]:
    """Questions that stand under two answers, and files that are in another language than their name says.

    With `only`, the languages of other files are not judged, which takes most of the time.
    """
    yield from _doubles(content, library, only)
    yield from _wrong_language(content, library, only)


def _doubles(content: Content, library: Library, only: Set[Path] | None) -> Iterator[Problem]:
    """The second place is to blame, unless only the first was changed."""
    seen: dict[tuple[Language, str], tuple[str, Path, int]] = {}
    for answer in content.answers.values():
        for language, text in answer.texts.items():
            file = _file(answer, language, library)
            for position, question in enumerate(text.questions):
                here = (answer.id, file, position)
                other = seen.setdefault((language, fold(question)), here)
                if other[0] == answer.id:
                    continue
                if only is not None and file not in only:
                    here, other = other, here
                yield Problem(
                    here[1],
                    library.line(here[1], "questions", here[2]),
                    f"the same question stands under {other[0]}",
                    "leave it where a person who asks it should land, and remove it here",
                )


def _wrong_language(content: Content, library: Library, only: Set[Path] | None) -> Iterator[Problem]:
    texts = {
        (answer.id, language): [fold(question) for question in text.questions]
        for answer in content.answers.values()
        for language, text in answer.texts.items()
    }
    files_with = _files_with(texts)
    for (id_, language), questions in texts.items():
        file = _file(content.answers[id_], language, library)
        if only is not None and file not in only:
            continue
        long = [words for question in questions if len(words := question.split()) >= LEAST_WORDS]
        better = Counter(other for words in long if (other := _reads_better(words, language, id_, files_with)))
        if len(long) >= LEAST_QUESTIONS and better.total() >= FOREIGN_SHARE * len(long):
            name = OWN_NAMES[better.most_common(1)[0][0]]
            what = f"most of these questions read like {name}, not {OWN_NAMES[language]}"
            yield Problem(file, library.line(file, "questions"), what, "write them in the language of the file")


def _files_with(texts: Texts) -> dict[Language, dict[str, set[str]]]:
    """For each language, the answers in whose questions a word occurs."""
    known: dict[Language, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (id_, language), questions in texts.items():
        for question in questions:
            for word in question.split():
                known[language][word].add(id_)
    return known


def _reads_better(
    words: list[str], language: Language, id_: str, known: dict[Language, dict[str, set[str]]]
) -> Language | None:
    """Another language that knows clearly more of `words`; the file itself does not count as knowing them."""
    counts = Counter(
        {other: sum(bool(of[word] - {id_}) for word in words if word in of) for other, of in known.items()}
    )
    best = counts.most_common(1)[0][0]
    return best if best != language and counts[best] >= CLEARLY * (counts[language] + 1) else None


def _file(answer: Answer, language: Language, library: Library) -> Path:
    return library.root / "answers" / answer.topic / answer.id / f"{language}.md"
