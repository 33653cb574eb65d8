"""Everything the sandbox remembers: one bot, its profile, the people, all chats, the updates under way."""

import re
import time
from collections import deque
from typing import Any

from bot.sandbox.chats import FIRST_USER_ID, BaseChat, Chat, StoredMessage
from bot.sandbox.errors import BadRequest
from bot.sandbox.events import Announcer
from bot.sandbox.faults import Faults
from bot.sandbox.files import FileStore
from bot.sandbox.group import Group
from bot.sandbox.params import Params
from bot.sandbox.profile import Profile
from bot.sandbox.updates import UpdateQueue
from bot.sandbox.webhook import Webhook

Json = dict[str, Any]

_TOKEN = re.compile(r"(?P<id>\d+):[\w-]+")
_DEFAULT_BOT_NAME = "Musafir"
_BOT_USERNAME = "musafir_sandbox_bot"
_REFUSALS_KEPT = 1000


class Telegram:
    """The state behind the Bot API and behind the page."""

    def __init__(self, token: str) -> None:
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise ValueError("a bot token looks like 123456:ABC-DEF: a number, a colon, letters and digits")
        self.token = token
        self.bot_id = int(match["id"])
        self.events = Announcer()
        self.profile = Profile(on_change=self._announce_profile)
        self.chats: dict[int, Chat] = {}
        self.group = Group(events=Announcer(self.events))
        self.updates = UpdateQueue()
        self.webhook = Webhook(self.updates)
        self.files = FileStore()
        self.faults = Faults()
        self.refusals: deque[Json] = deque(maxlen=_REFUSALS_KEPT)
        self._last_message_id = 0

    @property
    def bot(self) -> Json:
        """Return the bot as a Bot API User."""
        name = self.profile.text("name", "") or _DEFAULT_BOT_NAME
        return {"id": self.bot_id, "is_bot": True, "first_name": name, "username": _BOT_USERNAME}

    def add_user(self, name: str, language_code: str = "", user_id: int = 0) -> Chat:
        """Add a person who has not yet opened the chat with the bot."""
        user_id = user_id or max([FIRST_USER_ID - 1, *self.chats]) + 1
        if user_id in self.chats:
            raise ValueError(f"there is a user {user_id} already")
        user: Json = {"id": user_id, "is_bot": False, "first_name": name}
        if language_code:
            user["language_code"] = language_code
        chat = Chat(user=user, events=Announcer(self.events))
        self.chats[user_id] = chat
        self.events.announce({"type": "state", **self.snapshot(chat)})
        return chat

    def snapshot(self, chat: Chat) -> Json:
        """Return a chat and the bot as its owner sees it."""
        return {**chat.snapshot(), "bot": self.bot, "profile": self.profile.seen_by(chat)}

    def chat_named_in(self, params: Params, name: str = "chat_id") -> BaseChat:
        """Return the chat a call is about; refuse unknown ones."""
        if name not in params:
            raise BadRequest(f"{name} is empty")
        is_number = params.text(name).removeprefix("-").isdecimal()
        chat_id = params.integer(name) if is_number else 0
        chat: BaseChat | None = self.group if chat_id == self.group.id else self.chats.get(chat_id)
        if chat is None:
            raise BadRequest("chat not found")
        return chat

    def compose(self, chat: BaseChat, sender: Json, content: Json) -> Json:
        """Return a message with the next id; ids run through all chats of a bot, as they do for Telegram."""
        self._last_message_id += 1
        return {
            "message_id": self._last_message_id,
            "from": sender,
            "chat": chat.described(),
            "date": int(time.time()),
            **content,
        }

    def refused(self, method: str, params: Params, error: Json) -> None:
        """Keep what Telegram would not take, so that tests and the page can show it."""
        refusal = {"method": method, "chat_id": params.text("chat_id"), **error}
        self.refusals.append(refusal)
        chat_id = params.text("chat_id")
        if chat_id.isdecimal() and int(chat_id) in self.chats:
            self.chats[int(chat_id)].announce({**refusal, "type": "refused"})

    def close(self) -> None:
        """Let go of everyone who waits, so that the server can stop."""
        self.webhook.stop()
        self.updates.close()
        self.events.close()
        self.group.close()
        for chat in self.chats.values():
            chat.close()

    def _announce_profile(self) -> None:
        for chat in self.chats.values():
            chat.announce({"type": "profile", "bot": self.bot, "profile": self.profile.seen_by(chat)})


def find_message(chat: BaseChat, message_id: int, purpose: str) -> StoredMessage:
    """Return a message of the chat, or refuse as Telegram does when it is gone."""
    stored = chat.messages.get(message_id)
    if stored is None:
        raise BadRequest(f"message to {purpose} not found")
    return stored
