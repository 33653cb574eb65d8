"""A translator's file goes out from the desk and comes back."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from tests.desk import Desk, fields

pytestmark = pytest.mark.slow


async def exported(desk: Desk, ending: str) -> bytes:
    answer = await desk.http.get(f"/translations/export?lang=ky&format={ending}")
    assert answer.status_code == 200
    return answer.content


async def upload(desk: Desk, name: str, data: bytes) -> str:
    return (await desk.send("/translations/exchange", files={"file": (name, data)})).text


async def test_a_spreadsheet_there_and_back(desk: Desk) -> None:
    book = openpyxl.load_workbook(BytesIO(await exported(desk, "xlsx")))
    assert book.active is not None
    title = desk.store.content.answers["unpaid-wages"].texts["ky"].title
    [cell] = [cell for row in book.active.iter_rows() for cell in row if cell.value == title]
    cell.value = "Акымды алган жокмун"
    stream = BytesIO()
    book.save(stream)
    page = await upload(desk, "musafir-ky.xlsx", stream.getvalue())
    assert "unpaid-wages#title" in page
    assert desk.git("status", "--porcelain") == ""
    await desk.send("/translations/exchange", files={"x": b""}, **fields(page))
    assert desk.store.content.answers["unpaid-wages"].texts["ky"].title == "Акымды алган жокмун"
    assert "came back from a translator" in desk.git("log", "-1", "--format=%s")


async def test_a_file_that_is_none(desk: Desk) -> None:
    assert "no file of translations" in await upload(desk, "letter.docx", b"x")
    assert "mistakes" in await upload(desk, "musafir-ky.po", b'msgid "x')
    assert desk.git("status", "--porcelain") == ""


async def test_a_lost_placeholder_is_refused(desk: Desk) -> None:
    entries = (await exported(desk, "po")).decode().split("\n\n")
    broken = [_without_hours(entry) if "pages#human_closed" in entry else entry for entry in entries]
    assert broken != entries
    page = await upload(desk, "musafir-ky.po", "\n\n".join(broken).encode())
    assert "{hours}" in page
    assert "Take it over" not in page


def _without_hours(entry: str) -> str:
    before, translated = entry.split("\nmsgstr", 1)
    return before + "\nmsgstr" + translated.replace("{hours}", "{saat}")
