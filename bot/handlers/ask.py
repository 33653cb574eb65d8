"""Any text is a question; anything else gets a kind word."""

from __future__ import annotations

from telegram import Update
from telegram.constants import ChatAction

from bot.handlers import buttons, keeping
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
    await context.bot.send_chat_action(here.chat_id, ChatAction.TYPING)
    said = await here.services.dialogue.respond(here.pseudonym, text)
    await say(here, said)
    await keeping.after(here, said)


async def not_text(update: Update, context: Context) -> None:
    """Voice, photos, stickers and the like: say that only text is read, and offer the buttons."""
    here = await visit(update, context)
    screen = Screen(to_html(here.content.page(here.language).not_text), ways_on(here.language, staffed=here.staffed))
    await here.services.outbox.send(here.chat_id, screen)


async def note_message(update: Update, context: Context) -> None:
    """Remember the id of every message, in memory, so that `/hide` can delete it."""
    if update.effective_message and update.effective_chat and not update.callback_query:
        here = await visit(update, context)
        here.services.outbox.note(here.chat_id, update.effective_message.message_id)
