"""The spreadsheet of contacts as cells of text, to be edited and written back with no other cell changed."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Final

from bot.contacts import spreadsheet
from bot.contacts.spreadsheet import COLUMNS, REQUIRED
from bot.contacts.table import read_table
from bot.content.problems import Problem

Cells = dict[str, str]
"""A row: column → what stands in the cell."""

_ID: Final = re.compile(r"C(\d+)")
_COLUMN: Final = re.compile(r"row \d+, column (\w+): (.*)", re.DOTALL)
USUAL_INTERVAL: Final = timedelta(days=90)


@dataclass(frozen=True)
class ContactSheet:
    """All rows, in their order. Every change returns a new sheet."""

    rows: Sequence[Cells]

    def get(self, contact_id: str) -> Cells | None:
        """The row with an id."""
        return next((row for row in self.rows if row["id"] == contact_id), None)

    def with_row(self, cells: Cells) -> ContactSheet:
        """With the row of the same id replaced, or a new one at the end."""
        if self.get(cells["id"]) is None:
            return ContactSheet([*self.rows, cells])
        return ContactSheet([cells if row["id"] == cells["id"] else row for row in self.rows])

    def merged(self, other: ContactSheet) -> ContactSheet:
        """With the rows of another sheet: those with a known id in place of ours, new ones at the end."""
        sheet = self
        for row in other.rows:
            sheet = sheet.with_row(row)
        return sheet

    def free_id(self) -> str:
        """An id that no row has."""
        numbers = [int(match[1]) for row in self.rows if (match := _ID.fullmatch(row["id"]))]
        return f"C{max(numbers, default=0) + 1:03d}"

    def text(self) -> str:
        """The sheet as CSV, as `content/contacts.csv` is written."""
        stream = StringIO()
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return stream.getvalue()

    def problems(self, needs: set[str]) -> list[Problem]:
        """What the import would say of the sheet. Rows count as in a spreadsheet, the header being the first."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "contacts.csv"
            file.write_text(self.text(), encoding="utf-8")
            return spreadsheet.read(file, needs)[1]


def read_sheet(path: Path) -> tuple[ContactSheet, list[Problem]]:
    """The cells of a CSV or XLSX file, and what is wrong with it as a table."""
    records, problems = read_table(path, COLUMNS, REQUIRED)
    return ContactSheet([cells for _, cells in records]), problems


def checked_today(cells: Cells, today: date) -> Cells:
    """The row with new dates: checked today, to be checked again after as long as it was given before."""
    try:
        interval = date.fromisoformat(cells["check_by"]) - date.fromisoformat(cells["checked_on"])
    except ValueError:
        interval = USUAL_INTERVAL
    if interval <= timedelta(0):
        interval = USUAL_INTERVAL
    return {**cells, "checked_on": today.isoformat(), "check_by": (today + interval).isoformat()}


def by_column(problems: Sequence[Problem], row: int) -> dict[str, list[str]]:
    """Column → what is wrong in that cell of a row, with what to do."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        if problem.line == row and (match := _COLUMN.fullmatch(problem.what)):
            found.setdefault(match[1], []).append(f"{match[2]}: {problem.remedy}")
    return found
