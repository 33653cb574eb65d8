"""Telegram's HTML: from `<b>text</b>` to plain text and a list of entities, or a refusal.

Telegram's parser is not an HTML parser. It knows sixteen tags and four named character references, and
refuses a message as a whole when anything is unclosed or crossed. The wording and the byte offsets of its
refusals are kept, because they are what a developer will search for.
"""

import re
from dataclasses import dataclass, field

from bot.sandbox.detection import Entity, utf16_length
from bot.sandbox.errors import BadRequest
from bot.sandbox.formatting import Formatted, sort_key
from bot.sandbox.links import link_or_empty

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_SPACE = " \t\r\n\v"
_REFERENCE = re.compile(
    r"&(?:#x(?P<hex>[0-9A-Fa-f]+)|#(?P<dec>[0-9]+)|(?P<name>lt|gt|amp|quot)(?![A-Za-z]))(?P<end>;?)"
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_PLAIN = re.compile(r"[^<&]+")
_USER_LINK = re.compile(r"tg://user\?id=(\d+)")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_LAST_CODE_POINT = 0x10FFFF
_REFERENCE_LENGTH = 10


@dataclass
class _OpenTag:
    name: str
    attributes: dict[str, str]
    units: int
    written: int


def _reference(source: str, at: int) -> tuple[str, int]:
    """Return the character a reference stands for and where it ends; nothing if it is just an ampersand."""
    match = _REFERENCE.match(source, at)
    if match is None:
        return "", at
    if match["name"]:
        return _NAMED[match["name"]], match.end()
    code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
    too_long = match.start("end") - match.start() >= _REFERENCE_LENGTH
    if too_long or not 0 < code < _LAST_CODE_POINT:
        return "", at
    return chr(code), match.end()


@dataclass
class _Parser:
    source: str
    at: int = 0
    units: int = 0
    out: list[str] = field(default_factory=list)
    open_tags: list[_OpenTag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def parse(self) -> Formatted:
        while self.at < len(self.source):
            if plain := _PLAIN.match(self.source, self.at):
                self._write(plain[0])
                self.at = plain.end()
            elif self.source.startswith("</", self.at):
                self._end_tag()
            elif self.source.startswith("<", self.at):
                self._start_tag()
            else:
                decoded, after = _reference(self.source, self.at)
                self._write(decoded or "&")
                self.at = after if decoded else self.at + 1
        if self.open_tags:
            raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{self.open_tags[-1].name}"')
        text = "".join(self.out)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise _cannot_parse(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return Formatted(text, self.entities)

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.units += utf16_length(text)

    def _refused(self, reason: str, at: int, detail: str = "") -> BadRequest:
        offset = len(self.source[:at].encode("utf-8", "surrogatepass"))
        return _cannot_parse(f"{reason} at byte offset {offset}{detail}")

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _skip_space(self) -> None:
        while self._peek() and self._peek() in _SPACE:
            self.at += 1

    def _read_until(self, stops: str) -> str:
        start = self.at
        while self._peek() and self._peek() not in stops:
            self.at += 1
        return self.source[start : self.at]

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self._read_until(_SPACE + ">").lower()
        if not self._peek():
            raise self._refused("Unclosed start tag", begin)
        if name not in _TAGS:
            raise self._refused(f'Unsupported start tag "{name}"', begin)
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._refused('Tag "span" must have class "tg-spoiler"', begin)
        self.open_tags.append(_OpenTag(name, attributes, self.units, len(self.out)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        """Read up to and including the closing bracket."""
        found: dict[str, str] = {}
        while True:
            self._skip_space()
            if self._peek() == ">":
                self.at += 1
                return found
            name = self._read_until(_SPACE + "=>")
            self._skip_space()
            if not self._peek():
                raise self._refused(f'Unclosed start tag "{tag}"', begin)
            if not name:
                raise self._refused(f'Empty attribute name in the tag "{tag}"', begin)
            found[name] = self._attribute_value(tag, begin) if self._peek() == "=" else ""

    def _attribute_value(self, tag: str, begin: int) -> str:
        self.at += 1
        self._skip_space()
        quote = self._peek()
        if not quote:
            raise self._refused(f'Unclosed start tag "{tag}"', begin)
        if quote in "'\"":
            self.at += 1
            value = self._quoted(quote)
        else:
            start = self.at
            token = _NAME_TOKEN.match(self.source, start)
            value = token[0].lower() if token else ""
            self.at += len(value)
            if self._peek() and self._peek() not in _SPACE + ">":
                raise self._refused("Unexpected end of name token", start)
        if not self._peek():
            raise self._refused("Unclosed start tag", begin)
        return value

    def _quoted(self, quote: str) -> str:
        value = ""
        while self._peek() and self._peek() != quote:
            decoded, after = _reference(self.source, self.at) if self._peek() == "&" else ("", 0)
            value += decoded or self._peek()
            self.at = after if decoded else self.at + 1
        self.at += 1
        return value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open_tags:
            raise self._refused("Unexpected end tag", begin)
        self.at += 2
        name = self._read_until(_SPACE + ">").lower()
        self._skip_space()
        if self._peek() != ">":
            raise self._refused("Unclosed end tag", begin)
        self.at += 1
        tag = self.open_tags.pop()
        if name and name != tag.name:
            expected = f'expected "</{tag.name}>", found "</{name}>"'
            raise self._refused("Unmatched end tag", begin, f", {expected}")
        if self.units > tag.units:
            self._close(tag)

    def _close(self, tag: _OpenTag) -> None:
        entity: Entity = {"type": _TAGS[tag.name], "offset": tag.units, "length": self.units - tag.units}
        previous = self.entities[-1] if self.entities else {}
        same_words = all(previous.get(key) == entity[key] for key in ("offset", "length"))
        language = tag.attributes.get("class", "").removeprefix("language-")
        match tag.name:
            case "a":
                entity |= self._link(tag)
                if "url" not in entity and "user" not in entity:
                    return
            case "tg-emoji":
                emoji = tag.attributes.get("emoji-id", "")
                if not emoji.isdecimal() or int(emoji) == 0:
                    raise _cannot_parse("Invalid custom emoji identifier specified")
                entity["custom_emoji_id"] = emoji
            case "blockquote" if "expandable" in tag.attributes:
                entity["type"] = "expandable_blockquote"
            case "pre" if same_words and previous.get("type") == "code" and previous.get("language"):
                previous["type"] = "pre"
                return
            case "code" if language and language != tag.attributes["class"]:
                if same_words and previous.get("type") == "pre":
                    previous["language"] = language
                    return
                entity["language"] = language
        self.entities.append(entity)

    def _link(self, tag: _OpenTag) -> Entity:
        target = tag.attributes.get("href") or "".join(self.out[tag.written :])
        person = _USER_LINK.fullmatch(target)
        if person:
            return {"type": "text_mention", "user": {"id": int(person[1]), "is_bot": False, "first_name": ""}}
        url = link_or_empty(target)
        return {"url": url} if url else {}


def _cannot_parse(reason: str) -> BadRequest:
    return BadRequest(f"can't parse entities: {reason}")


def parse_html(source: str) -> Formatted:
    """Parse Telegram's HTML exactly as written; refuse it where Telegram does."""
    parsed = _Parser(source).parse()
    return Formatted(parsed.text, sorted(parsed.entities, key=sort_key))
