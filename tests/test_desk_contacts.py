"""Staff look after contacts at the desk: edit, check, import with a preview, and two people at once."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest

from bot.contacts.cells import ContactSheet, read_sheet
from bot.contacts.spreadsheet import COLUMNS
from bot.database import feedback
from tests.desk import Desk, fields

pytestmark = pytest.mark.slow

CONTACT = "/contacts/C001"


def sheet(desk: Desk) -> ContactSheet:
    return read_sheet(desk.root / "contacts.csv")[0]


def workbook(rows: list[dict[str, str]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(COLUMNS)
    for row in rows:
        book.active.append([row[name] for name in COLUMNS])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


async def upload(desk: Desk, content: bytes, name: str = "contacts.xlsx", mode: str = "merge") -> str:
    answer = await desk.send("/contacts/import", files={"file": (name, content)}, mode=mode)
    return answer.text


async def test_a_number_is_changed_in_one_line(desk: Desk) -> None:
    form = await desk.form(CONTACT)
    assert (await desk.send(CONTACT, **form | {"phone": "+7 727 258 45 99"})).status_code == 303
    assert "+7 727 258 45 99" in await desk.get("/contacts?q=C001")
    diff = desk.git("show", "--format=", "-U0").splitlines()
    assert len([line for line in diff if line[0] in "+-" and line[:3] not in ("+++", "---")]) == 2


async def test_a_wrong_number_stands_beside_its_field(desk: Desk) -> None:
    form = await desk.form(CONTACT)
    answer = await desk.send(CONTACT, **form | {"phone": "+7 727 258", "country": "Kazakhstan"})
    assert answer.status_code == 422
    assert "a digit may be missing" in answer.text[answer.text.index('id="p-phone"') :]
    assert "is not a country" in answer.text[answer.text.index('id="p-country"') :]
    assert desk.git("status", "--porcelain") == ""


async def test_checked_today(desk: Desk) -> None:
    await desk.send(f"{CONTACT}/checked")
    row = sheet(desk).get("C001")
    assert row is not None
    assert row["checked_on"] == datetime.now(UTC).date().isoformat()
    assert row["check_by"] > row["checked_on"]


async def test_a_new_contact(desk: Desk) -> None:
    form = await desk.form("/contacts/new")
    new = form | {
        "organisation": "Жаңы уюм",
        "country": "KG",
        "needs": "legal",
        "phone": "+996 312 123456",
        "source_title": "leaflet",
        "source_date": "2026",
    }
    assert (await desk.send("/contacts/new", **new)).status_code == 303
    assert sheet(desk).rows[-1]["organisation"] == "Жаңы уюм"


async def test_two_people_on_the_same_contact(desk: Desk) -> None:
    mine = await desk.form(CONTACT)
    async with desk.colleague() as colleague:
        theirs = await colleague.form(CONTACT)
        await colleague.send(CONTACT, **theirs | {"note": "called on Monday"})
        other = await colleague.form("/contacts/C002")
        await colleague.send("/contacts/C002", **other | {"note": "another row"})
    answer = await desk.send(CONTACT, **mine | {"note": "called on Tuesday"})
    assert answer.status_code == 409
    assert "called on Monday" in answer.text
    assert "called on Tuesday" in answer.text
    assert (await desk.send(CONTACT, **fields(answer.text))).status_code == 303
    row, untouched = sheet(desk).get("C001"), sheet(desk).get("C002")
    assert row is not None
    assert untouched is not None
    assert row["note"] == "called on Tuesday"
    assert untouched["note"] == "another row"


async def test_an_import_with_mistakes_then_without(desk: Desk) -> None:
    rows = [dict(row) for row in sheet(desk).rows[:3]]
    rows[0]["phone"], rows[1]["organisation"] = "12-34-56-78-90-12", "Changed organisation"
    page = await upload(desk, workbook(rows))
    assert "row 2, column phone" in page
    assert "Take it over" not in page
    assert desk.git("status", "--porcelain") == ""
    rows[0]["phone"] = "+7 727 258 45 98"
    page = await upload(desk, workbook(rows))
    assert "Changed organisation" in page
    count = len(sheet(desk).rows)
    assert (await desk.send("/contacts/import", files={"x": b""}, **fields(page))).status_code == 303
    assert len(sheet(desk).rows) == count, "contacts that are not in the file stay"
    assert "contacts imported at the desk" in desk.git("log", "-1", "--format=%s")


async def test_replacing_all_contacts_says_whom_it_removes(desk: Desk) -> None:
    rows = [dict(row) for row in sheet(desk).rows[:5]]
    page = await upload(desk, workbook(rows), mode="replace")
    assert f"Removed: {len(sheet(desk).rows) - 5}" in page
    await desk.send("/contacts/import", files={"x": b""}, **fields(page))
    assert len(sheet(desk).rows) == 5


async def test_an_import_is_shown_again_when_somebody_was_faster(desk: Desk) -> None:
    rows = [dict(row) | {"note": "imported"} for row in sheet(desk).rows[:2]]
    page = await upload(desk, workbook(rows))
    await desk.send("/contacts/C005/checked")
    again = await desk.send("/contacts/import", files={"x": b""}, **fields(page))
    assert again.status_code == 200
    assert "What would change" in again.text
    assert "imported" not in desk.git("log", "-1", "--format=%s")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("contacts.docx", b"PK", "ends in .csv or .xlsx"),
        ("contacts.xlsx", b"no workbook", "no XLSX file"),
        ("contacts.csv", b"\xff\xfe\x00", "not UTF-8"),
        ("contacts.csv", b"id,organisation\n1,x\n", "columns are missing"),
    ],
)
async def test_files_that_are_no_spreadsheet(desk: Desk, name: str, content: bytes, said: str) -> None:
    assert said in await upload(desk, content, name)


async def test_a_formula_is_refused(desk: Desk) -> None:
    row = dict(sheet(desk).rows[0]) | {"note": '=HYPERLINK("http://evil.example")'}
    assert "a formula" in await upload(desk, workbook([row]))
    text = ContactSheet([row]).text().encode()
    assert "a formula" in await upload(desk, text, "contacts.csv")


async def test_reported_numbers_come_first(desk: Desk) -> None:
    await feedback.count_broken(desk.database, "C001")
    assert "did not work for 1 people" in await desk.get("/")
    assert "did not work for 1 people" in await desk.get("/contacts?q=C001")
