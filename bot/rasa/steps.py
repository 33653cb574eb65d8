"""A step: what Rasa decided to say, as data. See `nlu/components/steps.py` for the other side."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bot.content.schema import Choice


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


class Step(BaseModel):
    """One thing to say. `say` decides which of the other fields are filled."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    say: str
    id: str | None = None
    intent: str | None = None
    question: str | None = None
    answers: dict[str, Choice] = {}
    candidates: list[Candidate] = []
    language: RecognisedLanguage | None = None
    entities: Entities = Entities()
