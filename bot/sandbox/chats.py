"""The chats of the sandbox, all in memory: what they have in common, and the private ones of people.

Every change to a chat raises its version and is announced to whoever watches it: the page, and tests waiting
for an answer.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.errors import BadRequest, Forbidden
from bot.sandbox.events import Announcer

Json = dict[str, Any]

# Telegram ids outgrew 32 bits years ago; a database column that is too small should show here.
# Another start each time: people of the last run must not be taken for those of this one, whom the bot has never met.
FIRST_USER_ID = 7_000_000_001 + secrets.randbelow(1_000_000) * 1_000
# A button can be answered only for a while; afterwards Telegram calls the query too old.
QUERY_SECONDS = 60
# A bot may delete messages of a private chat for two days.
DELETABLE_SECONDS = 48 * 3600
# The country code 999 is not assigned to anyone: a made-up number must not ring at somebody's home.
_PHONE_PREFIX = "+99900"
_REPLY = "reply_to_message"


@dataclass
class StoredMessage:
    """A message as the Bot API describes it, and when this chat last saw it change."""

    body: Json
    created: int
    changed: int
    has_reply_keyboard: bool = False

    @property
    def from_bot(self) -> bool:
        return bool(self.body["from"]["is_bot"])


@dataclass
class CallbackQuery:
    """A pressed button that waits for the bot's answer."""

    id: str
    message_id: int
    data: str
    asked_at: float
    answer: Json | None = None


@dataclass(kw_only=True)
class BaseChat:
    """What every chat has: its messages, and who watches them."""

    events: Announcer
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    reply_keyboard: Json | None = None
    actions: list[str] = field(default_factory=list)
    version: int = 0

    @property
    def id(self) -> int:
        raise NotImplementedError

    def described(self) -> Json:
        """Return the Bot API's Chat object."""
        raise NotImplementedError

    def require_open(self) -> None:
        """Refuse to bring anything to where the bot may not write."""

    def placed(self, thread: int) -> Json:
        """Return the fields of a message that belongs into a topic; refuse topics that are not there."""
        if thread:
            raise BadRequest("message thread not found")
        return {}

    def announce(self, event: Json) -> None:
        self.version += 1
        self.events.announce({**event, "chat_id": self.id, "version": self.version})

    def add(self, body: Json, *, has_reply_keyboard: bool = False) -> None:
        self.announce({"type": "message", "message": body})
        self.messages[body["message_id"]] = StoredMessage(
            body, self.version, self.version, has_reply_keyboard=has_reply_keyboard
        )

    def replace(self, stored: StoredMessage, body: Json) -> None:
        stored.body = body
        self._reply_to(body["message_id"], {key: value for key, value in body.items() if key != _REPLY})
        self.announce({"type": "edited", "message": body})
        stored.changed = self.version

    def delete(self, message_ids: list[int]) -> None:
        for message_id in message_ids:
            del self.messages[message_id]
            self._reply_to(message_id, None)
        self.deleted += message_ids
        self.announce({"type": "deleted", "message_ids": message_ids})

    def _reply_to(self, message_id: int, original: Json | None) -> None:
        """Let the replies to a message show it as it is now, or no longer."""
        for stored in self.messages.values():
            if stored.body.get(_REPLY, {}).get("message_id") == message_id:
                kept = {key: value for key, value in stored.body.items() if key != _REPLY}
                stored.body = kept | {_REPLY: original} if original else kept

    def show_keyboard(self, markup: Json | None) -> None:
        self.reply_keyboard = markup
        self.announce({"type": "keyboard", "reply_keyboard": markup})

    def is_deletable(self, stored: StoredMessage) -> bool:
        return time.time() - float(stored.body["date"]) < DELETABLE_SECONDS

    def snapshot(self) -> Json:
        """Return all there is to know about this chat, for a page that opens or a test that waits."""
        return {
            "version": self.version,
            "messages": [
                {"message": stored.body, "created": stored.created, "changed": stored.changed}
                for stored in self.messages.values()
            ],
            "deleted": self.deleted,
        }

    async def wait_past(self, version: int, seconds: float) -> None:
        """Return as soon as the chat is newer than `version`, or after `seconds`."""
        if self.version > version:
            return
        with self.events.watched() as queue, suppress(TimeoutError):
            await asyncio.wait_for(queue.get(), seconds)

    def close(self) -> None:
        self.events.close()


@dataclass(kw_only=True)
class Chat(BaseChat):
    """One person's private chat with the bot."""

    user: Json
    queries: dict[str, CallbackQuery] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def language(self) -> str:
        return str(self.user.get("language_code", ""))

    @property
    def phone_number(self) -> str:
        return f"{_PHONE_PREFIX}{self.id % 10**8:08d}"

    def described(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": self.user["first_name"]}

    def require_open(self) -> None:
        """Refuse to bring anything to someone who never wrote to the bot, or blocked it."""
        if not self.started:
            raise BadRequest("chat not found")
        if self.blocked:
            raise Forbidden("bot was blocked by the user")

    def answer(self, query: CallbackQuery, answer: Json) -> None:
        query.answer = answer
        self.announce({"type": "callback_answer", "id": query.id, **answer})

    def snapshot(self) -> Json:
        return {
            **super().snapshot(),
            "user": self.user,
            "started": self.started,
            "blocked": self.blocked,
            "phone_number": self.phone_number,
            "reply_keyboard": self.reply_keyboard,
            "actions": self.actions,
            "callbacks": [
                {"id": query.id, "message_id": query.message_id, "data": query.data, "answer": query.answer}
                for query in self.queries.values()
            ],
        }

    def age(self, seconds: float) -> None:
        """Make everything in the chat older, for what Telegram allows only for a while."""
        for stored in self.messages.values():
            stored.body = {**stored.body, "date": int(stored.body["date"] - seconds)}
        for query in self.queries.values():
            query.asked_at -= seconds
