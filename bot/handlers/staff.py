"""What staff do in their group: write to the person of a talk, and end it. Everything else there is ignored."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from telegram import Message, Update
from telegram.error import Forbidden, TelegramError

from bot.database.handovers import Handovers, Talk
from bot.handlers.handover import finish, tell_ended
from bot.handlers.services import Context, services
from bot.render import handover as render

logger = logging.getLogger(__name__)


async def written(update: Update, context: Context) -> None:
    """Copy what staff wrote in a topic, or as a reply, to the person; tell staff when that did not work."""
    parts, message = services(context.application), update.effective_message
    assert message is not None
    if not parts.handovers.are_known and (message.is_topic_message or message.reply_to_message):
        await message.reply_text(render.MEMORY_AWAY)
        return
    talk = _talk(message, parts.handovers)
    if talk is None:
        return
    try:
        await parts.outbox.copy(talk.chat_id, message.chat_id, message.message_id)
    except Forbidden:
        await message.reply_text(render.BLOCKED)
    except TelegramError as error:
        logger.warning("a message of staff could not be delivered: %s", type(error).__name__)
        await message.reply_text(render.NOT_DELIVERED)
    else:
        of_talk = [message.message_id] if talk.thread is None else []
        await parts.handovers.go_on(talk, datetime.now(UTC), *of_talk)


async def close(update: Update, context: Context) -> None:
    """`/close`, or the topic was closed: the talk has ended."""
    parts, message = services(context.application), update.effective_message
    assert message is not None
    talk = _talk(message, parts.handovers)
    if talk is not None:
        await finish(parts, talk, render.ENDED_BY_STAFF)
        await tell_ended(parts, talk)


def _talk(message: Message, handovers: Handovers) -> Talk | None:
    """The talk of the topic, or of the message that this one replies to."""
    if message.is_topic_message:
        return handovers.in_thread(message.message_thread_id)
    replied = message.reply_to_message
    return handovers.of_message(replied.message_id) if replied else None
