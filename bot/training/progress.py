"""How far a training is, from what Rasa logs meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Progress = Callable[[float, str], None]
"""Is told the share that is done, from 0 to 1 and never falling, and in words what is being done."""

_STARTS: Final = "Starting to train component '{}'"
_ENDS: Final = "Finished training component '{}'"


@dataclass(frozen=True)
class Stage:
    """A part of a training: what it does, how many seconds it took when measured, and what the log says at its end."""

    name: str
    seconds: float
    mark: str


STAGES: Final = (
    Stage("starting Rasa and reading the questions", 50, _STARTS.format("LanguageIdentifier")),
    Stage("learning to tell languages apart", 11, _ENDS.format("LanguageIdentifier")),
    Stage("collecting names of places", 3, _ENDS.format("GazetteerExtractor")),
    Stage("finding names in the questions", 12, _STARTS.format("AnswerClassifier")),
    Stage("learning which answer a question asks for", 82, _ENDS.format("AnswerClassifier")),
    Stage("packing the model", 3, "Your Rasa model is trained and saved"),
)
"""The 161 s of a training of 104 answers on 2 idle cores. The first part includes learning the guided conversations."""
_TOTAL: Final = sum(stage.seconds for stage in STAGES)
_MOST: Final = 0.95
"""Share of a stage that passes by the clock alone; the rest only when the log says that the stage is over."""
_LONGEST_MARK: Final = max(len(stage.mark) for stage in STAGES)


class TrainingProgress:
    """Read the log into it as it grows. Within a stage the clock moves `share` on, as far as stages usually last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = 0
        self._since = clock()
        self._end_of_log = ""

    def read(self, text: str) -> None:
        """Take in what was added to the log; it may end in the middle of a line."""
        seen = self._end_of_log + text
        for position, stage in enumerate(STAGES):
            if position >= self._stage and stage.mark in seen:
                self._stage, self._since = position + 1, self._clock()
        self._end_of_log = seen[-_LONGEST_MARK:]

    @property
    def share(self) -> float:
        """From 0 to 1. Never falls."""
        done = sum(stage.seconds for stage in STAGES[: self._stage])
        if self._stage < len(STAGES):
            done += min(self._clock() - self._since, _MOST * STAGES[self._stage].seconds)
        return done / _TOTAL

    @property
    def stage(self) -> str:
        """What is being done."""
        return STAGES[min(self._stage, len(STAGES) - 1)].name


def part(progress: Progress, begin: float, end: float) -> Progress:
    """A callback for one part of a job: its 0 to 1 become `begin` to `end` of the whole."""
    return lambda share, stage: progress(begin + share * (end - begin), stage)
