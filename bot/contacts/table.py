"""Reads a table of text from CSV or XLSX, cell by cell, and refuses what a spreadsheet program would have changed."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from bot.content.problems import Problem

LARGEST: Final = 50_000_000
"""Bytes; twice what 20,000 contacts with all their texts take."""
LONGEST_EXACT_NUMBER: Final = 10**15
"""From here on a spreadsheet's numbers lose digits."""

Row = tuple[int, dict[str, str]]
"""The number of the row, as the spreadsheet program shows it, and its cells by the name of the column."""


def read_table(path: Path, columns: Sequence[str], required: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    """Return the rows that are not empty, and everything that is wrong with the file as a table."""
    if not path.exists():
        return [], [Problem(path, 1, "the file is missing", "give the path of a CSV or XLSX file")]
    if path.stat().st_size > LARGEST:
        size = path.stat().st_size // 1_000_000
        return [], [
            Problem(path, 1, f"the file has {size} MB", "that is no list of contacts: check that it is the right one")
        ]
    lines, problems = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    if not lines:
        return [], problems or [Problem(path, 1, "the file is empty", "keep the first row of contacts.csv")]
    header = [name.strip() for name in lines[0][1]]
    if wrong := _header(path, header, columns, required):
        return [], [*problems, *wrong]
    rows = []
    for number, cells in lines[1:]:
        if not any(cells):
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            what = f"row {number}: the row has more cells than the first row"
            problems.append(Problem(path, number, what, "put quotes around cells with commas"))
        if len(cells) < len(header) and number == lines[-1][0]:
            what = f"row {number}: the row has fewer cells than the first row"
            problems.append(Problem(path, number, what, "the file was cut off here: save or copy it again"))
        named = dict(zip(header, cells, strict=False))
        rows.append((number, {name: named.get(name, "").strip() for name in columns}))
    return rows, problems


def _header(path: Path, header: list[str], columns: Sequence[str], required: Sequence[str]) -> list[Problem]:
    keep = "keep the first row of contacts.csv as it is"
    problems = []
    if missing := [name for name in required if name not in header]:
        problems.append(Problem(path, 1, f"columns are missing: {', '.join(missing)}", keep))
    if unknown := [name for name in header if name and name not in columns]:
        problems.append(Problem(path, 1, f"unknown columns: {', '.join(unknown)}", f"{keep}, or remove them"))
    if doubles := sorted({name for name in header if name and header.count(name) > 1}):
        problems.append(Problem(path, 1, f"columns stand here twice: {', '.join(doubles)}", keep))
    return problems


def _csv(path: Path) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return [], [Problem(path, 1, "not UTF-8", "save the spreadsheet as 'CSV UTF-8' or as XLSX")]
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","  # what Excel writes depends on its language
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return [], [Problem(path, 1, f"no table ({error})", "save the spreadsheet as 'CSV UTF-8' or as XLSX")]
    return list(enumerate(rows, start=1)), []


def _xlsx(path: Path) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    try:
        sheet = openpyxl.load_workbook(path).active
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError) as error:
        what = f"this is no XLSX file ({type(error).__name__})"
        return [], [Problem(path, 1, what, "save the spreadsheet as an Excel workbook")]
    if sheet is None:
        return [], [Problem(path, 1, "the workbook has no sheet", "put the contacts into its first sheet")]
    problems = [
        Problem(path, merged.min_row, f"cells {merged.coord} are merged", "unmerge them and fill in each row")
        for merged in sheet.merged_cells.ranges
    ]
    rows = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = []
        for cell in cells:
            try:
                texts.append(_text(cell.value, cell.data_type))
            except ValueError as error:
                texts.append("")
                what = f"row {number}, cell {cell.coordinate}: {error}"
                problems.append(Problem(path, number, what, "format the column as text and type the value again"))
        rows.append((number, texts))
    return rows, problems


def _text(value: Any, kind: str) -> str:
    """What a cell says, exactly. Raises `ValueError` where the spreadsheet program may have changed what was typed."""
    if kind == "f":
        raise ValueError(f"a formula ({str(value)[:40]})")
    if kind == "e":
        raise ValueError(f"an error ({value})")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < LONGEST_EXACT_NUMBER:
        value = int(value)
    if isinstance(value, int) and abs(value) >= 10**9:
        raise ValueError(
            f"the number {value:.1E}: a phone number that became a number may have lost its + or its zeros"
        )
    return str(value)
