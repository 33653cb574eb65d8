"""`musafir evaluate`: how well questions are understood, measured through the whole way a Telegram message takes.

hit@1            the first candidate is right
hit@3            one of the shown candidates is right
direct precision of the rows answered without asking back, the share that is right
coverage         the share answered without asking back
recall           of `emergency`: recognised as such; of `out_of_scope`: never answered with an answer
"""

from __future__ import annotations

import asyncio
import csv
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bot.dialogue import Dialogue
from bot.errors import MusafirError
from bot.rasa import Step

CONCURRENCY: Final = 4
SHOWN: Final = 3
DIALOGUE_LABELS: Final = frozenset(
    [
        "emergency",
        "self_harm",
        "find_help",
        "greet",
        "thanks",
        "bye",
        "affirm",
        "deny",
        "bot_help",
        "human",
        "out_of_scope",
    ]
)
_LABELS: Final = {"nothing_to_confirm": "affirm", "guide_left": "stop"}


@dataclass(frozen=True)
class Row:
    """A question with its right labels, the best first."""

    text: str
    label: str
    style: str
    lang: str

    @property
    def labels(self) -> list[str]:
        """All labels that are right."""
        return self.label.split("|")


@dataclass(frozen=True)
class Result:
    """What the bot made of a row. `candidates` are the labels that the person is shown, best first."""

    row: Row
    predicted: str
    confidence: float
    outcome: str
    candidates: list[str]

    @property
    def first_is_right(self) -> bool:
        """hit@1."""
        return self.predicted in self.row.labels

    @property
    def shown_is_right(self) -> bool:
        """hit@3."""
        return bool({self.predicted, *self.candidates} & set(self.row.labels))

    @property
    def is_direct(self) -> bool:
        """True unless the bot asked back."""
        return self.outcome not in ("suggest", "fallback")


def read_rows(path: Path) -> list[Row]:
    """Read a CSV file with columns `text,label` and optionally `style,lang`. Raises `MusafirError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"text", "label"} <= set(reader.fieldnames or ()):
                raise MusafirError(f"{path} has no columns text and label", "give a CSV file that has them")
            return [
                Row(record["text"], record["label"], record.get("style") or "", record.get("lang") or "")
                for record in reader
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise MusafirError(f"{path} cannot be read ({error})", "give a CSV file in UTF-8") from error


async def evaluate(dialogue: Dialogue, rows: Iterable[Row], progress: Callable[[], object]) -> list[Result]:
    """Ask every row in a fresh conversation."""
    gate = asyncio.Semaphore(CONCURRENCY)

    async def ask(row: Row) -> Result:
        async with gate:
            conversation = f"evaluation-{secrets.token_hex(8)}"
            steps = await dialogue.respond(conversation, row.text)
            progress()
            return _result(row, steps[0])

    return list(await asyncio.gather(*(ask(row) for row in rows)))


def _result(row: Row, step: Step) -> Result:
    labels = [candidate.label for candidate in step.candidates]
    confidence = step.candidates[0].confidence if step.candidates else 1.0
    if step.say == "answer" and step.id:
        return Result(row, step.id, confidence, "answer", [step.id, *_with_button(step.alternatives)])
    if step.say == "suggest":
        shown = labels[:SHOWN]
        return Result(row, shown[0] if shown else "", confidence, "suggest", shown)
    if step.say == "search":
        return Result(row, labels[0] if labels else "", confidence, "fallback", labels[:SHOWN])
    if step.say == "sos":
        return Result(row, "emergency", confidence, "emergency", ["emergency", *_with_button(step.alternatives)])
    label = step.intent if step.intent in ("affirm", "deny") else _LABELS.get(step.say, step.say)
    return Result(row, label, confidence, label, [label])


def _with_button(labels: list[str]) -> list[str]:
    """The labels that are shown below an answer or the SOS card: other answers only."""
    return [label for label in labels if label not in DIALOGUE_LABELS]


def summarise(results: list[Result]) -> dict[str, Any]:
    """The figures over all rows, by language and by style."""
    return {
        "all": _figures(results),
        "by_language": _grouped(results, lambda result: result.row.lang),
        "by_style": _grouped(results, lambda result: result.row.style),
    }


def as_json(results: list[Result]) -> dict[str, Any]:
    """The output file: every row with what was predicted, and the summary."""
    rows = [
        {
            **asdict(result.row),
            "predicted": result.predicted,
            "confidence": round(result.confidence, 4),
            "outcome": result.outcome,
            "candidates": result.candidates,
        }
        for result in results
    ]
    return {"rows": rows, "summary": summarise(results)}


def table(summary: dict[str, Any]) -> str:
    """The summary as text, a line for each language and style."""
    names = list(summary["all"])
    lines = ["".ljust(12) + "".join(name.rjust(18) for name in names)]
    groups = {"all": summary["all"], **summary["by_language"], **summary["by_style"]}
    for group, figures in groups.items():
        cells = (f"{figures[name]:.3f}" if isinstance(figures[name], float) else str(figures[name]) for name in names)
        lines.append(group.ljust(12) + "".join("–".rjust(18) if c == "None" else c.rjust(18) for c in cells))
    return "\n".join(lines)


def _grouped(results: list[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return {name: _figures(group) for name, group in groups.items() if name}


def _figures(results: list[Result]) -> dict[str, Any]:
    direct = [result for result in results if result.is_direct]
    emergencies = [result for result in results if result.row.labels[0] == "emergency"]
    others = [result for result in results if result.row.labels[0] == "out_of_scope"]
    return {
        "rows": len(results),
        "hit@1": _share(results, lambda result: result.first_is_right),
        "hit@3": _share(results, lambda result: result.shown_is_right),
        "direct precision": _share(direct, lambda result: result.first_is_right),
        "coverage": _share(results, lambda result: result.is_direct),
        "emergency recall": _share(emergencies, lambda result: result.predicted in ("emergency", "self_harm")),
        "scope recall": _share(others, lambda result: result.outcome != "answer"),
    }


def _share(results: list[Result], is_true: Callable[[Result], bool]) -> float | None:
    return sum(map(is_true, results)) / len(results) if results else None
