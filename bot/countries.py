"""Unions of countries whose rules an answer or a contact may name as one."""

from typing import Final

_EUROPEAN_UNION = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
UNIONS: Final = {
    "EU": frozenset(_EUROPEAN_UNION),
    "EAEU": frozenset(("AM", "BY", "KZ", "KG", "RU")),
}


def covers(code: str, country: str) -> bool:
    """True when `code` is the country or a union that it belongs to."""
    return code == country or country in UNIONS.get(code, ())
