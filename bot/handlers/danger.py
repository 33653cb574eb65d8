"""Danger and despair: the cards, and what stands one tap behind them. Needs neither Rasa nor the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import get_args

from telegram import Update

from bot.contacts import Wish
from bot.contacts.emergency import emergency_numbers
from bot.contacts.in_danger import numbers, safest
from bot.handlers.services import Context, Visit, visit
from bot.languages import ENGLISH_NAMES, Language
from bot.learning import figures
from bot.render import safety
from bot.render.callbacks import Callback
from bot.render.screen import Screen
from bot.safety import Risk


def sos(here: Visit, country: str | None, language: Language, alternatives: Sequence[str] = ()) -> Screen:
    """The SOS card for a country; `alternatives` are answers that may have been meant instead."""
    here.count(figures.SOS)
    return _card(here, "emergency", country, language, [id_ for id_ in alternatives if id_ in here.content.answers])


def despair(here: Visit, country: str | None, language: Language) -> Screen:
    """The card for somebody who wants to die."""
    return _card(here, "self_harm", country, language)


def sos_pressed(here: Visit, callback: Callback) -> Screen:
    """The SOS card, for the country of the button or of the profile."""
    return sos(here, _country(here, callback.argument(0)), here.language)


def despair_pressed(here: Visit, callback: Callback) -> Screen:
    """The card for somebody who wants to die, for the country of the button or of the profile."""
    return despair(here, _country(here, callback.argument(0)), here.language)


def further(here: Visit, callback: Callback) -> Screen:
    """What else can be done. Something unknown in the button counts as danger."""
    asked = callback.argument(0)
    risk: Risk = next((risk for risk in get_args(Risk) if risk == asked), "emergency")
    return safety.further(risk, here.content, here.language, _country(here, callback.argument(1)))


async def sos_command(update: Update, context: Context) -> None:
    """`/sos`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, sos(here, here.profile.country_now, here.language))


def _card(here: Visit, risk: Risk, country: str | None, language: Language, alternatives: Sequence[str] = ()) -> Screen:
    directory = here.services.directory
    wish = Wish(
        country=country,
        nationality=here.profile.country_from,
        language=ENGLISH_NAMES[language],
        now=datetime.now(UTC),
    )
    helper = safest(directory, risk, wish)
    return safety.card(risk, here.content, language, numbers(directory, country), helper, alternatives)


def _country(here: Visit, named: str | None) -> str | None:
    return named if named and emergency_numbers(named) else here.profile.country_now
