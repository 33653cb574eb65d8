"""What happens at every update: first it is read who comes, at the end it is written down what has changed."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatType

from bot.handlers.services import Context, services


async def arrive(update: Update, context: Context) -> None:
    """Read who comes, and remember the number of every message, so that `/hide` can delete it."""
    parts, chat = services(context.application), update.effective_chat
    if chat is None:
        return
    if chat.type != ChatType.PRIVATE:
        await parts.handovers.refresh()
        return
    await parts.people.meet(chat.id)
    await parts.handovers.catch_up()
    if update.effective_message and not update.callback_query:
        parts.outbox.note(chat.id, update.effective_message.message_id)


async def depart(update: Update, context: Context) -> None:
    """Write down where a guide stands, and tell the other replicas which messages were sent."""
    parts, chat = services(context.application), update.effective_chat
    await parts.outbox.share()
    if chat is not None and chat.type == ChatType.PRIVATE:
        pseudonym = parts.people.pseudonym(chat.id)
        await parts.guide_memory.keep(pseudonym)
        parts.people.leave(pseudonym)
