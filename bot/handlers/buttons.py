"""Every pressed button comes through here: it is always answered, and only known data gets further."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from bot.handlers import danger, find, guided, handover, keeping, news, privacy, reminding, start
from bot.handlers.moment import moment
from bot.handlers.services import Context, Visit, visit
from bot.languages import catalogue
from bot.render import callbacks as to
from bot.render.callbacks import Callback, parse
from bot.render.screen import Screen

Screens = Screen | list[Screen] | None
Handler = Callable[[Visit, Callback], Screens | Awaitable[Screens]]

_HANDLERS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        to.ANSWER: find.answer,
        to.HELPERS: find.helpers,
        to.FEEDBACK: find.helped,
        to.TOPICS: find.topics,
        to.TOPIC: find.topic,
        to.CONTACTS: find.contact_list,
        to.CONTACT: find.contact,
        to.BROKEN: find.broken,
        to.GUIDES: guided.guides,
        to.GUIDE: guided.start,
        to.CHOOSE: guided.choose,
        to.BACK: guided.back,
        to.RESUME: guided.resume,
        to.LEAVE: guided.leave,
        to.LETTER: guided.letter,
        to.FORWARD: guided.forward,
        to.PDF: guided.pdf,
        to.TICK: guided.tick,
        to.REMIND: reminding.remind,
        to.LANGUAGE: start.choose_language,
        to.STAGE: start.choose_stage,
        to.FROM: start.choose_country,
        to.TO: start.choose_country,
        to.PROFILE: start.profile,
        to.MENU: start.menu,
        to.SOS: danger.sos_pressed,
        to.DESPAIR: danger.despair_pressed,
        to.FURTHER: danger.further,
        to.HIDE: privacy.hide,
        to.FORGET: privacy.forget,
        to.PRIVACY: privacy.privacy,
        to.HELP: privacy.help_,
        to.WHY: find.why,
        to.NONE: keeping.none_of_these,
        to.KEEP: keeping.decide,
        to.HUMAN: handover.human,
        to.NEWS: news.news,
        to.UNSUBSCRIBE: news.unsubscribe,
    }
)

_NEW_MESSAGE: Final = {
    to.ANSWER,
    to.HELPERS,
    to.FEEDBACK,
    to.SOS,
    to.DESPAIR,
    to.FURTHER,
    to.CONTACT,
    to.LETTER,
    to.FORWARD,
    to.RESUME,
    to.REMIND,
    to.UNSUBSCRIBE,
}
"""Screens that are sent anew, so that what the person was reading stays."""


_OF_RASA: Final = {to.GUIDE, to.CHOOSE, to.BACK, to.LEAVE}
"""Buttons that Rasa is asked about."""


async def pressed(update: Update, context: Context) -> None:
    """Do what the button says, and meanwhile answer it, so that nothing spins: nobody waits for one after the other."""
    query = update.callback_query
    assert query is not None
    callback = parse(query.data)
    if update.effective_chat is None:
        await _answer(query)
        return
    here = await visit(update, context)
    _ = catalogue(here.language).gettext
    notice = None
    if callback is None:
        notice = _("This button is too old. Please use the menu.")
    elif callback.verb in (to.FEEDBACK, to.BROKEN):
        notice = _("Thank you. Only the count is kept.")
    answering = asyncio.create_task(_answer(query, notice))
    try:
        if callback is not None:
            message = query.message if isinstance(query.message, Message) else None
            await open_screen(here, callback, None if callback.verb in _NEW_MESSAGE else message)
    finally:
        await answering


async def _answer(query: CallbackQuery, notice: str | None = None) -> None:
    with contextlib.suppress(TelegramError):  # one pressed long ago spins on; what it leads to is still shown
        await query.answer(notice)


async def open_screen(here: Visit, callback: Callback, message: Message | None) -> None:
    """Show what a button or shortcut leads to, in place of `message` if there is one; further screens below it."""
    async with moment(here) as passing:
        result = _HANDLERS[callback.verb](here, callback)
        if inspect.isawaitable(result):
            result = await (passing.while_waiting_for(result) if callback.verb in _OF_RASA else result)
        listed = result if isinstance(result, list) else [result] if result else []
        for screen in listed[:1]:
            await here.services.outbox.show(here.chat_id, screen, message)
        for screen in listed[1:]:
            await here.services.outbox.send(here.chat_id, screen)
