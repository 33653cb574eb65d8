"""Risk words: rules that recognise danger before anything else, with neither Rasa nor the database.

The patterns are in `content/safety/<lang>.yml`; `content/README.md` says how to write them. All languages are matched
together, since a frightened person writes in whichever comes first.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Literal

from bot.content import Content
from bot.folding import fold

Risk = Literal["self_harm", "emergency"]
_KINDS: tuple[Risk, ...] = ("self_harm", "emergency")
_REMEMBERED = 1_000


@dataclass(frozen=True)
class Pattern:
    """A risk pattern over folded words. `open_words` may have any ending; `whole` is the only thing in its message."""

    words: tuple[str, ...]
    open_words: tuple[bool, ...]
    whole: bool

    @classmethod
    def parse(cls, written: str) -> Pattern:
        """Read a pattern as `content/README.md` describes it."""
        words: list[str] = []
        open_words: list[bool] = []
        for word in written.lstrip("= ").split():
            pieces = fold(word.rstrip("*")).split()
            words += pieces
            open_words += [False] * (len(pieces) - 1) + [word.endswith("*")] if pieces else []
        return cls(tuple(words), tuple(open_words), written.startswith("="))

    def matches(self, message: list[str], position: int) -> bool:
        """True when the pattern stands in the folded words of a message at `position`."""
        if self.whole and (position > 0 or len(message) != len(self.words)):
            return False
        here = message[position : position + len(self.words)]
        return len(here) == len(self.words) and all(
            said.startswith(word) if is_open else said == word
            for said, word, is_open in zip(here, self.words, self.open_words, strict=True)
        )


class RiskWords:
    """The patterns of all languages, ready to match. Build anew when the content changes.

    They are found by their first word, so that only those are compared that begin like a word of the message.
    """

    def __init__(self, content: Content) -> None:
        self._whole: defaultdict[str, list[tuple[Risk, Pattern]]] = defaultdict(list)
        self._open: defaultdict[str, list[tuple[Risk, Pattern]]] = defaultdict(list)
        """By the beginning of a first word that may have any ending."""
        for kind in _KINDS:
            for texts in content.safety.values():
                for pattern in map(Pattern.parse, getattr(texts, kind)):
                    if pattern.words:
                        index = self._open if pattern.open_words[0] else self._whole
                        index[pattern.words[0]].append((kind, pattern))
        self._lengths = sorted({len(beginning) for beginning in self._open})
        self._found: OrderedDict[int, Risk | None] = OrderedDict()
        """What was found last, by Python's hash of the text: a message is looked at again when its turn comes."""

    def find(self, text: str) -> Risk | None:
        """The risk that `text` speaks of. Self-harm goes before emergency: its card names both kinds of help."""
        key = hash(text)
        if key in self._found:
            return self._found[key]
        found = self._found[key] = self._find(text)
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return found

    def _find(self, text: str) -> Risk | None:
        message = fold(text).split()
        found: Risk | None = None
        for position, word in enumerate(message):
            for kind, pattern in self._beginning_with(word):
                if pattern.matches(message, position):
                    if kind == "self_harm":
                        return kind
                    found = kind
        return found

    def _beginning_with(self, word: str) -> list[tuple[Risk, Pattern]]:
        found = list(self._whole.get(word, ()))
        for length in self._lengths:
            if patterns := self._open.get(word[:length]):
                found += patterns
        return found
