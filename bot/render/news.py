"""News for one's route: the offer, what follows it, and the news itself."""

from __future__ import annotations

from bot.content import Content
from bot.languages import Language, catalogue
from bot.render import callbacks as to
from bot.render.answers import menu_button
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, bold


def news_button(language: Language) -> Button:
    """The way to the offer."""
    return Button(_title(language), to.data(to.NEWS))


def offer(content: Content, language: Language) -> Screen:
    """What the news is and what is kept for it, before anything is kept."""
    _ = catalogue(language).gettext
    buttons = [Button("✅ " + _("Subscribe"), to.data(to.NEWS, "on")), Button(_("Not now"), to.data(to.MENU))]
    return Screen(to_html(content.page(language).news_offer), [buttons])


def subscribed(content: Content, language: Language) -> Screen:
    """The news is on. What decides which news one gets stands in the profile."""
    _ = catalogue(language).gettext
    rows = [
        [_unsubscribe(language)],
        [Button("👤 " + _("What you told me"), to.data(to.PROFILE)), menu_button(language)],
    ]
    return Screen(to_html(content.page(language).news_on), rows)


def unsubscribed(content: Content, language: Language) -> Screen:
    """The news is off."""
    return Screen(to_html(content.page(language).news_off), [[menu_button(language)]])


def message(text: str, language: Language) -> Screen:
    """News in Markdown, as it arrives. Nothing in it tells a stranger whose it is or why they get it."""
    return Screen(f"{bold(_title(language))}\n\n{to_html(text)}", [[_unsubscribe(language)]])


def _title(language: Language) -> str:
    return "📣 " + catalogue(language).gettext("News for my route")


def _unsubscribe(language: Language) -> Button:
    return Button("🔕 " + catalogue(language).gettext("Unsubscribe"), to.data(to.UNSUBSCRIBE))
