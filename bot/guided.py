"""Keeps guided conversations on course, between Rasa's forms and the people who answer them.

Rasa asks the questions of a guide one after the other. What its forms cannot do is done here: questions that do not
apply are passed over, danger in an answer ends the questions, words that stand on a button count as that button, and
an open question is remembered for a day, in memory, so that somebody who comes back can go on.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
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
DAY: Final = 24 * 60 * 60.0
LIKE_A_LABEL: Final = 80.0
"""Likeness, of 100, from which typed words count as the words on a button."""
_LIMIT: Final = 20_000


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


class OpenQuestions:
    """The open question of each conversation; at most a day old, at most 20,000 of them, never on disk."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: OrderedDict[str, tuple[float, Step]] = OrderedDict()

    def get(self, conversation: str, content: Content) -> OpenQuestion | None:
        """The question that `conversation` has open, if the guide still has it."""
        asked_at, step = self._steps.get(conversation, (0.0, None))
        if step is None:
            return None
        if self._clock() - asked_at > DAY:
            self.forget(conversation)
            return None
        return open_question(step, content)

    def note(self, conversation: str, steps: list[Step]) -> None:
        """Remember what `steps` leave open; the end of a guide closes its question."""
        for step in steps:
            if step.say == QUESTION:
                self._steps[conversation] = (self._clock(), step)
                self._steps.move_to_end(conversation)
            elif step.say in (RESULT, "guide_left", "guide_expired"):
                self.forget(conversation)
        while len(self._steps) > _LIMIT:
            self._steps.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """Drop the open question."""
        self._steps.pop(conversation, None)


def open_question(step: Step, content: Content) -> OpenQuestion | None:
    """The question that a step asks, or None when the guide does not have it (any more)."""
    guide = content.guides.get(step.id or "")
    question = guide.question(step.question or "") if guide else None
    return OpenQuestion(guide, question, step) if guide and question else None


def command_after(step: Step, content: Content) -> str | None:
    """What to tell Rasa instead of asking the question of `step`.

    `choose` (with NOT_ASKED) passes it over, `finish` ends the guide; None: ask it.
    """
    if step.say != QUESTION:
        return None
    asked = open_question(step, content)
    if asked is None:  # the guide was edited since Rasa was trained
        return "choose"
    if asked.guide.is_danger(asked.answers):
        return "finish"
    return None if asked.guide.applies(asked.question, asked.answers) else "choose"


def has_begun(steps: list[Step]) -> bool:
    """True when a guide that was to be started asks a question, or came to its result at once."""
    return any(step.say in (QUESTION, RESULT) for step in steps)


def is_forgotten(steps: list[Step]) -> bool:
    """True when Rasa, which should have been in a guide, neither goes on with it nor leaves it.

    After a card for danger it stays in the guide without a word of it.
    """
    return not any(step.say in (QUESTION, RESULT, "guide_left", "sos", "self_harm") for step in steps)


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
