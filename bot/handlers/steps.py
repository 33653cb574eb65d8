"""Says what a step says: from Rasa's decision to the screens a person sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime

from bot import guided
from bot.contacts import Wish
from bot.content import Guide
from bot.database.models import Contact
from bot.handlers import danger
from bot.handlers.office import staff_are_there, ways_to_staff
from bot.handlers.places import Place, place_of
from bot.handlers.services import Visit, today
from bot.languages import ENGLISH_NAMES, HOME, OWN_NAMES, Language, catalogue, country_name, is_language
from bot.learning import figures
from bot.learning.offers import is_worth_keeping
from bot.observing.metrics import Part, count_outcome, measured
from bot.rasa import Step
from bot.rasa.steps import RecognisedLanguage
from bot.render import answers, callbacks, contacts, guides, handover, keeping
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen

SURE_OF_LANGUAGE = 0.85
WHO_CAN_HELP = "who-can-help"
"""This answer explains who does what; somebody who names a city wants the people there."""
DANGERS = ("emergency", "self_harm")
THOUGHT_OF = 0.1
"""Probability from which danger counts as thought of."""


async def say(visit: Visit, steps: Sequence[Step]) -> None:
    """Send the screens for `steps`, in order."""
    for screen in screens_for(visit, steps):
        await visit.services.outbox.send(visit.chat_id, screen)


@measured(Part.RENDERING)
def screens_for(visit: Visit, steps: Sequence[Step]) -> list[Screen]:
    """The screens for `steps`, in order. Never none: steps that nobody knows count as a message not understood."""
    screens = [screen for step in steps for screen in render(visit, step)]
    return screens or render(visit, Step(say="suggest"))


def render(visit: Visit, step: Step) -> list[Screen]:
    """The screens for one step; none for those that say nothing."""
    count_outcome(step.say, visit.language)
    if step.say in (guided.QUESTION, guided.RESULT):
        visit.count(figures.GUIDES)
    if step.say == guided.QUESTION and (asked := guided.open_question(step, visit.content)):
        return [guides.question(asked, visit.content, visit.profile.countries, visit.language)]
    if step.say == guided.RESULT and (guide := visit.content.guides.get(step.id or "")):
        return _guide_result(visit, guide, step)
    screen = _screen(visit, step)
    return [screen] if screen else []


def _screen(visit: Visit, step: Step) -> Screen | None:
    language, other = _languages(visit, step.language)
    content, pages = visit.content, visit.content.page(language)
    match step.say:
        case "answer" if step.id == WHO_CAN_HELP and step.entities.city:
            return find_help(visit, place_of(step.entities, visit.profile), step.entities.need, language)
        case "answer" if step.id and step.id in content.answers:
            visit.count(content.answers[step.id].topic)
            return answers.answer(
                content.answers[step.id], content, language, today(), other, step.alternatives, visit.profile.countries
            )
        case "answer" | "suggest" | "search":
            return _candidates(visit, step, language, other)
        case "sos":
            return danger.sos(visit, visit.profile.country_now, language, step.alternatives)
        case "self_harm":
            return danger.despair(visit, visit.profile.country_now, language)
        case "find_help":
            return find_help(visit, place_of(step.entities, visit.profile), step.entities.need, language)
        case "human":
            return human(visit, language)
        case "guide_left":
            return guides.left(language)
        case "guide_expired":
            return guides.expired(language)
        case "guide_unavailable":
            return guides.unavailable(language)
        case "bot_help":
            return Screen(to_html(pages.help), answers.ways_on(language, staffed=visit.staffed))
        case "out_of_scope":
            return Screen(to_html(pages.out_of_scope), answers.ways_on(language, staffed=visit.staffed))
        case "greet" | "thanks" | "bye" | "nothing_to_confirm":
            text = to_html(getattr(pages, step.say))
            return Screen(text, [[answers.menu_button(language)], *_switch(other)])
        case _:
            return None


def find_help(visit: Visit, place: Place, need: str | None, language: Language) -> Screen:
    """Contacts for a need and a place; asks for what is missing."""
    directory = visit.services.directory
    if place.country is None:
        return contact_countries(visit, language)
    visit.count(figures.CONTACTS)
    known = directory.needs(place.country)
    if need is None and place.city is None and place.point is None and known:
        screen = contacts.needs(place.country, known, visit.content, language)
        return screen.with_rows(*ways_to_staff(visit, language))
    found = directory.find(wish(visit, place, [need] if need else []))
    heading = contacts.heading(visit.content, language, place.country, need, place.city)
    return contacts.listing(found, heading, language, place.country).with_rows(*ways_to_staff(visit, language))


def wish(visit: Visit, place: Place, needs: Sequence[str]) -> Wish:
    """What the person looks for, with what is known of them."""
    return Wish(
        country=place.country,
        needs=needs,
        city=place.city,
        nationality=place.nationality,
        perhaps_from=HOME.get(visit.language),
        language=ENGLISH_NAMES[visit.language],
        point=place.point,
        now=datetime.now(UTC),
    )


def contact_countries(visit: Visit, language: Language, intro: str | None = None, answer: str | None = None) -> Screen:
    """Ask for the country, the person's own first; for any help, or for what one answer needs."""
    screen = contacts.countries(visit.services.directory.countries(), language, visit.profile.countries, answer)
    return Screen(to_html(intro), screen.rows) if intro else screen.with_rows(*ways_to_staff(visit, language))


def human(visit: Visit, language: Language) -> Screen:
    """A person is wanted: the talk that is open, an offer within the hours of staff, else contacts."""
    pages, office = visit.content.page(language), visit.content.office
    if not visit.staffed:
        return contact_countries(visit, language, pages.human)
    if visit.services.handovers.of(visit.pseudonym):
        return handover.begun(pages, language)
    if office and not staff_are_there(visit):
        return contact_countries(visit, language, handover.closed(pages, office, language))
    return handover.offer(pages, language)


def _guide_result(visit: Visit, guide: Guide, step: Step) -> list[Screen]:
    """What a guide ends with: contacts, a list to tick off, or steps; after danger the SOS card."""
    given, language = guide.known(step.answers), visit.language
    country = guide.country(given) or visit.profile.country_of_interest
    if guide.is_danger(given):
        return [*guides.result(guide, given, language), danger.sos(visit, country, language)]
    if not guide.logic.findings:
        place = Place(country, guide.city(given), visit.profile.country_from)
        return [*guides.result(guide, given, language), find_help(visit, place, guide.need(given), language)]
    if guide.logic.checklist:
        return [checklist(visit, guide, given, frozenset())]
    nearest = [contacts.brief(contact, language) for contact in _helpers(visit, country, guide.logic.needs)[:1]]
    *screens, last = guides.result(guide, given, language, nearest)
    return [*screens, last.with_rows(*_after_result(visit, guide, given))]


def checklist(visit: Visit, guide: Guide, given: Mapping[str, str], done: Set[int]) -> Screen:
    """The list to tick off, and what can be done with it."""
    return guides.checklist(guide, given, done, visit.language).with_rows(*_after_result(visit, guide, given))


def _after_result(visit: Visit, guide: Guide, given: Mapping[str, str]) -> list[list[Button]]:
    language = visit.language
    return [
        *_helpers_of_guide(visit, guide, given),
        *guides.ways_to_keep(guide, given, language),
        [
            Button("🙈 " + catalogue(language).gettext("Hide this chat"), callbacks.data(callbacks.HIDE)),
            answers.menu_button(language),
        ],
    ]


def _helpers_of_guide(visit: Visit, guide: Guide, given: Mapping[str, str]) -> list[list[Button]]:
    """Buttons to the contacts that fit: where the person is and at home, as the guide says."""
    label = "👥 " + catalogue(visit.language).gettext("Who can help")
    countries = {
        "here": guide.country(given) or visit.profile.country_of_interest,
        "home": guide.home(given) or visit.profile.country_from,
    }
    wanted = dict.fromkeys(countries[place] for place in guide.logic.contacts)
    known = [code for code in wanted if code]
    need = guide.logic.needs[0]
    return [
        [Button(f"{label}: {country_name(code, visit.language)}", callbacks.data(callbacks.CONTACTS, code, need))]
        for code in known
    ] or [[Button(label, callbacks.data(callbacks.CONTACTS))]]


def _candidates(visit: Visit, step: Step, language: Language, other: Language | None) -> Screen:
    pages = visit.content.page(language)
    known = [candidate for candidate in step.candidates if candidate.label in visit.content.answers]
    intro = pages.unclear if known else pages.unclear_without_candidates
    if step.say == "search" and known:
        intro = pages.search
    screen = answers.candidates(known, visit.content, language, intro, staffed=visit.staffed).with_rows(*_switch(other))
    if any(candidate.label in DANGERS for candidate in step.candidates):
        return Screen(screen.html, [[answers.sos_button(language)], *screen.rows])
    message = visit.update.message
    if known and message and is_worth_keeping(message.text or ""):
        none = keeping.none_of_these(message.message_id, written_in(visit, step), language)
        return Screen(screen.html, [*screen.rows[: len(known)], none, *screen.rows[len(known) :]])
    return screen


def had_no_answer(visit: Visit, step: Step) -> bool:
    """True for a step that says that the bot has no answer; never where danger was thought of."""
    if any(candidate.label in DANGERS and candidate.confidence >= THOUGHT_OF for candidate in step.candidates):
        return False
    known = any(candidate.label in visit.content.answers for candidate in step.candidates)
    return step.say == "out_of_scope" or (step.say in ("suggest", "search") and not known)


def written_in(visit: Visit, step: Step) -> Language:
    """The language of the message, as far as it was recognised; else the person's own."""
    language, other = _languages(visit, step.language)
    return other or language


def _helpers(visit: Visit, country: str | None, needs: Sequence[str]) -> list[Contact]:
    if country is None:
        return []
    found = visit.services.directory.find(wish(visit, Place(country, None, visit.profile.country_from), needs))
    return [match.contact for match in found if match.contact.phones and not match.contact.enforcement]


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
