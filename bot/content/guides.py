"""Guided conversations: the shape of their files, and what answers lead to. No words, no Telegram, no Rasa here.

`guide.yml` holds the logic (`GuideLogic`), `<lang>.yml` the words (`GuideTexts`), `cases.yml` a table of examples that
`musafir check` works through (`Case`). Answers are a mapping from question id to choice; a question that was not asked
or was skipped counts as `skip`.
"""

from __future__ import annotations

import string
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, StringConstraints, model_validator

from bot.content.shapes import Id, Strict, Text, Words
from bot.languages import DEFAULT, Language

SKIP: Final = "skip"
YES_NO: Final = ("yes", "no", "not_sure")

QuestionId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_WORD_NOT_TRUTH: Final = {True: "yes", False: "no"}
Choice = Annotated[
    str,
    BeforeValidator(lambda value: _WORD_NOT_TRUTH[value] if isinstance(value, bool) else value),
    StringConstraints(pattern=r"^([a-z][a-z0-9_]*|[A-Z]{2})$"),
]
"""An answer to a question; an ISO code for countries. Plain `yes` and `no`, truth values in YAML, are words here."""
Label = Annotated[
    Text,
    BeforeValidator(lambda value: _WORD_NOT_TRUTH[value].title() if isinstance(value, bool) else value),
    StringConstraints(max_length=40),
]
"""The words on a button, with the same care for `Yes` and `No`."""
Conditions = dict[QuestionId, list[Choice]]
"""Holds when every question named was answered by one of the choices listed."""
Answers = Mapping[str, str]


class Kind(StrEnum):
    """How a question is answered: by its choices, or by the name of a country, a kind of help, a city."""

    CHOICE = "choice"
    COUNTRY = "country"
    NEED = "need"
    CITY = "city"


class Question(Strict):
    """A question. `danger`: choices after which no more is asked and help is offered at once."""

    id: QuestionId
    kind: Kind = Kind.CHOICE
    choices: list[Choice] = Field(default=list(YES_NO), min_length=2, max_length=8)
    only_if: Conditions = {}
    danger: list[Choice] = []

    @property
    def options(self) -> list[str]:
        """The choices, for questions that have a fixed set of them."""
        return self.choices if self.kind is Kind.CHOICE else []


class Finding(Strict):
    """A step of the result, shown when `when` holds; `weight` says how grave a sign it is."""

    id: QuestionId
    when: Conditions = {}
    weight: StrictInt | StrictFloat = Field(default=0, ge=0)


class Level(Strict):
    """How the result begins once the weights of the findings add up to `at_least`."""

    id: QuestionId
    at_least: StrictInt | StrictFloat = Field(ge=0)


class GuideLogic(Strict):
    """`guides/<id>/guide.yml`."""

    needs: list[Id] = Field(min_length=1)
    contacts: list[Literal["here", "home"]] = Field(min_length=1)
    sources: list[Id] = []
    as_of: date
    review_by: date
    questions: list[Question] = Field(min_length=1)
    findings: list[Finding]
    levels: list[Level] = []
    letter: bool = False
    checklist: bool = False

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> GuideLogic:
        _refuse_doubles("question", [question.id for question in self.questions])
        _refuse_doubles("finding", [finding.id for finding in self.findings])
        _refuse_doubles("level", [level.id for level in self.levels])
        earlier: dict[str, Question] = {}
        for question in self.questions:
            if later := set(question.only_if) - set(earlier):
                names = ", ".join(sorted(later))
                raise ValueError(
                    f"question {question.id} depends on {names}, which is not asked before it;"
                    " name earlier questions only, otherwise the guide would wait for itself"
                )
            _refuse_unknown(f"question {question.id}", question.only_if, earlier)
            if unknown := set(question.danger) - set(question.options):
                raise ValueError(f"question {question.id}: danger names unknown choices: {', '.join(sorted(unknown))}")
            earlier[question.id] = question
        for finding in self.findings:
            _refuse_unknown(f"finding {finding.id}", finding.when, earlier)
        if self.levels and self.levels[0].at_least != 0:
            raise ValueError("the first level must begin at_least 0")
        if any(high.at_least <= low.at_least for low, high in pairwise(self.levels)):
            raise ValueError("levels must rise from the first to the last")
        return self


class Letter(Strict):
    """A message to copy: `lines` are added for the findings that hold."""

    opening: Text
    lines: dict[QuestionId, Text] = {}
    closing: Text


class GuideTexts(Words):
    """`guides/<id>/<lang>.yml`."""

    title: Annotated[Text, StringConstraints(max_length=60)]
    intro: Text
    questions: dict[QuestionId, Annotated[Text, StringConstraints(max_length=300)]]
    choices: dict[QuestionId, dict[Choice, Label]] = {}
    levels: dict[QuestionId, Annotated[Text, StringConstraints(max_length=400)]] = {}
    findings: dict[QuestionId, Annotated[Text, StringConstraints(max_length=450)]] = {}
    danger: Annotated[Text, StringConstraints(max_length=600)] | None = None
    letter: Letter | None = None
    result: Text
    caution: Text


class Case(Strict):
    """One line of `cases.yml`: these answers lead to these findings, in this order."""

    answers: dict[QuestionId, Choice]
    findings: list[QuestionId]
    level: QuestionId | None = None


@dataclass(frozen=True)
class Guide:
    """One guided conversation."""

    id: str
    logic: GuideLogic
    texts: Mapping[Language, GuideTexts]

    def text(self, language: Language) -> GuideTexts:
        """The texts in `language`, else in English."""
        return self.texts.get(language) or self.texts[DEFAULT]

    def question(self, id_: str) -> Question | None:
        """The question `id_`, or None when the guide no longer has it."""
        return next((question for question in self.logic.questions if question.id == id_), None)

    def known(self, answers: Answers) -> dict[str, str]:
        """`answers` as far as this version of the guide has their questions and choices; the rest is skipped."""
        return {
            question.id: answer if answer in question.options or question.kind is not Kind.CHOICE else SKIP
            for question in self.logic.questions
            if (answer := answers.get(question.id)) is not None
        }

    def applies(self, question: Question, answers: Answers) -> bool:
        """True when the question is to be asked after `answers`."""
        return _holds(question.only_if, answers)

    def is_danger(self, answers: Answers) -> bool:
        """True when an answer says that somebody is in danger now."""
        return any(answers.get(question.id) in question.danger for question in self.logic.questions)

    def findings(self, answers: Answers) -> list[Finding]:
        """The findings that hold for `answers`, in the order of the file."""
        return [finding for finding in self.logic.findings if _holds(finding.when, answers)]

    def level(self, answers: Answers) -> Level | None:
        """The highest level that the findings reach; None for guides without levels."""
        score = sum(finding.weight for finding in self.findings(answers))
        return next((level for level in reversed(self.logic.levels) if score >= level.at_least), None)

    def progress(self, question: Question, answers: Answers) -> tuple[int, int]:
        """Which number the question has, and how many there will be at most, judged by the answers so far."""
        position = self.logic.questions.index(question)
        before = [item for item in self.logic.questions[:position] if self.applies(item, answers)]
        after = [item for item in self.logic.questions[position:] if _may_hold(item.only_if, answers)]
        return len(before) + 1, len(before) + len(after)

    def country(self, answers: Answers) -> str | None:
        """The answer to the first question for a country."""
        return next(self._named(Kind.COUNTRY, answers), None)

    def home(self, answers: Answers) -> str | None:
        """The answer to the second question for a country: guides about two countries ask for the home last."""
        asked = [question for question in self.logic.questions if question.kind is Kind.COUNTRY]
        code = answers.get(asked[1].id) if len(asked) > 1 else None
        return None if code == SKIP else code

    def need(self, answers: Answers) -> str | None:
        """The answer to the question for a kind of help."""
        return next(self._named(Kind.NEED, answers), None)

    def city(self, answers: Answers) -> str | None:
        """The answer to the question for a city."""
        return next(self._named(Kind.CITY, answers), None)

    def _named(self, kind: Kind, answers: Answers) -> Iterator[str]:
        named = (answers.get(question.id) for question in self.logic.questions if question.kind is kind)
        return (name for name in named if name and name != SKIP)

    def encode(self, answers: Answers) -> str:
        """`answers` in so few characters that a button can carry them; nothing needs to be kept then.

        A character for each choice, two for each country. Needs and cities are left out. The first two characters
        tell a guide's versions apart, see `decode`.
        """
        code = [self._version]
        for question in self.logic.questions:
            answer = answers.get(question.id, SKIP)
            if question.kind is Kind.COUNTRY:
                code.append("--" if answer == SKIP else answer)
            elif question.kind is Kind.CHOICE:
                code.append(_DIGITS[[SKIP, *question.choices].index(answer)])
        return "".join(code)

    def decode(self, code: str) -> dict[str, str] | None:
        """The answers behind `code`, or None when it is no code of this guide as it is now."""
        if not code.startswith(self._version):
            return None
        rest, answers = code[len(self._version) :], {}
        for question in self.logic.questions:
            if question.kind is Kind.COUNTRY:
                country, rest = rest[:2], rest[2:]
                answers[question.id] = SKIP if country == "--" else country
            elif question.kind is Kind.CHOICE:
                digit, rest = rest[:1], rest[1:]
                options = [SKIP, *question.choices]
                if not digit or digit not in _DIGITS[: len(options)]:
                    return None
                answers[question.id] = options[_DIGITS.index(digit)]
        return None if rest else answers

    @property
    def _version(self) -> str:
        shape = "|".join(
            f"{question.id}:{question.kind}:{','.join(question.choices)}" for question in self.logic.questions
        )
        number = zlib.crc32(shape.encode())
        return _DIGITS[number % 36] + _DIGITS[number // 36 % 36]


_DIGITS: Final = string.digits + string.ascii_lowercase


def _holds(conditions: Conditions, answers: Answers) -> bool:
    return all(answers.get(question, SKIP) in choices for question, choices in conditions.items())


def _may_hold(conditions: Conditions, answers: Answers) -> bool:
    """As `_holds`, but questions that are still to come may be answered in any way."""
    return all(question not in answers or answers[question] in choices for question, choices in conditions.items())


def _refuse_doubles(what: str, ids: list[str]) -> None:
    if doubles := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        raise ValueError(f"two entries have the same {what} id: {', '.join(doubles)}")


def _refuse_unknown(what: str, conditions: Conditions, questions: Mapping[str, Question]) -> None:
    for id_, choices in conditions.items():
        question = questions.get(id_)
        if question is None:
            raise ValueError(f"{what} names an unknown question: {id_}")
        if question.options and (unknown := set(choices) - {SKIP, *question.options}):
            names = ", ".join(sorted(unknown))
            raise ValueError(f"{what} names choices that {id_} does not have: {names}")
