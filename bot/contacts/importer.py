"""From the spreadsheet into the database: all rows or none, and the same result however often it is done."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select

from bot.contacts import spreadsheet
from bot.content.problems import Severity
from bot.database import Database
from bot.database.models import Contact, ContactImport
from bot.errors import ImportRefusedError


def file_digest(path: Path) -> str:
    """A hash that tells whether the spreadsheet has changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """What an import changes: a line of text for each contact that is new, changed or gone."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    unchanged: int

    def __str__(self) -> str:
        counts = {"added": self.added, "changed": self.changed, "removed": self.removed}
        return ", ".join(f"{len(lines)} {name}" for name, lines in counts.items()) + f", {self.unchanged} unchanged"

    @property
    def lines(self) -> list[str]:
        """Every change, for people to read."""
        return [
            *(f"+ {line}" for line in self.added),
            *(f"~ {line}" for line in self.changed),
            *(f"- {line}" for line in self.removed),
        ]


async def import_contacts(database: Database, path: Path, needs: set[str], *, dry_run: bool = False) -> Difference:
    """Make the table equal to the spreadsheet; with `dry_run`, only say what would change.

    Raises `ImportRefusedError` with every mistake, changing nothing.
    """
    rows, problems = await asyncio.to_thread(spreadsheet.read, path, needs)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ImportRefusedError(
            f"{path.name} has {len(errors)} mistakes, nothing was imported",
            "correct them and import again",
            [str(problem) for problem in errors],
        )
    digest = await asyncio.to_thread(file_digest, path)
    async with database.session() as session:
        known = {contact.id: contact for contact in await session.scalars(select(Contact))}
        added, changed = [], []
        for row in rows:
            contact = known.pop(row.values["id"], None)
            if contact is None:
                added.append(_name(row.values["id"], row.values["organisation"]))
                if not dry_run:
                    session.add(Contact(**row.values))
                continue
            differing = {name: value for name, value in row.values.items() if getattr(contact, name) != value}
            if differing:
                changed.append(_name(contact.id, contact.organisation) + _changes(contact, differing))
            if not dry_run:
                for name, value in differing.items():
                    setattr(contact, name, value)
        removed = [_name(contact.id, contact.organisation) for contact in known.values()]
        if not dry_run:
            await session.execute(delete(Contact).where(Contact.id.in_(known)))
            await session.merge(ContactImport(id=1, digest=digest, imported_at=datetime.now(UTC)))
    return Difference(added, changed, removed, len(rows) - len(added) - len(changed))


def _name(contact_id: str, organisation: str) -> str:
    return f"{contact_id} {organisation}"


def _changes(contact: Contact, differing: dict[str, object]) -> str:
    shown = {name: value for name, value in differing.items() if name != "position"}
    if not shown:
        return ": moved to another row"
    return ": " + ", ".join(f"{name} {getattr(contact, name)!r} → {value!r}" for name, value in shown.items())
