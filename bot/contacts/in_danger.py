"""Whom somebody in danger or despair may call: emergency numbers, and the safest organisation of a country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bot.contacts.directory import Directory, Wish
from bot.contacts.emergency import EVERYWHERE, MOST, emergency_numbers
from bot.database.models import Contact
from bot.safety import Risk

CORRIDOR: Final = ("KZ", "RU", "KG", "TJ", "UZ", "TR")
"""Countries whose numbers are listed while nobody told the bot where they are."""
HELP: Final[Mapping[Risk, Sequence[Sequence[str]]]] = MappingProxyType(
    {
        "emergency": (("trafficking", "shelter"), ("women", "legal", "asylum", "human-rights")),
        "self_harm": (("psychosocial",),),
    }
)
"""The needs that help: the second row counts only where nobody serves the first."""
OWN_STATE: Final = "consular"
"""Many fled from their own state or fear it: its offices are for those who choose them."""


def numbers(directory: Directory, country: str | None) -> dict[str, tuple[str, ...]]:
    """Country → its emergency numbers; while the country is unknown, for the countries where most people are.

    The number for everywhere is added where contacts publish it and the metadata of telephone numbers has not got it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for code in (country,) if country else CORRIDOR:
        known = emergency_numbers(code)
        published = EVERYWHERE not in known and directory.has_number(code, EVERYWHERE, "emergency")
        found[code] = (EVERYWHERE, *known[: MOST - 1]) if published else known
    return found


def safest(directory: Directory, risk: Risk, wish: Wish) -> Contact | None:
    """The best for `risk` of those with a telephone who are neither police nor an office of somebody's own state.

    `wish` says who looks for help and where; None without a country, and where there is nobody.
    """
    if wish.country is None:
        return None
    for needs in HELP[risk]:
        for match in directory.find(replace(wish, needs=needs)):
            contact = match.contact
            if contact.phones and not contact.enforcement and OWN_STATE not in contact.needs:
                return contact
    return None
