"""From the spreadsheet into the database: all rows or none, and the same result however often it is done."""

from __future__ import annotations

import asyncio
import hashlib
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
class ImportResult:
    """How many contacts are new, changed, gone and the same."""

    added: int
    changed: int
    removed: int
    unchanged: int

    def __str__(self) -> str:
        return f"{self.added} added, {self.changed} changed, {self.removed} removed, {self.unchanged} unchanged"


async def import_contacts(database: Database, path: Path, needs: set[str]) -> ImportResult:
    """Make the table equal to the spreadsheet. Raises `ImportRefusedError` with every mistake, changing nothing."""
    rows, problems = spreadsheet.read(path, needs)
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
        added = changed = 0
        for row in rows:
            contact = known.pop(row.values["id"], None)
            if contact is None:
                session.add(Contact(**row.values))
                added += 1
            elif any(getattr(contact, name) != value for name, value in row.values.items()):
                for name, value in row.values.items():
                    setattr(contact, name, value)
                changed += 1
        if known:
            await session.execute(delete(Contact).where(Contact.id.in_(known)))
        await session.merge(ContactImport(id=1, digest=digest, imported_at=datetime.now(UTC)))
    return ImportResult(added, changed, len(known), len(rows) - added - changed)
