"""Any text is a question; anything else gets a kind word."""

from __future__ import annotations

from telegram import Update

from bot.handlers import buttons, keeping
from bot.handlers.moment import moment
from bot.handlers.services import Context, visit
from bot.handlers.shortcuts import shortcuts
from bot.handlers.steps import say
from bot.render.answers import ways_on
from bot.render.callbacks import Callback
from bot.render.markdown import to_html
from bot.render.screen import Screen


async def ask(update: Update, context: Context) -> None:
    """Answer a message."""
    here = await visit(update, context)
    assert update.effective_message is not None
    text = (update.effective_message.text or "").strip()
    if verb := shortcuts().get(text):
        await buttons.open_screen(here, Callback(verb), None)
        return
    async with moment(here) as passing:
        said = await passing.while_waiting_for(here.services.dialogue.respond(here.pseudonym, text))
        await say(here, said)
    await keeping.after(here, said)


async def not_text(update: Update, context: Context) -> None:
    """Voice, photos, stickers and the like: say that only text is read, and offer the buttons."""
    here = await visit(update, context)
    screen = Screen(to_html(here.content.page(here.language).not_text), ways_on(here.language, staffed=here.staffed))
    await here.services.outbox.send(here.chat_id, screen)
