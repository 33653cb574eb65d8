"""The four buttons below the input field. Telegram sends them as text, so they are recognised in every language."""

from __future__ import annotations

from functools import cache

from telegram import ReplyKeyboardMarkup

from bot.languages import LANGUAGES, Language, catalogue
from bot.render import callbacks as to


def keyboard(language: Language) -> ReplyKeyboardMarkup:
    """SOS, topics, contacts and menu, always in reach of a thumb."""
    labels = list(_labels(language))
    return ReplyKeyboardMarkup([labels[:2], labels[2:]], resize_keyboard=True, is_persistent=True)


@cache
def shortcuts() -> dict[str, str]:
    """Label in any language → the verb of the screen it opens."""
    return {label: verb for language in LANGUAGES for label, verb in _labels(language).items()}


def _labels(language: Language) -> dict[str, str]:
    _ = catalogue(language).gettext
    return {
        "🆘 SOS": to.SOS,
        "👥 " + _("Contacts"): to.CONTACTS,
        "📚 " + _("Topics"): to.TOPICS,
        "☰ " + _("Menu"): to.MENU,
    }
