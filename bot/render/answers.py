"""Answers, candidates and topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.content import Answer, Content, State
from bot.content.schema import AnswerText
from bot.countries import covers
from bot.languages import DEFAULT, OWN_NAMES, Language, catalogue, country_name
from bot.rasa import Candidate
from bot.render import callbacks as to
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, bold, escape, in_rows, italic

SOURCES_SHOWN = 3
NEAR_SHOWN = 3
NOTES_LIMIT = 1000
"""Characters of country notes in one answer; those for the person's own countries are always there."""


def answer(
    item: Answer,
    content: Content,
    language: Language,
    today: date,
    other: Language | None = None,
    alternatives: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> Screen:
    """An answer with its sources and buttons.

    `other` adds a button for the same answer in that language; `alternatives` are answers that may have been meant
    as well, and stand before the related ones. Notes for the person's own `countries` come first.
    """
    _ = catalogue(language).gettext
    text, shown_in = item.text(language)
    parts = [bold(text.title), to_html(text.body), *_notes_by_country(text, language, countries)]
    parts += [italic(note) for note in _notes(item, language, shown_in, today)]
    parts.append(_sources(item, content, language))
    rows = [[Button("👥 " + _("Who can help"), to.data(to.HELPERS, item.id))]]
    if item.facts.flow and item.facts.flow in content.guides:
        guide = content.guides[item.facts.flow].text(language)
        rows.append([Button("🧭 " + guide.title, to.data(to.GUIDE, item.facts.flow))])
    near = dict.fromkeys([*alternatives, *item.facts.related])
    rows += [[answer_button(content.answers[id_], language)] for id_ in near if id_ in content.answers][:NEAR_SHOWN]
    if other and other != shown_in and other in item.texts:
        rows.append([Button(f"🌐 {OWN_NAMES[other]}", to.data(to.ANSWER, item.id, other))])
    rows.append(
        [
            Button("👍 " + _("This helped"), to.data(to.FEEDBACK, item.id, "yes")),
            Button("👎 " + _("Did not help"), to.data(to.FEEDBACK, item.id, "no")),
        ]
    )
    return Screen("\n\n".join(parts), rows)


def answer_button(item: Answer, language: Language) -> Button:
    """A button that opens an answer."""
    return Button(item.text(language)[0].title, to.data(to.ANSWER, item.id))


def candidates(
    found: list[Candidate], content: Content, language: Language, intro: str, *, staffed: bool = False
) -> Screen:
    """What may have been meant, as buttons, and the ways on when none of it was."""
    rows = [
        [answer_button(content.answers[candidate.label], language)]
        for candidate in found
        if candidate.label in content.answers
    ]
    return Screen(escape(intro), [*rows, *ways_on(language, staffed=staffed)])


def feedback_why(answer_id: str, content: Content, language: Language) -> Screen:
    """What was wrong with an answer that did not help: one tap, if the person wants."""
    rows = [[Button(label, to.data(to.WHY, answer_id, reason))] for reason, label in reasons(language).items()]
    return Screen(to_html(content.page(language).feedback_why), rows)


def reasons(language: Language) -> dict[str, str]:
    """Why an answer did not help: the code that is counted, and its label."""
    _ = catalogue(language).gettext
    return {
        "other_question": _("Not what I asked"),
        "unclear": _("Hard to understand"),
        "wrong": _("Wrong or out of date"),
        "country": _("Does not fit my country"),
        "contact": _("The contact did not help"),
    }


def ways_on(language: Language, *, staffed: bool = False) -> list[list[Button]]:
    """Topics, people and SOS: below everything that is not an answer. `staffed`: people are staff, else contacts."""
    _ = catalogue(language).gettext
    contacts = Button("👥 " + _("Talk to a person"), to.data(to.CONTACTS))
    return [
        [
            Button("📚 " + _("Topics"), to.data(to.TOPICS)),
            human_button(language) if staffed else contacts,
        ],
        [sos_button(language)],
    ]


def human_button(language: Language) -> Button:
    """The way to staff."""
    return Button("🙋 " + catalogue(language).gettext("Talk to a person"), to.data(to.HUMAN))


def sos_button(language: Language) -> Button:
    """The way to the emergency numbers."""
    return Button("🆘 " + catalogue(language).gettext("SOS: I am in danger"), to.data(to.SOS))


def topics(content: Content, language: Language) -> Screen:
    """All topics."""
    _ = catalogue(language).gettext
    buttons = [Button(content.topic_title(topic, language), to.data(to.TOPIC, topic)) for topic in content.topic_ids()]
    return Screen(bold(_("Topics")), [*in_rows(buttons, 2), [menu_button(language)]])


def topic(topic_id: str, content: Content, language: Language) -> Screen:
    """The answers of one topic."""
    _ = catalogue(language).gettext
    rows = [[answer_button(item, language)] for item in content.in_topic(topic_id)]
    back = Button("‹ " + _("Topics"), to.data(to.TOPICS))
    return Screen(bold(content.topic_title(topic_id, language)), [*rows, [back, menu_button(language)]])


def menu_button(language: Language) -> Button:
    """The way back to the menu."""
    _ = catalogue(language).gettext
    return Button("☰ " + _("Menu"), to.data(to.MENU))


def _notes(item: Answer, language: Language, shown_in: Language, today: date) -> list[str]:
    _ = catalogue(language).gettext
    notes = []
    if shown_in != language:
        notes.append(_("This answer is not translated yet."))
    elif item.state(language) is State.OUTDATED:
        notes.append(_("Draft: the English text has changed since this was translated."))
    elif item.state(language) is State.DRAFT:
        notes.append(
            _("Draft: no specialist has confirmed this text yet.")
            if language == DEFAULT
            else _("Draft: no native reader has confirmed this translation yet.")
        )
    if item.is_overdue(today):
        notes.append(_("This text is due for a check. Ask before you rely on dates and amounts."))
    return notes


def _notes_by_country(text: AnswerText, language: Language, countries: Sequence[str]) -> list[str]:
    """The notes for the person's countries, then others as far as the message stays short enough to read."""
    own = dict.fromkeys(code for country in countries for code in text.notes if covers(code, country))
    shown, length = list(own), sum(len(text.notes[code]) for code in own)
    for code, note in text.notes.items():
        if code not in own and length + len(note) <= NOTES_LIMIT:
            shown.append(code)
            length += len(note)
    return [f"{bold(country_name(code, language))}: {to_html(text.notes[code])}" for code in shown]


def _sources(item: Answer, content: Content, language: Language) -> str:
    _ = catalogue(language).gettext
    lines = []
    for citation in item.facts.sources[:SOURCES_SHOWN]:
        source = content.sources[citation.id]
        name = escape(f"{source.publisher}: {source.title}")
        name = f'<a href="{escape(source.url)}">{name}</a>' if source.url else name
        when = source.as_of or (str(source.year) if source.year else "")
        lines.append(f"• {name}" + (f", {when}" if when else ""))
    head = _("Sources") + " · " + _("as of {date}").format(date=item.facts.as_of.isoformat())
    return italic(head) + "\n" + "\n".join(lines)
