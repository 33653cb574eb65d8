"""The formats that texts travel in, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final, Protocol

from bot import catalogues
from bot.content.exchange import po, xliff, xlsx
from bot.content.exchange.seal import Received
from bot.content.exchange.units import Unit, units_in
from bot.content.library import Library
from bot.content.model import State
from bot.errors import ImportRefusedError
from bot.languages import Language


class Format(Protocol):
    """A way to write texts into a file, and to read them from it."""

    def write(self, units: Iterable[Unit], language: Language) -> bytes: ...

    def read(self, data: bytes) -> Received: ...


FORMATS: Final[dict[str, Format]] = {"xlsx": xlsx, "po": po, "xliff": xliff, "xlf": xliff}


def export_units(units: Iterable[Unit], language: Language, ending: str) -> bytes:
    """The file in one of `FORMATS`."""
    return FORMATS[ending].write(units, language)


def export_texts(library: Library, language: Language, ending: str, states: Set[State]) -> tuple[bytes, int]:
    """The file with all texts that are in one of the `states`, the most urgent first; and how many they are."""
    content, _ = library.read()
    catalogue = catalogues.parse(catalogues.file(language).read_text(encoding="utf-8"), language)
    units = [unit for unit in units_in(language, content, library, catalogue) if unit.state in states]
    return export_units(units, language, ending), len(units)


def read_units(name: str, data: bytes) -> Received:
    """What the file called `name` holds. Raises `ImportRefusedError` for an ending that is no format of ours."""
    ending = name.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise ImportRefusedError(f"{name} is no file of translations", "use XLSX, PO or XLIFF", [])
    return FORMATS[ending].read(data)
