"""Checks of the interface catalogues in `locales/`."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

from bot.content.problems import Problem, Severity
from bot.languages import DEFAULT, LANGUAGES
from bot.paths import LOCALES


def check(root: Path = LOCALES) -> list[Problem]:
    """Untranslated words (warnings), and placeholders that a translation lost or invented (errors)."""
    return [problem for language in LANGUAGES if language != DEFAULT for problem in _catalogue(root, language)]


def _catalogue(root: Path, language: str) -> Iterator[Problem]:
    path = root / language / "LC_MESSAGES" / "musafir.po"
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, abort_invalid=True)
    except FileNotFoundError:
        yield Problem(path, 1, "the catalogue is missing", "run `make messages`")
        return
    except (PoFileError, UnicodeDecodeError) as error:
        yield Problem(path, getattr(error, "lineno", 1) or 1, str(error), "correct this line")
        return
    for message in catalogue:
        if message.id and isinstance(message.id, str):
            yield from _message(path, message)


def _message(path: Path, message: Message) -> Iterator[Problem]:
    line = message.lineno or 1
    if not message.string:
        yield Problem(path, line, f"{message.id!r} is not translated", "translate it", Severity.WARNING)
    elif _fields(str(message.id)) != _fields(str(message.string)):
        yield Problem(path, line, f"{message.string!r} changes the {{placeholders}}", f"keep those of {message.id!r}")


def _fields(text: str) -> set[str | None] | None:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return None
