"""Search by words over titles and questions: what the bot falls back on while Rasa is away."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.content import Content
from bot.folding import fold
from bot.rasa.steps import Candidate

_LEAST_SCORE = 55.0


class WordSearch:
    """An index in memory. Build anew when the content changes."""

    def __init__(self, content: Content) -> None:
        self._answers: list[str] = []
        self._texts: list[str] = []
        for answer in content.answers.values():
            for text in answer.texts.values():
                for line in (text.title, *text.questions):
                    self._answers.append(answer.id)
                    self._texts.append(_folded(line))

    def find(self, text: str, most: int = 3) -> list[Candidate]:
        """The answers whose questions look most like `text`, best first; `confidence` is a likeness from 0 to 1."""
        matches = process.extract(
            fold(text)[:500], self._texts, scorer=fuzz.token_sort_ratio, score_cutoff=_LEAST_SCORE, limit=50
        )
        best: dict[str, float] = {}
        for _, score, position in matches:
            best.setdefault(self._answers[position], score / 100)
        return [Candidate(label=label, confidence=score) for label, score in best.items()][:most]


@lru_cache(maxsize=100_000)
def _folded(question: str) -> str:
    """What staff wrote is folded once, not at every edit: seconds for all. What people write is not kept here."""
    return fold(question)
