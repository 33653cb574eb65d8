"""Guided conversations: the list, one question a screen with its progress, and the result."""

from __future__ import annotations

from collections.abc import Mapping

from bot.content import Content, Guide
from bot.content.schema import Choice
from bot.languages import Language, catalogue
from bot.render import callbacks as to
from bot.render.answers import menu_button, ways_on
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, bold, escape, italic


def guides(content: Content, language: Language) -> Screen:
    """All guided conversations."""
    _ = catalogue(language).gettext
    rows = [
        [Button("🧭 " + guide.text(language).title, to.data(to.GUIDE, guide.id))] for guide in content.guides.values()
    ]
    text = _("I ask a few short questions, then show the steps that fit you.")
    return Screen(bold(_("Guide me")) + "\n\n" + escape(text), [*rows, [menu_button(language)]])


def question(guide: Guide, question_id: str, language: Language) -> Screen:
    """One question with its buttons; the first one with the introduction."""
    _ = catalogue(language).gettext
    ids = [item.id for item in guide.logic.questions]
    number = ids.index(question_id) + 1
    texts = guide.text(language)
    progress = _("{number} of {total}").format(number=number, total=len(ids))
    intro = f"<b>{escape(texts.title)}</b>\n{to_html(texts.intro)}\n\n" if number == 1 else ""
    rows = [
        [
            Button(_("Yes"), to.data(to.CHOOSE, "yes")),
            Button(_("No"), to.data(to.CHOOSE, "no")),
            Button(_("Not sure"), to.data(to.CHOOSE, "not_sure")),
        ],
        [Button("✖️ " + _("Stop"), to.data(to.LEAVE)), Button("🆘 SOS", to.data(to.SOS))],
    ]
    return Screen(f"{intro}<i>{escape(progress)}</i>\n{to_html(texts.questions[question_id])}", rows)


def result(guide: Guide, answers: Mapping[str, Choice], language: Language) -> Screen:
    """The steps that fit the answers, in the guide's order."""
    _ = catalogue(language).gettext
    texts = guide.text(language)
    steps = [to_html(texts.findings[finding.id]) for finding in guide.findings(answers)]
    numbered = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    note = [] if texts.status == "reviewed" else [italic(_("Draft: no specialist has confirmed this text yet."))]
    html = "\n\n".join(
        [
            bold(texts.title),
            to_html(texts.result),
            *numbered,
            "⚠️ " + to_html(texts.caution),
            *note,
        ]
    )
    return Screen(html, [[menu_button(language)]])


def left(language: Language) -> Screen:
    """The guide was left, nothing of it is kept."""
    _ = catalogue(language).gettext
    return Screen(escape(_("Stopped. Your answers are forgotten. Ask me anything.")), [[menu_button(language)]])


def expired(language: Language) -> Screen:
    """A button of a guide that has ended."""
    _ = catalogue(language).gettext
    text = _("This guided conversation has ended. You can start it again.")
    return Screen(escape(text), [[Button("🧭 " + _("Guide me"), to.data(to.GUIDES)), menu_button(language)]])


def unavailable(language: Language) -> Screen:
    """Rasa is away."""
    _ = catalogue(language).gettext
    text = _("Guided conversations are not available for a moment. Topics, contacts and SOS work.")
    return Screen(escape(text), ways_on(language))
