"""`musafir contacts import`: all or nothing, idempotent, errors by row and column; on SQLite and PostgreSQL."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select

from bot.contacts import Directory, import_contacts, spreadsheet
from bot.contacts.directory import is_overdue
from bot.contacts.emergency import emergency_numbers
from bot.contacts.exporter import export_contacts
from bot.contacts.spreadsheet import COLUMNS
from bot.content import Content
from bot.database import Database, feedback
from bot.database.erasure import Kept, erase
from bot.database.models import Contact, Feedback
from bot.database.people import People
from bot.errors import ImportRefusedError
from bot.paths import CONTENT

GOOD = {
    "id": "C900", "organisation": "Helpers", "country": "KZ", "city": "Almaty", "needs": "legal;women",
    "phone": "+7 727 258 45 98 (office); 117", "source_title": "Their site", "source_date": "2026-01",
    "checked_on": "2026-11-01", "check_by": "2027-02-01", "status": "published",
}  # fmt: skip


@pytest.fixture
def needs(content: Content) -> set[str]:
    return set(content.needs["en"])


def write(path: Path, *rows: dict[str, str], delimiter: str = ",") -> Path:
    lines = [delimiter.join(COLUMNS)]
    lines += [delimiter.join(f'"{row.get(name, "")}"' for name in COLUMNS) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


async def test_the_real_contacts_twice(database: Database, needs: set[str]) -> None:
    first = await import_contacts(database, CONTENT / "contacts.csv", needs)
    assert len(first.added) + first.unchanged > 90
    again = await import_contacts(database, CONTENT / "contacts.csv", needs)
    assert again.lines == []


async def test_changes_and_removals(database: Database, needs: set[str], tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", GOOD, GOOD | {"id": "C901"})
    await import_contacts(database, file, needs)
    write(file, GOOD | {"city": "Astana"})
    result = await import_contacts(database, file, needs)
    assert result.changed == ["C900 Helpers: cities ['Almaty'] → ['Astana']"]
    assert result.removed == ["C901 Helpers"]
    directory = Directory(database)
    await directory.refresh()
    assert directory.get("C901") is None
    found = directory.get("C900")
    assert found is not None
    assert found.cities == ["Astana"]
    assert found.phones == [{"number": "+7 727 258 45 98", "label": "office"}, {"number": "117", "label": ""}]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("phone", "+7 717 2954252 12345", "row 3, column phone"),
        ("phone", "+717 2954252", "a digit may be missing"),
        ("phone", "call us", "is not a phone number"),
        ("country", "Kazakhstan", "write a two-letter code"),
        ("needs", "legal;magic", "unknown need 'magic'"),
        ("checked_on", "21.11.2026", "write it as 2026-11-21"),
        ("check_by", "", "column check_by: empty: fill it in"),
        ("source_title", "", "column source_title: empty"),
        ("status", "missing", "'missing' is not for the bot"),
        ("status", "stale", "'stale' is not for the bot"),
        ("website", "www.example.org", "write it with https://"),
        ("email", "nobody", "write name@domain"),
        ("latitude", "north", "write decimal degrees"),
        ("id", "C900", "'C900' is already used in row 2"),
        ("enforcement", "perhaps", "write yes for police"),
        ("caution", "danger", "unknown caution 'danger'"),
        ("phone", "7.7E+10", "is what a spreadsheet makes of a phone number"),
        ("opening_hours", "Mon-Fri 9-18", "write them as OpenStreetMap does"),
        ("people", "everybody", "unknown group 'everybody'"),
        ("cost", "cheap", "write free or paid"),
        ("confidential", "very", "anonymous or confidential"),
        ("about_ky", "ж" * 301, "301 characters: shorten it to 300"),
    ],
)
async def test_one_mistake_refuses_all(tmp_path: Path, needs: set[str], column: str, value: str, expected: str) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}")
    await database.migrate()
    file = write(tmp_path / "c.csv", GOOD, {**GOOD, "id": "C901", column: value})
    with pytest.raises(ImportRefusedError) as refused:
        await import_contacts(database, file, needs)
    assert expected in "\n".join(refused.value.problems)
    directory = Directory(database)
    await directory.refresh()
    assert directory.countries() == []
    await database.close()


async def test_files_that_are_no_spreadsheet(tmp_path: Path, needs: set[str]) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}")
    await database.migrate()
    for name, data, expected in [
        ("empty.csv", b"", "the file is empty"),
        ("photo.csv", b"\x89PNG\xff\xfe", "save the spreadsheet as 'CSV UTF-8'"),
        ("other.csv", b"name,phone\nx,1\n", "columns are missing: id"),
        ("photo.xlsx", b"\x89PNG\xff\xfe", "this is no XLSX file"),
    ]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImportRefusedError) as refused:
            await import_contacts(database, tmp_path / name, needs)
        assert expected in refused.value.problems[0]
    with pytest.raises(ImportRefusedError, match="nothing was imported"):
        await import_contacts(database, tmp_path / "absent.csv", needs)
    await database.close()


async def test_a_spreadsheet_saved_with_semicolons(database: Database, needs: set[str], tmp_path: Path) -> None:
    result = await import_contacts(database, write(tmp_path / "c.csv", GOOD, delimiter=";"), needs)
    assert len(result.added) + len(result.changed) + result.unchanged == 1


async def test_export_and_import_change_nothing(database: Database, needs: set[str], tmp_path: Path) -> None:
    await import_contacts(database, CONTENT / "contacts.csv", needs)
    await export_contacts(database, tmp_path / "out.csv")
    result = await import_contacts(database, tmp_path / "out.csv", needs)
    assert result.lines == []


async def test_profiles_and_counts_on_both_databases(database: Database) -> None:
    people = People(database, "key")
    await people.update("someone", language="tg", stage="abroad", country_to="RU")
    fresh = People(database, "key")
    assert (await fresh.get("someone")).country_to == "RU"
    assert await erase(database, ["someone"]) == {Kept.PROFILE}
    assert not (await People(database, "key").get("someone")).known
    await feedback.count(database, "unpaid-wages", "tg", helpful=True)
    await feedback.count(database, "unpaid-wages", "tg", helpful=True)
    async with database.session() as session:
        counted = await session.scalar(select(Feedback.count).where(Feedback.answer == "unpaid-wages"))
    assert counted
    assert counted >= 2


def test_overdue_contacts_are_known() -> None:
    class Row:
        check_by = date(2026, 11, 20)

    assert is_overdue(Row(), date(2026, 11, 21))  # type: ignore[arg-type]
    assert not is_overdue(Row(), date(2026, 11, 20))  # type: ignore[arg-type]


def test_emergency_numbers() -> None:
    assert emergency_numbers("KZ") == ("112", "101", "102", "103")
    assert emergency_numbers("RU")[0] == "112"
    assert "102" in emergency_numbers("KG")
    assert emergency_numbers("ZZ") == ()


def workbook(path: Path, *rows: dict[str, object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row.get(name) for name in COLUMNS])
    book.save(path)
    return book


async def test_a_workbook(database: Database, needs: set[str], tmp_path: Path) -> None:
    await import_contacts(database, write(tmp_path / "c.csv", GOOD), needs)
    row = GOOD | {"checked_on": date(2026, 11, 1), "check_by": datetime(2027, 2, 1)}  # noqa: DTZ001 - as a spreadsheet keeps dates
    workbook(tmp_path / "c.xlsx", row)
    result = await import_contacts(database, tmp_path / "c.xlsx", needs)
    assert result.lines == []
    assert result.unchanged == 1


async def test_a_workbook_with_everything_wrong(database: Database, needs: set[str], tmp_path: Path) -> None:
    rows = [
        GOOD | {"organisation": '=CONCATENATE("a","b")'},
        GOOD | {"id": "C901", "phone": 77272584598.0},
        GOOD | {"id": "C902", "status": "perhaps"},
    ]
    book = workbook(tmp_path / "c.xlsx", *rows)
    assert book.active is not None
    book.active.merge_cells("D4:E4")
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(ImportRefusedError) as refused:
        await import_contacts(database, tmp_path / "c.xlsx", needs)
    problems = "\n".join(refused.value.problems)
    assert "cells D4:E4 are merged: unmerge them" in problems
    assert "row 2, cell B2: a formula" in problems
    assert "row 3, cell H3: the number 7.7E+10" in problems
    assert "row 4, column status: 'perhaps' is not for the bot" in problems, "everything is said at once"
    assert "empty" not in problems


async def test_a_dry_run_changes_nothing(database: Database, needs: set[str], tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", GOOD, GOOD | {"id": "C901"})
    await import_contacts(database, file, needs)
    write(file, GOOD | {"city": "Astana"}, GOOD | {"id": "C902"})
    result = await import_contacts(database, file, needs, dry_run=True)
    assert result.lines == ["+ C902 Helpers", "~ C900 Helpers: cities ['Almaty'] → ['Astana']", "- C901 Helpers"]
    assert await directory_of(database) == ["C900", "C901"]


@pytest.mark.slow
async def test_fifty_thousand_rows(tmp_path: Path, needs: set[str]) -> None:
    file = write(tmp_path / "c.csv", *(GOOD | {"id": f"X{number}", "phone": "117"} for number in range(50_000)))
    rows, problems = spreadsheet.read(file, needs)
    assert len(rows) == 50_000
    assert problems == []


async def directory_of(database: Database) -> list[str]:
    async with database.session() as session:
        return sorted(await session.scalars(select(Contact.id)))
