"""Changes single values in the files of `content/` and leaves comments, order, quotes and all other lines as they are.

Everything but `write` is text in, text out, so that a change can be checked before any file is touched. Paths are those
of `yamlfile`: `("title",)`, `("findings", "act_fast")`. What cannot be read raises `YamlError`.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path as File
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)
from ruamel.yaml.tokens import CommentToken

from bot.content import markdownfile
from bot.content.yamlfile import Path, YamlError, parse

Value = str | int | date | Sequence[str] | Mapping[str, str] | None
"""What can be written. `None` removes the key."""

_INDENTS: Final = ((4, 2), (2, 0))
"""Of list items and of their dashes, as our files have them."""
_INVISIBLE: Final = re.compile("[^\t\n -~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML refuses: control characters, halves of characters, marks of byte order."""


def tidy(text: str) -> str:
    """`text` as it is written into a file: no space around it, plain line ends, nothing that YAML refuses."""
    return _INVISIBLE.sub("", "\n".join(text.splitlines())).strip()


def set_values(text: str, changes: Mapping[Path, Value], after: str = "status") -> str:
    """The YAML `text` with the value at each path replaced, added, or removed where it is `None`.

    Strings are made `tidy`; those of several lines become blocks. New keys go to the end of their mapping,
    at the top level behind the key `after` where there is one, in their order. A mapping that is missing is added;
    any other path through something that is not there raises `KeyError` or `IndexError`. A file that is indented in
    another way than ours is indented afresh.
    """
    parse(text)  # refuses what the bot could not read, such as a key given twice
    yaml = _yaml(*_INDENTS[0])
    data = yaml.load(text)
    if _dump(yaml, data) != text and _dump(other := _yaml(*_INDENTS[1]), data) == text:
        yaml = other
    for path, value in changes.items():
        behind = after if after in data and path[0] not in data else None
        _set(data, path, value, behind)
        after = str(path[0]) if behind and path[0] in data else after
    return _dump(yaml, data)


def set_front(text: str, changes: Mapping[Path, Value], after: str = "status") -> str:
    """The Markdown `text` with values of its front matter changed as `set_values` does it."""
    front, body = markdownfile.split(text)
    return markdownfile.join(set_values(front + "\n", changes, after).removesuffix("\n"), body)


def set_body(text: str, body: str) -> str:
    """The Markdown `text` with another text below its front matter."""
    return markdownfile.join(markdownfile.split(text)[0], tidy(body) + "\n")


def write(path: File, text: str) -> None:
    """Put `text` into the file `path` all at once: whoever reads meanwhile sees the old file or the new one.

    After a crash a file named `.name.…~` may be left, which nobody reads: neither the library nor its watcher.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}~")
    try:
        with temporary.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # so that the new name outlives a power cut as well
    finally:
        os.close(folder)


def _yaml(sequence: int, dash: int) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # never wraps a line that somebody wrote in one piece
    yaml.indent(mapping=2, sequence=sequence, offset=dash)
    return yaml


def _dump(yaml: YAML, data: Any) -> str:
    stream = StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _set(inner: Any, path: Path, value: Value, behind: str | None = None) -> None:
    key, rest = path[0], path[1:]
    known = key in inner if isinstance(inner, CommentedMap) else True
    if known and rest:
        _set(inner[key], rest, value)
    elif known and value is not None:
        gap = _take_gap(inner, key)
        inner[key] = _node(value, inner[key])
        _put_gap(inner, key, gap)
    elif known:
        _remove(inner, key)
    elif value is not None:
        node = _node(value)
        for part in reversed(rest):
            node = CommentedMap({part: node})
        _add(inner, key, node, behind)


def _node(value: Value, before: Any = None) -> Any:
    """`value` as ruamel writes it, looking like `before` where the two have something in common."""
    if isinstance(value, str):
        return _string(tidy(value), before)
    if isinstance(value, Mapping):
        old = dict(before) if isinstance(before, CommentedMap) else {}
        return CommentedMap((key, _node(item, old.get(key))) for key, item in value.items())
    if isinstance(value, Sequence):
        return _list(value, before if isinstance(before, CommentedSeq) else CommentedSeq())
    return value


def _string(value: str, before: Any) -> Any:
    if "\n" in value or isinstance(before, LiteralScalarString):
        return LiteralScalarString(value + "\n")
    if isinstance(before, SingleQuotedScalarString):
        return SingleQuotedScalarString(value)
    if isinstance(before, DoubleQuotedScalarString) or not _reads_as_itself(value):
        return DoubleQuotedScalarString(value)
    return value


def _reads_as_itself(value: str) -> bool:
    """False for words such as `no`, `12:30`, `?`, which the bot's reader takes for something else, unlike ruamel."""
    try:
        return bool(parse(value).data == value) and not value.startswith(("?", ":", "-"))
    except YamlError:
        return False


def _list(values: Sequence[str], before: CommentedSeq) -> CommentedSeq:
    """Items that stay keep their quotes, and the comments behind them."""
    known = {str(item).strip(): position for position, item in enumerate(before)}
    items = CommentedSeq(_node(value, before[known[value]] if value in known else None) for value in values)
    for position, value in enumerate(values):
        if value in known and known[value] in before.ca.items:
            items.ca.items[position] = before.ca.items[known[value]]
    if before.fa.flow_style():
        items.fa.set_flow_style()
    return items


def _add(inner: CommentedMap, key: Any, node: Any, behind: Any = None) -> None:
    """Put a new key behind another one, or at the end."""
    keys = list(inner)
    behind = keys[-1] if behind is None and keys else behind
    gap = _take_gap(inner, behind) if keys else None
    inner.insert(keys.index(behind) + 1 if keys else 0, key, node)
    _put_gap(inner, key, gap)


def _remove(inner: CommentedMap | CommentedSeq, key: Any) -> None:
    keys = list(inner) if isinstance(inner, CommentedMap) else list(range(len(inner)))
    gap = _take_gap(inner, key)
    del inner[key]
    if position := keys.index(key):
        _put_gap(inner, keys[position - 1], gap)


def _take_gap(inner: Any, key: Any) -> str | None:
    """Blank lines and comments between a value and the next key: ruamel ties them to the value, people to the key."""
    holder, name, slot = _end(inner, key)
    tokens = holder.ca.items.get(name)
    token = tokens[slot] if tokens else None
    if token is None:
        return None
    beside, _, below = ("", "", token.value) if _ends_its_line(holder[name]) else token.value.partition("\n")
    tokens[slot] = CommentToken(beside + "\n", token.start_mark, None) if beside else None
    return below or None


def _put_gap(inner: Any, key: Any, gap: str | None) -> None:
    if gap:
        holder, name, slot = _end(inner, key)
        tokens = holder.ca.items.setdefault(name, [None] * 4)
        beside = tokens[slot]
        text, mark = (beside.value.rstrip("\n"), beside.start_mark) if beside else ("", CommentMark(0))
        between = "" if _ends_its_line(holder[name]) else "\n"
        tokens[slot] = CommentToken(f"{text}{between}{gap}", mark, None)


def _ends_its_line(value: Any) -> bool:
    return isinstance(value, LiteralScalarString | FoldedScalarString)


def _end(inner: Any, key: Any) -> tuple[Any, Any, int]:
    """The last collection inside a value, the last key in it, and the place of what follows it."""
    value = inner[key]
    if isinstance(value, CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        return _end(value, list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1)
    return inner, key, 2 if isinstance(inner, CommentedMap) else 0
