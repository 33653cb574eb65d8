"""How updates reach the bot: fetched from Telegram (polling), or brought by it (webhook)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from telegram.constants import UpdateType
from telegram.error import InvalidToken, TelegramError

from bot.application import MyApplication
from bot.database import Database
from bot.database.inbox import Inbox
from bot.errors import SetupError
from bot.intake import Intake
from bot.order import ChatOrder
from bot.polling import polling
from bot.settings import Settings
from bot.shared import Fleet
from bot.turns import OwnTurns
from bot.webhook import listening, set_webhook

ALLOWED_UPDATES: Final[list[str]] = [
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
]


@asynccontextmanager
async def receiving(
    application: MyApplication, settings: Settings, database: Database, fleet: Fleet | None = None
) -> AsyncIterator[None]:
    """Handle updates while the context is open, those first that an earlier process accepted and did not handle.

    The replicas of a `fleet` share the work. Raises `SetupError` when Telegram cannot be reached or refuses.
    """
    try:
        await application.initialize()
    except BaseException as error:  # also when we are stopped meanwhile: its connections are open already
        await application.bot.shutdown()
        if isinstance(error, TelegramError):
            raise _refusal(error, settings.telegram_api_base) from error
        raise
    await application.start()
    try:
        async with _intake(application, settings, database, fleet) as intake, _source(application, settings, intake):
            yield
    finally:
        await application.stop()
        await application.shutdown()


@asynccontextmanager
async def _intake(
    application: MyApplication, settings: Settings, database: Database, fleet: Fleet | None
) -> AsyncIterator[Intake]:
    order = application.update_processor
    assert isinstance(order, ChatOrder)
    key = settings.pseudonym_key()
    if fleet is None:
        # After a crash, what was begun under this name is free again.
        intake = Intake(application, OwnTurns(order), Inbox(database, key, settings.replica))
        async with intake.open():
            yield intake
        return
    turns = fleet.turns(order)
    intake = Intake(application, turns, Inbox(database, key, fleet.replicas.name), fleet.replicas)
    async with fleet.taking_part(turns, intake.take_over), intake.open():
        yield intake


@asynccontextmanager
async def _source(application: MyApplication, settings: Settings, intake: Intake) -> AsyncIterator[None]:
    if settings.telegram_mode == "webhook":
        async with listening(settings, intake):
            try:
                await set_webhook(application.bot, settings, ALLOWED_UPDATES)
            except TelegramError as error:
                raise _refusal(error, settings.telegram_api_base) from error
            yield
        return
    async with polling(application.bot, intake, ALLOWED_UPDATES):
        yield


def _refusal(error: TelegramError, base: str) -> SetupError:
    if isinstance(error, InvalidToken):
        return SetupError(
            "Telegram does not know this TELEGRAM_BOT_TOKEN",
            "copy it again from @BotFather, or unset it for the sandbox",
        )
    return SetupError(
        f"the Bot API at {base} cannot be reached ({type(error).__name__})", "check the network and TELEGRAM_API_BASE"
    )
