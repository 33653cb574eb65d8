"""Sends screens, and remembers which messages a chat has, so that `/hide` can delete them.

In memory; where the bot has several replicas, they share what they remember (`bot.shared.recent`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque

from telegram import Bot, LinkPreviewOptions, Message, ReplyKeyboardMarkup, ReplyParameters
from telegram.constants import BulkRequestLimit, ParseMode
from telegram.error import BadRequest, TelegramError

from bot.database.models import Contact
from bot.render.screen import Screen
from bot.shared.recent import RecentMessages

logger = logging.getLogger(__name__)

_CHATS = 5_000
HIDES_FOR = 60 * 60.0
"""Seconds for which `/hide` knows the messages of somebody who has been forgotten."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Outbox:
    """The only way out to Telegram."""

    def __init__(self, bot: Bot, recent: RecentMessages | None = None) -> None:
        self._bot = bot
        self._recent = recent
        self._messages: OrderedDict[int, deque[int]] = OrderedDict()

    async def send(
        self, chat_id: int, screen: Screen, keyboard: ReplyKeyboardMarkup | None = None, reply_to: int | None = None
    ) -> int:
        """Send a screen as a new message; returns its number. `keyboard` puts buttons below the input field.

        `reply_to` is the message that it replies to; `BadRequest` when that is gone.
        """
        message = await self._bot.send_message(
            chat_id,
            screen.html,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard or screen.keyboard,
            link_preview_options=_NO_PREVIEW,
            reply_parameters=ReplyParameters(reply_to) if reply_to is not None else None,
        )
        self.note(chat_id, message.message_id)
        return message.message_id

    async def show(self, chat_id: int, screen: Screen, message: Message | None) -> None:
        """Turn `message` into the screen where that is possible, else send it anew."""
        if message is None:
            await self.send(chat_id, screen)
            return
        try:
            await self._bot.edit_message_text(
                screen.html,
                chat_id=chat_id,
                message_id=message.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=screen.keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                await self.send(chat_id, screen)

    async def send_file(self, chat_id: int, content: bytes, name: str) -> None:
        """Send a file."""
        sent = await self._bot.send_document(chat_id, content, filename=name)
        self.note(chat_id, sent.message_id)

    async def send_contact(self, chat_id: int, contact: Contact) -> None:
        """Send what the phone can save and the map can show: the number as a contact, the address as a venue."""
        dialable = next((phone["number"] for phone in contact.phones if phone["number"].startswith("+")), None)
        if dialable:
            sent = await self._bot.send_contact(chat_id, phone_number=dialable, first_name=contact.organisation[:64])
            self.note(chat_id, sent.message_id)
        if contact.latitude is not None and contact.longitude is not None:
            sent = await self._bot.send_venue(
                chat_id,
                latitude=contact.latitude,
                longitude=contact.longitude,
                title=contact.organisation,
                address=contact.address or ", ".join(contact.cities),
            )
            self.note(chat_id, sent.message_id)

    async def copy(self, chat_id: int, source: int, message_id: int) -> None:
        """Send a copy of a message of the chat `source`, without a trace of where it came from."""
        copied = await self._bot.copy_message(chat_id, source, message_id)
        self.note(chat_id, copied.message_id)

    def note(self, chat_id: int, message_id: int) -> None:
        """Remember a message of a chat."""
        messages = self._messages.setdefault(chat_id, deque(maxlen=BulkRequestLimit.MAX_LIMIT))
        self._messages.move_to_end(chat_id)
        if message_id not in messages:
            messages.append(message_id)
        if len(self._messages) > _CHATS:
            self._messages.popitem(last=False)

    async def hide(self, chat_id: int) -> None:
        """Delete the messages of a chat that are remembered, one by one where Telegram refuses the whole."""
        messages = await self._recent.take(chat_id) if self._recent else []
        messages += self._messages.pop(chat_id, ())
        if not messages:
            return
        try:
            await self._bot.delete_messages(chat_id, messages[-BulkRequestLimit.MAX_LIMIT :])
        except TelegramError:
            for message_id in messages:
                with contextlib.suppress(TelegramError):
                    await self._bot.delete_message(chat_id, message_id)

    async def share(self) -> None:
        """Let the other replicas know what was noted since the last time."""
        if self._recent is None or not self._messages:
            return
        noted, self._messages = self._messages, OrderedDict()
        if not await self._recent.add(noted):
            for chat_id, messages in noted.items():
                for message_id in messages:
                    self.note(chat_id, message_id)

    async def forget_soon(self, chat_id: int) -> None:
        """Drop what is remembered of a chat in an hour; until then `/hide` still works for who said `/forget` first."""
        asyncio.get_running_loop().call_later(HIDES_FOR, self._messages.pop, chat_id, None)
        if self._recent:
            await self._recent.drop_in(chat_id, HIDES_FOR)
