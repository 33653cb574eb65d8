"""What happens to a text between the call that sends it and the chat it appears in.

Telegram trims it, drops styles inside code, finds addresses and phone numbers by itself, and keeps what is
left as plain text plus entities whose offsets count UTF-16 units.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.detection import Entity, detected, utf16_length
from bot.sandbox.errors import BadRequest

# Outermost first where two entities cover the same words.
_ORDER = ["blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention"]
_ORDER += ["bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"]
_STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"}


@dataclass(frozen=True)
class Formatted:
    """A text as Telegram keeps it."""

    text: str
    entities: list[Entity]


def _without_styles_in_code(entities: list[Entity]) -> list[Entity]:
    """Telegram does not style code, and names a language only for a block of it."""
    blocks = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in ("code", "pre")]
    kept = []
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if entity["type"] in _STYLES and any(first <= start and end <= last for first, last in blocks):
            continue
        if entity["type"] == "code":
            entity = {key: value for key, value in entity.items() if key != "language"}
        kept.append(entity)
    return kept


def _trimmed(formatted: Formatted) -> Formatted:
    """Telegram strips white space around a text; entities move or shrink with it."""
    text = formatted.text.strip()
    shift = utf16_length(formatted.text) - utf16_length(formatted.text.lstrip())
    limit = utf16_length(text)
    entities = []
    for entity in formatted.entities:
        start = max(0, entity["offset"] - shift)
        end = min(limit, entity["offset"] - shift + entity["length"])
        if end > start:
            entities.append({**entity, "offset": start, "length": end - start})
    return Formatted(text, entities)


def sort_key(entity: Entity) -> tuple[int, int, int]:
    """Order entities as Telegram lists them: by place, then from the outside in."""
    order = _ORDER.index(entity["type"]) if entity["type"] in _ORDER else len(_ORDER)
    return entity["offset"], -entity["length"], order


def clean(source: str) -> str:
    """Control characters never reach a chat: carriage returns vanish, the others become spaces."""
    return re.sub(r"[\x00-\x09\x0b-\x1f]", " ", source.replace("\r", ""))


def finished(formatted: Formatted, max_entities: int) -> Formatted:
    """Return the text as it appears in the chat: trimmed, with what Telegram detects by itself."""
    result = _trimmed(Formatted(formatted.text, _without_styles_in_code(formatted.entities)))
    entities = sorted(result.entities + detected(result.text, result.entities), key=sort_key)
    return Formatted(result.text, entities[:max_entities])


def checked_entities(text: str, given: list[Any]) -> Formatted:
    """Accept entities a bot computed itself, provided they lie within the text."""
    limit = utf16_length(text)
    entities: list[Entity] = []
    for entity in given:
        if not isinstance(entity, dict) or not {"type", "offset", "length"} <= entity.keys():
            raise BadRequest("can't parse MessageEntity: expected an Object with type, offset and length")
        offset, end = int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
        if offset < 0:
            raise BadRequest(f"receive an entity with incorrect offset {offset}")
        if offset > limit:
            raise BadRequest(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if end > limit:
            raise BadRequest(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
            )
        if entity["type"] in _ORDER and end > offset:
            entities.append(entity)
    return Formatted(text, entities)
