"""What a member of the staff's group can do, and the update it becomes for the bot."""

from typing import Any

from bot.sandbox.files import stand_in
from bot.sandbox.group import Group
from bot.sandbox.people import Impossible, text_content
from bot.sandbox.state import Telegram

Json = dict[str, Any]


def write(telegram: Telegram, name: str, text: str, thread: int = 0, reply_to: int = 0) -> Json:
    """Write into a topic, into the group as a whole, or as a reply to a message."""
    return _deliver(telegram, name, text_content(text), thread, reply_to)


def attach(telegram: Telegram, name: str, kind: str, thread: int = 0, reply_to: int = 0) -> Json:
    """Send a photo, a voice message or a sticker."""
    return _deliver(telegram, name, stand_in(telegram.files, kind), thread, reply_to)


def close_topic(telegram: Telegram, name: str, thread: int) -> Json:
    """Close a topic by Telegram's own menu."""
    body = _deliver(telegram, name, {"forum_topic_closed": {}}, thread, 0)
    telegram.group.topic(thread).closed = True
    return body


def _deliver(telegram: Telegram, name: str, content: Json, thread: int, reply_to: int) -> Json:
    group = telegram.group
    if thread and thread not in group.topics:
        raise Impossible(f"there is no topic {thread}")
    if reply_to and reply_to not in group.messages:
        raise Impossible(f"there is no message {reply_to} to reply to")
    replied = _replied(group, reply_to or thread)  # in a topic, what replies to nothing replies to its beginning
    body = telegram.compose(group, group.member(name), {**group.placed(thread), **replied, **content})
    group.add(body)
    telegram.updates.push("message", body)
    return body


def _replied(group: Group, message_id: int) -> Json:
    stored = group.messages.get(message_id)
    return {"reply_to_message": {k: v for k, v in stored.body.items() if k != "reply_to_message"}} if stored else {}
