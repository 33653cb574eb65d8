"""A spreadsheet for translators: the id cannot be typed over, language and seal are hidden."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, Protection
from openpyxl.utils.exceptions import InvalidFileException

from bot.content.exchange.seal import Entry, Received, Seal
from bot.content.exchange.units import Unit
from bot.languages import Language

COLUMNS: Final = {
    "id": 28,
    "state": 10,
    "English": 60,
    "translation": 60,
    "remark": 30,
    "language": 5,
    "seal": 5,
}
"""With their widths, in characters."""
_OPEN: Final = {"translation", "remark"}
_HIDDEN: Final = {"language", "seal"}
_NEEDED: Final = ("id", "translation", "language", "seal")


def write(units: Iterable[Unit], language: Language) -> bytes:
    """The workbook."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = language
    sheet.append(list(COLUMNS))
    for cell, (name, width) in zip(sheet[1], COLUMNS.items(), strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = width
        sheet.column_dimensions[cell.column_letter].hidden = name in _HIDDEN
    wrapped = Alignment(wrap_text=True, vertical="top")
    locked, unlocked = Protection(locked=True), Protection(locked=False)
    for number, unit in enumerate(units, start=2):
        seal = Seal.of(unit).write(unit.id, language)
        values = (unit.id, unit.state.value, unit.source, unit.target, "", language, seal)
        for column, (name, value) in enumerate(zip(COLUMNS, values, strict=True), start=1):
            cell = sheet.cell(number, column, value or None)
            if value:
                cell.data_type = "s"  # also where a text begins with =
            cell.number_format = "@"
            cell.alignment = wrapped
            cell.protection = unlocked if name in _OPEN else locked
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # widths and heights may be changed
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def read(data: bytes) -> Received:
    """What a translator sent back."""
    try:
        sheet = openpyxl.load_workbook(BytesIO(data)).active
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, ParseError, OSError) as error:
        return Received("", problems=[f"this is no XLSX file ({type(error).__name__})"])
    rows = list(sheet.iter_rows()) if sheet is not None else []
    header = [str(cell.value or "") for cell in rows[0]] if rows else []
    if missing := [name for name in _NEEDED if header.count(name) != 1]:
        return Received("", problems=[f"row 1: these columns must stand here once: {', '.join(missing)}"])
    entries, problems, languages = [], [], set()
    for cells in rows[1:]:
        row = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        if all(cell.value is None for cell in row.values()):
            continue
        texts = {}
        for name in (*_NEEDED, "remark"):
            try:
                texts[name] = _text(row[name]) if name in row else ""
            except ValueError as error:
                texts[name] = ""
                problems.append(f"cell {row[name].coordinate}: {error}")
        languages.add(texts["language"])
        where = f"row {cells[0].row}"
        entries.append(Entry(where, texts["id"], texts["translation"], texts["seal"], texts["remark"]))
    if len(languages) > 1:
        return Received("", problems=[*problems, f"rows of several languages: {', '.join(sorted(languages))}"])
    return Received(min(languages, default=""), entries, problems)


def _text(cell: Cell) -> str:
    kind, value = cell.data_type, cell.value
    if kind == "f":
        raise ValueError("a formula: type the text itself")
    if kind == "e":
        raise ValueError(f"an error of the spreadsheet program ({value})")
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{value!r} is a {type(value).__name__}, no text: format the cell as text and type it again")
    return value or ""
