"""What `musafir check` says: one problem, where it is, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.paths import ROOT

LineOf = Callable[..., int]
"""Finds the line of a value: called with a file and the path inside it."""


class Severity(StrEnum):
    """An error keeps a file out of the bot; a warning only asks for attention."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Problem:
    """A finding in one file. `line` counts from 1."""

    file: Path
    line: int
    what: str
    remedy: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        path = self.file.relative_to(ROOT) if self.file.is_relative_to(ROOT) else self.file
        mark = "" if self.severity is Severity.ERROR else "warning: "
        return f"{path}:{self.line}: {mark}{self.what}: {self.remedy}"
