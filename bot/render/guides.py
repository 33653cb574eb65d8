"""Guided conversations: the list, one question a screen with its progress, and the result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from bot.content import Content, Guide
from bot.content.guides import SKIP, YES_NO, Kind, Question
from bot.guided import OpenQuestion
from bot.languages import DEFAULT, Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.answers import menu_button, ways_on
from bot.render.markdown import to_html
from bot.render.profile import FROM_FIRST, TO_FIRST
from bot.render.screen import Button, Screen, bold, escape, in_rows, italic, packed

COUNTRIES_SHOWN = 12
HEAD = re.compile(r"\*\*(.+?)\*\*")
"""The bold words with which a finding begins: what is to be done."""


def guides(content: Content, language: Language, asked: OpenQuestion | None) -> Screen:
    """All guided conversations, the open one first."""
    _ = catalogue(language).gettext
    rows = [
        [Button("🧭 " + guide.text(language).title, to.data(to.GUIDE, guide.id))] for guide in content.guides.values()
    ]
    text = _("I ask a few short questions, then show the steps that fit you.")
    return Screen(
        bold(_("Guide me")) + "\n\n" + escape(text), [*go_on(asked, language), *rows, [menu_button(language)]]
    )


def go_on(asked: OpenQuestion | None, language: Language) -> list[list[Button]]:
    """A row that takes up a guide that was left in the middle; no row when there is none."""
    if asked is None:
        return []
    number, total = asked.guide.progress(asked.question, asked.answers)
    progress = catalogue(language).gettext("{number} of {total}").format(number=number, total=total)
    return [[Button(f"▶️ {asked.guide.text(language).title} ({progress})", to.data(to.RESUME))]]


def question(asked: OpenQuestion, content: Content, countries: Sequence[str], language: Language) -> Screen:
    """One question with its buttons; the first one with the introduction. `countries` are the person's own."""
    _ = catalogue(language).gettext
    texts = asked.guide.text(language)
    number, total = asked.guide.progress(asked.question, asked.answers)
    progress = _("{number} of {total}").format(number=number, total=total)
    bar = "●" * number + "○" * (total - number)
    intro = f"<b>{escape(texts.title)}</b>\n{to_html(texts.intro)}\n\n" if number == 1 else ""
    text = f"{intro}<i>{escape(progress)} {bar}</i>\n{bold(texts.questions[asked.question.id])}"
    if asked.question.kind is not Kind.CHOICE:
        text += "\n" + italic(_("Choose, or type the name."))
    skip = Button(_("Skip") + " ›", to.data(to.CHOOSE, asked.question.id, SKIP))
    back = [Button("‹ " + _("Back"), to.data(to.BACK))] if number > 1 else []
    rows = [
        *_choices(asked, content, countries, language),
        [*back, skip],
        [Button("✖️ " + _("Stop"), to.data(to.LEAVE)), Button("🆘 SOS", to.data(to.SOS))],
    ]
    return Screen(text, rows)


def _choices(asked: OpenQuestion, content: Content, countries: Sequence[str], language: Language) -> list[list[Button]]:
    _ = catalogue(language).gettext
    question_id = asked.question.id
    if asked.question.kind is Kind.COUNTRY:
        first = dict.fromkeys([*countries, *TO_FIRST, *FROM_FIRST])
        labels = {code: country_name(code, language) for code in list(first)[:COUNTRIES_SHOWN]}
        width = 3
    elif asked.question.kind is Kind.NEED:
        labels = {need: content.need_name(need, language) for need in content.needs[DEFAULT]}
        width = 2
    elif asked.question.kind is Kind.CITY:
        return []
    else:
        labels = choice_labels(asked.guide, asked.question, language)
        width = 3 if list(labels) == list(YES_NO) else 1
    buttons = [Button(label, to.data(to.CHOOSE, question_id, choice)) for choice, label in labels.items()]
    return in_rows(buttons, width)


def choice_labels(guide: Guide, asked: Question, language: Language) -> dict[str, str]:
    """Choice → the words on its button."""
    _ = catalogue(language).gettext
    general = {"yes": _("Yes"), "no": _("No"), "not_sure": _("Not sure")}
    own = guide.text(language).choices.get(asked.id, {})
    return {choice: own.get(choice) or general.get(choice, choice) for choice in asked.choices}


def steps_of(guide: Guide, answers: Mapping[str, str], language: Language) -> list[str]:
    """The result as Markdown paragraphs: how it begins, and the steps that fit the answers."""
    texts = guide.text(language)
    if guide.is_danger(answers) and texts.danger:
        return [texts.danger]
    level = guide.level(answers)
    opening = texts.levels[level.id] if level else texts.result
    return [opening, *(texts.findings[finding.id] for finding in guide.findings(answers))]


def result(guide: Guide, answers: Mapping[str, str], language: Language, helpers: Sequence[str] = ()) -> list[Screen]:
    """The steps that fit the answers, in as many messages as they need; no buttons yet.

    `helpers` are contacts, as HTML, that stand below the steps.
    """
    texts = guide.text(language)
    opening, *steps = steps_of(guide, answers, language)
    parts = [bold(texts.title), to_html(opening)]
    parts += [f"{number}. {to_html(step)}" for number, step in enumerate(steps, start=1)]
    return packed([*parts, *helpers, "⚠️ " + to_html(texts.caution), *_draft(guide, language)])


def checklist(guide: Guide, answers: Mapping[str, str], done: Set[int], language: Language) -> Screen:
    """The list to tick off: what is missing first and in full, what is done below. `done` are positions."""
    _ = catalogue(language).gettext
    texts = guide.text(language)
    opening, *steps = steps_of(guide, answers, language)
    missing = [position for position in range(len(steps)) if position not in done]
    head = [bold(texts.title), to_html(opening)]
    tail = ["⚠️ " + to_html(texts.caution), *_draft(guide, language)]
    finished = [position for position in sorted(done) if position < len(steps)]
    ticks = ["\n".join(f"☑ {position + 1}. {escape(_head(steps[position]))}" for position in finished)]
    full = [f"☐ {position + 1}. {to_html(steps[position])}" for position in missing]
    short = [f"☐ {position + 1}. {bold(_head(steps[position]))}" for position in missing]
    shown = next(
        parts
        for many in range(len(full), -1, -1)
        if len(packed(parts := [*head, *full[:many], *short[many:], *(ticks if finished else []), *tail])) == 1
    )
    code = guide.encode(answers)
    buttons = [
        Button(f"{'☑' if position in done else '☐'} {position + 1}", to.data(to.TICK, guide.id, code, mask))
        for position in range(len(steps))
        if (mask := f"{_mask(done ^ {position}):x}")
    ]
    reminder = Button("🔔 " + _("Remind me in 3 days"), to.data(to.REMIND, guide.id, code, f"{_mask(done):x}"))
    return packed(shown)[0].with_rows(*in_rows(buttons, 5), [reminder])


def ticked(mask: str) -> set[int]:
    """The positions that a button's mask (hexadecimal) says are done. Raises `ValueError`."""
    number = int(mask, 16)
    return {position for position in range(number.bit_length()) if number >> position & 1}


def ways_to_keep(guide: Guide, answers: Mapping[str, str], language: Language) -> list[list[Button]]:
    """Buttons for the letter, for a text to forward, and for the PDF. They carry the answers."""
    _ = catalogue(language).gettext
    code = guide.encode(answers)
    letter = [Button("✉️ " + _("Letter to copy"), to.data(to.LETTER, guide.id, code))] if guide.logic.letter else []
    return [
        letter,
        [
            Button("➡️ " + _("Text to forward"), to.data(to.FORWARD, guide.id, code)),
            Button("📄 PDF", to.data(to.PDF, guide.id, code)),
        ],
    ]


def letters(guide: Guide, answers: Mapping[str, str], languages: Sequence[Language]) -> list[Screen]:
    """The message to copy, once for each language; Telegram copies it with one tap."""
    return [
        Screen(f"<pre>{escape(letter)}</pre>") for code in languages if (letter := letter_text(guide, answers, code))
    ]


def letter_text(guide: Guide, answers: Mapping[str, str], language: Language) -> str | None:
    """The message to copy, with the lines that the findings add. None for guides without one."""
    letter = guide.text(language).letter
    if letter is None:
        return None
    lines = [letter.lines[finding.id] for finding in guide.findings(answers) if finding.id in letter.lines]
    return "\n\n".join([letter.opening, *(f"– {line}" for line in lines), letter.closing])


def left(language: Language) -> Screen:
    """The guide was left, nothing of it is kept."""
    _ = catalogue(language).gettext
    return Screen(escape(_("Stopped. Your answers are forgotten. Ask me anything.")), [[menu_button(language)]])


def expired(language: Language) -> Screen:
    """A button of a guide that has ended, or that staff have changed since."""
    _ = catalogue(language).gettext
    text = _("This guided conversation has ended. You can start it again.")
    return Screen(escape(text), [[Button("🧭 " + _("Guide me"), to.data(to.GUIDES)), menu_button(language)]])


def unavailable(language: Language) -> Screen:
    """Rasa is away."""
    _ = catalogue(language).gettext
    text = _("Guided conversations are not available for a moment. Topics, contacts and SOS work.")
    return Screen(escape(text), ways_on(language))


def _draft(guide: Guide, language: Language) -> list[str]:
    _ = catalogue(language).gettext
    reviewed = guide.text(language).status == "reviewed"
    return [] if reviewed else [italic(_("Draft: no specialist has confirmed this text yet."))]


def _head(step: str) -> str:
    match = HEAD.search(step)
    return match[1] if match else step.partition(".")[0]


def _mask(done: Set[int]) -> int:
    return sum(1 << position for position in done)
