"""Sends news to those who asked for it, slowly enough that answers to people never wait for it.

Nobody gets the same news twice: a delivery is marked before it is sent (see `bot/database/deliveries.py`). Where
Telegram certainly did not take a message, it is sent later; where that is unknown, it counts as failed.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.database import deliveries
from bot.database.deliveries import Fate, Recipient
from bot.database.models import Alert
from bot.handlers.services import Services
from bot.news import text_in
from bot.patience import ONCE, seconds_asked
from bot.render import news as render
from bot.shared.rate import PATIENT
from bot.shared.replicas import Leader
from bot.telegram_request import NEVER_LEFT

logger = logging.getLogger(__name__)

PAUSE: Final = 10.0
"""Seconds between two looks at what is queued."""
PACE: Final = 1 / 20
"""Seconds between two messages: of Telegram's 30 in a second, a third is left for answers."""
LONGEST: Final = 60.0
"""Seconds between two attempts while Telegram is in trouble; they begin at half a second and double."""
LEASE: Final = timedelta(minutes=10)
"""How long sending one message may take, waiting for a busy Telegram included, before its process counts as dead."""


async def keep_alerting(services: Services, leader: Leader) -> None:
    """Send what is queued, for as long as the bot runs, where it leads."""
    PATIENT.set(True)
    while True:
        if leader.leads:
            await send_alerts(services, datetime.now(UTC))
        await asyncio.sleep(PAUSE)


async def send_alerts(services: Services, now: datetime) -> None:
    """Send everything that is queued or was left in the middle. `now` decides who has died."""
    try:
        await deliveries.write_off(services.database, now, LEASE)
        await deliveries.begin(services.database)
        for alert in await deliveries.under_way(services.database):
            await _send(services, alert)
    except (SQLAlchemyError, OSError) as error:
        logger.warning("news cannot be sent: %s", type(error).__name__)


async def _send(services: Services, alert: Alert) -> None:
    troubles = 0
    while recipient := await deliveries.claim(services.database, alert.id, datetime.now(UTC)):
        error = await _attempt(services, alert, recipient)
        if (fate := _fate(error)) is None:
            await deliveries.release(services.database, alert.id, recipient.pseudonym)
        else:
            await deliveries.settle(services.database, alert.id, recipient.pseudonym, fate)
        troubles = troubles + 1 if _is_trouble(error) else 0
        await asyncio.sleep(_pause(error, troubles))
    await deliveries.finish(services.database, alert.id, datetime.now(UTC))


async def _attempt(services: Services, alert: Alert, recipient: Recipient) -> TelegramError | None:
    """Send one message; the error when that did not work."""
    chat_id = services.subscriptions.chat_id(recipient.chat)
    if chat_id is None:  # kept under another MUSAFIR_SECRET: as good as a chat that Telegram does not know
        return BadRequest("chat not found")
    token = ONCE.set(True)
    try:
        await services.outbox.send(
            chat_id, render.message(text_in(alert.texts, recipient.language), recipient.language)
        )
    except TelegramError as error:
        logger.info("news could not be sent: %s", type(error).__name__)
        return error
    finally:
        ONCE.reset(token)
    return None


def _fate(error: TelegramError | None) -> Fate | None:
    """What became of a message; None when it certainly was not sent and can be tried again."""
    if error is None:
        return Fate.DELIVERED
    if isinstance(error, Forbidden):
        return Fate.BLOCKED
    if isinstance(error, RetryAfter) or isinstance(error.__cause__, NEVER_LEFT):
        return None
    return Fate.FAILED


def _is_trouble(error: TelegramError | None) -> bool:
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def _pause(error: TelegramError | None, troubles: int) -> float:
    """Seconds to wait before the next message; through an outage longer each time, so that it costs few messages."""
    if isinstance(error, RetryAfter):
        return seconds_asked(error)
    return min(2**troubles / 4, LONGEST) if troubles else PACE
