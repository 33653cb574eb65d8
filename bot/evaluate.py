"""`musafir evaluate`: how well questions are understood, measured through the whole way a Telegram message takes.

hit@1, hit@3         of the rows that ask for an answer: the first, one of the shown candidates is right
direct precision     of the rows answered without asking back, the share that is right
coverage             the share answered without asking back
emergency recall     of the emergencies, the share that gets the SOS card or the self-harm card
emergency precision  of the rows that get the SOS card, the share for which it is right
self-harm recall     of the rows that speak of suicide, the share that gets the card for it
scope recall         of the rows out of scope, the share that is not answered directly
find help            of the rows that ask for a contact, the share where need, country and city are all right
"""

from __future__ import annotations

import asyncio
import csv
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from bot.database.people import Profile
from bot.dialogue import Dialogue
from bot.errors import MusafirError
from bot.handlers.places import place_of
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
    style: str = ""
    lang: str = ""
    need: str = ""
    country: str = ""
    city: str = ""

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
    need: str = ""
    country: str = ""
    city: str = ""

    @property
    def asks_for_an_answer(self) -> bool:
        """True when the best label is an answer and not a dialogue intent."""
        return self.row.labels[0] not in DIALOGUE_LABELS

    @property
    def place_is_right(self) -> bool:
        """Recognised as asking for a contact, with all that the row names."""
        wanted = (self.row.need, self.row.country, self.row.city)
        found = (self.need, self.country, self.city)
        return self.predicted in self.row.labels and wanted == found

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
    """Read a CSV file with columns `text,label` and optionally the others of `Row`. Raises `MusafirError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"text", "label"} <= set(reader.fieldnames or ()):
                raise MusafirError(f"{path} has no columns text and label", "give a CSV file that has them")
            columns = [field.name for field in fields(Row)]
            return [Row(**{name: record.get(name) or "" for name in columns}) for record in reader]
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
            return _with_place(_result(row, steps[0]), steps[0])

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


def _with_place(result: Result, step: Step) -> Result:
    """Add the kind of help and the place that contacts would be shown for."""
    place = place_of(step.entities, Profile())
    return replace(result, need=step.entities.need or "", country=place.country or "", city=place.city or "")


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
            "found": {"need": result.need, "country": result.country, "city": result.city},
            "confidence": round(result.confidence, 4),
            "outcome": result.outcome,
            "candidates": result.candidates,
        }
        for result in results
    ]
    return {"rows": rows, "summary": summarise(results)}


def table(summary: dict[str, Any]) -> str:
    """The summary as text: a line for each measure, a column for each language and style."""
    groups = {"all": summary["all"], **summary["by_language"], **summary["by_style"]}
    lines = ["".ljust(20) + "".join(name.rjust(9) for name in groups)]
    for measure in summary["all"]:
        cells = (_cell(figures[measure]).rjust(9) for figures in groups.values())
        lines.append(measure.ljust(20) + "".join(cells))
    return "\n".join(lines)


def _cell(figure: float | int | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.3f}" if isinstance(figure, float) else str(figure)


def _grouped(results: list[Result], key: Callable[[Result], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return {name: _figures(group) for name, group in groups.items() if name}


def _figures(results: list[Result]) -> dict[str, Any]:
    direct = [result for result in results if result.is_direct]
    answers = [result for result in results if result.asks_for_an_answer]
    alarms = [result for result in results if result.predicted == "emergency"]

    def of(label: str) -> list[Result]:
        return [result for result in results if result.row.labels[0] == label]

    return {
        "rows": len(results),
        "hit@1": _share(answers, lambda result: result.first_is_right),
        "hit@3": _share(answers, lambda result: result.shown_is_right),
        "direct precision": _share(direct, lambda result: result.first_is_right),
        "coverage": _share(results, lambda result: result.is_direct),
        "emergency recall": _share(of("emergency"), lambda result: result.predicted in ("emergency", "self_harm")),
        "emergency precision": _share(alarms, lambda result: "emergency" in result.row.labels),
        "self-harm recall": _share(of("self_harm"), lambda result: result.predicted == "self_harm"),
        "scope recall": _share(of("out_of_scope"), lambda result: result.outcome != "answer"),
        "find help": _share(of("find_help"), lambda result: result.place_is_right),
    }


def errors(results: list[Result]) -> str:
    """What was mistaken for what, the most frequent pair first, with the messages."""
    wrong = [result for result in results if not result.first_is_right]
    pairs = Counter((result.row.labels[0], result.predicted) for result in wrong)
    lines = []
    for (label, predicted), count in pairs.most_common():
        lines.append(f"{label} → {predicted or 'nothing'}: {count}")
        lines += [
            f"    {result.row.lang} {result.row.style} ({result.outcome} {result.confidence:.2f}): {result.row.text}"
            for result in wrong
            if (result.row.labels[0], result.predicted) == (label, predicted)
        ]
    return "\n".join(lines)


def _share(results: list[Result], is_true: Callable[[Result], bool]) -> float | None:
    return sum(map(is_true, results)) / len(results) if results else None
