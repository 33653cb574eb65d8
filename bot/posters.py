"""`musafir poster`: finds the bot's name and writes the file."""

from __future__ import annotations

from pathlib import Path

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import MusafirError, SetupError
from bot.render.poster import as_png
from bot.settings import Settings


async def name_of_bot(settings: Settings) -> str:
    """The name in the bot's link, from Telegram. Raises `MusafirError` when it cannot be asked."""
    if settings.telegram_bot_token is None:
        raise MusafirError("the bot's name is not known", "give it with --bot NAME, or set TELEGRAM_BOT_TOKEN")
    base = settings.telegram_api_base.rstrip("/")
    try:
        async with Bot(settings.telegram_bot_token.get_secret_value(), base_url=f"{base}/bot") as bot:
            return bot.username
    except InvalidToken as error:
        raise SetupError("Telegram does not know this TELEGRAM_BOT_TOKEN", "copy it again from @BotFather") from error
    except TelegramError as error:
        raise SetupError(
            f"the Bot API at {base} cannot be reached ({type(error).__name__})", "give the name with --bot NAME"
        ) from error


def write_poster(pdf: bytes, output: Path) -> None:
    """Write a poster as PDF or PNG, as the name of the file ends. Raises `MusafirError` for another ending."""
    kinds = {".pdf": lambda: pdf, ".png": lambda: as_png(pdf)}
    kind = kinds.get(output.suffix.lower())
    if kind is None:
        raise MusafirError(f"{output.name} is neither a .pdf nor a .png", "choose one of the two")
    try:
        output.write_bytes(kind())
    except OSError as error:
        raise MusafirError(f"{output} cannot be written ({error.strerror})", "choose another place") from error
