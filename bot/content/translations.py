"""Keeps translations tied to the English text they say, and reviews to the text that somebody read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from bot.content import edit
from bot.content.edit import Value
from bot.content.model import Translated, text_hash
from bot.content.yamlfile import Path as Place
from bot.errors import MusafirError
from bot.languages import DEFAULT, Language

UNREVIEWED: Final[Mapping[Place, Value]] = {
    ("status",): "draft",
    ("reviewed_by",): None,
    ("reviewed_on",): None,
    ("reviewed_hash",): None,
}
"""What takes a review back, as `edit.set_values` wants it."""


def sign_off(item: Translated, language: Language, by: str, on: date) -> dict[Place, Value]:
    """What confirms that `by` has read the text as it is now, and that it says the English: for `edit.set_values`.

    Raises `MusafirError` for an empty name and for a text that is missing.
    """
    text = item.texts.get(language)
    if text is None:
        raise MusafirError(f"{item.id} has no text in {language}", "write it first")
    if not edit.tidy(by):
        raise MusafirError("a review has a name", "say who has read it")
    return {
        ("status",): "reviewed",
        ("reviewed_by",): by,
        ("reviewed_on",): on,
        ("reviewed_hash",): text_hash(text),
        **stamped(item, language),
    }


def stamped(item: Translated, language: Language) -> dict[Place, Value]:
    """What says that the text says the English as it is now; nothing for English itself."""
    return {} if language == DEFAULT else {("source_hash",): text_hash(item.texts[DEFAULT])}


def stamp(item: Translated, language: Language, root: Path) -> bool:
    """Write into the translation which English text it says. True when the file changed."""
    return language in item.texts and _change(item, language, root, stamped(item, language))


def review(item: Translated, language: Language, by: str, on: date, root: Path) -> bool:
    """Write into the file that `by` has read the text, see `sign_off`. True when the file changed."""
    return _change(item, language, root, sign_off(item, language, by, on))


def withdraw(item: Translated, language: Language, root: Path) -> bool:
    """Take a review back. True when the file changed."""
    return language in item.texts and _change(item, language, root, UNREVIEWED)


def change(file: Path, text: str, changes: Mapping[Place, Value]) -> str:
    """The text of `file`, Markdown or YAML, with the values at these places changed; `body` is that of Markdown."""
    if file.suffix != ".md":
        return edit.set_values(text, changes)
    front = {place: value for place, value in changes.items() if place != ("body",)}
    text = edit.set_front(text, front) if front else text
    return edit.set_body(text, str(changes["body",])) if ("body",) in changes else text


def _change(item: Translated, language: Language, root: Path, changes: Mapping[Place, Value]) -> bool:
    words = item.texts[language]
    if all(getattr(words, str(place[0])) == value for place, value in changes.items()):
        return False
    file = root / item.file(language)
    edit.write(file, change(file, file.read_text(encoding="utf-8"), changes))
    return True
