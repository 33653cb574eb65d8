"""Questions that got no answer, kept for staff when the person says yes.

no answer, or none:<message> ─> a reply to the person's message asks ─ keep:yes ─> scrubbed and stored
                                                                     └ keep:no ──> nothing is kept, ten minutes of peace

Until the yes the words stay in Telegram alone: the bot finds them again because its question is a reply to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import Message
from telegram.error import BadRequest

from bot.handlers import steps
from bot.handlers.services import Visit, today
from bot.languages import Language, is_language
from bot.learning.figures import UNANSWERED
from bot.learning.offers import is_worth_keeping
from bot.rasa import Step
from bot.render import answers, keeping
from bot.render.callbacks import Callback
from bot.render.markdown import to_html
from bot.render.screen import Screen


async def after(here: Visit, said: Sequence[Step]) -> None:
    """Below a reply that had no answer, offer to keep the question."""
    message = here.update.message
    if len(said) != 1 or message is None or not steps.had_no_answer(here, said[0]):
        return
    here.count(UNANSWERED)
    if is_worth_keeping(message.text or ""):
        await _offer(here, message.message_id, steps.written_in(here, said[0]))


async def none_of_these(here: Visit, callback: Callback) -> None:
    """None of the candidates was meant: say how to go on, then offer to keep the question."""
    message_id, language = callback.argument(0) or "", callback.argument(1)
    here.count(UNANSWERED)
    page = here.content.page(here.language)
    ways_on = answers.ways_on(here.language, staffed=here.staffed)
    await here.services.outbox.send(here.chat_id, Screen(to_html(page.unclear_without_candidates), ways_on))
    if message_id.isdecimal() and is_language(language):
        await _offer(here, int(message_id), language)  # type: ignore[arg-type]


async def decide(here: Visit, callback: Callback) -> Screen:
    """Yes or no to the offer. The question is what the offer replies to, if that is the person's own message."""
    offers, language = here.services.keeper.offers, here.language
    if callback.argument(0) != "yes":
        offers.declined(here.chat_id)
        return keeping.declined(language)
    query = here.update.callback_query
    offer = query.message if query and isinstance(query.message, Message) else None
    question = offer.reply_to_message if offer else None
    if question is None or not question.text or question.from_user is None or question.from_user.is_bot:
        offers.closed(here.chat_id)
        return keeping.gone(language)
    written_in: Language = callback.argument(1) if is_language(callback.argument(1)) else language  # type: ignore[assignment]
    if not await here.services.keeper.keep(question.text, written_in, today()):
        return keeping.failed(language, written_in)
    offers.closed(here.chat_id)
    return keeping.kept(here.content, language)


async def _offer(here: Visit, message_id: int, written_in: Language) -> None:
    offers = here.services.keeper.offers
    if not offers.may_ask(here.chat_id):
        return
    screen = keeping.offer(here.content, here.language, written_in)
    try:
        await here.services.outbox.send(here.chat_id, screen, reply_to=message_id)
    except BadRequest:  # the message has been deleted: there is nothing to ask about
        return
    offers.asked(here.chat_id)
