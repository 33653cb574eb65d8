"""What a process holds while the messages pass, and whether it still grows."""

from __future__ import annotations

import contextlib
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOLERANCE: Final = 2.0
"""MB that memory may grow in 10,000 messages: 200 bytes a message. One Python object with its text that is not let go
for every message is 600 bytes and more; an `Update`, a future with its exception or a task ten times that."""
SURE: Final = 3.0
"""Standard errors by which a slope must be above `TOLERANCE` to count. Over 25,000 messages one is about 0.4 MB in
10,000; in a short run it is larger than what is looked for, and only a coarse leak is found."""
MORE_DESCRIPTORS: Final = 10
"""Open files and connections that may come and go between the middle and the end."""


@dataclass(frozen=True)
class Sample:
    """After `messages`: memory of their own in MB, open descriptors, and the size of the database in MB.

    Of their own: without the pages of programs and libraries, whose share changes when another process on the machine
    that uses the same ones comes or goes (119 MB, seen where a second Rasa ran).
    """

    messages: int
    bot: float
    rasa: float
    descriptors: int
    database: float

    def __str__(self) -> str:
        return (
            f"{self.messages:>8}  bot {self.bot:7.1f} MB  Rasa {self.rasa:7.1f} MB  "
            f"descriptors {self.descriptors:4}  database {self.database:6.1f} MB"
        )


def sample(messages: int, pid: int, database: Path) -> Sample:
    """Look at the bot `pid`, at its children, and at its database."""
    children = _children(pid)
    rasa = sum(map(_own_memory, children))
    files = [database, database.with_name(f"{database.name}-wal")]
    size = sum(file.stat().st_size for file in files if file.exists()) / 1e6
    return Sample(messages, _own_memory(pid), rasa, sum(map(_descriptors, [pid, *children])), size)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (task / "children").read_text().split())
    return found


def _own_memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return (kilobytes["Pss_Anon"] + kilobytes["SwapPss"]) / 1024


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@dataclass(frozen=True)
class Growth:
    """MB in 10,000 messages, and the standard error of that."""

    slope: float
    error: float

    @property
    def is_leak(self) -> bool:
        """Whether it is certainly more than is tolerated."""
        return self.slope - SURE * self.error > TOLERANCE

    def __str__(self) -> str:
        return f"{self.slope:+.2f} ± {self.error:.2f} MB in 10,000 messages"


def growth(samples: Sequence[Sample], figure: Callable[[Sample], float]) -> Growth:
    """How a figure grows over `samples`, by least squares."""
    x = [one.messages / 10_000 for one in samples]
    y = [figure(one) for one in samples]
    slope, offset = statistics.linear_regression(x, y)
    left = sum((value - offset - slope * at) ** 2 for at, value in zip(x, y, strict=True)) / (len(x) - 2)
    spread = sum((at - statistics.fmean(x)) ** 2 for at in x)
    return Growth(slope, math.sqrt(left / spread))


def verdict(samples: Sequence[Sample]) -> tuple[list[str], list[str]]:
    """What to tell about the second half of a run, and what is wrong with it."""
    half = samples[len(samples) // 2 :]
    lines, wrong = [], []
    figures: dict[str, Callable[[Sample], float]] = {"bot": lambda one: one.bot, "Rasa": lambda one: one.rasa}
    for name, figure in figures.items():
        found = growth(half, figure)
        lines.append(f"{name}: {found} in the second half")
        if found.is_leak:
            wrong.append(f"the memory of {name} grows: {found}")
    fifth = max(1, len(samples) // 5)
    before, after = (statistics.median(one.descriptors for one in some) for some in (half[:fifth], samples[-fifth:]))
    if after > before + MORE_DESCRIPTORS:
        wrong.append(f"descriptors grow: from {before:.0f} to {after:.0f}")
    return lines, wrong
