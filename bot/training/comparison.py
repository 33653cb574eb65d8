"""Whether a new model is worse than the one it would replace, by the questions of the exam.

Both models are asked the same questions, so what counts are the questions that flipped: right before and wrong now,
or the other way round. A new model is refused

- when an emergency or a message about suicide that was recognised is not recognised any more: each such miss is a
  person who gets no numbers, and no number of better answers makes up for it;
- when more answers got worse than chance explains: of the flipped questions about half fall to each side when both
  models are equally good. If so many bad flips come up by chance in at most one of twenty cases (exact one-sided
  binomial test, also called sign test), the new model counts as worse.

Comparing the two shares instead would refuse models for noise, since the exam has only about a hundred questions in a
language, and would not say which questions to look at. A question whose answer the old model had not learned counts
only in the figures of the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from typing import Any, Final

from bot.evaluate import Result, summarise

LEAST_CHANCE: Final = 0.05
DANGERS: Final = ("emergency", "self_harm")
MEASURES: Final = ("rows", "hit@1", "hit@3", "direct precision", "emergency recall")

Figures = dict[str, int | float | None]


@dataclass(frozen=True)
class Flip:
    """A question that only one of the models got right. `before` and `after` are the labels that they gave."""

    text: str
    label: str
    language: str
    before: str
    after: str
    better: bool


@dataclass(frozen=True)
class Comparison:
    """Two models and the exam. `figures`: for `all` and each language, those `before` and `after`."""

    before: str
    after: str
    figures: dict[str, dict[str, Figures]]
    better: int
    worse: int
    """Questions asking for an answer that got right, and that got wrong."""
    chance: float
    """Probability of at least `worse` bad flips among equals."""
    dangers_lost: int
    new_questions: int
    """Questions that the old model could not know."""
    flips: list[Flip] = field(default_factory=list)

    @property
    def not_worse(self) -> bool:
        """The verdict."""
        return self.dangers_lost == 0 and self.chance > LEAST_CHANCE

    @property
    def reason(self) -> str:
        """The verdict in a sentence."""
        if self.dangers_lost:
            return f"worse: {self.dangers_lost} messages of people in danger are no longer recognised"
        flipped = f"{self.worse} questions got wrong and {self.better} got right"
        if self.not_worse:
            return f"not worse: {flipped}"
        return f"worse: {flipped}, which chance would do in {100 * self.chance:.1f} of 100 cases"


def compare(
    before: Sequence[Result], after: Sequence[Result], known_before: Collection[str], names: tuple[str, str]
) -> Comparison:
    """Compare what two models, named by `names`, made of the same rows in the same order.

    `known_before`: the labels that the older model has learned.
    """
    pairs = [
        (old, new) for old, new in zip(before, after, strict=True) if not set(old.row.labels).isdisjoint(known_before)
    ]
    flipped = [(old, new) for old, new in pairs if is_right(old) != is_right(new)]
    better, worse = (
        sum(new.asks_for_an_answer and is_right(new) is side for _, new in flipped) for side in (True, False)
    )
    return Comparison(
        *names,
        figures=_figures([old for old, _ in pairs], after),
        better=better,
        worse=worse,
        chance=chance_of(worse, better + worse),
        dangers_lost=sum(new.row.labels[0] in DANGERS and not is_right(new) for _, new in flipped),
        new_questions=len(after) - len(pairs),
        flips=[_flip(old, new) for old, new in flipped],
    )


def is_right(result: Result) -> bool:
    """The first label is right; for an emergency the card about suicide is right too, since it brings help as well."""
    return result.first_is_right or (result.row.labels[0] == "emergency" and result.predicted in DANGERS)


def chance_of(heads: int, tosses: int) -> float:
    """Probability of at least `heads` heads in `tosses` tosses of a fair coin."""
    return float(sum(comb(tosses, number) for number in range(heads, tosses + 1)) / 2**tosses)


def table(comparison: Comparison) -> str:
    """The figures as text, a line for each measure and model, a column for each language; then what got worse."""
    lines = ["".ljust(26) + "".join(group.rjust(8) for group in comparison.figures)]
    for measure in MEASURES:
        for model in ("before", "after"):
            cells = (_cell(figures[model].get(measure)) for figures in comparison.figures.values())
            lines.append(f"{measure}, {model}".ljust(26) + "".join(cells))
    lines += _worse(comparison.flips)
    return "\n".join(lines)


def _worse(flips: Iterable[Flip]) -> list[str]:
    return [
        f"{flip.language} {flip.label} → {flip.after or 'nothing'}: {flip.text}" for flip in flips if not flip.better
    ]


def _cell(figure: float | None) -> str:
    if figure is None:
        return "–".rjust(8)
    return f"{figure:8.3f}" if isinstance(figure, float) else f"{figure:8}"


def _flip(old: Result, new: Result) -> Flip:
    return Flip(new.row.text, new.row.label, new.row.lang, old.predicted, new.predicted, is_right(new))


def _figures(before: Sequence[Result], after: Sequence[Result]) -> dict[str, dict[str, Figures]]:
    old, new = _groups(before), _groups(after)
    return {group: {"before": old.get(group, {}), "after": figures} for group, figures in new.items()}


def _groups(results: Sequence[Result]) -> dict[str, Figures]:
    summary = summarise(list(results))
    groups: dict[str, dict[str, Any]] = {"all": summary["all"], **summary["by_language"]}
    return {group: {measure: figures[measure] for measure in MEASURES} for group, figures in groups.items()}
