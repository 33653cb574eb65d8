"""Finds contacts by need and place, from a copy in memory that outlives the database."""

from __future__ import annotations

import logging
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.contacts.spreadsheet import ANYWHERE
from bot.countries import UNIONS, covers
from bot.database import Database
from bot.database.models import Contact
from bot.folding import fold

logger = logging.getLogger(__name__)


class Directory:
    """The contacts the bot may show. `refresh()` reads them anew; a failure keeps what was known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contacts: dict[str, Contact] = {}
        self.digest: str | None = None
        """The hash of the spreadsheet these contacts came from; None until one was imported."""

    async def refresh(self) -> None:
        """Read all contacts from the database."""
        try:
            async with self._database.session() as session:
                contacts = list(await session.scalars(select(Contact).order_by(Contact.position)))
        except (SQLAlchemyError, OSError) as error:
            logger.error("contacts could not be read, the last known ones stay: %s", type(error).__name__)
            return
        self._contacts = {contact.id: contact for contact in contacts}

    def get(self, contact_id: str) -> Contact | None:
        """One contact, or None when there is no such id any more."""
        return self._contacts.get(contact_id)

    def countries(self) -> list[str]:
        """The countries that have contacts of their own."""
        return sorted({contact.country for contact in self._contacts.values()} - {ANYWHERE, *UNIONS})

    def needs(self, country: str) -> list[str]:
        """The needs somebody serves in a country, the most frequent first."""
        counts: dict[str, int] = {}
        for contact in self._contacts.values():
            if contact.country == country:
                for need in contact.needs:
                    counts[need] = counts.get(need, 0) + 1
        return sorted(counts, key=lambda need: (-counts[need], need))

    def find(
        self,
        *,
        country: str | None = None,
        needs: list[str] | None = None,
        city: str | None = None,
        nationality: str | None = None,
    ) -> list[Contact]:
        """Contacts that fit, best first.

        Those in the country come before those for everywhere, in the city before elsewhere, with a phone before
        without, helpers before enforcement bodies. Somebody who serves only another nationality is left out.
        """
        fitting = [
            contact
            for contact in self._contacts.values()
            if _is_in(contact, country)
            and (not needs or set(needs) & set(contact.needs))
            and (not contact.serves or nationality is None or nationality in contact.serves)
        ]
        return sorted(fitting, key=lambda contact: _order(contact, city, needs or [], nationality))


def is_overdue(contact: Contact, today: date) -> bool:
    """True once somebody should have checked this contact again."""
    return contact.check_by < today


def _is_in(contact: Contact, country: str | None) -> bool:
    if contact.country == ANYWHERE or country is None:
        return True
    return covers(contact.country, country)


def _order(contact: Contact, city: str | None, needs: list[str], nationality: str | None) -> tuple[object, ...]:
    in_city = city is not None and any(fold(city) == fold(name) for name in contact.cities)
    first_need = min((needs.index(need) for need in contact.needs if need in needs), default=len(needs))
    return (
        contact.country in (ANYWHERE, *UNIONS),
        contact.enforcement,
        not in_city,
        first_need,
        not (nationality and nationality in contact.serves),
        contact.caution is not None,
        not contact.phones,
        contact.position,
    )
