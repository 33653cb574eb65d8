"""Says what a step says: from Rasa's decision to the screens a person sees."""

from __future__ import annotations

from collections.abc import Sequence

from bot.database.models import Contact
from bot.handlers.places import Place, place_of
from bot.handlers.services import Visit, today
from bot.languages import OWN_NAMES, Language, catalogue, is_language
from bot.rasa import Step
from bot.rasa.steps import RecognisedLanguage
from bot.render import answers, callbacks, contacts, guides, safety
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen

SURE_OF_LANGUAGE = 0.85
WHO_CAN_HELP = "who-can-help"
"""This answer explains who does what; somebody who names a city wants the people there."""
HELP_IN_DANGER = ["trafficking", "shelter"]
HELP_IN_DESPAIR = ["psychosocial"]


async def say(visit: Visit, steps: Sequence[Step]) -> None:
    """Send the screens for `steps`, in order."""
    for step in steps:
        if screen := render(visit, step):
            await visit.services.outbox.send(visit.chat_id, screen)


def render(visit: Visit, step: Step) -> Screen | None:
    """The screen for one step; None for those that say nothing."""
    language, other = _languages(visit, step.language)
    content, pages = visit.content, visit.content.page(language)
    match step.say:
        case "answer" if step.id == WHO_CAN_HELP and step.entities.city:
            return find_help(visit, place_of(step.entities, visit.profile), step.entities.need, language)
        case "answer" if step.id and step.id in content.answers:
            return answers.answer(
                content.answers[step.id], content, language, today(), other, step.alternatives, visit.profile.countries
            )
        case "answer" | "suggest" | "search":
            return _candidates(visit, step, language, other)
        case "sos":
            return sos(visit, visit.profile.country_now, step.alternatives)
        case "self_harm":
            country = visit.profile.country_now
            return safety.self_harm(content, language, country, _helpers(visit, country, HELP_IN_DESPAIR))
        case "find_help":
            return find_help(visit, place_of(step.entities, visit.profile), step.entities.need, language)
        case "human":
            return contact_countries(visit, language, pages.human)
        case "guide_question" if step.id and step.question and step.id in content.guides:
            return guides.question(content.guides[step.id], step.question, language)
        case "guide_result" if step.id in content.guides:
            return _guide_result(visit, step, language)
        case "guide_left":
            return guides.left(language)
        case "guide_expired":
            return guides.expired(language)
        case "guide_unavailable":
            return guides.unavailable(language)
        case "bot_help":
            return Screen(to_html(pages.help), answers.ways_on(language))
        case "out_of_scope":
            return Screen(to_html(pages.out_of_scope), answers.ways_on(language))
        case "greet" | "thanks" | "bye" | "nothing_to_confirm":
            text = to_html(getattr(pages, step.say))
            return Screen(text, [[answers.menu_button(language)], *_switch(other)])
        case _:
            return None


def sos(visit: Visit, country: str | None, alternatives: Sequence[str] = ()) -> Screen:
    """The SOS card for a country; `alternatives` are answers that may have been meant instead."""
    known = [label for label in alternatives if label in visit.content.answers]
    return safety.sos(visit.content, visit.language, country, _helpers(visit, country, HELP_IN_DANGER), known)


def find_help(visit: Visit, place: Place, need: str | None, language: Language) -> Screen:
    """Contacts for a need and a place; asks for what is missing."""
    directory = visit.services.directory
    if place.country is None:
        return contact_countries(visit, language)
    known = directory.needs(place.country)
    if need is None and place.city is None and known:
        return contacts.needs(place.country, known, visit.content, language)
    found = directory.find(
        country=place.country, needs=[need] if need else None, city=place.city, nationality=place.nationality
    )
    heading = contacts.heading(visit.content, language, place.country, need, place.city)
    return contacts.listing(found, heading, language, place.country)


def contact_countries(visit: Visit, language: Language, intro: str | None = None, answer: str | None = None) -> Screen:
    """Ask for the country, the person's own first; for any help, or for what one answer needs."""
    screen = contacts.countries(visit.services.directory.countries(), language, visit.profile.countries, answer)
    return Screen(to_html(intro), screen.rows) if intro else screen


def _guide_result(visit: Visit, step: Step, language: Language) -> Screen:
    guide = visit.content.guides[step.id or ""]
    result = guides.result(guide, step.answers, language)
    country = visit.profile.country_of_interest
    target = callbacks.data(callbacks.CONTACTS, *([country, guide.logic.needs[0]] if country else []))
    helpers = Button("👥 " + catalogue(language).gettext("Who can help"), target)
    return Screen(result.html, [[helpers], *result.rows])


def _candidates(visit: Visit, step: Step, language: Language, other: Language | None) -> Screen:
    pages = visit.content.page(language)
    known = [candidate for candidate in step.candidates if candidate.label in visit.content.answers]
    intro = pages.unclear if known else pages.unclear_without_candidates
    if step.say == "search" and known:
        intro = pages.search
    return answers.candidates(known, visit.content, language, intro).with_rows(*_switch(other))


def _helpers(visit: Visit, country: str | None, needs: list[str]) -> list[Contact]:
    if country is None:
        return []
    found = visit.services.directory.find(country=country, needs=needs, nationality=visit.profile.country_from)
    return [contact for contact in found if contact.phones and not contact.enforcement]


def _languages(visit: Visit, recognised: RecognisedLanguage | None) -> tuple[Language, Language | None]:
    """The language to answer in, and another one to offer.

    Somebody who has chosen a language gets it, with a button for the one they wrote in. Somebody who has not gets the
    language they wrote in, whatever their phone is set to.
    """
    written: Language | None = None
    if recognised and recognised.confidence >= SURE_OF_LANGUAGE and is_language(recognised.code):
        written = recognised.code  # type: ignore[assignment]
    if written is None or written == visit.language:
        return visit.language, None
    return (visit.language, written) if visit.profile.known else (written, None)


def _switch(other: Language | None) -> list[list[Button]]:
    return [[Button(f"🌐 {OWN_NAMES[other]}", callbacks.data(callbacks.LANGUAGE, other))]] if other else []
