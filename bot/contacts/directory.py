"""Finds contacts by need and place, best first, from a copy in memory that outlives the database."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.contacts.opening import Opening, opening
from bot.contacts.places import Point, distance, points_of
from bot.contacts.spreadsheet import ANYWHERE
from bot.countries import UNIONS
from bot.database import Database
from bot.database.models import Contact
from bot.folding import fold

logger = logging.getLogger(__name__)

GRACE: Final = timedelta(days=60)
"""How long a contact may be overdue before it is shown only where there is nothing better."""
NEAR: Final = 50.0
"""Kilometres that count as "near you"."""


class Reason(StrEnum):
    """Why a contact comes first; shown to the person."""

    CITY = "city"
    NEAR = "near"
    LANGUAGE = "language"
    OPEN = "open"
    OWN_CITIZENS = "own-citizens"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Wish:
    """Who looks for help, where, and when. `language` is the English name of the language, as contacts list it."""

    country: str | None = None
    needs: Sequence[str] = ()
    city: str | None = None
    nationality: str | None = None
    language: str | None = None
    point: Point | None = None
    now: datetime | None = None


@dataclass(frozen=True)
class Match:
    """A contact that fits, with what speaks for it."""

    contact: Contact
    reasons: frozenset[Reason]
    opening: Opening | None
    kilometres: float | None


class Directory:
    """The contacts the bot may show. `refresh()` reads them anew; a failure keeps what was known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contacts: dict[str, Contact] = {}
        self._by_country: dict[str, list[Contact]] = {}
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
        self.replace(contacts)

    def replace(self, contacts: Sequence[Contact]) -> None:
        """Show these contacts from now on."""
        by_country: dict[str, list[Contact]] = defaultdict(list)
        for contact in contacts:
            by_country[contact.country].append(contact)
        self._contacts = {contact.id: contact for contact in contacts}
        self._by_country = dict(by_country)

    def get(self, contact_id: str) -> Contact | None:
        """One contact, or None when there is no such id any more."""
        return self._contacts.get(contact_id)

    def countries(self) -> list[str]:
        """The countries that have contacts of their own."""
        return sorted(set(self._by_country) - {ANYWHERE, *UNIONS})

    def needs(self, country: str) -> list[str]:
        """The needs somebody serves in a country, the most frequent first."""
        counts = Counter(need for contact in self._by_country.get(country, ()) for need in contact.needs)
        return sorted(counts, key=lambda need: (-counts[need], need))

    def find(self, wish: Wish) -> list[Match]:
        """Contacts that fit, best first.

        Those in the country come before those for everywhere; helpers before enforcement bodies; contacts that were
        checked in time before others, and ones long overdue only where there is nothing else. Then: in the city or
        near, the first of the needs, for the person's own citizens, in their language, open now, with a phone.
        Somebody who serves only another nationality is left out.
        """
        today = wish.now.date() if wish.now else None
        fitting = [contact for contact in self._within(wish.country) if _serves(contact, wish)]
        fresh = [contact for contact in fitting if not (today and contact.check_by + GRACE < today)]
        matches = [_match(contact, wish) for contact in fresh or fitting]
        return sorted(matches, key=lambda match: _order(match, wish))

    def _within(self, country: str | None) -> list[Contact]:
        if country is None:
            return list(self._contacts.values())
        unions = [union for union, members in UNIONS.items() if country in members]
        return [contact for code in (country, *unions, ANYWHERE) for contact in self._by_country.get(code, ())]


def is_overdue(contact: Contact, today: date) -> bool:
    """True once somebody should have checked this contact again."""
    return contact.check_by < today


def _serves(contact: Contact, wish: Wish) -> bool:
    if wish.needs and not set(wish.needs) & set(contact.needs):
        return False
    return not contact.serves or wish.nationality is None or wish.nationality in contact.serves


def _match(contact: Contact, wish: Wish) -> Match:
    is_open = opening(contact, wish.now) if wish.now else None
    kilometres = (
        min((distance(wish.point, point) for point in points_of(contact)), default=None) if wish.point else None
    )
    holds = {
        Reason.CITY: wish.city is not None and any(fold(wish.city) == fold(name) for name in contact.cities),
        Reason.NEAR: kilometres is not None and kilometres <= NEAR,
        Reason.LANGUAGE: wish.language is not None and wish.language.lower() in (contact.languages or "").lower(),
        Reason.OPEN: is_open is not None and is_open.is_open,
        Reason.OWN_CITIZENS: wish.nationality is not None and wish.nationality in contact.serves,
        Reason.CONFIRMED: contact.status == "confirmed",
    }
    return Match(contact, frozenset(reason for reason, true in holds.items() if true), is_open, kilometres)


def _order(match: Match, wish: Wish) -> tuple[object, ...]:
    contact = match.contact
    first_need = min((wish.needs.index(need) for need in contact.needs if need in wish.needs), default=len(wish.needs))
    is_closed = match.opening is not None and not match.opening.is_open
    return (
        contact.country in (ANYWHERE, *UNIONS),
        contact.enforcement,
        bool(wish.now and is_overdue(contact, wish.now.date())),
        Reason.CITY not in match.reasons,
        Reason.NEAR not in match.reasons,
        first_need,
        Reason.OWN_CITIZENS not in match.reasons,
        contact.caution is not None,
        not contact.phones,
        Reason.LANGUAGE not in match.reasons,
        Reason.CONFIRMED not in match.reasons,
        is_closed,
        match.kilometres if match.kilometres is not None else float("inf"),
        contact.position,
    )
