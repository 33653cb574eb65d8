"""Holds one call against the Bot API's description: names, types, what is required, and lengths.

The sandbox imitates what Telegram refuses as far as our bot needs it; this looks at every call by the description
alone, and so also finds what the sandbox would let pass: a parameter that does not exist, an object of a wrong shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from telegram.constants import InlineKeyboardMarkupLimit

from bot.sandbox.errors import BadRequest
from bot.sandbox.html_parser import parse_html
from bot.sandbox.params import Upload
from tests.bot_api.extract import ARRAY, SCHEMA

Json = dict[str, Any]
Fields = Mapping[str, Json]

_SCALARS: Final[Mapping[str, tuple[type, ...]]] = {
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
    "String": (str,),
    "InputFile": (Upload,),
}
_ATTACHED: Final = re.compile(r"attach://([^\"]+)")
_SHOWN: Final = 60


@cache
def schema() -> Json:
    """The description, as `extract` has written it."""
    loaded: Json = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def problems(method: str, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with a call, each with its place such as `sendMessage.reply_markup.inline_keyboard[0][1].text`.

    `values` are the parameters as they came: in a form or query as text (structures as JSON inside it) and `Upload`;
    in a JSON body as themselves. Empty ones count as not given, as Telegram counts them.
    """
    by_lower_name = {name.lower(): name for name in schema()["methods"]}
    name = by_lower_name.get(method.lower())
    if name is None:
        return [f"{method}: there is no such method"]
    fields: Fields = schema()["methods"][name]
    uploads = {key: value for key, value in values.items() if isinstance(value, Upload)}
    attached = {part for value in values.values() for part in _ATTACHED.findall(str(value))}
    sent = {
        key: _decoded(value, fields[key]["types"], uploads) if key in fields else value
        for key, value in values.items()
        if key not in attached & uploads.keys() and value not in (None, "")
    }
    return list(_of_object(fields, sent, name))


def _decoded(value: Any, types: Sequence[str], uploads: Mapping[str, Upload]) -> Any:
    """What a parameter stands for: its JSON, or the file that it names; what cannot be read stays as it is."""
    if not isinstance(value, str):
        return value
    if match := _ATTACHED.fullmatch(value):
        return uploads.get(match[1], value)
    if "String" in types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _of_object(fields: Fields, values: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from (f"{place}.{key}: is not known" for key in sorted(values.keys() - fields.keys()))
    for key, field in fields.items():
        value, here = values.get(key), f"{place}.{key}"
        if value in (None, ""):
            if _is_missing(field, values):
                yield f"{here}: is missing"
            continue
        wrong = list(_of_types(field["types"], value, here))
        yield from wrong or _of_limits(field, value, values, here)


def _is_missing(field: Json, values: Mapping[str, Any]) -> bool:
    """True for what is always required, and for what is required unless others are there."""
    return "required" in field or ("unless" in field and not all(values.get(key) for key in field["unless"]))


def _of_types(types: Sequence[str], value: Any, place: str) -> Iterator[str]:
    """What is wrong with a value that may be of any of the types; of several, that which it looks most like counts."""
    possible = list(_without_unions(types))
    elements = [name.removeprefix(ARRAY) for name in possible if name.startswith(ARRAY)]
    objects = [name for name in possible if name in schema()["types"] and name not in _SCALARS]
    if isinstance(value, list) and elements:
        for position, item in enumerate(value):
            yield from _of_types(elements, item, f"{place}[{position}]")
    elif isinstance(value, dict) and objects:
        name = min(objects, key=lambda name: _difference(schema()["types"][name], value))
        yield from _of_object(schema()["types"][name], value, place)
        if name == "InlineKeyboardMarkup":
            yield from _of_keyboard(value.get("inline_keyboard"), place)
    elif not any(_is_scalar(value, name) for name in possible):
        yield f"{place}: {_wanted(possible)} was expected: {_shown(value)}"


def _without_unions(types: Iterable[str]) -> Iterator[str]:
    for name in types:
        shape = schema()["types"].get(name)
        if isinstance(shape, list):
            yield from _without_unions(shape)
        else:
            yield name


def _difference(fields: Fields, value: Json) -> int:
    """How little an object looks like a type: names that only one of them has, and fixed values that differ."""
    missing = {key for key, field in fields.items() if field.get("required")} - value.keys()
    fixed = [key for key, field in fields.items() if "fixed" in field and field["fixed"] != value.get(key)]
    return len(value.keys() - fields.keys()) + len(missing) + len(fixed)


def _is_scalar(value: Any, name: str) -> bool:
    is_bool = isinstance(value, bool)  # for Python a kind of integer
    return isinstance(value, _SCALARS.get(name, ())) and (name == "Boolean" or not is_bool)


def _of_limits(field: Json, value: Any, beside: Mapping[str, Any], place: str) -> Iterator[str]:
    """What is wrong with the length or the content of a value of the right type. `beside` are its neighbours."""
    if value != field.get("fixed", value):
        yield f"{place}: {field['fixed']!r} was expected: {_shown(value)}"
    if "length" not in field:
        return
    if field.get("parsed") and str(beside.get("parse_mode", "")).upper() == "HTML":
        try:
            value = parse_html(value).text.strip()
        except BadRequest as error:
            yield f"{place}: {error}"
            return
    least, most = field["length"]
    length = len(value.encode()) if field["unit"] == "bytes" else len(value)
    if not least <= length <= most:
        yield f"{place}: {length} {field['unit']}, where {least} to {most} are allowed"


def _of_keyboard(rows: Any, place: str) -> Iterator[str]:
    """Limits of buttons under a message, which the documentation does not name."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return  # said already
    if (total := sum(map(len, rows))) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        yield f"{place}: {total} buttons, where {InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER} are allowed"
    if (widest := max(map(len, rows), default=0)) > InlineKeyboardMarkupLimit.BUTTONS_PER_ROW:
        yield f"{place}: {widest} buttons in a row, where {InlineKeyboardMarkupLimit.BUTTONS_PER_ROW} are allowed"


def _wanted(types: Iterable[str]) -> str:
    return " or ".join(types)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
