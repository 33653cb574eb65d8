"""From a message to what is to be said: risk words first, then Rasa.

If Rasa is away, slow or talks nonsense, questions are searched by words, and guides go on by their buttons: the bot
itself knows which question comes next. What Rasa missed meanwhile, or did after the bot had given it up, is set right
before it is asked again in that conversation; so a choice never counts for another question, nor twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot import guided
from bot.content import Content
from bot.errors import RasaUnavailableError
from bot.guided import OpenQuestion, OpenQuestions
from bot.observing.metrics import Part, measured
from bot.rasa import Candidate, RasaClient, Step
from bot.safety import RiskWords
from bot.search import WordSearch
from bot.training.guides import intent, slot_name

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 1500
"""Characters of a message that are looked at; the question in a long story is nearly always in its end."""
LONGEST_GUIDE = 40
"""Questions that may be passed over at once; more would be a guide that leads nowhere."""


P = ParamSpec("P")
T = TypeVar("T")
_Method = Callable[Concatenate["Dialogue", P], Coroutine[Any, Any, T]]


def _one_turn(method: _Method[P, T]) -> _Method[P, T]:
    """All that is asked of Rasa within `method` is asked of the same one, also when another takes over meanwhile."""

    @wraps(method)
    async def within_a_turn(self: Dialogue, /, *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._rasa.turn():
            return await method(self, *args, **kwargs)

    return within_a_turn


class Dialogue:
    """The one way through which Telegram, the sandbox and `musafir evaluate` all ask."""

    def __init__(self, content: Content, rasa: RasaClient) -> None:
        self._rasa = rasa
        self.open_questions = OpenQuestions()
        self._missed: set[str] = set()
        """Conversations of which Rasa remembers something else than the bot. Another process notices by the answers."""
        self.update(content)

    def update(self, content: Content) -> None:
        """Take over edited risk words, texts and guides."""
        self._content = content
        self._risks = RiskWords(content)
        self._search = WordSearch(content)

    def danger(self, text: str) -> list[Step]:
        """The card that risk words in `text` call for; empty where there are none."""
        with measured(Part.RISK_WORDS):
            risk = self._risks.find(text)
        return [Step(say="sos" if risk == "emergency" else risk, intent=risk)] if risk else []

    @_one_turn
    async def respond(self, conversation: str, text: str) -> list[Step]:
        """The steps that answer `text`; never empty and never an exception."""
        if danger := self.danger(text):
            return danger
        asked = self.open_question(conversation)
        if asked and (choice := guided.typed_choice(text, asked)):
            return await (self.back(conversation) if choice == "back" else self.choose(conversation, choice))
        try:
            steps = await self._ask(conversation, text[-LONGEST_QUESTION:], asked)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return self._words_without_rasa(conversation, text, asked)
        if asked:  # "yes" where the choices are others, or nothing understood: ask again
            steps = [step for step in steps if step.say != "nothing_to_confirm"] or [asked.step]
        return await self._on_course(conversation, steps) or [Step(say="suggest")]

    def look_up(self, text: str) -> list[Candidate]:
        """Answers whose questions look like `text`, by words alone."""
        return self._search.find(text)

    @_one_turn
    async def choose(self, conversation: str, choice: str, question: str | None = None) -> list[Step]:
        """Answer the open question of a guide by a button.

        A button of another question than the open one, pressed twice or found further up in the chat, changes
        nothing: the open question is asked again.
        """
        asked = self.open_question(conversation)
        if asked and (question not in (None, asked.question.id) or not guided.is_possible(choice, asked)):
            return [asked.step]
        answers = {**asked.answers, asked.question.id: choice} if asked else {}
        if asked and conversation in self._missed:
            return await self.start_guide(conversation, asked.guide.id, answers)
        steps = await self._trigger(conversation, "choose", choice=choice)
        if asked and conversation in self._missed:
            return self._guide_without_rasa(conversation, asked.guide.id, answers)
        expired = any(step.say == "guide_expired" for step in steps)  # Rasa was restarted in the meantime
        if asked and (expired or guided.is_off_course(steps, asked)):
            return await self.start_guide(conversation, asked.guide.id, answers)
        return steps

    @_one_turn
    async def back(self, conversation: str) -> list[Step]:
        """Ask the question before the open one again; the first one stays."""
        asked = self.open_question(conversation)
        if asked is None:
            return [Step(say="guide_expired")]
        return await self.start_guide(conversation, asked.guide.id, asked.answers_before_the_last)

    @_one_turn
    async def start_guide(
        self, conversation: str, guide: str, answers: Mapping[str, str] = MappingProxyType({})
    ) -> list[Step]:
        """Begin a guided conversation: from its first question, or from the first that `answers` leave open."""
        if await self.forget(conversation):
            slots = {slot_name(guide, question): answer for question, answer in answers.items()}
            steps = await self._trigger(conversation, intent(guide), **slots)
            if guided.has_begun(guide, steps):
                return steps
            if conversation not in self._missed:
                # A model that was trained before the guide was written takes the command for words.
                return [Step(say="guide_unavailable")]
        return self._guide_without_rasa(conversation, guide, answers)

    @_one_turn
    async def leave_guide(self, conversation: str) -> list[Step]:
        """Leave the guided conversation and forget its answers. A Rasa that is away forgets them when it is back."""
        await self.forget(conversation)
        return [Step(say="guide_left")]

    def open_question(self, conversation: str) -> OpenQuestion | None:
        """The question of a guide that waits for its answer, for at most a day."""
        return self.open_questions.get(conversation, self._content)

    async def forget(self, conversation: str) -> bool:
        """Empty what is kept of a conversation, here and in Rasa. False when Rasa could not be reached."""
        self.open_questions.forget(conversation)
        try:
            await self._rasa.forget(conversation)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            self._missed.add(conversation)
            return False
        self._missed.discard(conversation)
        return True

    async def _ask(self, conversation: str, text: str, asked: OpenQuestion | None) -> list[Step]:
        """Ask Rasa. When it has forgotten the guide whose question is open, start that again with its answers first.

        It forgets when it was restarted, and when another model took over.
        """
        if conversation in self._missed:
            if asked:
                await self.start_guide(conversation, asked.guide.id, asked.answers)
            else:
                await self.forget(conversation)
            if conversation in self._missed:
                raise RasaUnavailableError("Rasa is still away", "look at its log")
        steps = await self._rasa.ask(conversation, text)
        if asked is None or not (guided.is_forgotten(steps) or guided.is_off_course(steps, asked)):
            return steps
        again = await self.start_guide(conversation, asked.guide.id, asked.answers)
        return await self._rasa.ask(conversation, text) if guided.has_begun(asked.guide.id, again) else steps

    def _words_without_rasa(self, conversation: str, text: str, asked: OpenQuestion | None) -> list[Step]:
        """What was found by words alone; and the open question again, since words cannot answer it now."""
        search = Step(say="search", candidates=self.look_up(text))
        if asked is None:
            return [search]
        self._missed.add(conversation)  # it may still take the words for an answer
        return [search, asked.step] if search.candidates else [asked.step]

    def _guide_without_rasa(self, conversation: str, guide: str, answers: Mapping[str, str]) -> list[Step]:
        """The question, or the result, that comes after `answers`."""
        known = self._content.guides.get(guide)
        steps = [guided.step_after(known, answers) if known else Step(say="guide_unavailable")]
        self.open_questions.note(conversation, steps)
        return steps

    async def _trigger(self, conversation: str, name: str, **entities: str) -> list[Step]:
        return await self._on_course(conversation, await self._send(conversation, name, **entities))

    async def _send(self, conversation: str, name: str, **entities: str) -> list[Step]:
        try:
            return await self._rasa.trigger(conversation, name, **entities)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            self._missed.add(conversation)
            return [Step(say="guide_unavailable")]

    async def _on_course(self, conversation: str, steps: list[Step]) -> list[Step]:
        """Pass over questions that do not apply, and stop asking when there is danger."""
        for _ in range(LONGEST_GUIDE):
            command = guided.command_after(steps[-1], self._content) if steps else None
            if command is None:
                break
            entities = {"choice": guided.NOT_ASKED} if command == "choose" else {}
            steps = [*steps[:-1], *await self._send(conversation, command, **entities)]
        self.open_questions.note(conversation, steps)
        return steps
