"""`/forget`: every store is emptied at once, and the person reads what was found in them.

Updates of one chat are handled one after the other, so nothing of the person's is half done while this runs, except
what runs beside the updates: a message to staff (refused once the talk is over), marks of the figures (they wait for
each other), a reminder or news that Telegram has already been given.
"""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from bot.database.erasure import Kept, erase
from bot.handlers import handover
from bot.handlers.services import Visit
from bot.languages import Language, catalogue
from bot.render.markdown import to_html
from bot.render.screen import Screen, escape

logger = logging.getLogger(__name__)


async def forget(here: Visit) -> Screen:
    """Erase everything that is kept about a person, and say what it was; or that something may be left."""
    parts, pages = here.services, here.content.page(here.language)
    guide = parts.dialogue.open_question(here.pseudonym) is not None
    talk = parts.handovers.of(here.pseudonym) is not None
    parts.keeper.offers.closed(here.chat_id)
    await parts.outbox.forget_soon(here.chat_id)
    complete = await handover.forget(here)
    complete = await parts.dialogue.forget(here.pseudonym) and complete
    pseudonyms = parts.people.pseudonyms(here.chat_id)
    try:
        kept = await erase(parts.database, pseudonyms)
        counted = await parts.figures.forget(here.pseudonym)
    except (SQLAlchemyError, OSError) as error:
        logger.error("database unavailable while forgetting: %s", type(error).__name__)
        complete, kept, counted = False, set(), False
    parts.people.drop(pseudonyms)
    if not complete:
        return Screen(to_html(pages.forget_failed))
    return Screen(f"{to_html(pages.forgotten)}\n\n{escape(_found(here.language, kept, guide, talk, counted))}")


def _found(language: Language, kept: set[Kept], guide: bool, talk: bool, counted: bool) -> str:
    _ = catalogue(language).gettext
    found = {
        _("your language and countries"): Kept.PROFILE in kept,
        _("an unfinished guide"): guide or Kept.GUIDE in kept,
        _("a reminder"): Kept.REMINDER in kept,
        _("news for your route"): Kept.NEWS in kept,
        _("the talk with our staff"): talk,
        _("your mark in the counts of this week"): counted,
    }
    listed = " · ".join(words for words, was_there in found.items() if was_there)
    return _("Erased: {what}").format(what=listed) if listed else _("I had kept nothing about you.")
