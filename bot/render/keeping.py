"""The offer to keep a question that got no answer, and what came of it."""

from __future__ import annotations

from bot.content import Content
from bot.languages import Language, catalogue
from bot.render import callbacks as to
from bot.render.answers import ways_on
from bot.render.markdown import to_html
from bot.render.screen import Button, Screen, escape


def none_of_these(message_id: int, written_in: Language, language: Language) -> list[Button]:
    """The button below candidates. It carries the number of the person's message, not its words."""
    label = catalogue(language).gettext("None of these")
    return [Button("🤷 " + label, to.data(to.NONE, str(message_id), written_in))]


def offer(content: Content, language: Language, written_in: Language) -> Screen:
    """Whether staff may read the question; `written_in` is the language of the question itself."""
    return Screen(to_html(content.page(language).keep_question), _yes_or_no(language, written_in))


def kept(content: Content, language: Language) -> Screen:
    """After a yes."""
    return Screen(to_html(content.page(language).question_kept), ways_on(language))


def declined(language: Language) -> Screen:
    """After a no."""
    return Screen(escape(catalogue(language).gettext("All right, I keep nothing.")), ways_on(language))


def gone(language: Language) -> Screen:
    """The person's message is no longer in the chat."""
    _ = catalogue(language).gettext
    return Screen(escape(_("Your message is no longer here, so I kept nothing.")), ways_on(language))


def failed(language: Language, written_in: Language) -> Screen:
    """The database could not be reached; the buttons stay, to try again."""
    _ = catalogue(language).gettext
    text = _("Something went wrong. Try again, or use /sos, /contacts or /topics.")
    return Screen(escape(text), _yes_or_no(language, written_in))


def _yes_or_no(language: Language, written_in: Language) -> list[list[Button]]:
    _ = catalogue(language).gettext
    return [
        [
            Button("✅ " + _("Yes"), to.data(to.KEEP, "yes", written_in)),
            Button(_("No"), to.data(to.KEEP, "no", written_in)),
        ]
    ]
