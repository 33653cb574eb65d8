"""Checks contacts strictly: every mistake is named by row and column, and nothing is repaired or guessed.

A row is a service point: an office, a line, a site. Rows with the same `organisation` belong together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import phonenumbers
from babel import Locale

from bot.contacts.table import read_table
from bot.content.problems import Problem, Severity
from bot.hours import validate_hours
from bot.languages import LANGUAGES

COLUMNS: Final = [
    "id",
    "organisation",
    "country",
    "city",
    "needs",
    "serves",
    "people",
    "phone",
    "email",
    "website",
    "messenger",
    "languages",
    "hours",
    "opening_hours",
    "cost",
    "confidential",
    "address",
    "latitude",
    "longitude",
    "enforcement",
    "caution",
    "source_title",
    "source_url",
    "source_date",
    "checked_on",
    "check_by",
    "status",
    "note",
    *(f"about_{language}" for language in LANGUAGES),
]
REQUIRED: Final = (
    "id",
    "organisation",
    "country",
    "needs",
    "source_title",
    "source_date",
    "checked_on",
    "check_by",
    "status",
)
STATUSES: Final = {"published", "website", "confirmed"}
CAUTIONS: Final = {"unanswered", "may-be-closed", "foreign-agent"}
PEOPLE: Final = {"women", "men", "children", "victims", "without-papers", "refugees"}
"""Who is served, where not everybody is."""
COSTS: Final = {"free", "paid"}
EMPTY: Final = "empty"
LONGEST_ABOUT: Final = 300
ANYWHERE: Final = "*"
_COUNTRIES: Final = {code for code in map(str, Locale("en").territories) if re.fullmatch(r"[A-Z]{2}", code)}
_SHORT_CODE: Final = re.compile(r"\*?\d{2,6}")
_POWER: Final = re.compile(r"\d[Ee][+]?\d")
_PHONE: Final = re.compile(r"(?P<number>[*+()\d /-]+?|[\d.,]+[Ee][+]?\d+)(?:\s*\((?P<label>[^()]*[^\W\d][^()]*)\))?")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}")
_WEB: Final = re.compile(r"https?://\S+")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,16}")
"""Buttons carry it, and the table has this much room."""
_FORMULA: Final = re.compile(r"=|[-+@](?:.*[|!]|\s*\w*[^\W\d]\w*\()")
"""What a spreadsheet program would run; telephone numbers, @names and dashes are none."""


@dataclass(frozen=True)
class Row:
    """One good row: the line it stands in, and its values as `Contact` wants them."""

    line: int
    values: dict[str, Any]


def read(path: Path, needs: set[str]) -> tuple[list[Row], list[Problem]]:
    """Return the good rows and all problems. `needs` are the codes that exist."""
    records, problems = read_table(path, COLUMNS, REQUIRED)
    damaged = {problem.line for problem in problems}  # their cells that cannot be read count as empty
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for number, cells in records:
        found = [
            problem
            for problem in _problems(path, number, cells, needs)
            if number not in damaged or not problem.what.endswith(EMPTY)
        ]
        if cells["id"] in seen:
            what = f"{cells['id']!r} is already used in row {seen[cells['id']]}"
            found.append(_problem(path, number, "id", what, "choose another id"))
        seen.setdefault(cells["id"], number)
        problems += found
        if not any(problem.severity is Severity.ERROR for problem in found):
            rows.append(Row(number, {"position": number, **_values(cells)}))
    return rows, problems


def phone_numbers(cell: str, country: str) -> list[dict[str, str]]:
    """Parse `+7 727 258 45 98 (office); 117`. Raises `ValueError` for what is not a number that can be dialled."""
    numbers = []
    for part in filter(None, map(str.strip, cell.split(";"))):
        match = _PHONE.fullmatch(part)
        if not match:
            raise ValueError(f"{part!r} is not a phone number")
        written = match["number"].strip()
        numbers.append({"number": _dialable(written, country), "label": match["label"] or ""})
    return numbers


def _dialable(written: str, country: str) -> str:
    if _POWER.search(written):
        raise ValueError(f"{written!r} is what a spreadsheet makes of a phone number")
    if _SHORT_CODE.fullmatch(re.sub(r"[ -]", "", written)):
        return re.sub(r"[ -]", "", written)
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{written!r} is not a phone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{written!r} is not a number that exists in any plan (a digit may be missing)")
    if written.startswith("+"):
        return written  # as its source prints it
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _problems(path: Path, line: int, cells: dict[str, str], needs: set[str]) -> Iterator[Problem]:
    def wrong(column: str, what: str, remedy: str, severity: Severity = Severity.ERROR) -> Problem:
        return _problem(path, line, column, what, remedy, severity)

    for name in REQUIRED:
        if not cells[name]:
            yield wrong(name, EMPTY, "fill it in")
    for name in COLUMNS:
        if _FORMULA.match(cells[name]):
            yield wrong(name, f"a formula ({cells[name][:40]})", "write what it should show, as text")
    if cells["id"] and not _ID.fullmatch(cells["id"]):
        yield wrong("id", f"{cells['id'][:40]!r} cannot be an id", "write letters, digits, _ or -, 16 at most")
    country = cells["country"]
    if country and country != ANYWHERE and country not in _COUNTRIES:
        yield wrong(
            "country",
            f"{country!r} is not a country",
            "write a two-letter code such as KZ, or * for everywhere",
        )
    for code in _split(cells["needs"]):
        if code not in needs:
            yield wrong("needs", f"unknown need {code!r}", "use codes from content/needs/en.yml, separated by ;")
    for code in _split(cells["serves"]):
        if code not in _COUNTRIES:
            yield wrong("serves", f"{code!r} is not a country", "write two-letter codes of nationalities, or nothing")
    for code in _split(cells["people"]):
        if code not in PEOPLE:
            yield wrong("people", f"unknown group {code!r}", f"use {', '.join(sorted(PEOPLE))}, or nothing for all")
    try:
        phone_numbers(cells["phone"], country)
    except ValueError as error:
        yield wrong("phone", str(error), "correct it from its source; never guess a digit; several are separated by ;")
    yield from _formats(cells, wrong)


def _formats(cells: dict[str, str], wrong: Callable[..., Problem]) -> Iterator[Problem]:
    if cells["email"] and not _MAIL.fullmatch(cells["email"]):
        yield wrong("email", f"{cells['email']!r} is not a mail address", "write name@domain")
    for name in ("website", "source_url"):
        if cells[name] and not _WEB.fullmatch(cells[name]):
            yield wrong(name, f"{cells[name]!r} is not a link", "write it with https://")
    for name in ("checked_on", "check_by"):
        if cells[name] and _date(cells[name]) is None:
            yield wrong(name, f"{cells[name]!r} is not a date", "write it as 2026-11-21")
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if cells[name] and not _is_coordinate(cells[name], limit):
            yield wrong(name, f"{cells[name]!r} is not a coordinate", "write decimal degrees such as 43.2567")
    if bool(cells["latitude"]) != bool(cells["longitude"]):
        yield wrong("latitude", "latitude and longitude belong together", "fill in both or none")
    for name, remedy in (
        ("enforcement", "write yes for police, migration service and the like"),
        ("confidential", "write yes where the source says that it is anonymous or confidential"),
    ):
        if cells[name] not in ("", "yes", "no"):
            yield wrong(name, f"{cells[name]!r}", remedy)
    if cells["cost"] and cells["cost"] not in COSTS:
        yield wrong("cost", f"{cells['cost']!r}", "write free or paid, or nothing when the source does not say")
    if cells["opening_hours"] and (mistake := validate_hours(cells["opening_hours"])):
        yield wrong("opening_hours", mistake, "write them as OpenStreetMap does, such as Mo-Fr 09:00-18:00 or 24/7")
    for name in (name for name in COLUMNS if name.startswith("about_")):
        if len(cells[name]) > LONGEST_ABOUT:
            yield wrong(name, f"{len(cells[name])} characters", f"shorten it to {LONGEST_ABOUT}")
    if cells["caution"] and cells["caution"] not in CAUTIONS:
        yield wrong("caution", f"unknown caution {cells['caution']!r}", f"use one of {', '.join(sorted(CAUTIONS))}")
    if cells["status"] and cells["status"] not in STATUSES:
        yield wrong("status", f"{cells['status']!r} is not for the bot", f"use one of {', '.join(sorted(STATUSES))}")
    if not any(cells[name] for name in ("phone", "email", "website", "messenger", "address")):
        yield wrong("phone", "no way to reach them", "fill in a phone, website, messenger or address")
    due = _date(cells["check_by"])
    if due and due < datetime.now(UTC).date():
        yield wrong(
            "check_by",
            f"should have been checked by {due}",
            "check the row and set new dates",
            Severity.WARNING,
        )


def _values(cells: dict[str, str]) -> dict[str, Any]:
    optional = (
        "email",
        "website",
        "messenger",
        "languages",
        "hours",
        "opening_hours",
        "cost",
        "address",
        "caution",
        "source_url",
        "note",
    )
    return {
        **{name: cells[name] for name in ("id", "organisation", "country", "source_title", "source_date", "status")},
        **{name: cells[name] or None for name in optional},
        "cities": _split(cells["city"]),
        "needs": _split(cells["needs"]),
        "serves": _split(cells["serves"]),
        "people": _split(cells["people"]),
        "confidential": cells["confidential"] == "yes",
        "about": {code: cells[f"about_{code}"] for code in LANGUAGES if cells[f"about_{code}"]},
        "phones": phone_numbers(cells["phone"], cells["country"]),
        "latitude": float(cells["latitude"]) if cells["latitude"] else None,
        "longitude": float(cells["longitude"]) if cells["longitude"] else None,
        "enforcement": cells["enforcement"] == "yes",
        "checked_on": _date(cells["checked_on"]),
        "check_by": _date(cells["check_by"]),
    }


def _problem(
    path: Path, line: int, column: str, what: str, remedy: str, severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(path, line, f"row {line}, column {column}: {what}", remedy, severity)


def _split(cell: str) -> list[str]:
    return [part for part in map(str.strip, cell.split(";")) if part]


def _date(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None


def _is_coordinate(cell: str, limit: int) -> bool:
    try:
        return abs(float(cell)) <= limit
    except ValueError:
        return False
