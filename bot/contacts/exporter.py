"""From the database back into a spreadsheet that `import_contacts` reads without a change."""

from __future__ import annotations

import asyncio
import csv
from io import StringIO
from pathlib import Path

from sqlalchemy import select

from bot.contacts.spreadsheet import COLUMNS
from bot.database import Database
from bot.database.models import Contact
from bot.languages import LANGUAGES


async def export_contacts(database: Database, path: Path) -> int:
    """Write all contacts to `path` as CSV; returns how many."""
    async with database.session() as session:
        contacts = list(await session.scalars(select(Contact).order_by(Contact.position)))
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(contact) for contact in contacts)
    await asyncio.to_thread(path.write_text, text.getvalue(), encoding="utf-8")
    return len(contacts)


def _cells(contact: Contact) -> dict[str, str]:
    special = {
        "city": "; ".join(contact.cities),
        "needs": ";".join(contact.needs),
        "serves": ";".join(contact.serves),
        "phone": "; ".join(
            phone["number"] + (f" ({phone['label']})" if phone["label"] else "") for phone in contact.phones
        ),
        "people": ";".join(contact.people),
        "enforcement": "yes" if contact.enforcement else "",
        "confidential": "yes" if contact.confidential else "",
        **{f"about_{code}": contact.about.get(code, "") for code in LANGUAGES},
    }
    return {name: special[name] if name in special else _text(getattr(contact, name)) for name in COLUMNS}


def _text(value: object) -> str:
    return "" if value is None else str(value)
