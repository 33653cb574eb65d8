"""Bot API methods about the staff's group and its topics, and those that take messages from one chat to another."""

from typing import Any

from telegram.constants import ForumTopicLimit

from bot.sandbox.errors import BadRequest
from bot.sandbox.group import Group
from bot.sandbox.messages import send
from bot.sandbox.params import Params
from bot.sandbox.state import Telegram, find_message

Json = dict[str, Any]

_TOPIC_COLOUR = 0x6FB9F0
_ABOUT_THE_MESSAGE = {
    "message_id",
    "from",
    "chat",
    "date",
    "edit_date",
    "reply_markup",
    "reply_to_message",
    "message_thread_id",
    "is_topic_message",
    "has_protected_content",
}
_SERVICE = {"forum_topic_created", "forum_topic_closed"}
_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def _get_chat(telegram: Telegram, params: Params) -> Json:
    chat = telegram.chat_named_in(params)
    chat.require_open()
    return {
        **chat.described(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": _NO_GIFTS,
    }


def _forum(telegram: Telegram, params: Params) -> Group:
    chat = telegram.chat_named_in(params)
    if not isinstance(chat, Group) or not chat.is_forum:
        raise BadRequest("the chat is not a forum")
    return chat


def _create_forum_topic(telegram: Telegram, params: Params) -> Json:
    group, name = _forum(telegram, params), params.text("name")
    if not ForumTopicLimit.MIN_NAME_LENGTH <= len(name) <= ForumTopicLimit.MAX_NAME_LENGTH:
        raise BadRequest("TOPIC_TITLE_EMPTY" if not name else "topic name is too long")
    described = {"name": name, "icon_color": _TOPIC_COLOUR}
    topic = group.add_topic(telegram.compose(group, telegram.bot, {"forum_topic_created": described}), name)
    return {"message_thread_id": topic.id, **described}


def _close_forum_topic(telegram: Telegram, params: Params) -> bool:
    group = _forum(telegram, params)
    topic = group.topic(params.integer("message_thread_id"))
    if topic.closed:
        raise BadRequest("TOPIC_NOT_MODIFIED")
    topic.closed = True
    group.add(telegram.compose(group, telegram.bot, {**group.placed(topic.id), "forum_topic_closed": {}}))
    return True


def _copy_message(telegram: Telegram, params: Params) -> Json:
    """Copy what a message says, and nothing about who said it; a service message says nothing."""
    source = telegram.chat_named_in(params, "from_chat_id")
    stored = find_message(source, params.integer("message_id"), "copy")
    if _SERVICE & stored.body.keys() or stored.body.get("has_protected_content"):
        raise BadRequest("message can't be copied")
    content = {key: value for key, value in stored.body.items() if key not in _ABOUT_THE_MESSAGE}
    return {"message_id": send(telegram, params, content)["message_id"]}


METHODS = {
    "getChat": _get_chat,
    "createForumTopic": _create_forum_topic,
    "closeForumTopic": _close_forum_topic,
    "copyMessage": _copy_message,
}
