"""Where somebody needs help, from what they wrote and what they told the bot before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bot.contacts.places import Point
from bot.database.people import Profile
from bot.rasa.steps import Entities
from bot.training.gazetteer import cities


@dataclass(frozen=True)
class Place:
    """A country (ISO code), a city by its English name, whose citizens are asked about, a location if one was sent."""

    country: str | None
    city: str | None
    nationality: str | None
    point: Point | None = None


def place_of(entities: Entities, profile: Profile) -> Place:
    """The place meant. In "the Kyrgyz embassy in Moscow" the city is the place and the country the nationality."""
    if entities.city:
        country = countries_of_cities().get(entities.city, entities.country)
        named = entities.country if entities.country != country else None
        return Place(country, entities.city, named or profile.country_from)
    return Place(entities.country or profile.country_of_interest, None, profile.country_from)


@cache
def countries_of_cities() -> dict[str, str]:
    """City by its English name → country code. The first call takes a second; `serving` makes it at the start."""
    return dict(cities().values())
