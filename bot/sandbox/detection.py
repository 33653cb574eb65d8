"""What Telegram makes tappable by itself: addresses, phone numbers, commands, mentions, hashtags.

Bots rely on it without noticing: a command reaches a handler only because Telegram marks it, and a phone
number can be tapped only because Telegram finds it.
"""

import re
from collections.abc import Iterable
from typing import Any

Entity = dict[str, Any]

_DOMAINS = (
    "com|org|net|int|info|io|me|gov|edu|eu|ru|su|kz|kg|tj|uz|tm|az|am|ge|by|ua|md|tr|de|pl|cz|at|ch|uk|us|"
    "al|ba|rs|mk|ks|xk|hr|si|bg|ro|it|fr|es|se|no|dk|fi|lt|lv|ee|ae|sa|qa|kw|kr|jp|cn|in|pk|bd|lk|np|ph"
)
_MIN_PHONE_DIGITS = 7
_MAX_PHONE_DIGITS = 15
_PATH = r"[^\s<>\"]*[^\s<>\".,;:!?)\]}»]"
_PATTERNS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(rf"https?://{_PATH}", re.IGNORECASE)),
    ("url", re.compile(rf"(?<![\w@.])(?:[\w-]+\.)+(?:{_DOMAINS})\b(?:/{_PATH})?/?", re.IGNORECASE)),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d ()\u00a0-]{5,22}\d(?!\w)")),
)
_NOT_INSIDE = {"code", "pre", "text_link", "text_mention"}


def utf16_length(text: str) -> int:
    """Telegram counts offsets in UTF-16 units: an emoji outside the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _plausible(kind: str, found: str) -> bool:
    if kind != "phone_number":
        return True
    return _MIN_PHONE_DIGITS <= sum(c.isdigit() for c in found) <= _MAX_PHONE_DIGITS


def _overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def detected(text: str, given: Iterable[Entity] = ()) -> list[Entity]:
    """Return the entities Telegram would add to `text`, leaving alone the code and links it has already."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in given if e["type"] in _NOT_INSIDE]
    found: list[Entity] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = utf16_length(text[: match.start()])
            end = start + utf16_length(match[0])
            if _plausible(kind, match[0]) and not _overlaps(start, end, taken):
                taken.append((start, end))
                found.append({"type": kind, "offset": start, "length": end - start})
    return found
