"""From a message to what is to be said: risk words first, then Rasa, then, if Rasa is away, search by words."""

from __future__ import annotations

import logging

from bot.content import Content
from bot.errors import RasaUnavailableError
from bot.rasa import RasaClient, Step
from bot.safety import RiskWords
from bot.search import WordSearch

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 1500
"""Characters of a message that are looked at; the question in a long story is nearly always in its end."""


class Dialogue:
    """The one way through which Telegram, the sandbox and `musafir evaluate` all ask."""

    def __init__(self, content: Content, rasa: RasaClient) -> None:
        self._rasa = rasa
        self.update(content)

    def update(self, content: Content) -> None:
        """Take over edited risk words and texts."""
        self._risks = RiskWords(content)
        self._search = WordSearch(content)

    async def respond(self, conversation: str, text: str) -> list[Step]:
        """The steps that answer `text`; never empty and never an exception."""
        if risk := self._risks.find(text):
            return [Step(say="sos" if risk == "emergency" else risk, intent=risk)]
        try:
            steps = await self._rasa.ask(conversation, text[-LONGEST_QUESTION:])
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return [Step(say="search", candidates=self._search.find(text))]
        return steps or [Step(say="suggest")]

    async def choose(self, conversation: str, choice: str) -> list[Step]:
        """Answer the open question of a guide by a button."""
        return await self._trigger(conversation, "choose", choice=choice)

    async def start_guide(self, conversation: str, guide: str) -> list[Step]:
        """Begin a guided conversation from its first question."""
        try:
            await self._rasa.forget(conversation)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
        return await self._trigger(conversation, f"start_{guide.replace('-', '_')}")

    async def leave_guide(self, conversation: str) -> list[Step]:
        """Leave the guided conversation and forget its answers."""
        return await self._trigger(conversation, "stop")

    async def forget(self, conversation: str) -> bool:
        """Empty what Rasa keeps of a conversation. False when it could not be reached."""
        try:
            await self._rasa.forget(conversation)
        except RasaUnavailableError:
            return False
        return True

    async def _trigger(self, conversation: str, intent: str, **entities: str) -> list[Step]:
        try:
            return await self._rasa.trigger(conversation, intent, **entities)
        except RasaUnavailableError as error:
            logger.warning("%s", error)
            return [Step(say="guide_unavailable")]
