"""What a doctor says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """`broken`: people are not served, or will lose something. `warning`: somebody should look at it."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is and, where it is not well, what to do."""

    check: str
    state: State
    text: str
    remedy: str = ""

    @property
    def is_broken(self) -> bool:
        """True when something must be done."""
        return self.state is State.BROKEN

    def __str__(self) -> str:
        return f"{self.state:<8}{self.check:<13}{self.text}" + (f": {self.remedy}" if self.remedy else "")


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, State.OK, text)


def warning(check: str, text: str, remedy: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(check, State.WARNING, text, remedy)


def broken(check: str, text: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, State.BROKEN, text, remedy)


def as_text(findings: Sequence[Finding]) -> str:
    """A line for each, and a sentence."""
    count = {state: sum(finding.state is state for finding in findings) for state in State}
    summary = f"{count[State.OK]} ok, {count[State.WARNING]} to look at, {count[State.BROKEN]} broken"
    return "\n".join([*map(str, findings), summary])


def as_json(findings: Sequence[Finding]) -> str:
    """A list of objects with `check`, `state`, `text` and `remedy`."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1)
