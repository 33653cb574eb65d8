"""When a contact can be reached: opening hours in OpenStreetMap's syntax, by the country's time and public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # type: ignore[attr-defined]

from bot.contacts.places import city_records
from bot.database.models import Contact
from bot.folding import fold


@dataclass(frozen=True)
class Opening:
    """Whether somebody can be reached at a moment, and when that changes next, in local time; None: never."""

    is_open: bool
    changes_at: datetime | None


def validate_hours(text: str) -> str | None:
    """What is wrong with `text` as opening hours, or None."""
    try:
        OpeningHours(text)
    except ParserError:
        return f"{text!r} are no opening hours"
    return None


def opening(contact: Contact, now: datetime) -> Opening | None:
    """The state at `now` (with a time zone); None where hours or time zone are not known."""
    if not contact.opening_hours or (zone := time_zone(contact, now)) is None:
        return None
    hours = _hours(contact.opening_hours, contact.country, zone)
    local = now.astimezone(ZoneInfo(zone))
    state = hours.state(local)
    return Opening((state[0] if isinstance(state, tuple) else state) == State.OPEN, hours.next_change(local))


def time_zone(contact: Contact, now: datetime) -> str | None:
    """The time zone of the first city that is known, or that of a country where it is the same time everywhere."""
    zones = _zones_of_cities()
    for city in contact.cities:
        if zone := zones.get((contact.country, fold(city))):
            return zone
    of_country = get_global("territory_zones").get(contact.country, ())
    offsets = {now.astimezone(ZoneInfo(zone)).utcoffset() for zone in of_country}
    return of_country[0] if len(offsets) == 1 else None


@cache
def _zones_of_cities() -> dict[tuple[str, str], str]:
    return {(city["countrycode"], fold(city["name"])): city["timezone"] for city in city_records()}


@lru_cache(maxsize=5_000)
def _hours(text: str, country: str, zone: str) -> OpeningHours:
    try:
        return OpeningHours(text, timezone=ZoneInfo(zone), country=country)
    except UnknownCountryError:  # no calendar of holidays for it
        return OpeningHours(text, timezone=ZoneInfo(zone))
