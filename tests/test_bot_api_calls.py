"""Every call that the bot makes in any test is held against Telegram's own description of the Bot API."""

import json
from typing import Any

import pytest
from telegram import Bot
from telegram.constants import (
    BotCommandLimit,
    BotDescriptionLimit,
    BulkRequestLimit,
    CallbackQueryLimit,
    ForumTopicLimit,
    InlineKeyboardButtonLimit,
    MessageLimit,
)

from bot.sandbox.client import Sandbox
from bot.sandbox.params import Upload
from bot.sandbox.server import running
from tests.bot_api.checker import problems, schema

PDF = Upload("result.pdf", "application/pdf", b"%PDF")
TEXT = {"chat_id": "1", "text": "salom"}


def button(**fields: Any) -> str:
    """A keyboard with one button, as it stands in a form."""
    return json.dumps({"inline_keyboard": [[{"text": "Menu", **fields}]]})


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("getMe", {}),
        ("sendMessage", {**TEXT, "parse_mode": "HTML", "reply_markup": button(callback_data="menu")}),
        ("SENDMESSAGE", {"chat_id": 1, "text": "salom", "reply_markup": json.loads(button(url="https://iom.int"))}),
        ("sendMessage", {**TEXT, "text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}),
        ("sendMessage", {**TEXT, "reply_markup": '{"keyboard": [[{"text": "SOS"}]], "is_persistent": true}'}),
        ("sendMessage", {**TEXT, "reply_markup": '{"remove_keyboard": true}', "message_thread_id": ""}),
        ("sendDocument", {"chat_id": "@channel", "document": PDF}),
        ("sendDocument", {"chat_id": "1", "document": "attach://file0", "file0": PDF}),
        ("setChatPhoto", {"chat_id": "1", "photo": "attach://file0", "file0": PDF}),
        ("sendVenue", {"chat_id": "1", "latitude": "43.2", "longitude": "77", "title": "x", "address": "y"}),
        ("editMessageText", {"inline_message_id": "x", "text": "x"}),
        ("setMyCommands", {"commands": "[]", "scope": '{"type": "chat", "chat_id": 1}'}),
        ("getUpdates", {"allowed_updates": '["message"]', "timeout": "10"}),
    ],
)
def test_right_calls_pass(method: str, values: dict[str, Any]) -> None:
    assert problems(method, values) == []


@pytest.mark.parametrize(
    ("method", "values", "said"),
    [
        ("sendFlowers", {}, "sendFlowers: there is no such method"),
        ("sendMessage", {**TEXT, "reply_to": "1"}, "sendMessage.reply_to: is not known"),
        ("sendMessage", {"chat_id": "1", "text": ""}, "sendMessage.text: is missing"),
        ("editMessageText", {"text": "x", "chat_id": "1"}, "editMessageText.message_id: is missing"),
        ("sendMessage", {**TEXT, "message_thread_id": "x"}, "sendMessage.message_thread_id: Integer was expected: 'x'"),
        ("sendMessage", {**TEXT, "protect_content": "1"}, "sendMessage.protect_content: Boolean was expected: 1"),
        ("sendMessage", {"chat_id": True, "text": "x"}, "sendMessage.chat_id: Integer or String was expected: True"),
        ("sendVenue", {"latitude": "north"}, "sendVenue.latitude: Float was expected: 'north'"),
        ("sendDocument", {"chat_id": "1", "document": PDF, "file0": PDF}, "sendDocument.file0: is not known"),
        ("setChatPhoto", {"chat_id": "1", "photo": "x"}, "setChatPhoto.photo: InputFile was expected: 'x'"),
        ("deleteMessages", {"message_ids": "[1, [2]]"}, "deleteMessages.message_ids[1]: Integer was expected: [2]"),
        ("deleteMessages", {"message_ids": "[]"}, "deleteMessages.message_ids: 0 items, where 1 to 100 are allowed"),
        ("sendMessage", {**TEXT, "reply_markup": "{"}, "sendMessage.reply_markup: InlineKeyboardMarkup or"),
        ("sendMessage", {**TEXT, "reply_markup": "{}"}, "sendMessage.reply_markup.inline_keyboard: is missing"),
        (
            "sendMessage",
            {**TEXT, "reply_markup": button(callback_data="ҳ" * 33)},
            "reply_markup.inline_keyboard[0][0].callback_data: 66 bytes, where 1 to 64 are allowed",
        ),
        (
            "sendMessage",
            {**TEXT, "reply_markup": button(callback="menu")},
            "reply_markup.inline_keyboard[0][0].callback: is not known",
        ),
        (
            "sendMessage",
            {**TEXT, "reply_markup": json.dumps({"inline_keyboard": [[{"text": ""}]]})},
            "reply_markup.inline_keyboard[0][0].text: is missing",
        ),
        (
            "sendMessage",
            {**TEXT, "reply_markup": json.dumps({"inline_keyboard": [[{"text": "x"}] * 5] * 21})},
            "reply_markup: 105 buttons, where 100 are allowed",
        ),
        (
            "sendMessage",
            {**TEXT, "reply_markup": json.dumps({"inline_keyboard": [[{"text": "x"}] * 9]})},
            "reply_markup: 9 buttons in a row, where 8 are allowed",
        ),
        (
            "sendMessage",
            {**TEXT, "text": "<b>" + "x" * 4097 + "</b>", "parse_mode": "HTML"},
            "sendMessage.text: 4097 characters, where 1 to 4096 are allowed",
        ),
        ("sendMessage", {**TEXT, "text": "<b>x", "parse_mode": "HTML"}, "sendMessage.text: "),
        (
            "sendMessage",
            {**TEXT, "text": "<b> </b>", "parse_mode": "HTML"},
            "sendMessage.text: 0 characters, where 1 to 4096 are allowed",
        ),
        (
            "sendPhoto",
            {"chat_id": "1", "photo": "id", "caption": "x" * 1025},
            "sendPhoto.caption: 1025 characters, where 0 to 1024 are allowed",
        ),
        (
            "setMyCommands",
            {"commands": '[{"command": "sos"}]', "scope": '{"type": "chat"}'},
            "setMyCommands.commands[0].description: is missing",
        ),
        (
            "setMyCommands",
            {"commands": "[]", "scope": '{"type": "chats", "chat_id": 1}'},
            "setMyCommands.scope.type: 'chat' was expected: 'chats'",
        ),
    ],
)
def test_wrong_calls_are_named_with_their_place(method: str, values: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(method, values)), problems(method, values)


@pytest.mark.parametrize(
    ("where", "limits"),
    [
        (("methods", "sendMessage", "text"), [MessageLimit.MIN_TEXT_LENGTH, MessageLimit.MAX_TEXT_LENGTH]),
        (("methods", "editMessageText", "text"), [MessageLimit.MIN_TEXT_LENGTH, MessageLimit.MAX_TEXT_LENGTH]),
        (("methods", "sendDocument", "caption"), [0, MessageLimit.CAPTION_LENGTH]),
        (("methods", "answerCallbackQuery", "text"), [0, CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH]),
        (("methods", "deleteMessages", "message_ids"), [BulkRequestLimit.MIN_LIMIT, BulkRequestLimit.MAX_LIMIT]),
        (("methods", "createForumTopic", "name"), [ForumTopicLimit.MIN_NAME_LENGTH, ForumTopicLimit.MAX_NAME_LENGTH]),
        (("methods", "setMyCommands", "commands"), [0, BotCommandLimit.MAX_COMMAND_NUMBER]),
        (("methods", "setMyDescription", "description"), [0, BotDescriptionLimit.MAX_DESCRIPTION_LENGTH]),
        (
            ("methods", "setMyShortDescription", "short_description"),
            [0, BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH],
        ),
        (("types", "BotCommand", "command"), [BotCommandLimit.MIN_COMMAND, BotCommandLimit.MAX_COMMAND]),
        (("types", "BotCommand", "description"), [BotCommandLimit.MIN_DESCRIPTION, BotCommandLimit.MAX_DESCRIPTION]),
        (
            ("types", "InlineKeyboardButton", "callback_data"),
            [InlineKeyboardButtonLimit.MIN_CALLBACK_DATA, InlineKeyboardButtonLimit.MAX_CALLBACK_DATA],
        ),
    ],
)
def test_lengths_are_those_that_python_telegram_bot_knows(where: tuple[str, str, str], limits: list[int]) -> None:
    kind, name, field = where
    assert schema()[kind][name][field]["length"] == limits


@pytest.mark.wrong_calls
async def test_every_call_to_any_sandbox_is_seen(wrong_calls: list[str]) -> None:
    async with running("1:x") as url, Sandbox(url) as sandbox, Bot("1:x", base_url=f"{url}/bot") as bot:
        person = await sandbox.user("Ali")
        await person.send("/start")
        await bot.send_message(person.id, "salom", api_kwargs={"colour": "red"})
    assert wrong_calls == ["sendMessage.colour: is not known"]
