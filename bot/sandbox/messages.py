"""Bot API methods that put something into a chat, change it or take it away."""

import time
from typing import Any

from telegram.constants import BulkRequestLimit, ChatAction, ContactLimit, LocationLimit

from bot.sandbox import validation
from bot.sandbox.chats import QUERY_SECONDS, BaseChat, StoredMessage
from bot.sandbox.errors import BadRequest
from bot.sandbox.files import document, photo
from bot.sandbox.params import Params, Upload
from bot.sandbox.state import Telegram, find_message

Json = dict[str, Any]

_MAX_LATITUDE = 90
_MAX_LONGITUDE = 180


def send(telegram: Telegram, params: Params, content: Json) -> Json:
    """Put a message of the bot into the chat, with its keyboard and what it replies to."""
    chat = telegram.chat_named_in(params)
    markup = validation.reply_markup(params)
    chat.require_open()
    content |= chat.placed(params.integer("message_thread_id")) | _reply(chat, params)
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    if "inline_keyboard" in markup:
        content["reply_markup"] = markup
    body = telegram.compose(chat, telegram.bot, content)
    chat.add(body, has_reply_keyboard=bool(markup.keys() & {"keyboard", "force_reply", "remove_keyboard"}))
    if "keyboard" in markup or "force_reply" in markup:
        chat.show_keyboard(markup)
    elif markup.get("remove_keyboard"):
        chat.show_keyboard(None)
    return body


def _reply(chat: BaseChat, params: Params) -> Json:
    given = params.structure("reply_parameters")
    if not isinstance(given, dict):
        return {}
    stored = chat.messages.get(int(given.get("message_id", 0)))
    if stored:
        return {"reply_to_message": {k: v for k, v in stored.body.items() if k != "reply_to_message"}}
    if given.get("allow_sending_without_reply"):
        return {}
    raise BadRequest("message to be replied not found")


def _text_content(params: Params) -> Json:
    formatted = validation.message_text(params)
    content: Json = {"text": formatted.text}
    if formatted.entities:
        content["entities"] = formatted.entities
    options = params.structure("link_preview_options")
    if options:
        content["link_preview_options"] = options
    return content


def _caption_content(params: Params) -> Json:
    formatted = validation.caption(params)
    content: Json = {"caption": formatted.text} if formatted.text else {}
    if formatted.entities:
        content["caption_entities"] = formatted.entities
    return content


def _send_message(telegram: Telegram, params: Params) -> Json:
    return send(telegram, params, _text_content(params))


def _send_contact(telegram: Telegram, params: Params) -> Json:
    for name in ("phone_number", "first_name"):
        if name not in params:
            raise BadRequest(f"{name.replace('_', ' ')} is empty")
    if len(params.text("vcard").encode()) > ContactLimit.VCARD:
        raise BadRequest("vCard is too long")
    fields = ("phone_number", "first_name", "last_name", "vcard")
    return send(telegram, params, {"contact": {name: params.text(name) for name in fields if name in params}})


def _location(params: Params) -> Json:
    location: Json = {"latitude": params.number("latitude"), "longitude": params.number("longitude")}
    if abs(location["latitude"]) > _MAX_LATITUDE or abs(location["longitude"]) > _MAX_LONGITUDE:
        raise BadRequest("wrong latitude/longitude specified")
    if "horizontal_accuracy" in params:
        location["horizontal_accuracy"] = params.number("horizontal_accuracy")
        if not 0 <= location["horizontal_accuracy"] <= LocationLimit.HORIZONTAL_ACCURACY:
            raise BadRequest("wrong horizontal accuracy specified")
    return location


def _send_location(telegram: Telegram, params: Params) -> Json:
    return send(telegram, params, {"location": _location(params)})


def _send_venue(telegram: Telegram, params: Params) -> Json:
    location = _location(params)
    for name in ("title", "address"):
        if name not in params:
            raise BadRequest(f"{name} is empty")
    venue = {"location": location, "title": params.text("title"), "address": params.text("address")}
    return send(telegram, params, {"location": location, "venue": venue})


def _sent_file(telegram: Telegram, params: Params, name: str) -> Any:
    given = params.upload(name)
    if isinstance(given, Upload):
        if not given.content:
            raise BadRequest("file must be non-empty")
        stored = telegram.files.add(given.name, given.mime_type, given.content)
    else:
        found = telegram.files.get(given)
        if found is None:
            raise BadRequest("wrong file identifier/HTTP URL specified")
        stored = found
    return photo(stored) if name == "photo" else document(stored)


def _send_document(telegram: Telegram, params: Params) -> Json:
    caption = _caption_content(params)
    return send(telegram, params, {"document": _sent_file(telegram, params, "document"), **caption})


def _send_photo(telegram: Telegram, params: Params) -> Json:
    caption = _caption_content(params)
    return send(telegram, params, {"photo": _sent_file(telegram, params, "photo"), **caption})


def _editable(telegram: Telegram, params: Params) -> tuple[BaseChat, StoredMessage]:
    chat = telegram.chat_named_in(params)
    if "message_id" not in params:
        raise BadRequest("message identifier is not specified")
    stored = find_message(chat, params.integer("message_id"), "edit")
    if not stored.from_bot or stored.has_reply_keyboard:
        raise BadRequest("message can't be edited")
    return chat, stored


def _edited_keyboard(params: Params) -> Json:
    markup = validation.reply_markup(params)
    if markup and "inline_keyboard" not in markup:
        raise BadRequest("inline keyboard expected")
    return {"reply_markup": markup} if markup else {}


def _edit(chat: BaseChat, stored: StoredMessage, content: Json) -> Json:
    """Replace what a message says; Telegram refuses an edit that changes nothing."""
    fixed = ("text", "entities", "link_preview_options", "reply_markup", "edit_date")
    kept = {key: value for key, value in stored.body.items() if key not in fixed}
    compared = ("text", "entities", "reply_markup")
    if all(stored.body.get(key) == content.get(key) for key in compared):
        raise BadRequest(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    body = {**kept, **content, "edit_date": int(time.time())}
    chat.require_open()
    chat.replace(stored, body)
    return body


def _edit_message_text(telegram: Telegram, params: Params) -> Json:
    content = _text_content(params) | _edited_keyboard(params)
    chat, stored = _editable(telegram, params)
    if "text" not in stored.body:
        raise BadRequest("there is no text in the message to edit")
    return _edit(chat, stored, content)


def _edit_message_reply_markup(telegram: Telegram, params: Params) -> Json:
    keyboard = _edited_keyboard(params)
    chat, stored = _editable(telegram, params)
    kept = {key: stored.body[key] for key in ("text", "entities") if key in stored.body}
    return _edit(chat, stored, kept | keyboard)


def _delete_message(telegram: Telegram, params: Params) -> bool:
    chat = telegram.chat_named_in(params)
    message_id = params.integer("message_id")
    if not chat.is_deletable(find_message(chat, message_id, "delete")):
        raise BadRequest("message can't be deleted for everyone")
    chat.delete([message_id])
    return True


def _delete_messages(telegram: Telegram, params: Params) -> bool:
    """Delete many at once: unknown ones are skipped, one that is too old fails the whole call."""
    chat = telegram.chat_named_in(params)
    given = params.integers("message_ids")
    if not given:
        raise BadRequest("message identifiers are not specified")
    if len(given) > BulkRequestLimit.MAX_LIMIT:
        raise BadRequest("too many message identifiers specified")
    found = [message_id for message_id in dict.fromkeys(given) if message_id in chat.messages]
    if not all(chat.is_deletable(chat.messages[message_id]) for message_id in found):
        raise BadRequest("message can't be deleted for everyone")
    if found:
        chat.delete(found)
    return True


def _answer_callback_query(telegram: Telegram, params: Params) -> bool:
    query_id = params.text("callback_query_id")
    answer = validation.callback_answer(params)
    for chat in telegram.chats.values():
        query = chat.queries.get(query_id)
        if query and query.answer is None and time.time() - query.asked_at < QUERY_SECONDS:
            chat.answer(query, answer)
            return True
    raise BadRequest("query is too old and response timeout expired or query ID is invalid")


def _send_chat_action(telegram: Telegram, params: Params) -> bool:
    chat = telegram.chat_named_in(params)
    action = params.text("action")
    if action not in list(ChatAction):
        raise BadRequest("wrong parameter action in request")
    chat.require_open()
    chat.actions.append(action)
    chat.announce({"type": "action", "action": action})
    return True


METHODS = {
    "sendMessage": _send_message,
    "sendContact": _send_contact,
    "sendLocation": _send_location,
    "sendVenue": _send_venue,
    "sendDocument": _send_document,
    "sendPhoto": _send_photo,
    "editMessageText": _edit_message_text,
    "editMessageReplyMarkup": _edit_message_reply_markup,
    "deleteMessage": _delete_message,
    "deleteMessages": _delete_messages,
    "answerCallbackQuery": _answer_callback_query,
    "sendChatAction": _send_chat_action,
}
