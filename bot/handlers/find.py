"""Topics, answers and contacts by button or command."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from telegram import Update

from bot.contacts.places import nearest_city
from bot.database import feedback
from bot.handlers import steps
from bot.handlers.office import ways_to_staff
from bot.handlers.places import Place
from bot.handlers.services import Context, Visit, today, visit
from bot.languages import Language, catalogue, is_language
from bot.learning.figures import CONTACTS
from bot.render import answers, contacts
from bot.render import callbacks as to
from bot.render.callbacks import Callback
from bot.render.screen import Screen, escape


def answer(here: Visit, callback: Callback) -> Screen:
    """An answer, in the person's language or in the one named by the button."""
    item = here.content.answers.get(callback.argument(0) or "")
    if item is None:
        return gone(here)
    code = callback.argument(1)
    here.count(item.topic)
    language: Language = code if is_language(code) else here.language  # type: ignore[assignment]
    return answers.answer(item, here.content, language, today(), countries=here.profile.countries)


def topics(here: Visit, callback: Callback) -> Screen:
    """All topics."""
    return answers.topics(here.content, here.language)


def topic(here: Visit, callback: Callback) -> Screen:
    """The answers of one topic."""
    topic_id = callback.argument(0) or ""
    if topic_id not in here.content.topic_ids():
        return gone(here)
    here.count(topic_id)
    return answers.topic(topic_id, here.content, here.language)


def contact_list(here: Visit, callback: Callback) -> Screen:
    """Countries, then needs, then contacts: as far as the button says."""
    country, need = callback.argument(0), callback.argument(1)
    if country is not None and country not in here.services.directory.countries():
        country = None
    place = Place(country, None, here.profile.country_from)
    if country is None:
        return steps.contact_countries(here, here.language)
    return steps.find_help(here, place, need, here.language)


def helpers(here: Visit, callback: Callback) -> Screen:
    """Who can help with an answer, in the person's country; asks for the country when it is not known."""
    item = here.content.answers.get(callback.argument(0) or "")
    if item is None:
        return gone(here)
    directory = here.services.directory
    country = callback.argument(1) or here.profile.country_of_interest
    if country is None:
        return steps.contact_countries(here, here.language, answer=item.id)
    here.count(CONTACTS)
    needs = [*item.facts.needs]
    if here.profile.country_from and not {"asylum", "consular"} & set(needs):
        needs.append("consular")  # their own consulate comes last, but often has a number; never for refugees
    found = directory.find(steps.wish(here, Place(country, None, here.profile.country_from), needs))
    heading = contacts.heading(here.content, here.language, country, needs[0], None)
    listing = contacts.listing(found, heading, here.language, country)
    return listing.with_rows(*ways_to_staff(here, here.language))


async def contact(here: Visit, callback: Callback) -> Screen:
    """The card of one contact, with its number and place in the phone's own formats."""
    found = here.services.directory.get(callback.argument(0) or "")
    if found is None:
        return gone(here)
    here.count(CONTACTS)
    await here.services.outbox.send_contact(here.chat_id, found)
    return contacts.card(found, here.content, here.language, datetime.now(UTC))


async def broken(here: Visit, callback: Callback) -> Screen:
    """Count that a contact did not work, and show others in the country."""
    found = here.services.directory.get(callback.argument(0) or "")
    if found is None:
        return gone(here)
    await feedback.count_broken(here.services.database, found.id)
    return contact_list(here, Callback(to.CONTACTS, (found.country, found.needs[0])))


async def helped(here: Visit, callback: Callback) -> Screen | None:
    """Count whether an answer helped; after a no, ask why and show the ways on."""
    answer_id, verdict = callback.argument(0) or "", callback.argument(1)
    if answer_id not in here.content.answers or verdict not in ("yes", "no"):
        return None
    await feedback.count(here.services.database, answer_id, here.language, helpful=verdict == "yes")
    if verdict == "yes":
        return None
    ways_on = answers.ways_on(here.language, staffed=here.staffed)
    return answers.feedback_why(answer_id, here.content, here.language).with_rows(*ways_on)


async def why(here: Visit, callback: Callback) -> Screen:
    """Count what was wrong with an answer, and show the ways on."""
    answer_id, reason = callback.argument(0) or "", callback.argument(1) or ""
    if answer_id not in here.content.answers or reason not in answers.reasons(here.language):
        return gone(here)
    await feedback.count_reason(here.services.database, answer_id, here.language, reason)
    _ = catalogue(here.language).gettext
    text = _("Thank you. Say it in other words, look through the topics, or talk to a person.")
    return Screen(escape(text), answers.ways_on(here.language, staffed=here.staffed))


async def near(update: Update, context: Context) -> None:
    """A location: the contacts around it. It is used for this one answer and not kept."""
    here = await visit(update, context)
    assert update.effective_message is not None
    location = update.effective_message.location
    assert location is not None
    point = (location.latitude, location.longitude)
    city = await asyncio.to_thread(nearest_city, point)
    if city is None:
        screen = contacts.nowhere(here.language)
    else:
        screen = steps.find_help(here, Place(city.country, None, here.profile.country_from, point), None, here.language)
    await here.services.outbox.send(here.chat_id, screen)


async def topics_command(update: Update, context: Context) -> None:
    """`/topics`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, topics(here, Callback(to.TOPICS)))


async def contacts_command(update: Update, context: Context) -> None:
    """`/contacts`."""
    here = await visit(update, context)
    country = here.profile.country_of_interest
    await here.services.outbox.send(
        here.chat_id, contact_list(here, Callback(to.CONTACTS, (country,) if country else ()))
    )


def gone(here: Visit) -> Screen:
    """What a button pointed at is no longer there."""
    _ = catalogue(here.language).gettext
    return Screen(
        escape(_("This is no longer here. Please choose again.")), answers.ways_on(here.language, staffed=here.staffed)
    )
