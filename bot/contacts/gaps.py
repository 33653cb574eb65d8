"""Where nobody is known who could help: the holes of the directory, need by country, for staff to fill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bot.contacts.spreadsheet import ANYWHERE
from bot.countries import UNIONS

URGENT: Final = ("trafficking", "legal", "labour-inspection", "shelter", "health", "consular", "asylum", "return")
"""What people in trouble ask for first."""
COUNTRIES: Final = ("KG", "TJ", "UZ", "TM", "KZ", "RU", "TR", "KR", "PL", "DE", "AE")
"""Where most of our people come from and go to."""


def gaps(contacts: Iterable[Mapping[str, Any]], countries: Sequence[str] = COUNTRIES) -> dict[str, list[str]]:
    """Country → the urgent needs for which it has no contact with a phone of its own."""
    served = {
        (contact["country"], need)
        for contact in contacts
        if contact["phones"] and contact["country"] not in (ANYWHERE, *UNIONS)
        for need in contact["needs"]
    }
    return {country: [need for need in URGENT if (country, need) not in served] for country in countries}
