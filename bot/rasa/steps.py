"""A step: what Rasa decided to say, as data. See `nlu/components/steps.py` for the other side."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Candidate(BaseModel):
    """An answer id or dialogue intent that may have been meant; `confidence` is a probability."""

    model_config = ConfigDict(frozen=True)

    label: str
    confidence: float


class RecognisedLanguage(BaseModel):
    """The language a message seems to be written in."""

    model_config = ConfigDict(frozen=True)

    code: str
    confidence: float


class Entities(BaseModel):
    """Places and kinds of help named in a message."""

    model_config = ConfigDict(frozen=True)

    country: str | None = None
    city: str | None = None
    need: str | None = None


ALTERNATIVES = 2
LEAST_ALTERNATIVE = 0.02
"""Probability below which another answer is not worth a button."""


class Step(BaseModel):
    """One thing to say. `say` decides which of the other fields are filled."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    say: str
    id: str | None = None
    intent: str | None = None
    question: str | None = None
    answers: dict[str, str] = {}
    candidates: list[Candidate] = []
    language: RecognisedLanguage | None = None
    entities: Entities = Entities()

    @property
    def alternatives(self) -> list[str]:
        """What else may have been meant when there was a direct answer; shown as buttons below it."""
        others = [c.label for c in self.candidates if c.label != self.id and c.confidence >= LEAST_ALTERNATIVE]
        return others[:ALTERNATIVES]
