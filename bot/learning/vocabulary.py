"""The words that the bot's own texts use, and places: what is not a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from babel import Locale
from pydantic import BaseModel

from bot.content import Content
from bot.folding import fold
from bot.languages import LANGUAGES
from bot.learning.names import like_a_family_name
from bot.training.gazetteer import cities

WORD: Final = re.compile(r"[^\W\d_]+(?:['`ʻʼ’‘][^\W\d_]+)*")
_ENDING: Final = re.compile(
    r"(?:i?[dt]?[ae]n?(?:gi|gilar|m[ai]n|miz|siz)?|[gkh]?[ae]|n[iu]n?g?|[dt][iu]n?g?|li[kg]|lu[kg]|ro|am|ho"
    r"|i|u|iu|ia|ii|oi|oiu|om|ei|em)"
)
"""Of the names of places in our languages, folded."""
_LONGEST_ENDING: Final = 8
_SHORTEST_PLACE: Final = 3
_SHORTEST_STEM: Final = 4
_VOWELS: Final = "aeiou"
_LONGEST_ACRONYM: Final = 5
_HOME: Final = frozenset(("KG", "KZ", "RU", "TJ", "TM", "UZ"))
_FIRST_NAMES: Final = frozenset(
    ("abai", "ahmad", "ali", "alia", "anna", "bahrom", "elena", "hasan", "jana", "madina", "malika", "maria", "ulan")
)
"""Names of very many people that are also places, or look like a place with an ending (Mali, Малика)."""


class Vocabulary:
    """Folded words. Building one takes some seconds; do it in a thread, and anew when the content changes."""

    def __init__(self, content: Content) -> None:
        edited = {word for text in _edited(content) for word in WORD.findall(text)}
        examples = {word for text in _examples(content) for word in WORD.findall(text)}
        self._words = _folded(edited) | _folded(filter(_is_no_name, examples))
        self._large = _folded(word for word in edited if word[0].isupper())
        self._places = _places(_folded(examples))
        stems = {place[:-1] for place in self._places if place[-1] in _VOWELS and len(place) > _SHORTEST_STEM}
        self._beginnings = self._places | stems

    def knows(self, word: str) -> bool:
        """True for a folded word that our texts use, and for a place."""
        return word in self._words or self.is_place(word)

    def is_proper(self, word: str) -> bool:
        """True for a folded word that may have a capital letter within a sentence without being a person's name."""
        return word in self._large or self.is_place(word)

    def is_place(self, word: str) -> bool:
        """True for a place as it is called, or with an ending in any of our languages. `word` is folded."""
        if word in self._places or word in _FIRST_NAMES:
            return word not in _FIRST_NAMES
        beginnings = {word[:length] for length in range(max(_SHORTEST_PLACE, len(word) - _LONGEST_ENDING), len(word))}
        if like_a_family_name(word):  # Саратове is a form of Саратов, but Ивановой none of Иваново
            beginnings = set(filter(like_a_family_name, beginnings & self._places))
        return any(_ENDING.fullmatch(word, len(beginning)) for beginning in beginnings & self._beginnings)


def _is_no_name(word: str) -> bool:
    """People in example questions have names, which are written with a capital letter."""
    return word[0].islower() or (word.isupper() and 1 < len(word) <= _LONGEST_ACRONYM) or word[:2] in ("I'", "I’")


def _folded(words: Iterable[str]) -> set[str]:
    """All words at once: that is many times faster than one by one."""
    return set(fold(" ".join(words)).split())


def _edited(content: Content) -> Iterator[str]:
    """Texts in which nobody has a name."""
    for answer in content.answers.values():
        for text in answer.texts.values():
            yield from _strings(text.model_dump(exclude={"questions", "reviewed_by"}))
    models: list[BaseModel] = [texts for guide in content.guides.values() for texts in guide.texts.values()]
    models += [*content.pages.values(), *(need for needs in content.needs.values() for need in needs.values())]
    for model in models:
        yield from _strings(model.model_dump(exclude={"reviewed_by"}))
    yield from _strings(content.topics)


def _strings(value: object) -> Iterator[str]:
    """All texts in nested mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _examples(content: Content) -> Iterator[str]:
    """What people write, names included."""
    for answer in content.answers.values():
        for text in answer.texts.values():
            yield from text.questions
    for examples in content.dialogue.values():
        yield from (line for lines in examples.values() for line in lines)
    for safety in content.safety.values():
        yield from (*safety.emergency, *safety.self_harm)


def _places(examples: set[str]) -> set[str]:
    """Folded names of places. A part of a name of several words counts when people write it."""
    whole: set[str] = set()
    parts: set[str] = set()
    for spelling, (city, country) in cities().items():
        name = fold(spelling)
        if " " not in name and (not like_a_family_name(name) or name == fold(city)):
            whole.add(name)
        elif spelling == city or country in _HOME:
            parts |= set(name.split())
    return whole | (parts & examples) | _calendar_and_countries()


def _calendar_and_countries() -> set[str]:
    """Other names with a capital letter that are nobody's: countries, languages, months, days."""
    names: set[str] = set()
    for language in LANGUAGES:
        locale = Locale.parse(language)
        names |= {str(name) for name in (*locale.territories.values(), *locale.languages.values())}
        names |= set(locale.months["format"]["wide"].values()) | set(locale.days["format"]["wide"].values())
    return _folded(word for name in names for word in WORD.findall(name))
