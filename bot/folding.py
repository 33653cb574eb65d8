"""One normalisation of spelling, used for training, recognition, risk words and search alike.

People type қ as к, ҷ as ч or j, oʻ as o, and Cyrillic languages in Latin letters. `fold` brings the spellings of a
word together on a small Latin alphabet; it is for comparing only and never shown to anybody.

The Rasa half imports this module too (see `nlu/components`), so it runs on Python 3.10 and needs only `anyascii`.
"""

import re

from anyascii import anyascii

# Applied in this order to transliterated lower-case text. Left: what different people type for one sound.
_SPELLINGS = [
    (re.compile(r"['`ʻʼ’]"), ""),
    (re.compile(r"shch"), "sh"),
    (re.compile(r"d?zh|dj"), "j"),
    (re.compile(r"kh|x"), "h"),
    (re.compile(r"gh"), "g"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q"), "k"),
    (re.compile(r"w"), "v"),
    (re.compile(r"ts"), "c"),
    (re.compile(r"\bye|(?<=[aeiou])ye"), "e"),
    (re.compile(r"y"), "i"),
    (re.compile(r"([a-z])\1+"), r"\1"),
]
_APOSTROPHES = re.compile(r"(?<=\w)['`ʻʼ’‘](?=\w)")
_LETTERS = str.maketrans({"ў": "o"})  # Uzbek ў is oʻ in Latin letters; anyascii reads the Belarusian letter
_WORD = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Return `text` as lower-case Latin words separated by single spaces, with spelling variants brought together.

    >>> fold("Қарызымды қайтармайды") == fold("karyzymdy kaitarmaidy")
    True
    >>> fold("Ҳужжатларим, oʻgʻlim!")
    'hujatlarim oglim'
    """
    return " ".join(_WORD.findall(_spelled_alike(text)))


def fold_each(words: list[str]) -> list[str]:
    """Fold words, none of which has a line break: as one text, since most of the time goes into beginning to fold."""
    return [" ".join(_WORD.findall(word)) for word in _spelled_alike("\n".join(words)).split("\n")] if words else []


def _spelled_alike(text: str) -> str:
    folded = anyascii(_APOSTROPHES.sub("", text.casefold().translate(_LETTERS))).lower()
    for pattern, replacement in _SPELLINGS:
        folded = pattern.sub(replacement, folded)
    return folded
