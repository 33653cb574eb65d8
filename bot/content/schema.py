"""The shape of every file in `content/`. What these models refuse, `musafir check` reports with its line."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from babel.core import get_global
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from bot.content.shapes import Id, Strict, Text, Words
from bot.hours import opening_at, validate_hours

ANSWER_LIMIT = 1200
"""Characters of an answer's text: one short read on an old phone, and one Telegram message with room to spare."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EAEU)$")]
"""ISO 3166-1 alpha-2, or `EU` and `EAEU` for the two unions."""
CardText = Annotated[Text, StringConstraints(max_length=200)]
"""Two short sentences: with the numbers below them they fit one screen."""
Note = Annotated[Text, StringConstraints(max_length=400)]


class Intent(StrEnum):
    """What a message can be besides a question that has an answer."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    FIND_HELP = "find_help"
    HUMAN = "human"
    GREET = "greet"
    THANKS = "thanks"
    BYE = "bye"
    AFFIRM = "affirm"
    DENY = "deny"
    UNSURE = "unsure"
    STOP = "stop"
    BOT_HELP = "bot_help"
    OUT_OF_SCOPE = "out_of_scope"


class Source(Strict):
    """An entry of `sources.yml`."""

    id: Id
    title: Text
    publisher: Text
    year: int | None = Field(default=None, ge=1900, le=2100)
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    as_of: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$")] | None = None
    note: str | None = None


class Citation(Strict):
    """What one source supports in one answer."""

    id: Id
    supports: Text


class AnswerFacts(Strict):
    """`answer.yml`: what is the same in every language."""

    stage: Literal["before", "abroad", "return", "any"]
    needs: list[Id] = Field(min_length=1)
    related: list[Id] = Field(min_length=2, max_length=4)
    flow: Id | None = None
    countries: list[CountryCode] = []
    sources: list[Citation] = Field(min_length=1)
    as_of: date
    review_by: date
    owner: Text

    @model_validator(mode="after")
    def _review_after_check(self) -> AnswerFacts:
        if self.review_by <= self.as_of:
            raise ValueError("review_by must be later than as_of")
        return self


class AnswerText(Words):
    """`<lang>.md`: front matter, and the Markdown below it as `body`."""

    written_natively = frozenset({"questions"})

    title: Annotated[Text, StringConstraints(max_length=60)]
    body: Annotated[Text, StringConstraints(max_length=ANSWER_LIMIT)]
    notes: dict[CountryCode, Note] = {}
    questions: list[Text] = []


class Need(Strict):
    """A kind of help, as one language names it."""

    name: Annotated[Text, StringConstraints(max_length=28)]
    words: list[Text] = Field(min_length=1)


class SafetyTexts(Words):
    """`safety/<lang>.yml`: risk words, the cards that answer them, and what stands one tap behind a card."""

    written_natively = frozenset({"emergency", "self_harm"})

    status: Literal["draft", "reviewed"] = "draft"
    emergency: list[Text] = Field(min_length=1)
    self_harm: list[Text] = Field(min_length=1)
    sos: CardText
    sos_further: Annotated[Text, StringConstraints(max_length=ANSWER_LIMIT)]
    self_harm_card: CardText
    self_harm_further: Annotated[Text, StringConstraints(max_length=ANSWER_LIMIT)]


class Pages(Words):
    """`pages/<lang>.yml`: what the bot says about itself and in small talk."""

    welcome: Text
    greet: Text
    thanks: Text
    bye: Text
    help: Text
    privacy: Text
    out_of_scope: Text
    unclear: Text
    unclear_without_candidates: Text
    search: Text
    human: Text
    human_offer: Text
    human_begun: Text
    human_closed: Annotated[Text, StringConstraints(pattern=r"(?s)\{hours\}")]
    human_unavailable: Text
    human_ended: Text
    keep_question: Text
    question_kept: Text
    feedback_why: Text
    news_offer: Text
    news_on: Text
    news_off: Text
    nothing_to_confirm: Text
    not_text: Text
    hidden: Text
    forgotten: Text
    forget_question: Text
    forget_failed: Text
    description: Annotated[Text, StringConstraints(max_length=512)]
    short_description: Annotated[Text, StringConstraints(max_length=120)]


def _opening_hours(text: str) -> str:
    if problem := validate_hours(text):
        raise ValueError(problem)
    return text


def _time_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone, such as Asia/Bishkek") from None


class Office(Strict):
    """`office.yml`: when staff write with people."""

    hours: Annotated[Text, AfterValidator(_opening_hours)]
    timezone: Annotated[Text, AfterValidator(_time_zone)]

    def is_open(self, now: datetime) -> bool:
        """True within the hours at `now` (with a time zone), by the public holidays of the time zone's country."""
        country = get_global("zone_territories").get(self.timezone, "")
        return opening_at(self.hours, country, self.timezone, now).is_open


Dialogue = dict[Intent, list[Text]]
Needs = dict[Id, Need]
Topics = dict[Id, Annotated[Text, StringConstraints(max_length=30)]]
Entries = list[dict[str, object]]
