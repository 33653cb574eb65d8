"""News for one's route: subscribe, unsubscribe. `alerting` sends it."""

from __future__ import annotations

from telegram import ChatMember, Update

from bot.handlers.services import Context, Visit, visit
from bot.languages import catalogue
from bot.render import callbacks as to
from bot.render import news as render
from bot.render.callbacks import Callback
from bot.render.screen import Screen, escape


async def news(here: Visit, callback: Callback) -> Screen:
    """Offer the news, say that it is on, or turn it on."""
    subscriptions = here.services.subscriptions
    if callback.argument(0) != "on":
        on = await subscriptions.has(here.pseudonym)
        return (render.subscribed if on else render.offer)(here.content, here.language)
    await here.services.people.update(here.pseudonym, language=here.language)  # the route of news is that of a profile
    if not await subscriptions.add(here.pseudonym, here.chat_id):
        return _failed(here)
    return render.subscribed(here.content, here.language)


async def unsubscribe(here: Visit, callback: Callback) -> Screen:
    """Turn the news off and erase the chat's number."""
    if not await here.services.subscriptions.remove(here.pseudonym):
        return _failed(here)
    return render.unsubscribed(here.content, here.language)


async def news_command(update: Update, context: Context) -> None:
    """`/news`."""
    here = await visit(update, context)
    await here.services.outbox.send(here.chat_id, await news(here, Callback(to.NEWS)))


async def left(update: Update, context: Context) -> None:
    """Unsubscribe somebody who has blocked the bot."""
    change = update.my_chat_member
    if change is not None and change.new_chat_member.status == ChatMember.BANNED:
        here = await visit(update, context)
        await here.services.subscriptions.remove(here.pseudonym)


def _failed(here: Visit) -> Screen:
    _ = catalogue(here.language).gettext
    return Screen(escape(_("Something went wrong. Try again, or use /sos, /contacts or /topics.")))
