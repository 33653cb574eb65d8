"""The hand-over to staff: what the person sees in their language, and what staff read in English."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale
from babel.dates import get_timezone_location

from bot.content.schema import Office, Pages
from bot.database.people import Profile
from bot.languages import DEFAULT, ENGLISH_NAMES, OWN_NAMES, Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.answers import human_button, menu_button, sos_button
from bot.render.markdown import to_html
from bot.render.profile import stage_names
from bot.render.screen import Button, Screen, escape

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

ENDED_BY_STAFF: Final = "The talk has ended. The person has been told."
ENDED_BY_PERSON: Final = "The person has ended the talk."
ENDED_BY_SILENCE: Final = "Nobody has written for 24 hours: the talk has ended. The person has been told."
BLOCKED: Final = "Not delivered: the person has blocked the bot. /close ends the talk."
NOT_DELIVERED: Final = "Not delivered. Try again; text always works."
MEMORY_AWAY: Final = "Not delivered: without its database the bot does not know whose talk this is. Try later."


def offer(pages: Pages, language: Language) -> Screen:
    """Staff are there: what they see, before anything goes to them."""
    _ = catalogue(language).gettext
    yes, no = Button(_("Yes"), to.data(to.HUMAN, "yes")), Button(_("No"), to.data(to.CONTACTS))
    return Screen(to_html(pages.human_offer), [[yes, no]])


def begun(pages: Pages, language: Language) -> Screen:
    """The talk is open."""
    return Screen(to_html(pages.human_begun), [[end_button(language)], [sos_button(language)]])


def ended(pages: Pages, language: Language) -> Screen:
    """The talk is over, the bot answers again."""
    return Screen(to_html(pages.human_ended), [[menu_button(language)]])


def not_passed_on(language: Language) -> Screen:
    """A message of the person that staff did not get."""
    _ = catalogue(language).gettext
    text = _("Our staff did not get this message. Try again, or write it in words.")
    contacts = Button("👥 " + _("Contacts"), to.data(to.CONTACTS))
    return Screen(escape(text), [[sos_button(language)], [contacts, end_button(language)]])


def over(language: Language) -> Screen:
    """A message of the person that came when the talk was over, such as one still on its way."""
    _ = catalogue(language).gettext
    text = _("Our staff did not get this message: the talk with them is over.")
    return Screen(escape(text), [[sos_button(language)], [human_button(language), menu_button(language)]])


def unsure(language: Language) -> Screen:
    """While it is not known who is in a talk, because the database is away."""
    text = catalogue(language).gettext(
        "I cannot reach my memory just now. If you are in a talk with our staff, they did not get this message. "
        "Please send it again in a few minutes."
    )
    return Screen(escape(text), [[sos_button(language)]])


def end_button(language: Language) -> Button:
    """The way out of the talk."""
    return Button("✖️ " + catalogue(language).gettext("End the talk"), to.data(to.HUMAN, "end"))


def closed(pages: Pages, office: Office, language: Language) -> str:
    """When staff are there, as Markdown."""
    return pages.human_closed.replace("{hours}", hours_in_words(office, language))


def hours_in_words(office: Office, language: Language) -> str:
    """The hours with days and place in the person's language, such as "Mon-Fri 09:00-18:00 (Bishkek)"."""
    _ = catalogue(language).gettext
    names = Locale.parse(language).days["stand-alone"]["abbreviated"]
    words = {day: names[number] for number, day in enumerate(DAYS)}
    words |= {"PH": _("public holidays"), "off": _("closed")}
    hours = re.sub(rf"\b({'|'.join(words)})\b", lambda match: words[match[1]], office.hours)
    return f"{hours} ({get_timezone_location(office.timezone, locale=language, return_city=True)})"


def topic_name(code: str, language: Language, profile: Profile) -> str:
    """What a talk is called in the group, such as "K7Q2 · Тоҷикӣ · TJ → RU"."""
    route = " → ".join(filter(None, (profile.country_from, profile.country_to)))
    return " · ".join(filter(None, (code, OWN_NAMES[language], route)))


def introduction(code: str, language: Language, profile: Profile, has_topics: bool) -> str:
    """What staff read first: what the person told the bot, and how to answer."""
    route = [country_name(country, DEFAULT) for country in (profile.country_from, profile.country_to) if country]
    lines = [
        f"🙋 {code} asks for a person",
        f"Language: {ENGLISH_NAMES[language]}",
        *([f"Route: {' → '.join(route)}"] if route else []),
        *([f"Stage: {stage_names(DEFAULT)[profile.stage]}"] if profile.stage else []),
        "",
        "What you write in this topic goes to them, without your name."
        if has_topics
        else "Reply to a message of this talk: your reply goes to them, without your name.",
        "/close ends the talk." if has_topics else "Reply with /close to end the talk.",
    ]
    return "\n".join(lines)
