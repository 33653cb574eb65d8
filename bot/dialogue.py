"""From a message to what is to be said: risk words first, then Rasa, then, if Rasa is away, search by words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from bot import guided
from bot.content import Content
from bot.errors import RasaUnavailableError
from bot.guided import OpenQuestion, OpenQuestions
from bot.rasa import RasaClient, Step
from bot.safety import RiskWords
from bot.search import WordSearch
from bot.training.guides import intent, slot_name

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 1500
"""Characters of a message that are looked at; the question in a long story is nearly always in its end."""
LONGEST_GUIDE = 40
"""Questions that may be passed over at once; more would be a guide that leads nowhere."""


class Dialogue:
    """The one way through which Telegram, the sandbox and `musafir evaluate` all ask."""

    def __init__(self, content: Content, rasa: RasaClient) -> None:
        self._rasa = rasa
        self._open = OpenQuestions()
        self.update(content)

    def update(self, content: Content) -> None:
        """Take over edited risk words, texts and guides."""
        self._content = content
        self._risks = RiskWords(content)
        self._search = WordSearch(content)

    async def respond(self, conversation: str, text: str) -> list[Step]:
        """The steps that answer `text`; never empty and never an exception."""
        if risk := self._risks.find(text):
            return [Step(say="sos" if risk == "emergency" else risk, intent=risk)]
        asked = self.open_question(conversation)
        if asked and (choice := guided.typed_choice(text, asked)):
            return await (self.back(conversation) if choice == "back" else self.choose(conversation, choice))
        try:
            steps = await self._rasa.ask(conversation, text[-LONGEST_QUESTION:])
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return [Step(say="search", candidates=self._search.find(text))]
        if asked:  # "yes" where the choices are others, or nothing understood: ask again
            steps = [step for step in steps if step.say != "nothing_to_confirm"] or [asked.step]
        return await self._on_course(conversation, steps) or [Step(say="suggest")]

    async def choose(self, conversation: str, choice: str, question: str | None = None) -> list[Step]:
        """Answer the open question of a guide by a button.

        A button of another question than the open one, pressed twice or found further up in the chat, changes
        nothing: the open question is asked again.
        """
        asked = self.open_question(conversation)
        if asked and (question not in (None, asked.question.id) or not guided.is_possible(choice, asked)):
            return [asked.step]
        steps = await self._trigger(conversation, "choose", choice=choice)
        if asked and any(step.say == "guide_expired" for step in steps):  # Rasa was restarted in the meantime
            return await self.start_guide(conversation, asked.guide.id, {**asked.answers, asked.question.id: choice})
        return steps

    async def back(self, conversation: str) -> list[Step]:
        """Ask the question before the open one again; the first one stays."""
        asked = self.open_question(conversation)
        if asked is None:
            return [Step(say="guide_expired")]
        return await self.start_guide(conversation, asked.guide.id, asked.answers_before_the_last)

    async def start_guide(
        self, conversation: str, guide: str, answers: Mapping[str, str] = MappingProxyType({})
    ) -> list[Step]:
        """Begin a guided conversation: from its first question, or from the first that `answers` leave open."""
        await self.forget(conversation)
        slots = {slot_name(guide, question): answer for question, answer in answers.items()}
        return await self._trigger(conversation, intent(guide), **slots)

    async def leave_guide(self, conversation: str) -> list[Step]:
        """Leave the guided conversation and forget its answers."""
        return await self._trigger(conversation, "stop")

    def open_question(self, conversation: str) -> OpenQuestion | None:
        """The question of a guide that waits for its answer, for at most a day."""
        return self._open.get(conversation, self._content)

    async def forget(self, conversation: str) -> bool:
        """Empty what is kept of a conversation, here and in Rasa. False when Rasa could not be reached."""
        self._open.forget(conversation)
        try:
            await self._rasa.forget(conversation)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return False
        return True

    async def _trigger(self, conversation: str, name: str, **entities: str) -> list[Step]:
        return await self._on_course(conversation, await self._send(conversation, name, **entities))

    async def _send(self, conversation: str, name: str, **entities: str) -> list[Step]:
        try:
            return await self._rasa.trigger(conversation, name, **entities)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return [Step(say="guide_unavailable")]

    async def _on_course(self, conversation: str, steps: list[Step]) -> list[Step]:
        """Pass over questions that do not apply, and stop asking when there is danger."""
        for _ in range(LONGEST_GUIDE):
            command = guided.command_after(steps[-1], self._content) if steps else None
            if command is None:
                break
            entities = {"choice": guided.NOT_ASKED} if command == "choose" else {}
            steps = [*steps[:-1], *await self._send(conversation, command, **entities)]
        self._open.note(conversation, steps)
        return steps
