"""The contacts: a table to search, a form for a row, "checked today", and import with a preview."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.contacts.cells import Cells, ContactSheet, by_column, checked_today, read_sheet
from bot.contacts.spreadsheet import COLUMNS, REQUIRED
from bot.content import Problem, Severity
from bot.desk.files import NotSavedError, Opened
from bot.desk.page import files, go, notice, render, reported, words
from bot.desk.security import LARGEST_BODY
from bot.desk.session import editor
from bot.languages import DEFAULT

NAME: Final = "contacts.csv"
SHOWN: Final = 300
"""Rows of the table; a search finds the others."""
LONG: Final = frozenset(
    {"note", "address", "hours", "source_title", *(name for name in COLUMNS if name.startswith("about_"))}
)
IMPORTS: Final = (".csv", ".xlsx")


async def overview(request: Request) -> Response:
    """The table; `?q=` searches in every cell, `?country=`, `?need=` and `?due=1` narrow it down."""
    sheet = await _sheet(request)
    wanted = {name: request.query_params.get(name, "") for name in ("q", "country", "need", "due")}
    found = [row for row in sheet.rows if _matches(row, wanted)]
    return render(
        request,
        "contacts.html",
        rows=found[:SHOWN],
        total=len(found),
        shown=SHOWN,
        wanted=wanted,
        countries=sorted({row["country"] for row in sheet.rows}),
        needs=sorted(_needs(request)),
        reports=await reported(request),
        today=_today().isoformat(),
    )


async def edit(request: Request) -> Response:
    """Edit one contact, or write a new one (`/contacts/new`)."""
    async with files(request).saving:
        opened, sheet = await _open(request)
        is_new = request.path_params["id"] == "new"
        cells = _new(sheet) if is_new else sheet.get(request.path_params["id"])
        if cells is None:
            raise HTTPException(404)
        if request.method != "POST":
            return _form(request, cells)
        form = await request.form()
        sent = cells | {name: " ".join(str(form[name]).split()) for name in COLUMNS if name != "id" and name in form}
        if not is_new and form.get("before") != _fingerprint(cells):
            return _form(request, sent, theirs=cells)
        return await _save(request, opened, sheet.with_row(sent), sent, f"contact {sent['id']} edited at the desk")


async def checked(request: Request) -> Response:
    """Somebody has compared the contact with its source today."""
    async with files(request).saving:
        opened, sheet = await _open(request)
        cells = sheet.get(request.path_params["id"])
        if cells is None:
            raise HTTPException(404)
        cells = checked_today(cells, _today())
        return await _save(request, opened, sheet.with_row(cells), cells, f"contact {cells['id']} checked")


async def download(request: Request) -> Response:
    """The spreadsheet."""
    return FileResponse(files(request).open(NAME).path, media_type="text/csv", filename=NAME)


async def import_(request: Request) -> Response:
    """Upload a spreadsheet, see what it would change, then take it over: all rows, or none and every mistake."""
    if request.method != "POST":
        return render(request, "contacts_import.html", problems=None, preview=None)
    async with request.form(max_part_size=LARGEST_BODY) as form, files(request).saving:
        return await _import(request, form)


async def _import(request: Request, form: FormData) -> Response:
    opened, ours = await _open(request)
    if confirmed := form.get("sheet"):
        theirs, problems = await asyncio.to_thread(_read, str(confirmed).encode(), ".csv")
    else:
        upload = form.get("file")
        suffix = Path(upload.filename or "").suffix.lower() if isinstance(upload, UploadFile) else ""
        if not isinstance(upload, UploadFile) or suffix not in IMPORTS:
            _ = words(request)
            error = _("Choose a spreadsheet: a file that ends in .csv or .xlsx.")
            return render(request, "contacts_import.html", 422, problems=None, preview=None, error=error)
        theirs, problems = await asyncio.to_thread(_read, await upload.read(), suffix)
    replace = form.get("mode") == "replace"
    new = theirs if replace else ours.merged(theirs)
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems = await asyncio.to_thread(theirs.problems, _needs(request))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return render(request, "contacts_import.html", 422, problems=problems, preview=None)
    if form.get("confirm") != opened.version:  # not confirmed yet, or the contacts were changed since the preview
        return render(
            request,
            "contacts_import.html",
            problems=problems,
            preview=_difference(ours, new),
            sheet=theirs.text(),
            replace=replace,
            version=opened.version,
        )
    try:
        await files(request).write({opened.path: new.text()}, editor(request), "contacts imported at the desk")
    except NotSavedError as failure:
        return render(request, "contacts_import.html", 507, problems=None, preview=None, error=str(failure))
    _ = words(request)
    notice(request, _("Imported. The bot uses the new contacts within seconds."))
    return go("/contacts")


def _new(sheet: ContactSheet) -> Cells:
    empty = dict.fromkeys(COLUMNS, "") | {"id": sheet.free_id(), "status": "published"}
    return checked_today(empty, _today())


def _matches(row: Cells, wanted: dict[str, str]) -> bool:
    text = wanted["q"].lower()
    return (
        (not text or any(text in cell.lower() for cell in row.values()))
        and (not wanted["country"] or row["country"] == wanted["country"])
        and (not wanted["need"] or wanted["need"] in row["needs"].split(";"))
        and (not wanted["due"] or row["check_by"] < _today().isoformat())
    )


async def _sheet(request: Request) -> ContactSheet:
    return (await _open(request))[1]


async def _open(request: Request) -> tuple[Opened, ContactSheet]:
    opened = files(request).open(NAME)
    sheet, _ = await asyncio.to_thread(read_sheet, opened.path)
    return opened, sheet


def _read(content: bytes, suffix: str) -> tuple[ContactSheet, list[Problem]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"upload{suffix}"
        file.write_bytes(content)
        return read_sheet(file)


async def _save(request: Request, opened: Opened, sheet: ContactSheet, cells: Cells, what: str) -> Response:
    position = [row["id"] for row in sheet.rows].index(cells["id"]) + 2  # the first row is the header
    problems = await asyncio.to_thread(sheet.problems, _needs(request))
    ours = [problem for problem in problems if problem.line == position]
    if any(problem.severity is Severity.ERROR for problem in ours):
        return _form(request, cells, by_column(ours, position), 422)
    try:
        await files(request).write({opened.path: sheet.text()}, editor(request), what)
    except NotSavedError as error:
        return _form(request, cells, status=507, error=str(error))
    _ = words(request)
    notice(request, _("Saved. The bot uses it within seconds."))
    return go(f"/contacts?q={cells['id']}")


def _form(
    request: Request,
    cells: Cells,
    problems: Mapping[str, list[str]] = MappingProxyType({}),
    status: int = 200,
    *,
    theirs: Cells | None = None,
    error: str | None = None,
) -> Response:
    return render(
        request,
        "contact_edit.html",
        409 if theirs else status,
        cells=cells,
        columns=COLUMNS[1:],
        required=REQUIRED,
        long=LONG,
        before=_fingerprint(theirs or cells),
        problems=problems,
        theirs=theirs,
        error=error,
    )


def _difference(ours: ContactSheet, new: ContactSheet) -> dict[str, list[tuple[str, str]]]:
    before, after = ({row["id"]: row for row in sheet.rows} for sheet in (ours, new))
    changed = []
    for key in before.keys() & after.keys():
        if cells := [name for name in COLUMNS if before[key][name] != after[key][name]]:
            changes = "; ".join(f"{name}: {before[key][name] or '—'} → {after[key][name] or '—'}" for name in cells)
            changed.append((f"{key} {after[key]['organisation']}", changes))
    return {
        "added": [(f"{key} {after[key]['organisation']}", after[key]["phone"]) for key in after if key not in before],
        "changed": sorted(changed),
        "removed": [(f"{key} {before[key]['organisation']}", "") for key in before if key not in after],
    }


def _fingerprint(cells: Cells) -> str:
    """Tells whether somebody else has changed this very row."""
    return Opened(Path(NAME), "\x1f".join(cells[name] for name in COLUMNS)).version


def _needs(request: Request) -> set[str]:
    return set(files(request).store.content.needs[DEFAULT])


def _today() -> date:
    return datetime.now(UTC).date()
