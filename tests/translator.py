"""A translator at work: opens a file that was exported, as their program does, and changes texts in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
from babel.messages.pofile import read_po, write_po
from openpyxl.worksheet.worksheet import Worksheet

from bot import catalogues
from bot.content import Content, Library
from bot.content.exchange import Plan, Unit, export_units, plan_import, units_in
from bot.languages import Language
from bot.paths import CONTENT

XLIFF = "{urn:oasis:names:tc:xliff:document:1.2}"
WORDS = ("Topics", "Skip", "Menu", "as of {date}")
"""Of the interface."""
PARTS = ("answers/work-rights/unpaid-wages", "guides/wage-claim", "pages", "safety", "topics", "needs")


@dataclass
class Office:
    """A small folder of content and the catalogues, where files are exported and imported."""

    content: Path
    locales: Path

    @classmethod
    def open(cls, folder: Path) -> Office:
        """A copy of a part of the real content, in English, Kyrgyz and Russian."""
        for part in PARTS:
            shutil.copytree(
                CONTENT / part, folder / "content" / part, ignore=shutil.ignore_patterns("kk.*", "tg.*", "uz.*")
            )
        shutil.copy(CONTENT / "sources.yml", folder / "content")
        office = cls(folder / "content", folder / "locales")
        for language in ("ky", "ru"):
            header, *entries = catalogues.file(language).read_text(encoding="utf-8").split("\n\n")
            few = [entry for entry in entries if any(f'msgid "{word}"' in entry for word in WORDS)]
            office.catalogue(language).parent.mkdir(parents=True)
            office.catalogue(language).write_text("\n\n".join([header, *few]) + "\n\n", encoding="utf-8")
        return office

    def read(self) -> Content:
        """The content as it is now."""
        return Library(self.content).read()[0]

    def units(self, language: Language = "ky") -> dict[str, Unit]:
        """All texts by id."""
        library = Library(self.content)
        content, _ = library.read()
        catalogue = catalogues.parse(self.catalogue(language).read_text(encoding="utf-8"), language)
        return {unit.id: unit for unit in units_in(language, content, library, catalogue)}

    def catalogue(self, language: Language = "ky") -> Path:
        """The file of the words of the interface."""
        return catalogues.file(language, self.locales)

    def export(self, ending: str = "xlsx", language: Language = "ky", keep: Callable[[Unit], bool] = bool) -> bytes:
        """A file for the translator."""
        return export_units([unit for unit in self.units(language).values() if keep(unit)], language, ending)

    def plan(self, data: bytes, ending: str = "xlsx") -> Plan:
        """What an import would change."""
        return plan_import(f"back.{ending}", data, Library(self.content), self.locales)

    def take_over(self, data: bytes, ending: str = "xlsx") -> Plan:
        """Import a file."""
        plan = self.plan(data, ending)
        plan.apply()
        return plan

    def files(self) -> dict[str, bytes]:
        """Every file, so that two moments can be compared."""
        root = self.content.parent
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the content by hand."""
        path = self.content / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def translate(data: bytes, ending: str, texts: Mapping[str, str]) -> bytes:
    """The file with other translations, saved by a program for its format."""
    return {"xlsx": _translate_xlsx, "po": _translate_po, "xliff": _translate_xliff}[ending](data, texts)


def spreadsheet(data: bytes, change: Callable[[Worksheet], object]) -> bytes:
    """The workbook after `change`."""
    workbook = openpyxl.load_workbook(BytesIO(data))
    change(workbook.active)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def row_of(sheet: Worksheet, id_: str) -> int:
    """The row of a text."""
    return next(row[0].row for row in sheet.iter_rows() if row[0].value == id_)


def cell(id_: str, column: str, value: object) -> Callable[[Worksheet], object]:
    """Types `value` into a cell."""

    def type_in(sheet: Worksheet) -> None:
        sheet.cell(row_of(sheet, id_), [head.value for head in sheet[1]].index(column) + 1).value = value

    return type_in


def _translate_xlsx(data: bytes, texts: Mapping[str, str]) -> bytes:
    def change(sheet: Worksheet) -> None:
        for id_, text in texts.items():
            cell(id_, "translation", text)(sheet)

    return spreadsheet(data, change)


def _translate_po(data: bytes, texts: Mapping[str, str]) -> bytes:
    catalogue = read_po(BytesIO(data))
    for message in catalogue:
        if message.context in texts:
            message.string = texts[message.context]
    file = BytesIO()
    write_po(file, catalogue, width=40)
    return file.getvalue()


def _translate_xliff(data: bytes, texts: Mapping[str, str]) -> bytes:
    root = ElementTree.fromstring(data)
    for unit in root.iter(f"{XLIFF}trans-unit"):
        if unit.get("id") in texts:
            target = unit.find(f"{XLIFF}target")
            assert target is not None
            target.text = texts[unit.attrib["id"]]
    return ElementTree.tostring(root, encoding="utf-8")
