"""Wires the Telegram application: updates in order within a chat, limits respected, every handler in its place."""

from __future__ import annotations

import logging
import os
from typing import Any, Final

from telegram import BotCommand, Update
from telegram.error import Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.content import Content
from bot.handlers import ask, buttons, danger, every, find, guided, handover, links, news, privacy, staff, start
from bot.handlers.services import KEY, Context, Services, services
from bot.languages import DEFAULT, LANGUAGES, catalogue, from_telegram
from bot.observing.metrics import count_error
from bot.observing.request import MeasuredRequest
from bot.order import CONCURRENCY, ChatOrder
from bot.patience import Patient
from bot.settings import Settings
from bot.shared import Fleet
from bot.telegram_request import AiohttpRequest
from bot.urgency import urgency

os.environ.setdefault("PTB_TIMEDELTA", "true")  # durations as timedelta, as the next python-telegram-bot has them
logger = logging.getLogger(__name__)

POOL_TIMEOUT: Final = 20.0
FLOOD_RETRIES: Final = 3

MyApplication = Application[Any, Any, Any, Any, Any, Any]


def build_application(settings: Settings, token: str, fleet: Fleet | None = None) -> MyApplication:
    """An application that talks to `settings.telegram_api_base`. Its handlers want `Services` in `bot_data`.

    The replicas of a `fleet` share what may be sent.
    """
    base = settings.telegram_api_base.rstrip("/")
    rate = settings.telegram_messages_per_second
    limiter = AIORateLimiter(rate, max_retries=FLOOD_RETRIES)
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{base}/bot")
        .base_file_url(f"{base}/file/bot")
        .request(MeasuredRequest(AiohttpRequest(CONCURRENCY, pool_timeout=POOL_TIMEOUT)))
        .get_updates_request(MeasuredRequest(AiohttpRequest(2)))
        .rate_limiter(Patient(fleet.limiter(limiter, rate, FLOOD_RETRIES) if fleet else limiter))
        .concurrent_updates(ChatOrder())
        .build()
    )
    _add_handlers(application)
    if settings.staff_chat_id is not None:
        _add_staff_handlers(application, settings.staff_chat_id)
    application.add_error_handler(report_error)
    return application


def attach(application: MyApplication, services: Services) -> None:
    """Give the handlers what they work with."""
    application.bot_data[KEY] = services
    order = application.update_processor
    assert isinstance(order, ChatOrder)
    order.is_urgent = urgency(services)


def _add_handlers(application: MyApplication) -> None:
    application.add_handler(TypeHandler(Update, every.arrive), group=-1)
    application.add_handler(TypeHandler(Update, every.depart), group=1)
    commands = {
        "start": links.start,
        "menu": start.menu_command,
        "topics": find.topics_command,
        "contacts": find.contacts_command,
        "guides": guided.guides_command,
        "sos": danger.sos_command,
        "language": start.language_command,
        "profile": start.profile_command,
        "news": news.news_command,
        "privacy": privacy.privacy_command,
        "forget": privacy.forget_command,
        "hide": privacy.hide_command,
        "help": privacy.help_command,
    }
    private = filters.ChatType.PRIVATE
    new = private & filters.UpdateType.MESSAGE  # an edited message was answered when it was new
    for name, handler in commands.items():
        application.add_handler(CommandHandler(name, handler, filters=new))
    application.add_handler(CallbackQueryHandler(buttons.pressed))
    application.add_handler(ChatMemberHandler(news.left, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(new & filters.TEXT, handover.unless_talking(ask.ask)))
    application.add_handler(MessageHandler(new & filters.LOCATION, handover.unless_talking(find.near)))
    other = new & ~filters.TEXT & ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(other, handover.unless_talking(ask.not_text)))


def _add_staff_handlers(application: MyApplication, group: int) -> None:
    """Only who writes in the group `group` is staff."""
    new = filters.Chat(group) & filters.UpdateType.MESSAGE
    application.add_handler(CommandHandler("close", staff.close, filters=new))
    application.add_handler(MessageHandler(new & filters.StatusUpdate.FORUM_TOPIC_CLOSED, staff.close))
    application.add_handler(MessageHandler(new & ~filters.StatusUpdate.ALL, staff.written))


async def publish_texts(application: MyApplication, content: Content) -> None:
    """Set the command list and the descriptions in every language. Telegram being slow about it stops nothing."""
    try:
        for language in LANGUAGES:
            code = None if language == DEFAULT else language
            _ = catalogue(language).gettext
            commands = [
                BotCommand("sos", _("SOS: I am in danger")),
                BotCommand("topics", _("Topics")),
                BotCommand("contacts", _("Contacts")),
                BotCommand("guides", _("Guide me")),
                BotCommand("menu", _("Menu")),
                BotCommand("language", _("Language")),
                BotCommand("profile", _("What you told me")),
                BotCommand("news", _("News for my route")),
                BotCommand("hide", _("Hide this chat")),
                BotCommand("forget", _("Forget me")),
                BotCommand("privacy", _("Privacy")),
                BotCommand("help", _("Help")),
            ]
            if services(application).staff is not None:
                commands.append(BotCommand("stop", _("End the talk")))
            page = content.page(language)
            await application.bot.set_my_commands(commands, language_code=code)
            await application.bot.set_my_description(page.description, language_code=code)
            await application.bot.set_my_short_description(page.short_description, language_code=code)
    except (RetryAfter, TelegramError) as error:
        logger.warning("the bot's descriptions were not set: %s", type(error).__name__)


async def report_error(update: object, context: Context) -> None:
    """Log what went wrong without what was written, and tell the person how to go on."""
    error = context.error
    if isinstance(error, NetworkError) and not isinstance(update, Update):
        logger.warning("Telegram cannot be reached: %s", type(error).__name__)
        return
    if isinstance(error, Forbidden):  # nobody is there to be told
        logger.info("somebody who wrote has blocked the bot")
        return
    if error:
        count_error("handler", error)
    place = _place(error)
    logger.error("a message could not be handled: %s%s", type(error).__name__, f" in {place}" if place else "")
    if isinstance(update, Update) and update.effective_chat:
        user = update.effective_user
        _ = catalogue(from_telegram(user.language_code if user else None)).gettext
        try:
            await context.bot.send_message(
                update.effective_chat.id,
                _("Something went wrong. Try again, or use /sos, /contacts or /topics."),
            )
        except TelegramError as failure:
            logger.warning("nor could that be said: %s", type(failure).__name__)


def _place(error: BaseException | None) -> str:
    """File and line of an error; never its message, which may quote the person."""
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
