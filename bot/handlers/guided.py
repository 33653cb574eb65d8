"""Guided conversations by button. Rasa keeps their state; see `bot/training/guides.py` for its rules.

guide:<id> ─> question ─ choose ─> question ─ … ─> result ─ letter, forward, pdf, tick
                 │  ^─ an ordinary question is answered, then the open one is asked again
                 │  ^─ back, resume
                 └─ leave ─> left, everything forgotten

Nothing is kept of a result: its buttons carry the answers (`Guide.encode`).
"""

from __future__ import annotations

import asyncio

from telegram import Update

from bot.content import Guide
from bot.handlers import find
from bot.handlers.services import Context, Visit, today, visit
from bot.handlers.steps import checklist, screens_for
from bot.languages import Language
from bot.render import guides as render
from bot.render.callbacks import Callback
from bot.render.pdf import pdf as pdf_of
from bot.render.screen import Screen

LETTERS_ALSO_IN: Language = "ru"
"""The employer may not read the person's language; most employers on these routes read Russian."""


def guides(here: Visit, callback: Callback) -> Screen:
    """All guided conversations."""
    asked = here.services.dialogue.open_question(here.pseudonym)
    return render.guides(here.content, here.language, asked)


async def start(here: Visit, callback: Callback) -> list[Screen]:
    """Begin a guide."""
    guide = callback.argument(0) or ""
    if guide not in here.content.guides:
        return [find.gone(here)]
    return screens_for(here, await here.services.dialogue.start_guide(here.pseudonym, guide))


async def choose(here: Visit, callback: Callback) -> list[Screen]:
    """Answer the open question."""
    question, choice = callback.argument(0), callback.argument(1)
    if not choice:
        return [render.expired(here.language)]
    return screens_for(here, await here.services.dialogue.choose(here.pseudonym, choice, question))


async def back(here: Visit, callback: Callback) -> list[Screen]:
    """Ask the question before again."""
    return screens_for(here, await here.services.dialogue.back(here.pseudonym))


def resume(here: Visit, callback: Callback) -> list[Screen]:
    """Ask the question that was left open."""
    asked = here.services.dialogue.open_question(here.pseudonym)
    return screens_for(here, [asked.step]) if asked else [render.expired(here.language)]


async def leave(here: Visit, callback: Callback) -> list[Screen]:
    """Leave the guide at once."""
    return screens_for(here, await here.services.dialogue.leave_guide(here.pseudonym))


def letter(here: Visit, callback: Callback) -> list[Screen]:
    """The message to copy, in the person's language and in Russian."""
    if (found := _result(here, callback)) is None:
        return [render.expired(here.language)]
    return render.letters(*found, list(dict.fromkeys([here.language, LETTERS_ALSO_IN])))


def forward(here: Visit, callback: Callback) -> list[Screen]:
    """The result as plain messages, to forward to somebody."""
    if (found := _result(here, callback)) is None:
        return [render.expired(here.language)]
    return render.result(*found, here.language)


async def pdf(here: Visit, callback: Callback) -> list[Screen]:
    """The result as a PDF."""
    if (found := _result(here, callback)) is None:
        return [render.expired(here.language)]
    file = await asyncio.to_thread(pdf_of, *found, here.content, here.language, today())
    await here.services.outbox.send_file(here.chat_id, file, f"{found[0].id}-{today().isoformat()}.pdf")
    return []


def tick(here: Visit, callback: Callback) -> Screen:
    """Tick off a thing of the checklist, or take the tick away: the list itself remembers which are done."""
    found, mask = _result(here, callback), callback.argument(2) or ""
    if found is None:
        return render.expired(here.language)
    try:
        done = render.ticked(mask)
    except ValueError:
        return render.expired(here.language)
    return checklist(here, *found, done)


def _result(here: Visit, callback: Callback) -> tuple[Guide, dict[str, str]] | None:
    """The guide and the answers that a button carries; None when staff have changed the guide since."""
    guide = here.content.guides.get(callback.argument(0) or "")
    answers = guide.decode(callback.argument(1) or "") if guide else None
    return (guide, answers) if guide and answers is not None else None


async def guides_command(update: Update, context: Context) -> None:
    """`/guides`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, guides(here, Callback("guides")))
