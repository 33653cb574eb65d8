"""Fetches updates from Telegram. The next ones are asked for, which deletes these there, when all of these are kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from telegram import Bot, Update
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.intake import Intake
from bot.patience import seconds_asked

logger = logging.getLogger(__name__)

HOLD: Final = 10
"""Seconds for which Telegram holds a request open while there is nothing."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts while Telegram refuses or cannot be reached; doubled at each."""


@asynccontextmanager
async def polling(bot: Bot, intake: Intake, allowed_updates: Sequence[str]) -> AsyncIterator[None]:
    """Fetch updates while the context is open. Deletes a webhook, with which Telegram would give none."""
    poller = _Poller(bot, intake, allowed_updates)
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(TelegramError):  # they were kept: they would come again, and be known
            await poller.fetch(hold=0)


class _Poller:
    def __init__(self, bot: Bot, intake: Intake, allowed_updates: Sequence[str]) -> None:
        self._bot = bot
        self._intake = intake
        self._allowed_updates = allowed_updates
        self._offset: int | None = None
        self._is_ready = False

    async def run(self) -> None:
        """Go on for ever, whatever Telegram says."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._take_some()
                pause = FIRST_PAUSE
            except RetryAfter as error:
                await asyncio.sleep(seconds_asked(error))
            except TelegramError as error:
                _explain(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception as error:  # anything may be wrong with what arrives; it is asked for again
                logger.error("what Telegram sent could not be taken: %s", type(error).__name__)
                await asyncio.sleep(LONGEST_PAUSE)

    async def fetch(self, hold: int) -> Sequence[Update]:
        """The updates after those that were taken."""
        return await self._bot.get_updates(offset=self._offset, timeout=hold, allowed_updates=self._allowed_updates)

    async def _take_some(self) -> None:
        if not self._is_ready:
            self._is_ready = await self._bot.delete_webhook()
        if updates := await self.fetch(HOLD):
            await asyncio.gather(*(self._intake.take_fetched(update) for update in updates))
            self._offset = updates[-1].update_id + 1


def _explain(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        logger.error(
            "another bot takes the updates of this TELEGRAM_BOT_TOKEN, or has set a webhook:"
            " stop it, or give it a token of its own; this one goes on by itself"
        )
    else:
        logger.warning("updates cannot be fetched now (%s), trying again", type(error).__name__)
