"""Finds contacts by need and place, best first, from a copy in memory that outlives the database."""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain, islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.contacts.opening import opening
from bot.contacts.places import Point, distance, points_of
from bot.contacts.spreadsheet import ANYWHERE
from bot.countries import UNIONS
from bot.database import Database
from bot.database.models import Contact
from bot.folding import fold
from bot.hours import Opening

logger = logging.getLogger(__name__)

GRACE: Final = timedelta(days=60)
"""How long a contact may be overdue before it is shown only where there is nothing better."""
MOST: Final = 20
"""Nobody reads more."""
FAR: Final = float("inf")
NEAR: Final = 50.0
"""Kilometres that count as "near you"."""
_REMEMBERED: Final = 500
"""Kinds of wishes."""


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
    """Who looks for help, where, and when. `language` is the English name of the language, as contacts list it.

    `perhaps_from`: the country that somebody is likely to be from who has not said so.
    """

    country: str | None = None
    needs: Sequence[str] = ()
    city: str | None = None
    nationality: str | None = None
    perhaps_from: str | None = None
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


@dataclass(frozen=True)
class _Entry:
    """A contact with what every query compares, worked out once; reading columns of a table row is slow."""

    contact: Contact
    cities: frozenset[str]
    languages: frozenset[str]
    points: tuple[Point, ...]
    needs: tuple[str, ...]
    serves: frozenset[str]
    is_general: bool
    is_enforcement: bool
    is_doubtful: bool
    is_silent: bool
    is_confirmed: bool
    check_by: date
    position: int
    hours: tuple[str, str, str] | None

    @classmethod
    def of(cls, contact: Contact) -> _Entry:
        """Work everything out."""
        hours = (contact.opening_hours, contact.country, ";".join(contact.cities)) if contact.opening_hours else None
        return cls(
            contact,
            cities=frozenset(map(fold, contact.cities)),
            languages=frozenset(re.findall(r"\w+", (contact.languages or "").lower())),
            points=tuple(points_of(contact)),
            needs=tuple(contact.needs),
            serves=frozenset(contact.serves),
            is_general=contact.country in (ANYWHERE, *UNIONS),
            is_enforcement=contact.enforcement,
            is_doubtful=contact.caution is not None,
            is_silent=not contact.phones,
            is_confirmed=contact.status == "confirmed",
            check_by=contact.check_by,
            position=contact.position,
            hours=hours,
        )


class _Query:
    """One wish, with what many contacts share worked out once: hours in a city, distances to a city."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self._city = fold(wish.city) if wish.city else None
        self._language = wish.language.lower() if wish.language else None
        self._places_of_needs = {need: place for place, need in enumerate(wish.needs)}
        self._today = wish.now.date() if wish.now else date.min
        self._openings: dict[tuple[str, str, str], Opening | None] = {}
        self._distances: dict[Point, float] = {}

    def fits(self, entry: _Entry) -> bool:
        """True when the contact serves one of the needs, and people like this one."""
        wish = self.wish
        if wish.needs and self._places_of_needs.keys().isdisjoint(entry.needs):
            return False
        return not entry.serves or wish.nationality is None or wish.nationality in entry.serves

    def is_long_overdue(self, entry: _Entry) -> bool:
        """True when the contact is to be shown only where there is nothing better."""
        return entry.check_by < self._today - GRACE if self.wish.now else False

    @property
    def key(self) -> Hashable:
        """All of the wish that `standing` and `fits` look at, where the person's point is not known."""
        wish = self.wish
        return (
            wish.country,
            tuple(wish.needs),
            self._city,
            wish.nationality,
            wish.perhaps_from,
            self._language,
            self._today,
        )

    def standing(self, entry: _Entry) -> tuple[float, ...]:
        """The smaller, the better; see `Directory.find`. The same for a whole day, but for the distance."""
        return (
            entry.is_general,
            entry.is_enforcement,
            entry.check_by < self._today,
            self._city not in entry.cities,
            self._kilometres(entry) > NEAR,
            min([self._places_of_needs.get(need, FAR) for need in entry.needs]) if self._places_of_needs else 0,
            self.wish.nationality not in entry.serves,
            self._is_perhaps_for_others(entry),
            entry.is_doubtful,
            entry.is_silent,
            self._language not in entry.languages,
            not entry.is_confirmed,
        )

    def _is_perhaps_for_others(self, entry: _Entry) -> bool:
        home = None if self.wish.nationality else self.wish.perhaps_from
        return home is not None and bool(entry.serves) and home not in entry.serves

    def way(self, entry: _Entry) -> tuple[float, int]:
        """Of contacts with the same standing, the smaller, the better."""
        return self._kilometres(entry), entry.position

    def open_first(self, entries: Iterable[_Entry]) -> Iterator[_Entry]:
        """`entries` in their order, but those that are closed now at the end."""
        closed = []
        for entry in entries:
            state = self._opening(entry)
            if state is None or state.is_open:
                yield entry
            else:
                closed.append(entry)
        yield from closed

    def reasons(self, entry: _Entry) -> list[Reason]:
        """What speaks for the contact."""
        state = self._opening(entry)
        holds = (
            (Reason.CITY, self._city in entry.cities),
            (Reason.NEAR, self._kilometres(entry) <= NEAR),
            (Reason.OWN_CITIZENS, self.wish.nationality in entry.serves),
            (Reason.LANGUAGE, self._language in entry.languages),
            (Reason.OPEN, state is not None and state.is_open),
            (Reason.CONFIRMED, entry.is_confirmed),
        )
        return [reason for reason, true in holds if true]

    def match(self, entry: _Entry) -> Match:
        """The contact with all that is known for this wish."""
        kilometres = self._kilometres(entry)
        return Match(
            entry.contact,
            frozenset(self.reasons(entry)),
            self._opening(entry),
            kilometres if kilometres < FAR else None,
        )

    def _opening(self, entry: _Entry) -> Opening | None:
        if entry.hours is None or self.wish.now is None:
            return None
        if entry.hours not in self._openings:
            self._openings[entry.hours] = opening(entry.contact, self.wish.now)
        return self._openings[entry.hours]

    def _kilometres(self, entry: _Entry) -> float:
        """To the nearest point of the contact; `FAR` when that or the person's place is not known."""
        if self.wish.point is None:
            return FAR
        for point in entry.points:
            if point not in self._distances:
                self._distances[point] = distance(self.wish.point, point)
        return min([self._distances[point] for point in entry.points], default=FAR)


class Directory:
    """The contacts the bot may show. `refresh()` reads them anew; a failure keeps what was known."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contacts: dict[str, Contact] = {}
        self._by_country: dict[str, list[_Entry]] = {}
        self._needs: dict[str, list[str]] = {}
        self._known: dict[Hashable, list[list[_Entry]]] = {}
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
        by_country: dict[str, list[_Entry]] = defaultdict(list)
        for contact in contacts:
            by_country[contact.country].append(_Entry.of(contact))
        self._contacts = {contact.id: contact for contact in contacts}
        self._by_country = dict(by_country)
        self._known = {}
        self._needs = {}
        for country, entries in by_country.items():
            counts = Counter(need for entry in entries for need in entry.needs)
            self._needs[country] = sorted(counts, key=lambda need: (-counts[need], need))

    def get(self, contact_id: str) -> Contact | None:
        """One contact, or None when there is no such id any more."""
        return self._contacts.get(contact_id)

    def countries(self) -> list[str]:
        """The countries that have contacts of their own."""
        return sorted(set(self._by_country) - {ANYWHERE, *UNIONS})

    def needs(self, country: str) -> list[str]:
        """The needs somebody serves in a country, the most frequent first."""
        return self._needs.get(country, [])

    def has_number(self, country: str, number: str, need: str) -> bool:
        """True when somebody in the country who serves `need` has exactly this number."""
        return any(
            need in entry.needs and number in (phone["number"] for phone in entry.contact.phones)
            for entry in self._by_country.get(country, ())
        )

    def find(self, wish: Wish) -> list[Match]:
        """The contacts that fit best, best first, at most `MOST`.

        Those in the country come before those for everywhere; helpers before enforcement bodies; contacts that were
        checked in time before others, and ones long overdue only where there is nothing else. Then: in the city or
        near, the first of the needs, for the person's own citizens, not for those of a country that they are likely not
        from, without a caution, with a phone, in their language, confirmed, open now, and the nearest. Somebody who
        serves only another nationality is left out.
        """
        query = _Query(wish)
        tiers = self._tiers(query) if wish.point else self._known_tiers(query)
        return [query.match(entry) for entry in islice(chain.from_iterable(map(query.open_first, tiers)), MOST)]

    def _known_tiers(self, query: _Query) -> list[list[_Entry]]:
        """`_tiers`, which are the same the whole day for all who look for the same."""
        key = query.key
        if key not in self._known:
            if len(self._known) == _REMEMBERED:
                self._known.clear()
            self._known[key] = list(self._tiers(query))
        return self._known[key]

    def _tiers(self, query: _Query) -> Iterator[list[_Entry]]:
        """The contacts that fit, in groups of the same standing, the best first, and in each the nearest first."""
        fitting = [entry for entry in self._within(query.wish.country) if query.fits(entry)]
        fresh = [entry for entry in fitting if not query.is_long_overdue(entry)]
        tiers: dict[tuple[float, ...], list[_Entry]] = defaultdict(list)
        for entry in fresh or fitting:
            tiers[query.standing(entry)].append(entry)
        for standing in sorted(tiers):
            yield sorted(tiers[standing], key=query.way)

    def _within(self, country: str | None) -> list[_Entry]:
        if country is None:
            return [entry for entries in self._by_country.values() for entry in entries]
        unions = [union for union, members in UNIONS.items() if country in members]
        return [entry for code in (country, *unions, ANYWHERE) for entry in self._by_country.get(code, ())]


def is_overdue(contact: Contact, today: date) -> bool:
    """True once somebody should have checked this contact again."""
    return contact.check_by < today
