"""The formats that texts travel in, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from bot.content.exchange import po, xliff, xlsx
from bot.content.exchange.seal import Received
from bot.content.exchange.units import Unit
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


def read_units(name: str, data: bytes) -> Received:
    """What the file called `name` holds. Raises `ImportRefusedError` for an ending that is no format of ours."""
    ending = name.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise ImportRefusedError(f"{name} is no file of translations", "use XLSX, PO or XLIFF", [])
    return FORMATS[ending].read(data)
