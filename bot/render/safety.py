"""The cards for danger and despair. They are built from memory, in one message, with numbers for the country."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.contacts.emergency import emergency_numbers
from bot.content import Content
from bot.database.models import Contact
from bot.languages import Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.answers import answer_button
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, bold, escape, in_rows

CORRIDOR: Final = ("KZ", "RU", "KG", "TJ", "UZ", "TR")
"""Countries whose numbers are listed while nobody told the bot where they are."""


def sos(
    content: Content, language: Language, country: str | None, helpers: list[Contact], alternatives: Sequence[str] = ()
) -> Screen:
    """The SOS card. `helpers` are organisations in the country that help victims; the first is shown.

    `alternatives` are answers that a message may have asked for instead; a false alarm then costs one tap.
    """
    screen = _card(content.safety_texts(language).sos, language, country, helpers)
    return screen.with_rows(*([answer_button(content.answers[id_], language)] for id_ in alternatives))


def self_harm(content: Content, language: Language, country: str | None, helpers: list[Contact]) -> Screen:
    """The card for somebody who wants to die."""
    return _card(content.safety_texts(language).self_harm_card, language, country, helpers)


def _card(text: str, language: Language, country: str | None, helpers: list[Contact]) -> Screen:
    _ = catalogue(language).gettext
    parts = [
        to_html(text),
        bold(_("Emergency numbers")) + "\n" + "\n".join(_numbers(language, country)),
    ]
    parts += [
        bold(contact.organisation) + "\n" + "\n".join(f"📞 {escape(phone['number'])}" for phone in contact.phones)
        for contact in helpers[:1]
    ]
    rows = [
        *([Button("📇 " + contact.organisation, to.data(to.CONTACT, contact.id))] for contact in helpers[:1]),
        [Button("👥 " + _("More contacts"), to.data(to.CONTACTS, *([country] if country else [])))],
        [Button("🙈 " + _("Hide this chat"), to.data(to.HIDE))],
    ]
    if country is None:
        choices = [Button(country_name(code, language), to.data(to.SOS, code)) for code in CORRIDOR]
        rows = [*in_rows(choices, 3), *rows]
    return Screen("\n\n".join(parts), rows)


def _numbers(language: Language, country: str | None) -> list[str]:
    codes = (country,) if country else CORRIDOR
    return [
        f"{escape(country_name(code, language))}: <b>{' · '.join(numbers)}</b>"
        for code in codes
        if (numbers := emergency_numbers(code))
    ] or [escape(catalogue(language).gettext("Ask anybody near you for the local emergency number."))]
