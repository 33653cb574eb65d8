"""How people name people, in six languages: what stands before, beside and at the end of a name.

All comparing is done on folded words (`bot.folding`), so one spelling stands for Cyrillic and Latin letters alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import OSA

from bot.folding import fold

INTRODUCTIONS: Final = tuple(
    tuple(fold(phrase).split())
    for phrase in (
        *("my name is", "my nam is", "my naem is", "my name", "his name is", "her name is", "name is", "i am called"),
        *("my surname is", "surname", "named", "мое имя", "меня зовут", "его зовут", "ее зовут", "зовут", "звать"),
        *("по имени", "моя фамилия", "по фамилии", "менің атым", "атым", "есімім", "аты жөнім", "менин атым"),
        *("ысымым", "аты жөнүм", "фамилиям", "номи ман", "номам", "номи мо", "исми ман", "исмам", "насабам"),
        *("номаш", "исмаш", "исми", "исмим", "менинг исмим", "mening ismim", "ismim", "ismi", "familiyam", "otim"),
        *("street", "улица", "улице", "ул", "проспект", "микрорайон", "кӯчаи"),
    )
)
"""After one of these a name follows, of a person or a street, whatever it looks like."""

FILLERS: Final = frozenset(map(fold, ("is", "это", "бу", "ин", "s")))
"""May stand between an introduction and the name."""

BEFORE_A_NAME: Final = frozenset(
    fold(word)
    for word in (
        *("am", "im", "iam", "mr", "mrs", "miss", "я", "мен", "ман", "men", "man"),
        *("имя", "фамилия", "name", "surname", "аты", "оти", "ном", "номи", "насаб"),
    )
)
"""A name may follow: a word that nobody would write otherwise is taken for one."""

BESIDE_A_NAME: Final = frozenset(
    fold(word)
    for word in (
        *("brother", "sister", "husband", "wife", "son", "daughter", "cousin", "uncle", "aunt", "friend", "boss"),
        *("foreman", "called", "nephew", "niece", "mother", "father", "neighbour", "neighbor"),
        *("брат", "брата", "брату", "братом", "братан", "сестра", "сестру", "сестре", "муж", "мужа", "мужу", "жена"),
        *("жену", "жене", "сын", "сына", "сыну", "дочь", "дочка", "дочку", "дядя", "тетя", "друг", "друга", "подруга"),
        *("начальник", "бригадир", "прораб", "хозяин", "хозяйка", "директор", "мастер", "племянник", "сосед"),
        *("ағам", "аға", "әпке", "әпкем", "апа", "апам", "көке", "інім", "қарындасым", "күйеуім", "әйелім", "ұлым"),
        *("қызым", "досым", "деген", "дейтін", "есімді", "байке", "эже", "эжем", "иним", "карындашым", "күйөөм"),
        *("аялым", "уулум", "уулу", "кызым", "кызы", "улы", "досум", "аттуу", "ака", "акам", "ука", "укам", "апам"),
        *("додар", "додарам", "бародар", "бародарам", "хоҳар", "хоҳарам", "апаам", "шавҳарам", "занам", "писарам"),
        *("духтарам", "дӯстам", "амак", "амаки", "хола", "янга", "ном", "опа", "opam", "uka", "ukam", "singlim"),
        *("erim", "xotinim", "ogʻlim", "oʻgʻli", "qizim", "qizi", "doʻstim", "jiyanim", "degan", "ismli", "xoʻjayin"),
        *("көшесі", "көшесінде", "көчөсү", "көчөсүндө", "koʻchasi", "koʻchasida"),
    )
)
"""Kin, titles and the like: a name may stand on either side."""

_CASE: Final = r"(?:a?(?:ga|ka|da|dan|tan|ta|ni|nin|ning|din|di|lar|ro|ra|niki|nih)?)"
_FAMILY: Final = re.compile(
    rf"[a-z]{{2,}}(?:[oe]v(?:oi|im|ih|imi|u|e|i|{_CASE})?|[oe]vich{_CASE}|[oe]vn(?:oi|u|e|i|{_CASE})"
    rf"|(?:z[ao]d[ae]|[uo]g?li|ul[iu]|k[iy]zi|gizi){_CASE})"
)
_FUZZY_FROM: Final = 5
_ALIKE: Final = 0.8


def may_be_one(words: Sequence[str], position: int) -> bool:
    """True when the folded word at `position`, unknown otherwise, ends or stands as names do."""
    before = words[position - 1] if position else ""
    after = words[position + 1] if position + 1 < len(words) else ""
    beside = before in BEFORE_A_NAME or not BESIDE_A_NAME.isdisjoint((before, after))
    return beside or like_a_family_name(words[position])


def introduction(words: Sequence[str], position: int) -> int:
    """How many of the folded `words` at `position` introduce a name; 0 when they do not."""
    lengths = (
        len(phrase)
        for phrase in INTRODUCTIONS
        if len(phrase) <= len(words) - position
        and all(_alike(phrase[offset], words[position + offset]) for offset in range(len(phrase)))
    )
    return max(lengths, default=0)


def like_a_family_name(word: str) -> bool:
    """True when a folded word ends as family names and patronymics do, in any case."""
    return _FAMILY.fullmatch(word) is not None


def _alike(known: str, written: str) -> bool:
    if known == written:
        return True
    return len(known) >= _FUZZY_FROM and OSA.normalized_similarity(known, written) >= _ALIKE
