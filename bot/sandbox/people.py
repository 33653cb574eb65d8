"""What a person can do in the chat, and the update it becomes for the bot."""

import secrets
import time
from typing import Any

from telegram.constants import MessageLimit

from bot.sandbox.chats import CallbackQuery, Chat
from bot.sandbox.files import stand_in
from bot.sandbox.formatting import Formatted, clean, finished
from bot.sandbox.state import Telegram

Json = dict[str, Any]


class Impossible(ValueError):
    """A person could not do this: the button or the message is not there."""


def text_content(source: str) -> Json:
    """Return the fields of a text that a person types."""
    formatted = finished(Formatted(clean(source), []), MessageLimit.MESSAGE_ENTITIES)
    if not formatted.text:
        raise Impossible("the message is empty")
    entities = {"entities": formatted.entities} if formatted.entities else {}
    return {"text": formatted.text, **entities}


def _deliver(telegram: Telegram, chat: Chat, content: Json) -> Json:
    """Put a person's message into the chat and before the bot; writing to a blocked bot unblocks it."""
    if chat.blocked:
        block(telegram, chat, blocked=False)
    chat.started = True
    body = telegram.compose(chat, chat.user, content)
    chat.add(body)
    telegram.updates.push("message", body)
    return body


def send_text(telegram: Telegram, chat: Chat, text: str) -> Json:
    """Write to the bot; a text that starts with a slash is a command."""
    return _deliver(telegram, chat, text_content(text))


def edit_text(telegram: Telegram, chat: Chat, message_id: int, text: str) -> Json:
    """Change a message of one's own."""
    stored = chat.messages.get(message_id)
    if stored is None or stored.from_bot or "text" not in stored.body:
        raise Impossible(f"message {message_id} is not a text of this person")
    kept = {key: value for key, value in stored.body.items() if key not in ("text", "entities")}
    body = {**kept, **text_content(text), "edit_date": int(time.time())}
    chat.replace(stored, body)
    telegram.updates.push("edited_message", body)
    return body


def share_contact(telegram: Telegram, chat: Chat) -> Json:
    """Send one's own number; it is made up and belongs to nobody."""
    contact = {
        "phone_number": chat.phone_number,
        "first_name": chat.user["first_name"],
        "user_id": chat.id,
    }
    return _deliver(telegram, chat, {"contact": contact})


def share_location(telegram: Telegram, chat: Chat, latitude: float, longitude: float) -> Json:
    return _deliver(telegram, chat, {"location": {"latitude": latitude, "longitude": longitude}})


def attach(telegram: Telegram, chat: Chat, kind: str, caption: str = "") -> Json:
    """Send a photo, a voice message or a sticker: a stand-in, but a file the bot can fetch."""
    content = stand_in(telegram.files, kind)
    return _deliver(telegram, chat, {**content, "caption": caption} if caption else content)


def press(telegram: Telegram, chat: Chat, message_id: int, data: str) -> CallbackQuery:
    """Press a button under a message of the bot."""
    stored = chat.messages.get(message_id)
    markup = stored.body.get("reply_markup", {}) if stored else {}
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if stored is None or all(button.get("callback_data") != data for button in buttons):
        raise Impossible(f"message {message_id} has no button with the data {data!r}")
    query = CallbackQuery(str(secrets.randbits(62)), message_id, data, time.time())
    chat.queries[query.id] = query
    chat.announce({"type": "callback", "id": query.id, "message_id": message_id, "data": data})
    telegram.updates.push(
        "callback_query",
        {
            "id": query.id,
            "from": chat.user,
            "message": stored.body,
            "chat_instance": str(chat.id),
            "data": data,
        },
    )
    return query


def block(telegram: Telegram, chat: Chat, *, blocked: bool) -> None:
    """Block the bot or let it in again."""
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    chat.announce({"type": "blocked", "blocked": blocked})
    member: Json = {"status": "member", "user": telegram.bot}
    kicked: Json = {"status": "kicked", "user": telegram.bot, "until_date": 0}
    telegram.updates.push(
        "my_chat_member",
        {
            "chat": chat.described(),
            "from": chat.user,
            "date": int(time.time()),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        },
    )
