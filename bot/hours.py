"""Opening hours in OpenStreetMap's syntax, by local time and the country's public holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # type: ignore[attr-defined]


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


def opening_at(hours: str, country: str, zone: str, now: datetime) -> Opening:
    """The state at `now` (with a time zone) of hours that are valid in a country and time zone."""
    parsed = _parsed(hours, country, zone)
    local = now.astimezone(ZoneInfo(zone))
    state = parsed.state(local)
    return Opening((state[0] if isinstance(state, tuple) else state) == State.OPEN, parsed.next_change(local))


@lru_cache(maxsize=5_000)
def _parsed(hours: str, country: str, zone: str) -> OpeningHours:
    try:
        return OpeningHours(hours, timezone=ZoneInfo(zone), country=country)
    except UnknownCountryError:  # no calendar of holidays for it
        return OpeningHours(hours, timezone=ZoneInfo(zone))
