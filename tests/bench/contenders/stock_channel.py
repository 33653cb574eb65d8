"""Rasa's own Telegram channel, with another address instead of api.telegram.org. Runs in Rasa's Python."""

from __future__ import annotations

import asyncio
from typing import Any

from aiogram.bot.api import TelegramAPIServer
from rasa.core.channels.telegram import TelegramInput, TelegramOutput


class LoopbackTelegram(TelegramInput):
    """Named in `credentials.yml`, where `api_base` is the address of the Bot API server."""

    api_base = ""

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> LoopbackTelegram:
        """The channel that `credentials.yml` describes."""
        channel = super().from_credentials(credentials)
        channel.api_base = (credentials or {})["api_base"]
        return channel

    def get_output_channel(self) -> TelegramOutput:
        """As in Rasa, with the other address, and without the fault that makes Rasa's own fail at the first message.

        Rasa sets the webhook in an event loop that is closed afterwards, with the connections made in it; so every
        later call fails. Here they are closed with that loop.
        """
        channel = TelegramOutput(self.access_token)
        channel.server = TelegramAPIServer.from_base(self.api_base)

        async def set_webhook() -> None:
            await channel.set_webhook(url=self.webhook_url)
            await channel.session.close()

        asyncio.run(set_webhook())
        return channel
