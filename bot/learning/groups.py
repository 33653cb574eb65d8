"""Groups kept questions that ask for the same thing, so that staff deal with each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from rapidfuzz import fuzz, process

from bot.database.models import KeptQuestion
from bot.folding import fold
from bot.languages import Language

_ALIKE: Final = 70.0
"""Likeness, of 100, of two questions that belong together."""
_SUGGESTED: Final = 3


@dataclass(frozen=True)
class Group:
    """Questions like each other, oldest first; `suggested` are ids of answers that come close to most of them."""

    questions: tuple[KeptQuestion, ...]

    @property
    def language(self) -> Language:
        """The language of most of them."""
        return cast("Language", Counter(question.language for question in self.questions).most_common(1)[0][0])

    @property
    def suggested(self) -> list[str]:
        """Answers found by words for these questions, those found most often first."""
        found = Counter(candidate for question in self.questions for candidate in question.candidates)
        return [candidate for candidate, _ in found.most_common(_SUGGESTED)]

    @property
    def ids(self) -> list[int]:
        """What `delete_kept` wants."""
        return [question.id for question in self.questions]


def groups(rows: Sequence[KeptQuestion]) -> list[Group]:
    """The questions, grouped by likeness: two are together when each is like the next in some chain between them.

    The largest group comes first, then the one with the oldest question. Works on a thousand questions in about a
    second; do it in a thread.
    """
    ordered = sorted(rows, key=lambda row: row.id)
    left = {position: fold(row.text) for position, row in enumerate(ordered)}
    found = []
    while left:
        chain = [next(iter(left))]
        reached = {chain[0]: left.pop(chain[0])}
        for position in chain:
            near = process.extract(
                reached[position], left, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE, limit=None
            )
            for text, _, other in near:
                reached[other] = text
                chain.append(other)
                del left[other]
        found.append(Group(tuple(ordered[position] for position in sorted(chain))))
    return sorted(found, key=lambda group: (-len(group.questions), group.ids[0]))
