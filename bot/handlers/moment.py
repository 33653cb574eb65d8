"""A word to somebody whose answer takes its time, so that nobody is left before a silent bot.

Rasa answers within a blink. Where it does not (it hangs, or is starting), the person sees after a second and a half
that their message arrived, with SOS in reach of a thumb; and then the answer, after six seconds at the latest the one
that was searched by words. The note is taken away once the answer stands. One answer comes, never two: what Rasa says
after it was given up is thrown away (for guides see `bot/dialogue.py`).

Why words are not searched at once: Rasa understands nine of ten questions, a search by words one of six, and somebody
in need is better served by the right answer a few seconds later. Who cannot wait has SOS, which overtakes everything
(`bot/urgency.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.handlers.services import Visit
from bot.languages import catalogue
from bot.render.answers import sos_button
from bot.render.screen import Screen, escape

logger = logging.getLogger(__name__)
T = TypeVar("T")

TYPING_AFTER: Final = 0.4
"""Seconds. Most answers are there before: for them "typing" would only be one more call of the Bot API."""
NOTE_AFTER: Final = 1.5
"""Seconds from the beginning, so that nobody hears nothing for two."""


class Moment:
    """What a person sees while they wait."""

    def __init__(self, here: Visit) -> None:
        self._here = here
        self._bot = here.update.get_bot()
        self._shown: set[asyncio.Task[None]] = set()
        self._note: asyncio.Task[int | None] | None = None

    async def while_waiting_for(self, answer: Awaitable[T]) -> T:
        """The answer. Until it is there, show "typing" and then the note, each when it is time."""
        passing = asyncio.create_task(self._pass_by())
        try:
            return await answer
        finally:
            passing.cancel()

    async def end(self) -> None:
        """Take the note away, if there is one."""
        number = await self._note if self._note else None
        if number is not None:
            with contextlib.suppress(TelegramError):
                await self._bot.delete_message(self._here.chat_id, number)

    async def _pass_by(self) -> None:
        await asyncio.sleep(TYPING_AFTER)
        typing = asyncio.create_task(self._type())  # Telegram being slow about it must not delay the note
        self._shown.add(typing)
        await asyncio.sleep(NOTE_AFTER - TYPING_AFTER)
        self._note = asyncio.create_task(self._say())

    async def _type(self) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.send_chat_action(self._here.chat_id, ChatAction.TYPING)

    async def _say(self) -> int | None:
        language = self._here.language
        text = catalogue(language).gettext("One moment, I am still looking. If you are in danger, press SOS.")
        screen = Screen(escape(text), [[sos_button(language)]])
        try:
            return await self._here.services.outbox.send(self._here.chat_id, screen)
        except TelegramError as error:
            logger.info("somebody who waits could not be told so: %s", type(error).__name__)
            return None


@asynccontextmanager
async def moment(here: Visit) -> AsyncIterator[Moment]:
    """Around the wait and the sending of what was waited for: at the end the note is gone, also after an error."""
    shown = Moment(here)
    try:
        yield shown
    finally:
        await shown.end()
