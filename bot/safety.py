"""Risk words: rules that recognise danger before anything else, with neither Rasa nor the database.

The patterns are in `content/safety/<lang>.yml`; `content/README.md` says how to write them. All languages are matched
together, since a frightened person writes in whichever comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from bot.content import Content
from bot.folding import fold

Risk = Literal["self_harm", "emergency"]


class RiskWords:
    """The compiled patterns of all languages. Build anew when the content changes."""

    def __init__(self, content: Content) -> None:
        self._rules: list[tuple[Risk, re.Pattern[str]]] = []
        kinds: tuple[Risk, ...] = ("self_harm", "emergency")
        for kind in kinds:
            patterns = [pattern for texts in content.safety.values() for pattern in getattr(texts, kind)]
            if expression := _expression(patterns):
                self._rules.append((kind, expression))

    def find(self, text: str) -> Risk | None:
        """The risk that `text` speaks of. Self-harm goes before emergency: its card names both kinds of help."""
        folded = fold(text)
        return next((kind for kind, expression in self._rules if expression.search(folded)), None)


def _expression(patterns: Iterable[str]) -> re.Pattern[str] | None:
    parts = [part for pattern in patterns if (part := _part(pattern))]
    return re.compile("|".join(sorted(set(parts)))) if parts else None


def _part(pattern: str) -> str:
    """One pattern as a regular expression over folded text; empty when nothing is left of it after folding."""
    whole = pattern.startswith("=")
    words = []
    for word in pattern.lstrip("= ").split():
        ending = r"[a-z0-9]*" if word.endswith("*") else ""
        # Folding may split a written word ("e-mail"); the pieces then stand side by side as they do in messages.
        folded = fold(word.rstrip("*"))
        if folded:
            words.append(re.escape(folded).replace(r"\ ", " ") + ending)
    if not words:
        return ""
    phrase = " ".join(words)
    return f"^{phrase}$" if whole else rf"(?<![a-z0-9]){phrase}(?![a-z0-9])"
