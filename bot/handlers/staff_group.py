"""The staff's group in Telegram: a topic for each talk, or, where a group has no topics, replies.

Messages are copied, not forwarded: a copy says nothing about the account it came from.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from telegram import MessageId, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import Application

from bot.database.handovers import Talk

logger = logging.getLogger(__name__)


class StaffGroup:
    """What the bot does in the group. The methods raise `TelegramError`; `explain` says what the operator can do."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], chat_id: int) -> None:
        self.chat_id = chat_id
        self.in_background = application.create_task
        """Runs what waits for the group, where Telegram allows 20 messages a minute, beside the answers to people."""
        self._bot = application.bot
        self._has_topics: bool | None = None
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def has_topics(self) -> bool:
        """Whether the group is a forum; asked once, and again after a failure."""
        if self._has_topics is None:
            self._has_topics = bool((await self._bot.get_chat(self.chat_id)).is_forum)
        return self._has_topics

    def order(self, talk: Talk) -> asyncio.Lock:
        """Held while a message of a talk is on its way, so that the next one waits."""
        return self._orders.setdefault(talk.code, asyncio.Lock())

    async def open(self, name: str, introduce: Callable[[bool], str]) -> tuple[int | None, int]:
        """Begin a talk. Returns its topic, if the group has any, and the number of its first message."""
        has_topics = await self.has_topics()
        thread = None
        if has_topics:
            thread = (await self._bot.create_forum_topic(self.chat_id, name)).message_thread_id
        first = await self._bot.send_message(self.chat_id, introduce(has_topics), message_thread_id=thread)
        return thread, first.message_id

    async def bring(self, talk: Talk, message: int, first: int | None) -> list[int]:
        """Copy a message of the person. Returns the messages in a group without topics that now belong to the talk.

        There every copy replies to the `first` message of the talk, which shows its code.
        """
        if talk.thread is not None:
            await self._copy(talk, message)
            return []
        if first is not None:
            try:
                return [await self._copy(talk, message, ReplyParameters(first))]
            except BadRequest as error:
                if "replied" not in error.message.lower():
                    raise
        mark = (await self._bot.send_message(self.chat_id, talk.code)).message_id  # somebody deleted the first message
        return [mark, await self._copy(talk, message, ReplyParameters(mark))]

    async def say(self, talk: Talk, text: str, first: int | None) -> None:
        """Tell staff something about a talk."""
        reply = ReplyParameters(first, allow_sending_without_reply=True) if first and talk.thread is None else None
        text = text if talk.thread else f"{talk.code}: {text}"
        await self._bot.send_message(self.chat_id, text, message_thread_id=talk.thread, reply_parameters=reply)

    async def close(self, talk: Talk) -> None:
        """Close the topic of a talk, so that nobody writes there in vain."""
        if talk.thread is None:
            return
        try:
            await self._bot.close_forum_topic(self.chat_id, talk.thread)
        except BadRequest as error:
            if "not_modified" not in error.message.lower():  # staff have closed it themselves
                raise

    def explain(self, error: TelegramError) -> None:
        """Log why staff could not be reached, and what the operator must do. Look anew what kind of group it is."""
        self._has_topics = None
        logger.error("staff cannot be reached (%s): %s", type(error).__name__, _remedy(error))

    async def _copy(self, talk: Talk, message: int, reply: ReplyParameters | None = None) -> int:
        copied: MessageId = await self._bot.copy_message(
            self.chat_id, talk.chat_id, message, message_thread_id=talk.thread, reply_parameters=reply
        )
        return copied.message_id


def is_gone(error: TelegramError) -> bool:
    """True when staff have deleted the topic, or the group has none any more: the talk cannot go on."""
    reason = error.message.lower()
    return isinstance(error, BadRequest) and ("thread not found" in reason or "topic_deleted" in reason)


def _remedy(error: TelegramError) -> str:
    reason = error.message.lower()
    if isinstance(error, ChatMigrated):
        return f"the group has become a supergroup; set STAFF_CHAT_ID to {error.new_chat_id}"
    if isinstance(error, Forbidden) or "chat not found" in reason:
        return "add the bot to the group that STAFF_CHAT_ID names, or correct STAFF_CHAT_ID"
    if "rights" in reason or "admin_required" in reason:
        return "make the bot an administrator of the group who may manage topics"
    return "if this goes on, look whether the group still exists and the bot may write there"
