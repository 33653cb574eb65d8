"""Takes out of a message whatever could tell who wrote it or about whom: numbers, links, addresses and names.

Rather a word too many than one too few: what is left must still be a question that staff can answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from linkify_it import LinkifyIt
from phonenumbers import Leniency, PhoneNumberMatcher

from bot.folding import fold
from bot.learning import names
from bot.learning.vocabulary import WORD, Vocabulary

LIMIT: Final = 500
"""Characters that are kept: the end, where the question in a long story nearly always is."""
GAP: Final = "…"
Span = tuple[int, int]

_PHONE_REGIONS: Final = ("RU", "KZ", "KG", "TJ", "UZ", "TR", "PL", "DE", "KR", "AE")
_NAMES_IN_A_ROW: Final = 3
_HANDLE: Final = re.compile(
    r"(?<!\S)(?:\S+ @ \S*|\S+ ?@ ?\S+\.\S+|\S*@\S*|\S*://\S*|\S*www\.\S*|\S*\w_\w\S*"
    r"|\S+ (?:at|собака|sobaka) \S+ (?:dot|точка|tochka) \S+)",
    re.IGNORECASE,
)
"""What linkify does not see: names of accounts, and addresses written with blanks or words."""
_NUMBER: Final = re.compile(r"(?<!\w)\w*\d(?:[\W_]{0,3}\d){4,}\w*")
"""Five digits or more, however they are grouped: phone, passport, card, account, date of birth."""
_CODE: Final = re.compile(r"(?<!\w)\w*(?:\d[^\W\d]*){4,}\d\w*")
"""As many digits with letters between them, such as a number plate."""
_SENTENCE_START: Final = frozenset('.!?:\n«"“')
_GAPS: Final = re.compile(rf"{GAP}(?:[\s,;:.()-]*{GAP})+")
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
"""Unicode categories of what nobody can see: it could split a number in two."""

_linkify = LinkifyIt(options={"fuzzy_ip": True})


class Scrubber:
    """Scrubs by one vocabulary: words in it are no names."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def scrub(self, text: str) -> str:
        """`text` on one line with a gap for everything removed, at most `LIMIT` characters."""
        clean = "".join(
            character
            for character in unicodedata.normalize("NFKC", text)
            if character.isspace() or unicodedata.category(character) not in _UNSEEN
        )
        clean = "\n".join(" ".join(line.split()) for line in clean.splitlines())
        clean = _without(clean, [*_links(clean), *_phones(clean), *_numbers(clean)])
        clean = _without(clean, self._names(clean))
        return _shortened(" ".join(_GAPS.sub(GAP, clean).split()))

    def _names(self, text: str) -> Iterator[Span]:
        matches = list(WORD.finditer(text))
        words = [fold(match.group()) for match in matches]
        capital = [match.group()[0].isupper() for match in matches]
        unknown = [not self._vocabulary.knows(word) for word in words]
        found = {
            position
            for position, word in enumerate(words)
            if (unknown[position] and (capital[position] or names.may_be_one(words, position)))
            or (_is_large_within_a_sentence(matches, position) and not self._vocabulary.is_proper(word))
        }
        goes_on = [
            (capital[position] or unknown[position])
            and not self._vocabulary.is_place(word)
            and not text[matches[position - 1].end() : matches[position].start()].strip(" -.")
            for position, word in enumerate(words)
        ]
        found |= _introduced(words, goes_on)
        found |= self._other_halves(words, capital, found)
        return (matches[position].span() for position in found)

    def _other_halves(self, words: Sequence[str], capital: Sequence[bool], found: set[int]) -> set[int]:
        """First names that are also words (Umid, Вера), given away by the family name beside them."""
        return {
            position
            for position, word in enumerate(words)
            if capital[position]
            and any(near in found and capital[near] for near in (position - 1, position + 1) if 0 <= near < len(words))
            and not self._vocabulary.is_place(word)
        }


def _is_large_within_a_sentence(matches: Sequence[re.Match[str]], position: int) -> bool:
    """True for Vera in "my friend Vera": a word written so is a name even where our texts have the word."""
    word = matches[position].group()
    if position == 0 or not word[0].isupper() or word.isupper() or word.startswith(("I'", "I’")):
        return False
    between = matches[position].string[matches[position - 1].end() : matches[position].start()]
    return _SENTENCE_START.isdisjoint(between)


def _introduced(words: Sequence[str], goes_on: Sequence[bool]) -> set[int]:
    """The word after an introduction whatever it is, and those after it with which the name goes on."""
    found: set[int] = set()
    for position in range(len(words)):
        if length := names.introduction(words, position):
            first = position + length
            while first < len(words) and words[first] in names.FILLERS:
                first += 1
            name = range(first, min(first + _NAMES_IN_A_ROW, len(words)))
            found |= set(takewhile(lambda place, first=first: place == first or goes_on[place], name))  # type: ignore[misc]
    return found


def _links(text: str) -> Iterator[Span]:
    for match in _linkify.match(text) or ():
        yield match.index, match.last_index
    yield from _spans(_HANDLE, text)


def _phones(text: str) -> Iterator[Span]:
    for region in _PHONE_REGIONS:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            yield match.start, match.end


def _numbers(text: str) -> Iterator[Span]:
    yield from _spans(_NUMBER, text)
    yield from _spans(_CODE, text)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))


def _without(text: str, spans: Iterable[Span]) -> str:
    """`text` with a gap in place of each span; spans may overlap."""
    parts, position = [], 0
    for start, end in sorted(spans):
        if end > position:
            parts += [text[position:start], GAP] if start >= position else []
            position = end
    return "".join([*parts, text[position:]])


def _shortened(text: str) -> str:
    """The last `LIMIT` characters, from the beginning of a word."""
    if len(text) <= LIMIT:
        return text
    return GAP + text[-LIMIT + 1 :].partition(" ")[2]
