"""Reminders of a list to tick off, for those who ask for one: the list comes again after some days, once."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from telegram.error import TelegramError

from bot.database.reminders import Due
from bot.handlers.services import Services, Visit
from bot.languages import catalogue
from bot.render import guides as render
from bot.render.callbacks import Callback
from bot.render.screen import Screen, escape
from bot.shared.rate import PATIENT
from bot.shared.replicas import Leader

logger = logging.getLogger(__name__)

AFTER: Final = timedelta(days=3)
PAUSE: Final = 60.0
"""Seconds between two looks at what is due."""


async def remind(here: Visit, callback: Callback) -> Screen:
    """Keep the wish to be reminded of a list in three days."""
    guide, code, done = (callback.argument(position) or "" for position in range(3))
    known = here.content.guides.get(guide)
    if known is None or known.decode(code) is None or not done:
        return render.expired(here.language)
    _ = catalogue(here.language).gettext
    due = Due(here.pseudonym, here.chat_id, here.language, guide, code, done)
    if await here.services.reminders.ask(due, datetime.now(UTC) + AFTER):
        text = _(
            "I will send you this list again in 3 days. For that I keep your chat number, encrypted. /forget erases it."
        )
    else:
        text = _("Something went wrong. Try again, or use /sos, /contacts or /topics.")
    return Screen(escape(text))


async def keep_reminding(services: Services, leader: Leader) -> None:
    """Send what is due, for as long as the bot runs, where it leads."""
    PATIENT.set(True)
    while True:
        if leader.leads:
            await send_due(services, datetime.now(UTC))
        await asyncio.sleep(PAUSE)


async def send_due(services: Services, now: datetime) -> None:
    """Send the reminders that are due at `now`. A list that staff have changed since is not sent."""
    for due in await services.reminders.take_due(now):
        guide = services.content.guides.get(due.guide)
        answers = guide.decode(due.code) if guide else None
        if guide is None or answers is None:
            continue
        screen = render.checklist(guide, answers, render.ticked(due.done), due.language)
        try:
            await services.outbox.send(due.chat_id, screen)
        except TelegramError as error:
            logger.info("a reminder could not be sent: %s", type(error).__name__)
