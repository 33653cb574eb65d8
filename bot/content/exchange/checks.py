"""Looks at a text that came back: what a program needs in it must still be there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.content.exchange.units import Unit

_FIELD: Final = re.compile(r"\{\w*\}|%\(\w+\)[a-z]")
_LINK: Final = re.compile(r"\]\((\S+?)\)")


def problems_of(unit: Unit, text: str) -> Iterator[str]:
    """What is wrong with `text` as the translation of `unit`.

    A form of a plural may leave out what one of the English forms leaves out.
    """
    fields = set(_FIELD.findall(unit.source))
    other = set(_FIELD.findall(unit.other_form)) if unit.other_form else fields
    given = set(_FIELD.findall(text))
    if lost := (fields & other) - given:
        yield f"lost {', '.join(sorted(lost))}: copy it from the English"
    if invented := given - fields - other:
        yield f"{', '.join(sorted(invented))} is not in the English: take it out"
    if lost := set(_LINK.findall(unit.source)) - set(_LINK.findall(text)):
        yield f"lost the link to {', '.join(sorted(lost))}: keep [words](address)"
