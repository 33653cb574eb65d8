"""National emergency numbers, from the short-number metadata of libphonenumber. Needs no database and no network."""

from __future__ import annotations

from functools import cache
from typing import Final

from phonenumbers.shortnumberinfo import is_emergency_number

EVERYWHERE: Final = "112"
"""Dials emergency services from mobile phones on GSM networks; first wherever the country has it."""
MOST: Final = 4
"""Numbers that are shown; a frightened person reads no more."""


@cache
def emergency_numbers(country: str) -> tuple[str, ...]:
    """The numbers of a country (ISO 3166-1 alpha-2), `112` first where it exists; empty when none is known.

    The metadata names the numbers, not the services behind them. Where one number is written in several ways
    (01, 001, 101), the way that mobile phones dial comes first.
    """
    numbers = [
        number
        for digits in (2, 3)
        for value in range(10**digits)
        if is_emergency_number(number := f"{value:0{digits}d}", country) and not number.startswith("00")
    ]
    return tuple(sorted(numbers, key=lambda number: (number != EVERYWHERE, number[0] == "0", number)))[:MOST]
