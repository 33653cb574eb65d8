"""What Telegram refuses: texts, captions and keyboards that are wrong, in its own words.

Limits come from `telegram.constants`, which follow the Bot API.
"""

import re
from typing import Any

from telegram.constants import (
    BotCommandLimit,
    CallbackQueryLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
    ReplyLimit,
)

from bot.sandbox.errors import BadRequest
from bot.sandbox.formatting import Formatted, checked_entities, clean, finished
from bot.sandbox.html_parser import parse_html
from bot.sandbox.links import LinkError, normalized
from bot.sandbox.params import Params

Json = dict[str, Any]

_BUTTON_ACTIONS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}
_COMMAND = re.compile(rf"/?[a-z0-9_]{{{BotCommandLimit.MIN_COMMAND.value},{BotCommandLimit.MAX_COMMAND.value}}}")
_LANGUAGE = re.compile(r"[a-z]{2}")


def _formatted(params: Params, name: str, entities_name: str) -> Formatted:
    source = clean(params.text(name))
    mode = params.text("parse_mode").lower()
    if mode not in ("", "html", "none"):
        # Telegram also knows two kinds of Markdown; this bot writes HTML, and nothing else is imitated here.
        raise BadRequest("unsupported parse_mode")
    given = params.items(entities_name)
    parsed = parse_html(source) if mode == "html" else checked_entities(source, given)
    return finished(parsed, MessageLimit.MESSAGE_ENTITIES)


def message_text(params: Params) -> Formatted:
    """Return the text of a message as the chat will show it."""
    if "text" not in params:
        raise BadRequest("message text is empty")
    formatted = _formatted(params, "text", "entities")
    if not formatted.text:
        raise BadRequest("text must be non-empty")
    if len(formatted.text) > MessageLimit.MAX_TEXT_LENGTH:
        raise BadRequest("message is too long")
    return formatted


def caption(params: Params) -> Formatted:
    """Return what stands under a file; it may be empty."""
    formatted = _formatted(params, "caption", "caption_entities")
    if len(formatted.text) > MessageLimit.CAPTION_LENGTH:
        raise BadRequest("message caption is too long")
    return formatted


def reply_markup(params: Params) -> Json:
    """Return the keyboard of a message, checked; empty if there is none."""
    markup = params.structure("reply_markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise BadRequest("object expected as reply markup")
    if "inline_keyboard" in markup:
        return inline_keyboard(markup)
    if "keyboard" in markup:
        _check_reply_keyboard(markup)
    if len(str(markup.get("input_field_placeholder", ""))) > ReplyLimit.MAX_INPUT_FIELD_PLACEHOLDER:
        raise BadRequest("INPUT_FIELD_PLACEHOLDER_INVALID")
    return markup


def inline_keyboard(markup: Json) -> Json:
    """Check the buttons under a message and return the markup without empty rows."""
    rows = [row for row in _rows(markup["inline_keyboard"], "inline keyboard") if row]
    if sum(map(len, rows)) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        raise BadRequest("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else {}


def _rows(keyboard: Any, kind: str) -> list[list[Any]]:
    if not isinstance(keyboard, list) or not all(isinstance(row, list) for row in keyboard):
        raise BadRequest(f'field "{kind.replace(" ", "_")}" must be an Array of Arrays')
    return keyboard


def _check_button(button: Any) -> None:
    prefix = "can't parse inline keyboard button:"
    if not isinstance(button, dict):
        raise BadRequest(f"{prefix} InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text:
        raise BadRequest(f'{prefix} Can\'t find field "text"')
    actions = [name for name in _BUTTON_ACTIONS & button.keys() if _is_action(name, button[name])]
    if not actions:
        raise BadRequest(f"{prefix} Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise BadRequest(f"{prefix} exactly one action must be used")
    if actions == ["callback_data"]:
        size = len(str(button["callback_data"]).encode())
        if not InlineKeyboardButtonLimit.MIN_CALLBACK_DATA <= size <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            raise BadRequest("BUTTON_DATA_INVALID")
    if actions == ["url"]:
        _check_button_url(str(button["url"]))


def _is_action(name: str, value: Any) -> bool:
    """An empty string is no action, except where it stands for an empty inline query."""
    return value not in (None, False) and (value != "" or name.startswith("switch_inline_query"))


def _check_button_url(url: str) -> None:
    try:
        normalized(url)
    except LinkError as error:
        raise BadRequest(f"inline keyboard button URL '{url}' is invalid: {error}") from None


def _check_reply_keyboard(markup: Json) -> None:
    for row in _rows(markup["keyboard"], "keyboard"):
        for button in row:
            text = button.get("text") if isinstance(button, dict) else button
            if not isinstance(text, str) or not text:
                raise BadRequest("can't parse keyboard button: text must be non-empty")


def callback_answer(params: Params) -> Json:
    """Return what the person sees after pressing a button."""
    text = params.text("text")
    if len(text) > CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH:
        raise BadRequest("MESSAGE_TOO_LONG")
    return {"text": text, "show_alert": params.flag("show_alert"), "url": params.text("url")}


def commands(params: Params) -> list[Json]:
    """Return the command list of a menu, checked."""
    given = params.items("commands")
    if len(given) > BotCommandLimit.MAX_COMMAND_NUMBER:
        raise BadRequest("BOT_COMMANDS_TOO_MUCH")
    checked = []
    for command in given:
        if not isinstance(command, dict):
            raise BadRequest("expected an Object in the array of BotCommand")
        name, description = str(command.get("command", "")), str(command.get("description", "")).strip()
        if not _COMMAND.fullmatch(name):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not BotCommandLimit.MIN_DESCRIPTION <= len(description) <= BotCommandLimit.MAX_DESCRIPTION:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
        checked.append({"command": name.removeprefix("/"), "description": description})
    return checked


def language_code(params: Params) -> str:
    """Return a two-letter language, or nothing for every language without its own."""
    code = params.text("language_code")
    if code and not _LANGUAGE.fullmatch(code):
        raise BadRequest("invalid language code specified")
    return code


def limited(params: Params, name: str, limit: int) -> str:
    text = params.text(name)
    if len(text) > limit:
        raise BadRequest(f"{name} is too long")
    return text
