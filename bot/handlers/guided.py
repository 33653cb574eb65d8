"""Guided conversations by button. Rasa keeps the state; see `bot/training/guides.py` for its rules.

guide:<id> ─> question ─ choose ─> question ─ … ─> result
                 │  ^─ an ordinary question is answered, then the open one is asked again
                 └─ leave ─> left, everything forgotten
"""

from __future__ import annotations

from telegram import Update

from bot.handlers import find
from bot.handlers.services import Context, Visit, visit
from bot.handlers.steps import say
from bot.render import guides as screens
from bot.render.callbacks import Callback
from bot.render.screen import Screen


def guides(here: Visit, callback: Callback) -> Screen:
    """All guided conversations."""
    return screens.guides(here.content, here.language)


async def start(here: Visit, callback: Callback) -> Screen | None:
    """Begin a guide."""
    guide = callback.argument(0) or ""
    if guide not in here.content.guides:
        return find.gone(here)
    await say(here, await here.services.dialogue.start_guide(here.pseudonym, guide))
    return None


async def choose(here: Visit, callback: Callback) -> None:
    """Answer the open question."""
    if (choice := callback.argument(0)) in ("yes", "no", "not_sure"):
        await say(here, await here.services.dialogue.choose(here.pseudonym, choice))


async def leave(here: Visit, callback: Callback) -> None:
    """Leave the guide at once."""
    await say(here, await here.services.dialogue.leave_guide(here.pseudonym))


async def guides_command(update: Update, context: Context) -> None:
    """`/guides`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, screens.guides(here.content, here.language))
