"""The languages Musafir speaks, and the words of the interface in them (gettext catalogues in `locales/`)."""

from __future__ import annotations

import gettext as gettext_module
import logging
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Final, Literal, get_args

from babel import Locale
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from bot.paths import LOCALES

logger = logging.getLogger(__name__)

Language = Literal["en", "ru", "kk", "ky", "tg", "uz"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT: Final[Language] = "en"
OWN_NAMES: Final[dict[Language, str]] = {
    "en": "English",
    "ru": "Русский",
    "kk": "Қазақша",
    "ky": "Кыргызча",
    "tg": "Тоҷикӣ",
    "uz": "Oʻzbekcha",
}
ENGLISH_NAMES: Final[dict[Language, str]] = {code: Locale.parse("en").languages[code] for code in get_args(Language)}
"""As `contacts.csv` names languages."""
HOME: Final[dict[Language, str]] = {"kk": "KZ", "ky": "KG", "tg": "TJ", "uz": "UZ"}
"""The country that most people who speak the language are from."""
_PREFERRED: Final[dict[tuple[str, Language], str]] = {("KG", "ru"): "Кыргызстан"}
"""Names that people of the country prefer to those of CLDR."""


def is_language(code: object) -> bool:
    """True for the code of a language that Musafir speaks."""
    return code in LANGUAGES


def from_telegram(code: str | None) -> Language:
    """The language for a Telegram client set to `code` (IETF tag such as `ru` or `uz-Cyrl`), else English."""
    primary = (code or "").split("-")[0].lower()
    return next((language for language in LANGUAGES if language == primary), DEFAULT)


@cache
def catalogue(language: Language) -> gettext_module.NullTranslations:
    """The interface words in `language`, compiled in memory so that no binary catalogue is ever stored.

    English where they cannot be read; `musafir check` says what is wrong.
    """
    path = LOCALES / language / "LC_MESSAGES" / "musafir.po"
    if language == DEFAULT:
        return gettext_module.NullTranslations()
    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    except (OSError, ValueError, PoFileError) as error:
        logger.error("the buttons of %s are English, %s cannot be read (%s)", language, path, type(error).__name__)
        return gettext_module.NullTranslations()
    compiled.seek(0)
    return gettext_module.GNUTranslations(compiled)


def country_name(code: str, language: Language) -> str:
    """The name of a country or union in `language`, from CLDR. Kosovo carries its footnote mark."""
    if code == "EAEU":
        return catalogue(language).gettext("EAEU")
    if (code, language) in _PREFERRED:
        return _PREFERRED[code, language]
    if code == "XK":
        return "Kosovo*" if language == "en" else f"{_territory(code, language)}*"
    return _territory(code, language)


@cache
def city_name(city: str, language: Language) -> str:
    """The name in `language` of a city that has an English name, where CLDR knows it; else the English one."""
    zone = _zones_named_after_cities().get(city, "")
    local: str = Locale.parse(language).time_zones.get(zone, {}).get("city", city)
    return local


@cache
def _zones_named_after_cities() -> dict[str, str]:
    """City by its English name → the time zone of that name: CLDR translates cities for these alone."""
    zones: Iterable[str] = get_global("zone_territories")
    names = Locale.parse(DEFAULT).time_zones
    return {names.get(zone, {}).get("city", zone.rpartition("/")[2].replace("_", " ")): zone for zone in zones}


def _territory(code: str, language: Language) -> str:
    local: str | None = Locale.parse(language).territories.get(code)
    return local or str(Locale.parse("en").territories.get(code, code))
