"""Language, journey and countries: one screen each, every one can be skipped; then the menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.content import Content
from bot.database.people import Profile, Stage
from bot.languages import LANGUAGES, OWN_NAMES, Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.markdown import to_html
from bot.render.news import news_button
from bot.render.screen import Button, Screen, bold, escape, in_rows

FROM_FIRST: Final = ("KG", "KZ", "TJ", "UZ", "TM", "RU")
TO_FIRST: Final = ("RU", "KZ", "TR", "KR", "PL", "DE", "AE")
PAGE: Final = 15
SKIP: Final = "skip"
UNKNOWN: Final = "—"


def languages(content: Content, language: Language, welcome: bool) -> Screen:
    """Choose a language; `welcome` greets somebody new."""
    _ = catalogue(language).gettext
    buttons = [Button(OWN_NAMES[code], to.data(to.LANGUAGE, code)) for code in LANGUAGES]
    question = "Language · Язык · Тіл · Тил · Забон · Til"
    text = f"{to_html(content.page(language).welcome)}\n\n{question}" if welcome else question
    return Screen(text, in_rows(buttons, 2))


def stages(language: Language) -> Screen:
    """Where the person is in their journey."""
    _ = catalogue(language).gettext
    rows = [[Button(label, to.data(to.STAGE, stage))] for stage, label in stage_names(language).items()]
    return Screen(escape(_("Where are you in your journey?")), [*rows, [_skip(language, to.STAGE)]])


def stage_names(language: Language) -> dict[Stage, str]:
    """The stages of a journey, as buttons name them."""
    _ = catalogue(language).gettext
    return {
        "before": "🧳 " + _("I plan to go abroad"),
        "abroad": "🏗 " + _("I am abroad now"),
        "return": "🏠 " + _("I came home"),
    }


def countries(verb: str, codes: Sequence[str], language: Language, page: int) -> Screen:
    """Choose the country one comes from (`from`) or goes to (`to`), a page at a time."""
    _ = catalogue(language).gettext
    text = _("Which country are you from?") if verb == to.FROM else _("To which country do you go, or did you go?")
    first = FROM_FIRST if verb == to.FROM else TO_FIRST
    others = sorted(set(codes) - set(first), key=lambda code: country_name(code, language))
    ordered = [*first, *others]
    pages = (len(ordered) + PAGE - 1) // PAGE
    page %= pages
    shown = ordered[page * PAGE : (page + 1) * PAGE]
    buttons = [Button(country_name(code, language), to.data(verb, code)) for code in shown]
    more = Button(_("More countries") + " ›", to.data(verb, f"page-{page + 1}"))
    return Screen(escape(text), [*in_rows(buttons, 3), [more, _skip(language, verb)]])


def profile(person: Profile, language: Language) -> Screen:
    """What the person told the bot, and buttons to change it."""
    _ = catalogue(language).gettext
    lines = [
        bold(_("What you told me")),
        f"🌐 {OWN_NAMES[language]}",
        "🧭 " + (escape(stage_names(language)[person.stage]) if person.stage else UNKNOWN),
        _country_line(_("From"), person.country_from, language),
        _country_line(_("To"), person.country_to, language),
    ]
    rows = [
        [
            Button("🌐 " + _("Language"), to.data(to.LANGUAGE)),
            Button("🧭 " + _("Journey"), to.data(to.STAGE)),
        ],
        [Button(_("From"), to.data(to.FROM)), Button(_("To"), to.data(to.TO))],
        [news_button(language)],
        [Button("🗑 " + _("Forget me"), to.data(to.FORGET)), Button("☰ " + _("Menu"), to.data(to.MENU))],
    ]
    return Screen("\n".join(lines), rows)


def _country_line(label: str, code: str | None, language: Language) -> str:
    return escape(f"{label}: {country_name(code, language) if code else UNKNOWN}")


def menu(language: Language) -> Screen:
    """The menu: everything in one tap."""
    _ = catalogue(language).gettext
    rows = [
        [
            Button("📚 " + _("Topics"), to.data(to.TOPICS)),
            Button("👥 " + _("Contacts"), to.data(to.CONTACTS)),
        ],
        [
            Button("🧭 " + _("Guide me"), to.data(to.GUIDES)),
            Button("🆘 " + _("SOS: I am in danger"), to.data(to.SOS)),
        ],
        [
            Button("👤 " + _("What you told me"), to.data(to.PROFILE)),
            Button("🔒 " + _("Privacy"), to.data(to.PRIVACY)),
        ],
        [news_button(language)],
        [Button("🌐 " + _("Language"), to.data(to.LANGUAGE)), Button("❔ " + _("Help"), to.data(to.HELP))],
    ]
    return Screen(escape(_("Write your question in your own words, or choose:")), rows)


def forget(content: Content, language: Language) -> Screen:
    """Ask before erasing everything."""
    _ = catalogue(language).gettext
    rows = [[Button("🗑 " + _("Yes, erase"), to.data(to.FORGET, "yes")), Button(_("No"), to.data(to.MENU))]]
    return Screen(to_html(content.page(language).forget_question), rows)


def _skip(language: Language, verb: str) -> Button:
    return Button(catalogue(language).gettext("Skip") + " ›", to.data(verb, SKIP))
