"""The table of `make bench`: what was measured, side by side, with the ratios of issue 7 and whether they are met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.speed import BUTTONS, Speed

HEAD: Final = ("measure", "echo", "stock Rasa", "Musafir polling", "Musafir webhook", "ratio", "aim", "met?")
NONE: Final = "-"
MILLISECONDS: Final = "{:.1f}"


@dataclass(frozen=True)
class Line:
    """One line of the table; `met` is None where there is no aim, or nothing to compare with."""

    measure: str
    figures: Sequence[str]
    ratio: str = ""
    aim: str = ""
    met: bool | None = None

    def cells(self) -> list[str]:
        """As text."""
        verdict = "" if self.met is None else "yes" if self.met else "NO"
        return [self.measure, *self.figures, self.ratio, self.aim, verdict]


def speed_lines(echo: Speed, stock: Speed | None, polling: Speed, webhook: Speed) -> list[Line]:
    """The comparison of the contenders. Of Musafir's two modes, the worse one has to meet the aim."""
    all_four, ours = (echo, stock, polling, webhook), (polling, webhook)

    def line(measure: str, figure: Callable[[Speed], float], shape: str = "{:.0f}", **more: object) -> Line:
        shown = [NONE if speed is None else shape.format(figure(speed)) for speed in all_four]
        return Line(measure, shown, **more)  # type: ignore[arg-type]

    slowest, fewest = max(speed.one.p50 for speed in ours), min(speed.crowd.per_second for speed in ours)
    to_echo = slowest / echo.one.p50
    of_echo = fewest / echo.crowd.per_second
    lines = [
        line("1 person, free text: p50, ms", lambda speed: speed.one.p50, MILLISECONDS,
             ratio=f"{to_echo:.1f} × echo", aim="≤ 4 × echo or ≤ 15 ms", met=to_echo <= 4 or slowest <= 15),
        line("1 person, free text: p95, ms", lambda speed: speed.one.p95, MILLISECONDS),
        line("200 people: replies/s", lambda speed: speed.crowd.per_second, MILLISECONDS,
             ratio=f"{of_echo:.2f} × echo", aim="≥ 0.5 × echo", met=of_echo >= 0.5),
        line("200 people: p50, ms", lambda speed: speed.crowd.p50),
        line("200 people: p95, ms", lambda speed: speed.crowd.p95),
        line("200 people: replies lost", lambda speed: speed.crowd.lost),
        line("200 people: first a note, or a search by words", lambda speed: speed.crowd.searched),
        line("processor for a reply, ms", lambda speed: speed.processor, MILLISECONDS),
    ]  # fmt: skip
    if stock is not None:
        times = fewest / stock.crowd.per_second
        tail = max(speed.crowd.p95 for speed in ours) / stock.crowd.p95
        lines[3:3] = [Line("", [""] * 4, f"{times:.1f} × stock", "≥ 5 × stock", times >= 5)]
        lines[6:6] = [Line("", [""] * 4, f"{tail:.2f} × stock", "≤ 0.25 × stock", tail <= 0.25)]
    for name in BUTTONS:
        figures = [NONE, NONE, *(MILLISECONDS.format(speed.buttons[name].p50) for speed in ours)]
        ratio = max(speed.buttons[name].p50 for speed in ours) / echo.one.p50
        lines.append(Line(f"1 person, {name}: p50, ms", figures, f"{ratio:.1f} × echo", "≤ 2 × echo", ratio <= 2))
    start, held = max(speed.warm_start for speed in ours), max(speed.memory for speed in ours)
    lines += [
        line("start until the first answer, s", lambda speed: speed.warm_start, MILLISECONDS,
             aim="≤ 20 s", met=start <= 20),
        line("memory of all processes, MB", lambda speed: speed.memory, aim="≤ 1000 MB", met=held <= 1000),
    ]  # fmt: skip
    return lines


def scale_line(measure: str, plain: float, large: float, aim: float) -> Line:
    """One growth, measured beside the plain installation, both polling: medians in milliseconds."""
    figures = [NONE, NONE, f"{plain:.1f} → {large:.1f}", NONE]
    return Line(measure, figures, f"{large / plain:.2f} × plain", f"≤ {aim} × plain", large <= aim * plain)


def render(lines: Sequence[Line]) -> str:
    """A Markdown table, aligned for a terminal."""
    rows = [list(HEAD), *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    )
