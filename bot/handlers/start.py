"""The welcome, and the choices about oneself: language, journey, countries, profile, menu.

/start ─> language ─> stage ─> from ─> to ─> menu        each may be skipped
/profile ─> one of them ─> profile
"""

from __future__ import annotations

from telegram import Update

from bot.handlers.office import ways_to_staff
from bot.handlers.services import Context, Visit, visit
from bot.handlers.shortcuts import keyboard
from bot.languages import Language, catalogue, is_language
from bot.render import callbacks as to
from bot.render import profile as screens
from bot.render.callbacks import Callback
from bot.render.guides import go_on
from bot.render.screen import Screen, escape
from bot.training.gazetteer import CORRIDOR_COUNTRIES


async def greet(here: Visit) -> None:
    """Welcome somebody new, and show the others the menu."""
    if here.profile.known:
        await _menu(here)
        return
    await here.services.outbox.send(here.chat_id, screens.languages(here.content, here.language, welcome=True))


async def choose_language(here: Visit, callback: Callback) -> Screen:
    """A language was chosen, or is asked for. Somebody new goes on to their journey."""
    code = callback.argument(0)
    if not is_language(code):
        return screens.languages(here.content, here.language, welcome=False)
    new = not here.profile.known
    person = await here.services.people.update(here.pseudonym, language=code)
    await here.services.outbox.send(here.chat_id, _confirmation(person.language), keyboard(person.language))
    return screens.stages(person.language) if new else _choices(here, person.language)


async def choose_stage(here: Visit, callback: Callback) -> Screen:
    """The stage was chosen, skipped, or is asked for."""
    stage = callback.argument(0)
    if stage == screens.SKIP:
        return screens.countries(to.FROM, CORRIDOR_COUNTRIES, here.language, 0)
    if stage not in screens.stage_names(here.language):
        return screens.stages(here.language)
    was_complete = here.profile.stage is not None
    person = await here.services.people.update(here.pseudonym, language=here.language, stage=stage)
    if was_complete:
        return screens.profile(person, here.language)
    return screens.countries(to.FROM, CORRIDOR_COUNTRIES, here.language, 0)


async def choose_country(here: Visit, callback: Callback) -> Screen:
    """A country was chosen, skipped, another page is wanted, or it is asked for."""
    value, field = callback.argument(0) or "page-0", f"country_{callback.verb}"
    if value.startswith("page-") and value[5:].isdigit():
        return screens.countries(callback.verb, CORRIDOR_COUNTRIES, here.language, int(value[5:]))
    was_set = getattr(here.profile, field) is not None
    person = here.profile
    if value in CORRIDOR_COUNTRIES:
        person = await here.services.people.update(here.pseudonym, language=here.language, **{field: value})
    if was_set and value != screens.SKIP:
        return screens.profile(person, here.language)
    if callback.verb == to.FROM:
        return screens.countries(to.TO, CORRIDOR_COUNTRIES, here.language, 0)
    return _choices(here, here.language)


def profile(here: Visit, callback: Callback) -> Screen:
    """What the person told the bot."""
    return screens.profile(here.profile, here.language)


def menu(here: Visit, callback: Callback) -> Screen:
    """The menu, with the guide that was left in the middle."""
    return _choices(here, here.language)


async def language_command(update: Update, context: Context) -> None:
    """`/language`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, screens.languages(here.content, here.language, welcome=False))


async def profile_command(update: Update, context: Context) -> None:
    """`/profile`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, screens.profile(here.profile, here.language))


async def menu_command(update: Update, context: Context) -> None:
    """`/menu`."""
    await _menu(await visit(update, context))


async def _menu(here: Visit) -> None:
    await here.services.outbox.send(here.chat_id, _confirmation(here.language), keyboard(here.language))
    await here.services.outbox.send(here.chat_id, _choices(here, here.language))


def _choices(here: Visit, language: Language) -> Screen:
    asked = here.services.dialogue.open_question(here.pseudonym)
    menu_screen = screens.menu(language)
    rows = [*go_on(asked, language), *menu_screen.rows, *ways_to_staff(here, language)]
    return Screen(menu_screen.html, rows)


def _confirmation(language: Language) -> Screen:
    return Screen(escape(catalogue(language).gettext("The buttons below are always here.")))
