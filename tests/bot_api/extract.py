"""Reduces a description of the Bot API to what `checker` needs, and writes it to `schema.json`:

    python -m tests.bot_api.extract /path/to/bot-api.json

The description is `api.json` of https://github.com/PaulSonOfLars/telegram-bot-api-spec (MIT licence), which is read
from Telegram's documentation. Kept are names, types, and what is required; also the lengths, fixed values and
conditions that the documentation puts into words. Left out are the words, and the types that a bot only receives.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

SCHEMA: Final = Path(__file__).with_name("schema.json")
SOURCE: Final = "https://github.com/PaulSonOfLars/telegram-bot-api-spec"
LICENCE: Final = "MIT"
ARRAY: Final = "Array of "
_LENGTH: Final = re.compile(r"(\d+)-(\d+) (characters|bytes)( after entit(?:y|ies) parsing)?", re.IGNORECASE)
_COUNT: Final = re.compile(r"(?:list|array)\b.*?(?:of|include) (\d+)-(\d+) |[Aa]t most ()(\d+) commands")
_UNLESS: Final = re.compile(r"[Rr]equired if (\w+)(?: and (\w+))? (?:(?:is|are) not|isn't) specified")
_FIXED: Final = re.compile(r'(?:must be|always) "?([a-z0-9_]+)"?$')


def reduced(description: Json) -> Json:
    """The methods with their parameters, and the types that those are made of."""
    methods = {name: _fields(method) for name, method in sorted(description["methods"].items())}
    types: Json = {}
    wanted = _named(methods.values())
    while wanted:
        found = {name: _shape(description["types"][name]) for name in wanted & description["types"].keys()}
        types |= found
        nested = _named(shape for shape in found.values() if isinstance(shape, dict))
        members = {name for shape in found.values() if isinstance(shape, list) for name in map(_element, shape)}
        wanted = (nested | members) - types.keys()
    return {
        "version": description["version"],
        "source": SOURCE,
        "licence": LICENCE,
        "methods": methods,
        "types": dict(sorted(types.items())),
    }


def written(schema: Json) -> str:
    """The schema as JSON with one method or type in a line, so that two versions can be compared."""
    parts = []
    for key, value in schema.items():
        if isinstance(value, dict):
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(shape)}" for name, shape in value.items())
            parts.append(f" {json.dumps(key)}: {{\n{lines}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _shape(described: Json) -> Json | list[str]:
    """The fields of an object, or the names of the types that a union stands for."""
    return described["subtypes"] if "subtypes" in described else _fields(described)


def _fields(described: Json) -> Json:
    return {field["name"]: _field(field) for field in described.get("fields", [])}


def _field(field: Json) -> Json:
    kept: Json = {"types": field["types"]}
    if field["required"]:
        kept["required"] = True
    words = field["description"]
    if match := _UNLESS.search(words):
        kept["unless"] = [name for name in match.groups() if name]
    if match := _LENGTH.search(words):
        kept |= {"length": [int(match[1]), int(match[2])], "unit": match[3].lower()}
        if match[4]:
            kept["parsed"] = True
    elif (match := _COUNT.search(words)) and any(name.startswith(ARRAY) for name in field["types"]):
        kept |= {"length": [int(match[1] or 0), int(match[2] or match[4])], "unit": "items"}
    elif match := _FIXED.search(words):
        kept["fixed"] = match[1]
    return kept


def _named(shapes: Iterable[Mapping[str, Json]]) -> set[str]:
    return {_element(name) for shape in shapes for field in shape.values() for name in field["types"]}


def _element(name: str) -> str:
    return name.rpartition(ARRAY)[2]


if __name__ == "__main__":
    SCHEMA.write_text(written(reduced(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), encoding="utf-8")
