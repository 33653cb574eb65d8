"""Checks of the interface catalogues in `locales/`."""

from __future__ import annotations

import string
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.content.problems import Problem, Severity
from bot.languages import DEFAULT, LANGUAGES, Language
from bot.paths import LOCALES


def check(root: Path = LOCALES) -> list[Problem]:
    """Untranslated words (warnings), and placeholders that a translation lost or invented (errors)."""
    return [problem for language in LANGUAGES if language != DEFAULT for problem in _catalogue(root, language)]


def file(language: Language, root: Path = LOCALES) -> Path:
    """The file of the catalogue in `language`."""
    return root / language / "LC_MESSAGES" / "musafir.po"


def parse(text: str, language: Language) -> Catalog:
    """The catalogue that a file holds. Raises `PoFileError` where it is none."""
    return read_po(StringIO(text), locale=language, abort_invalid=True)


def written(catalogue: Catalog, before: str) -> str:
    """The text of `catalogue`, laid out as `make messages` does it, under the header that the file had `before`."""
    header = before.partition("\n\n")[0]
    entries = BytesIO()
    write_po(entries, catalogue, width=0, omit_header=True)
    return f"{header}\n\n{entries.getvalue().decode()}"


def share(language: Language, root: Path = LOCALES) -> tuple[int, int]:
    """How many words of the interface are translated, and how many there are."""
    messages = [message for message in parse(file(language, root).read_text(encoding="utf-8"), language) if message.id]
    return sum(is_translated(message) for message in messages), len(messages)


def is_translated(message: Message) -> bool:
    """True when every form has words that somebody has confirmed."""
    return all(forms(message)) and not message.fuzzy


def forms(message: Message) -> tuple[str, ...]:
    """What a message says in the language: one text, or one for each form of the plural."""
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string or ("",))


def _catalogue(root: Path, language: Language) -> Iterator[Problem]:
    path = file(language, root)
    try:
        catalogue = parse(path.read_text(encoding="utf-8"), language)
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
