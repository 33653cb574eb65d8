"""When a contact can be reached, by the time and the public holidays where it is."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from bot.contacts.places import city_records
from bot.database.models import Contact
from bot.folding import fold
from bot.hours import Opening, opening_at


def opening(contact: Contact, now: datetime) -> Opening | None:
    """The state at `now` (with a time zone); None where hours or time zone are not known."""
    if not contact.opening_hours or (zone := time_zone(contact, now)) is None:
        return None
    return opening_at(contact.opening_hours, contact.country, zone, now)


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
