"""Keeps guided conversations on course, between Rasa's forms and the people who answer them.

Rasa asks the questions of a guide one after the other. What its forms cannot do is done here: questions that do not
apply are passed over, danger in an answer ends the questions, words that stand on a button count as that button, and
an open question is remembered for a day, so that somebody who comes back can go on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from rapidfuzz import fuzz, process

from bot.content import Content, Guide
from bot.content.guides import SKIP, Kind, Question
from bot.folding import fold
from bot.languages import LANGUAGES, catalogue
from bot.rasa.steps import Step

QUESTION: Final = "guide_question"
RESULT: Final = "guide_result"
NOT_ASKED: Final = "not_asked"
DAY: Final = timedelta(days=1)
LIKE_A_LABEL: Final = 80.0
"""Likeness, of 100, from which typed words count as the words on a button."""
_LIMIT: Final = 20_000
"""More than the profiles that `People` remembers: who is dropped here is read from the database when they come back."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that waits for its answer, and the answers given before it."""

    guide: Guide
    question: Question
    step: Step

    @property
    def answers(self) -> dict[str, str]:
        """What was answered so far."""
        return self.guide.known(self.step.answers)

    @property
    def answers_before_the_last(self) -> dict[str, str]:
        """The same without the last answer that the person gave."""
        position = self.guide.logic.questions.index(self.question)
        earlier = [item for item in self.guide.logic.questions[:position] if self.guide.applies(item, self.answers)]
        last = self.guide.logic.questions.index(earlier[-1]) if earlier else 0
        kept = {item.id for item in self.guide.logic.questions[:last]}
        return {id_: answer for id_, answer in self.answers.items() if id_ in kept}


@dataclass(frozen=True)
class Asked:
    """A step that asks a question, and when it was asked."""

    at: datetime
    step: Step


class OpenQuestions:
    """The open question of each conversation, in memory: at most a day old, at most 20,000 of them.

    `bot.guide_memory` brings the changes to the database, and what stands there back.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._asked: OrderedDict[str, Asked] = OrderedDict()
        self._changed: set[str] = set()

    def get(self, conversation: str, content: Content) -> OpenQuestion | None:
        """The question that `conversation` has open, if the guide still has it."""
        asked = self._asked.get(conversation)
        if asked is None:
            return None
        if self._clock() - asked.at > DAY:
            self.forget(conversation)
            return None
        return open_question(asked.step, content)

    def note(self, conversation: str, steps: list[Step]) -> None:
        """Remember what `steps` leave open; the end of a guide closes its question."""
        for step in steps:
            if step.say == QUESTION:
                self._remember(conversation, Asked(self._clock(), step))
                self._changed.add(conversation)
            elif step.say in (RESULT, "guide_left", "guide_expired"):
                self.forget(conversation)

    def forget(self, conversation: str) -> None:
        """Drop the open question."""
        if self._asked.pop(conversation, None):
            self._changed.add(conversation)

    def learn(self, conversation: str, asked: Asked | None) -> None:
        """Take over what the database says; not where it has missed a change."""
        if conversation in self._changed:
            return
        if asked:
            self._remember(conversation, asked)
        else:
            self._asked.pop(conversation, None)

    def change(self, conversation: str) -> tuple[Asked | None] | None:
        """What the database has not been told yet: the question that is open now, or that none is. None: nothing."""
        return (self._asked.get(conversation),) if conversation in self._changed else None

    def told(self, conversation: str) -> None:
        """The database knows all now."""
        self._changed.discard(conversation)

    def _remember(self, conversation: str, asked: Asked) -> None:
        self._asked[conversation] = asked
        self._asked.move_to_end(conversation)
        if len(self._asked) > _LIMIT:
            oldest, _ = self._asked.popitem(last=False)
            self._changed.discard(oldest)


def open_question(step: Step, content: Content) -> OpenQuestion | None:
    """The question that a step asks, or None when the guide does not have it (any more)."""
    guide = content.guides.get(step.id or "")
    question = guide.question(step.question or "") if guide else None
    return OpenQuestion(guide, question, step) if guide and question else None


def command_after(step: Step, content: Content) -> str | None:
    """What to tell Rasa instead of asking the question of `step`.

    `choose` (with NOT_ASKED) passes it over, `finish` ends the guide; None: ask it.
    """
    if step.say != QUESTION or step.id not in content.guides:
        return None
    asked = open_question(step, content)
    if asked is None:  # the guide was edited since Rasa was trained
        return "choose"
    if asked.guide.is_danger(asked.answers):
        return "finish"
    return None if asked.guide.applies(asked.question, asked.answers) else "choose"


def step_after(guide: Guide, answers: Mapping[str, str]) -> Step:
    """What Rasa would say after `answers`: the first question that they leave open, or the result."""
    for question in guide.logic.questions:
        if guide.is_danger(answers):
            break
        if question.id not in answers and guide.applies(question, answers):
            return Step(say=QUESTION, id=guide.id, question=question.id, answers=dict(answers))
    return Step(say=RESULT, id=guide.id, answers=dict(answers))


def has_begun(guide: str, steps: list[Step]) -> bool:
    """True when a guide that was to be started asks a question, or came to its result at once."""
    return any(step.say in (QUESTION, RESULT) and step.id == guide for step in steps)


def is_forgotten(steps: list[Step]) -> bool:
    """True when Rasa, which should have been in a guide, neither goes on with it nor leaves it.

    After a card for danger it stays in the guide without a word of it.
    """
    return not any(step.say in (QUESTION, RESULT, "guide_left", "sos", "self_harm") for step in steps)


def is_off_course(steps: list[Step], asked: OpenQuestion) -> bool:
    """True when Rasa went on from other answers than those that were given before the question `asked`.

    Rasa and the bot each remember a conversation. When one of them was killed before it could, they disagree.
    """
    return any(
        step.id != asked.guide.id or _given_before(step, asked) != _given_before(asked.step, asked)
        for step in steps
        if step.say in (QUESTION, RESULT)
    )


def _given_before(step: Step, asked: OpenQuestion) -> dict[str, str]:
    return {id_: answer for id_, answer in step.answers.items() if answer != NOT_ASKED and id_ != asked.question.id}


def typed_choice(text: str, asked: OpenQuestion) -> str | None:
    """The choice whose button, in any language, says about what somebody typed; `back` for that button."""
    choices = _words_of_buttons() | _labels(asked)
    found = process.extractOne(fold(text), choices.keys(), scorer=fuzz.ratio, score_cutoff=LIKE_A_LABEL)
    return choices[found[0]] if found else None


def is_possible(choice: str, asked: OpenQuestion) -> bool:
    """True for what the buttons of the question send."""
    if choice == SKIP:
        return True
    if asked.question.kind is Kind.CHOICE:
        return choice in asked.question.choices
    if asked.question.kind is Kind.COUNTRY:
        return len(choice) == 2 and choice.isalpha()
    return bool(choice)


def _labels(asked: OpenQuestion) -> dict[str, str]:
    """Folded label → choice. The words for yes and no are left to Rasa, which knows many more of them."""
    return {
        fold(label): choice
        for texts in asked.guide.texts.values()
        for choice, label in texts.choices.get(asked.question.id, {}).items()
    }


@cache
def _words_of_buttons() -> dict[str, str]:
    words = {}
    for language in LANGUAGES:
        _ = catalogue(language).gettext
        words[fold(_("Skip"))] = SKIP
        words[fold(_("Back"))] = "back"
    return words
