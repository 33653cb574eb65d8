"""Every pressed button comes through here: it is always answered, and only known data gets further."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from telegram import Message, Update
from telegram.error import BadRequest

from bot.handlers import find, guided, privacy, start
from bot.handlers.services import Context, Visit, visit
from bot.languages import catalogue
from bot.render import callbacks as to
from bot.render import profile
from bot.render.callbacks import Callback, parse
from bot.render.screen import Screen

Handler = Callable[[Visit, Callback], Screen | Awaitable[Screen | None] | None]

_HANDLERS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        to.ANSWER: find.answer,
        to.HELPERS: find.helpers,
        to.FEEDBACK: find.helped,
        to.TOPICS: find.topics,
        to.TOPIC: find.topic,
        to.CONTACTS: find.contact_list,
        to.CONTACT: find.contact,
        to.GUIDES: guided.guides,
        to.GUIDE: guided.start,
        to.CHOOSE: guided.choose,
        to.LEAVE: guided.leave,
        to.LANGUAGE: start.choose_language,
        to.STAGE: start.choose_stage,
        to.FROM: start.choose_country,
        to.TO: start.choose_country,
        to.PROFILE: lambda here, _: profile.profile(here.profile, here.language),
        to.MENU: lambda here, _: profile.menu(here.language),
        to.SOS: privacy.sos,
        to.HIDE: privacy.hide,
        to.FORGET: privacy.forget,
        to.PRIVACY: privacy.privacy,
        to.HELP: privacy.help_,
    }
)

_NEW_MESSAGE: Final = {to.ANSWER, to.HELPERS, to.FEEDBACK, to.SOS, to.CONTACT}
"""Screens that are sent anew, so that what the person was reading stays."""


async def pressed(update: Update, context: Context) -> None:
    """Answer the button first, so that nothing spins, then do what it says."""
    query = update.callback_query
    assert query is not None
    callback = parse(query.data)
    if update.effective_chat is None:
        await query.answer()
        return
    here = await visit(update, context)
    _ = catalogue(here.language).gettext
    notice = None
    if callback is None:
        notice = _("This button is too old. Please use the menu.")
    elif callback.verb == to.FEEDBACK:
        notice = _("Thank you. Only the count is kept.")
    with contextlib.suppress(BadRequest):  # a button pressed while the bot was away can no longer be answered
        await query.answer(notice)
    if callback is not None:
        message = query.message if isinstance(query.message, Message) else None
        await open_screen(here, callback, None if callback.verb in _NEW_MESSAGE else message)


async def open_screen(here: Visit, callback: Callback, message: Message | None) -> None:
    """Show what a button or shortcut leads to, in place of `message` if there is one."""
    result = _HANDLERS[callback.verb](here, callback)
    screen = await result if inspect.isawaitable(result) else result
    if screen is not None:
        await here.services.outbox.show(here.chat_id, screen, message)
