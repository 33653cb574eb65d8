"""Hiding, forgetting, and what the bot keeps. None of this needs Rasa or the database."""

from __future__ import annotations

from telegram import Update

from bot.handlers import forgetting
from bot.handlers.services import Context, Visit, visit
from bot.render import profile
from bot.render.answers import menu_button, ways_on
from bot.render.callbacks import Callback
from bot.render.markdown import to_html
from bot.render.screen import Screen


async def hide(here: Visit, callback: Callback) -> None:
    """Delete the recent messages of this chat and say what could not be deleted."""
    await here.services.outbox.hide(here.chat_id)
    here.services.keeper.offers.closed(here.chat_id)
    await here.services.outbox.send(here.chat_id, Screen(to_html(here.content.page(here.language).hidden)))


async def forget(here: Visit, callback: Callback) -> Screen:
    """Ask first; then erase everything that is kept about a person, everywhere."""
    if callback.argument(0) != "yes":
        return profile.forget(here.content, here.language)
    return await forgetting.forget(here)


def privacy(here: Visit, callback: Callback) -> Screen:
    """What is kept and what is not."""
    return Screen(to_html(here.content.page(here.language).privacy), [[menu_button(here.language)]])


def help_(here: Visit, callback: Callback) -> Screen:
    """How to use the bot."""
    return Screen(to_html(here.content.page(here.language).help), ways_on(here.language, staffed=here.staffed))


async def hide_command(update: Update, context: Context) -> None:
    """`/hide`."""
    await hide(await visit(update, context), Callback("hide"))


async def forget_command(update: Update, context: Context) -> None:
    """`/forget`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, profile.forget(here.content, here.language))


async def privacy_command(update: Update, context: Context) -> None:
    """`/privacy`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, privacy(here, Callback("privacy")))


async def help_command(update: Update, context: Context) -> None:
    """`/help`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, help_(here, Callback("help")))
