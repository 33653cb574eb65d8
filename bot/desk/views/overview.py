"""What needs attention today, and who changed what."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from bot.contacts.cells import ContactSheet, read_sheet
from bot.content import Content, State
from bot.database.kept import all_kept
from bot.desk.page import files, render, reported, words
from bot.languages import LANGUAGES, OWN_NAMES
from bot.learning.groups import groups

SHOWN: Final = 6
"""Entries of a card; the rest is behind its link."""


@dataclass(frozen=True)
class Card:
    """One matter that may need attention: how many, the first of them, and where to go."""

    title: str
    count: int
    entries: Sequence[tuple[str, str]]
    link: str
    urgent: bool = False

    @property
    def mood(self) -> str:
        """How it is coloured."""
        return "calm" if not self.count else "alarm" if self.urgent else "due"


async def today(request: Request) -> Response:
    """The first page: what is broken, overdue, outdated, reported, unanswered."""
    content = files(request).store.content
    sheet, _problems = await asyncio.to_thread(read_sheet, files(request).path("contacts.csv"))
    cards = [
        _broken(request),
        await _reported(request, sheet),
        await _unanswered(request),
        _overdue(request, content),
        _contacts_due(request, sheet),
        _translations(request, content, State.OUTDATED),
        _translations(request, content, State.MISSING),
    ]
    return render(request, "today.html", cards=cards)


async def history(request: Request) -> Response:
    """The last changes."""
    return render(request, "history.html", changes=await files(request).history.latest())


def _broken(request: Request) -> Card:
    """Files with mistakes: the bot keeps the last good version of each."""
    store = files(request).store
    errors = [(problem.file.relative_to(store.root).as_posix(), problem.what) for problem in store.errors()]
    entries = [(f"{name}: {what}", f"/files/{name}") for name, what in errors]
    _ = words(request)
    return Card(
        _("Files with mistakes: the bot shows the last good version"),
        len(errors),
        entries[:SHOWN],
        "/texts",
        urgent=True,
    )


async def _reported(request: Request, sheet: ContactSheet) -> Card:
    reports = Counter(await reported(request))
    _ = words(request)
    entries = [
        (f"{row['organisation']}: " + _("did not work for {count} people").format(count=times), f"/contacts/{contact}")
        for contact, times in reports.most_common()
        if (row := sheet.get(contact))
    ]
    return Card(_("Numbers that did not work for people"), len(entries), entries[:SHOWN], "/contacts", urgent=True)


async def _unanswered(request: Request) -> Card:
    try:
        kept = await all_kept(request.app.state.database)
    except (SQLAlchemyError, OSError):
        kept = []
    found = await asyncio.to_thread(groups, kept)
    entries = [(group.questions[0].text, "/questions") for group in found[:SHOWN]]
    _ = words(request)
    return Card(_("Questions that the bot could not answer"), len(found), entries, "/questions")


def _overdue(request: Request, content: Content) -> Card:
    now = datetime.now(UTC).date()
    late = sorted((a for a in content.answers.values() if a.is_overdue(now)), key=lambda answer: answer.facts.review_by)
    entries = [(f"{answer.text('en')[0].title} ({answer.facts.review_by})", f"/answers/{answer.id}") for answer in late]
    _ = words(request)
    return Card(_("Answers to compare with their sources again"), len(late), entries[:SHOWN], "/answers")


def _contacts_due(request: Request, sheet: ContactSheet) -> Card:
    now = datetime.now(UTC).date().isoformat()
    late = sorted((row for row in sheet.rows if row["check_by"] < now), key=lambda row: row["check_by"])
    entries = [(f"{row['organisation']} ({row['check_by']})", f"/contacts/{row['id']}") for row in late]
    _ = words(request)
    return Card(_("Contacts to check again"), len(late), entries[:SHOWN], "/contacts?due=1")


def _translations(request: Request, content: Content, state: State) -> Card:
    _ = words(request)
    title = _("Outdated translations") if state is State.OUTDATED else _("Missing translations")
    counts = {code: sum(answer.state(code) is state for answer in content.answers.values()) for code in LANGUAGES}
    entries = [
        (f"{OWN_NAMES[code]}: {count}", f"/answers?state={state.value}&lang={code}")
        for code, count in counts.items()
        if count
    ]
    return Card(title, sum(counts.values()), entries, f"/answers?state={state.value}")
