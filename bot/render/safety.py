"""The cards for danger and despair: one screen each, from memory. What else can be done is one tap further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.contacts.emergency import EVERYWHERE
from bot.content import Content
from bot.database.models import Contact
from bot.languages import Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.answers import answer_button
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, bold, escape, in_rows
from bot.safety import Risk

Numbers = Mapping[str, tuple[str, ...]]
"""Country → its emergency numbers, the one to try first at the front; empty where none is known."""
_VERBS: Final[Mapping[Risk, str]] = MappingProxyType({"emergency": to.SOS, "self_harm": to.DESPAIR})
_FURTHER: Final[Mapping[Risk, tuple[str, ...]]] = MappingProxyType(
    {
        "emergency": ("cannot-leave", "violence-at-home", "trafficking-help", "emergency-care"),
        "self_harm": ("stress-and-loneliness",),
    }
)
"""Answers that go on where the longer text ends."""


def card(
    risk: Risk,
    content: Content,
    language: Language,
    numbers: Numbers,
    helper: Contact | None = None,
    alternatives: Sequence[str] = (),
) -> Screen:
    """What to do now, whom to call, and one organisation: `helper`.

    `numbers` are those of the person's country; while that is unknown, those of several, to choose from.
    `alternatives` are answers that a message may have asked for instead; a false alarm then costs one tap.
    """
    _ = catalogue(language).gettext
    texts = content.safety_texts(language)
    whom = [bold(_("Emergency numbers")), *_lines(numbers, language), *(_brief(helper) if helper else [])]
    country = next(iter(numbers)) if len(numbers) == 1 else None
    choices = [] if country else [Button(country_name(code, language), to.data(_VERBS[risk], code)) for code in numbers]
    return Screen(
        to_html(texts.sos if risk == "emergency" else texts.self_harm_card) + "\n\n" + "\n".join(whom),
        [
            *in_rows(choices, 3),
            [_contact(helper) if helper else _contacts(_("Who can help"), country)],
            [Button("➕ " + _("What else can I do?"), to.data(to.FURTHER, risk, *([country] if country else [])))],
            [_hide(language)],
            *([answer_button(content.answers[id_], language)] for id_ in alternatives),
        ],
    )


def further(risk: Risk, content: Content, language: Language, country: str | None) -> Screen:
    """What else can be done, by kind of danger; it stands below the card, whose numbers stay in sight."""
    _ = catalogue(language).gettext
    texts = content.safety_texts(language)
    known = [content.answers[id_] for id_ in _FURTHER[risk] if id_ in content.answers]
    return Screen(
        to_html(texts.sos_further if risk == "emergency" else texts.self_harm_further),
        [
            *([answer_button(answer, language)] for answer in known),
            [_contacts(_("More contacts"), country)],
            [_hide(language)],
        ],
    )


def _brief(helper: Contact) -> list[str]:
    """The name and the first number; all others are behind the button."""
    return [bold(helper.organisation), *(f"📞 {escape(phone['number'])}" for phone in helper.phones[:1])]


def _contact(helper: Contact) -> Button:
    return Button("📇 " + helper.organisation, to.data(to.CONTACT, helper.id))


def _contacts(label: str, country: str | None) -> Button:
    return Button("👥 " + label, to.data(to.CONTACTS, *([country] if country else [])))


def _hide(language: Language) -> Button:
    return Button("🙈 " + catalogue(language).gettext("Hide this chat"), to.data(to.HIDE))


def _lines(numbers: Numbers, language: Language) -> list[str]:
    """A line for each country; while there are several, one line for all that share the number for everywhere."""
    together: dict[tuple[str, ...], list[str]] = {}
    for country, known in numbers.items():
        shown = known[:1] if len(numbers) > 1 and known[:1] == (EVERYWHERE,) else known
        if shown:
            together.setdefault(tuple(shown), []).append(country_name(country, language))
    return [f"{escape(', '.join(countries))}: <b>{' · '.join(shown)}</b>" for shown, countries in together.items()] or [
        escape(catalogue(language).gettext("Ask anybody near you for the local emergency number."))
    ]
