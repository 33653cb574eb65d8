"""A content file as a form: which values can be edited, what a form sent back, and where a mistake belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import Library, Problem
from bot.content.yamlfile import Path as Place

SEPARATOR = "/"
SIGNED = frozenset({"status", "reviewed_by", "reviewed_on", "reviewed_hash", "source_hash"})
"""What a review writes; nobody types it."""


@dataclass(frozen=True)
class Field:
    """One value. `place` is its path inside the file; a list of texts is edited with one text a line."""

    place: Place
    value: str
    is_list: bool = False
    problems: Sequence[Problem] = ()

    @property
    def name(self) -> str:
        """Its name in the form."""
        return SEPARATOR.join(map(str, self.place))

    @property
    def rows(self) -> int:
        """Lines to show at first."""
        lines = sum(1 + len(line) // 80 for line in self.value.splitlines()) or 1
        return min(max(lines + (1 if self.is_list else 0), 1), 24)


def fields(data: Any, place: Place = ()) -> Iterator[Field]:
    """The texts and the lists of texts in parsed YAML, in their order."""
    if isinstance(data, str):
        yield Field(place, data.strip())
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if place or key not in SIGNED:
                yield from fields(value, (*place, key))
    elif isinstance(data, list) and all(isinstance(item, str) for item in data):
        yield Field(place, "\n".join(data), is_list=True)
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from fields(value, (*place, position))


def lines(text: str) -> list[str]:
    """The lines of a text area that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def changes(known: Sequence[Field], form: Mapping[str, str]) -> dict[Place, str | list[str]]:
    """What a form changed. Fields that it does not hold stay as they are."""
    changed: dict[Place, str | list[str]] = {}
    for field in known:
        sent = form.get(field.name)
        if sent is None:
            continue
        sent = sent.replace("\r\n", "\n").strip()
        if field.is_list and lines(sent) != lines(field.value):
            changed[field.place] = lines(sent)
        elif not field.is_list and sent != field.value:
            changed[field.place] = sent
    return changed


def with_problems(
    known: Sequence[Field], problems: Sequence[Problem], library: Library, file: Path
) -> tuple[list[Field], list[Problem]]:
    """Each field with the problems of its lines, and the problems that belong to no field."""
    starts = sorted((library.line(file, *field.place), position) for position, field in enumerate(known))
    belonging: dict[int, list[Problem]] = {}
    rest: list[Problem] = []
    for problem in problems:
        before = [position for line, position in starts if line <= problem.line]
        if problem.file == file and before and problem.line > 1:
            belonging.setdefault(before[-1], []).append(problem)
        else:
            rest.append(problem)
    shown = [
        Field(field.place, field.value, field.is_list, belonging.get(position, ()))
        for position, field in enumerate(known)
    ]
    return shown, rest
