"""`/start`, alone or with a link's payload."""

from __future__ import annotations

from telegram import Update

from bot.handlers import buttons
from bot.handlers import start as greeting
from bot.handlers.services import Context, visit
from bot.render.links import target


async def start(update: Update, context: Context) -> None:
    """`/start`: greet, or open what a deep link points at."""
    here = await visit(update, context)
    if callback := target(context.args[0] if context.args else ""):
        await buttons.open_screen(here, callback, None)
    else:
        await greeting.greet(here)
