"""A person talks with staff instead of the bot.

human ─> offer ─ yes ─> talk: what the person writes goes to staff ─ /stop, button, /close, a day of silence ─> ended

Commands and buttons of the bot work all the while, and risk words still bring the SOS card. `staff` is the other side.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from telegram import Update
from telegram.error import TelegramError

from bot.database.handovers import Handovers, Talk
from bot.handlers import steps
from bot.handlers.office import staff_are_there
from bot.handlers.services import Context, Services, Visit, services, visit
from bot.handlers.shortcuts import shortcuts
from bot.handlers.staff_group import StaffGroup, is_gone
from bot.render import handover as render
from bot.render.callbacks import Callback
from bot.render.screen import Screen

logger = logging.getLogger(__name__)

SILENCE: Final = timedelta(hours=24)
PAUSE: Final = 60.0
"""Seconds between two looks for talks in which nobody writes any more."""
STOP: Final = "/stop"
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of the codes: none that is easily taken for another."""
CODE_LENGTH: Final = 4

MessageHandler = Callable[[Update, Context], Coroutine[Any, Any, None]]


async def human(here: Visit, callback: Callback) -> Screen:
    """Offer a talk with staff, begin it, or end it."""
    match callback.argument(0):
        case "yes":
            return await _begin(here)
        case "end":
            return await _end(here)
        case _:
            return steps.human(here, here.language)


def unless_talking(answer: MessageHandler) -> MessageHandler:
    """Let `answer` handle a message, unless its sender talks with staff: then they get it."""

    async def handle(update: Update, context: Context) -> None:
        parts = services(context.application)
        message, chat = update.effective_message, update.effective_chat
        assert message is not None
        assert chat is not None
        text = (message.text or message.caption or "").strip()
        if parts.staff is None or text in shortcuts():
            await answer(update, context)
        elif (talk := parts.handovers.of(parts.people.pseudonym(chat.id))) is None:
            if not parts.handovers.are_known:
                here = await visit(update, context)
                await parts.outbox.send(chat.id, render.unsure(here.language))
            await answer(update, context)
        elif text.partition("@")[0] == STOP:
            await parts.outbox.send(chat.id, await _end(await visit(update, context)))
        else:
            parts.staff.in_background(_bring(parts, parts.staff, talk, message.message_id), update)
            if danger := parts.dialogue.danger(text):
                await steps.say(await visit(update, context), danger)

    return handle


async def _begin(here: Visit) -> Screen:
    staff, handovers = here.services.staff, here.services.handovers
    if staff is None or handovers.of(here.pseudonym) or not staff_are_there(here):
        return steps.human(here, here.language)
    await handovers.refresh()
    code, language, pages = _new_code(handovers), here.language, here.content.page(here.language)
    introduce = partial(render.introduction, code, language, here.profile)
    try:
        thread, first = await staff.open(render.topic_name(code, language, here.profile), introduce)
    except TelegramError as error:
        staff.explain(error)
        return steps.contact_countries(here, language, pages.human_unavailable)
    talk = Talk(code, here.pseudonym, here.chat_id, language, thread, datetime.now(UTC))
    await handovers.begin(talk, *([first] if thread is None else []))
    return render.begun(pages, language)


async def _end(here: Visit) -> Screen:
    talk = here.services.handovers.of(here.pseudonym)
    if talk is not None:
        await finish(here.services, talk, render.ENDED_BY_PERSON)
    return render.ended(here.content.page(here.language), here.language)


async def forget(here: Visit) -> bool:
    """End the talk of somebody who wants to be forgotten. False when the database could not be reached."""
    handovers = here.services.handovers
    await handovers.load()
    if not handovers.are_known:
        return False
    talk = handovers.of(here.pseudonym)
    if talk is None:
        return await handovers.delete_ended()
    return await finish(here.services, talk, render.ENDED_BY_PERSON)


async def finish(parts: Services, talk: Talk, note: str) -> bool:
    """End a talk: at once for the person, and then staff read `note`. False when its row could not be deleted yet."""
    first = parts.handovers.first_message(talk)
    deleted = await parts.handovers.end(talk)
    if parts.staff is not None:
        parts.staff.in_background(_take_leave(parts.staff, talk, note, first))
    return deleted


async def tell_ended(parts: Services, talk: Talk) -> None:
    """Tell the person that the talk is over."""
    try:
        await parts.outbox.send(talk.chat_id, render.ended(parts.content.page(talk.language), talk.language))
    except TelegramError as error:
        logger.info("somebody could not be told that a talk has ended: %s", type(error).__name__)


async def keep_handovers(parts: Services) -> None:
    """End talks in which nobody writes any more, for as long as the bot runs."""
    while True:
        await end_silent(parts, datetime.now(UTC))
        await asyncio.sleep(PAUSE)


async def end_silent(parts: Services, now: datetime) -> None:
    """End the talks in which nobody has written for a day at `now`, and make up for what the database missed."""
    await parts.handovers.load()
    await parts.handovers.refresh()
    await parts.handovers.delete_ended()
    for talk in parts.handovers.ahead_of(now + SILENCE):  # the clock was wrong when somebody wrote
        await parts.handovers.go_on(talk, now)
    for talk in parts.handovers.silent_since(now - SILENCE):
        await finish(parts, talk, render.ENDED_BY_SILENCE)
        await tell_ended(parts, talk)


async def _bring(parts: Services, staff: StaffGroup, talk: Talk, message: int) -> None:
    """Copy a message to staff after those before it, or tell the person that they did not get it."""
    async with staff.order(talk):
        if parts.handovers.with_code(talk.code) is None:
            await parts.outbox.send(talk.chat_id, render.over(talk.language))
            return
        try:
            brought = await staff.bring(talk, message, parts.handovers.first_message(talk))
        except TelegramError as error:
            if is_gone(error):
                await parts.handovers.end(talk)
                await parts.outbox.send(talk.chat_id, render.over(talk.language))
            else:
                staff.explain(error)
                await parts.outbox.send(talk.chat_id, render.not_passed_on(talk.language))
            return
        await parts.handovers.go_on(talk, datetime.now(UTC), *brought)


async def _take_leave(staff: StaffGroup, talk: Talk, note: str, first: int | None) -> None:
    async with staff.order(talk):
        try:
            await staff.say(talk, note, first)
            await staff.close(talk)
        except TelegramError as error:
            if not is_gone(error):
                staff.explain(error)


def _new_code(handovers: Handovers) -> str:
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        if handovers.with_code(code) is None:
            return code
