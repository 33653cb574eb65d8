"""What the Bot API accepts and refuses, seen by a real python-telegram-bot Bot."""

from io import BytesIO

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonDefault,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.constants import ChatAction, MessageLimit, ParseMode
from telegram.error import BadRequest, InvalidToken

from bot.sandbox.client import Sandbox, SandboxUser

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")


def keyboard(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(rows)


def button(text: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=data)


async def next_updates(bot: Bot, offset: int | None = None) -> list[Update]:
    return list(await bot.get_updates(offset=offset, timeout=2))


async def test_me(bot: Bot) -> None:
    me = await bot.get_me()
    assert me.is_bot
    assert me.id == 123456
    assert me.username == "musafir_sandbox_bot"


@pytest.mark.wrong_calls
async def test_wrong_token_and_unknown_method(http: httpx.AsyncClient, address: str, token: str) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("123456:wrong", base_url=f"{address}/bot"):
            pass
    wrong = await http.get(f"{address}/botnonsense/getMe")
    unknown = await http.get(f"{address}/bot{token}/sendFlowers")
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    assert unknown.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_parameters_come_as_query_form_or_json(
    http: httpx.AsyncClient, address: str, token: str, user: SandboxUser
) -> None:
    url = f"{address}/bot{token}/SENDMESSAGE"
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    await http.get(url, params={"chat_id": user.id, "text": "query"})
    await http.post(url, data={"chat_id": str(user.id), "text": "form"})
    await http.post(url, json={"chat_id": user.id, "text": "json", "reply_markup": markup})
    broken = await http.post(url, content=b"{", headers={"content-type": "application/json"})
    messages = await user.wait_for_messages(3)
    assert [message.text for message in messages] == ["query", "form", "json"]
    assert messages[2].button_texts == ["a"]
    assert broken.status_code == 400


async def test_html_reaches_the_chat_as_entities(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_message(
        user.id,
        "<b>Маош</b> 🏠 <a href='https://iom.int'>IOM</a> +992 44 600 11 22",
        parse_mode=ParseMode.HTML,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text == "Маош 🏠 IOM +992 44 600 11 22"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [
        (MessageEntity.BOLD, 0, 4),
        (MessageEntity.TEXT_LINK, 8, 3),
        (MessageEntity.PHONE_NUMBER, 12, 17),
    ]
    [message] = await user.wait_for_messages()
    assert message.html == '<b>Маош</b> 🏠 <a href="https://iom.int/">IOM</a> +992 44 600 11 22'


@pytest.mark.wrong_calls
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Message text is empty"),
        (" \n ", "Text must be non-empty"),
        ("<b> </b>", "Text must be non-empty"),
        ("ҳ" * 4097, "Message is too long"),
        ("<b>x", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("5 < 6", 'Can\'t parse entities: unsupported start tag "" at byte offset 2'),
    ],
)
async def test_texts_telegram_refuses(bot: Bot, user: SandboxUser, text: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(user.id, text, parse_mode=ParseMode.HTML)
    assert refusal.value.message.lower() == reason.lower()
    await user.refresh()
    assert [message.text for message in user.messages] == ["/start"]


async def test_the_limit_counts_characters_after_parsing(bot: Bot, user: SandboxUser) -> None:
    longest = "😀" * MessageLimit.MAX_TEXT_LENGTH
    sent = await bot.send_message(user.id, f"<b>{longest}</b>", parse_mode=ParseMode.HTML)
    assert sent.text == longest


async def test_only_html_is_understood(bot: Bot, user: SandboxUser) -> None:
    with pytest.raises(BadRequest, match="parse_mode"):
        await bot.send_message(user.id, "*x*", parse_mode=ParseMode.MARKDOWN_V2)


async def test_entities_of_the_bot_must_lie_within_the_text(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_message(user.id, "салом", entities=[MessageEntity("bold", 0, 5)])
    assert sent.entities[0].type == "bold"
    with pytest.raises(BadRequest, match="ends after the end of the text"):
        await bot.send_message(user.id, "салом", entities=[MessageEntity("bold", 0, 6)])


@pytest.mark.wrong_calls
@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (keyboard([button("a", "x" * 65)]), "button_data_invalid"),
        (keyboard([button("a", "ҳ" * 33)]), "button_data_invalid"),
        (keyboard([button("a", "")]), "text buttons are unallowed in the inline keyboard"),
        (keyboard([button("", "x")]), 'can\'t find field "text"'),
        (keyboard(*[[button("a", "x")] * 5] * 21), "reply markup is too long"),
        (keyboard([InlineKeyboardButton("a", url="tel:+992446001122")]), "wrong port number"),
        (keyboard([InlineKeyboardButton("a", url="http://localhost/x")]), "wrong http url"),
        (keyboard([InlineKeyboardButton("a", url="ftp://example.org")]), "unsupported url protocol"),
        (keyboard([InlineKeyboardButton("a", url="https://")]), "url host is empty"),
        (
            keyboard([InlineKeyboardButton("a", url="https://iom.int", callback_data="b")]),
            "exactly one action",
        ),
    ],
)
async def test_buttons_telegram_refuses(bot: Bot, user: SandboxUser, markup: InlineKeyboardMarkup, reason: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(user.id, "x", reply_markup=markup)
    assert reason in refusal.value.message.lower()


async def test_buttons_telegram_takes(bot: Bot, user: SandboxUser) -> None:
    await bot.send_message(
        user.id,
        "x",
        reply_markup=keyboard(
            [button("a", "ҳ" * 32), InlineKeyboardButton("b", url="https://iom.int/x?y#z")],
            [InlineKeyboardButton("c", url="tg://resolve?domain=x")],
            [InlineKeyboardButton("d", copy_text=CopyTextButton("1"))],
            [InlineKeyboardButton("e", switch_inline_query="")],
            [],
        ),
    )
    [message] = await user.wait_for_messages()
    assert [len(row) for row in message.buttons] == [2, 1, 1, 1]
    assert message.buttons[0][1].url == "https://iom.int/x?y#z"


async def test_only_who_started_the_bot_can_be_written_to(bot: Bot, sandbox: Sandbox) -> None:
    stranger = await sandbox.user("Stranger")
    for chat_id in (stranger.id, 1, "@channel"):
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(chat_id, "x")


@pytest.mark.wrong_calls
async def test_callback_queries_are_answered_once_and_in_time(bot: Bot, user: SandboxUser) -> None:
    await bot.send_message(user.id, "?", reply_markup=keyboard([button("Ҳа", "yes"), button("Не", "no")]))
    await user.press("Ҳа")
    await user.press("no")
    await user.press("yes")
    queries = [u.callback_query for u in await next_updates(bot) if u.callback_query]
    assert [query.data for query in queries] == ["yes", "no", "yes"]
    assert queries[0].message.text == "?"
    await bot.answer_callback_query(queries[0].id, "Хуб", show_alert=True)
    assert await user.wait_for_answers(timeout=0.05) == ["no", "yes"]
    [answer] = user.callback_answers
    assert (answer.data, answer.text, answer.show_alert) == ("yes", "Хуб", True)

    too_old = "Query is too old and response timeout expired or query id is invalid"
    await user.let_time_pass(hours=1)
    for query_id in (queries[0].id, queries[1].id, "1"):
        with pytest.raises(BadRequest, match=too_old):
            await bot.answer_callback_query(query_id)
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(queries[2].id, "x" * 201)


async def test_messages_are_edited(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_message(user.id, "1", reply_markup=keyboard([button("a", "a")]))
    edited = await bot.edit_message_text(
        "<b>2</b>", user.id, sent.message_id, parse_mode="HTML", reply_markup=keyboard([button("b", "b")])
    )
    assert edited.text_html == "<b>2</b>"
    await bot.edit_message_reply_markup(user.id, sent.message_id)
    [message] = await user.wait_for_changes()
    assert message.edited
    assert (message.text, message.buttons) == ("2", [])


async def test_edits_telegram_refuses(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_message(user.id, "<b>1</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("<strong> 1 </strong>", user.id, sent.message_id, parse_mode="HTML")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(user.id, sent.message_id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("2", user.id, 10_000)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("2", user.id, user.messages[0].id if user.messages else 1)
    card = await bot.send_contact(user.id, "+99900000000", "Хатти боварӣ")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("2", user.id, card.message_id)
    menu = await bot.send_message(user.id, "menu", reply_markup=ReplyKeyboardMarkup([["a"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("2", user.id, menu.message_id)


async def test_messages_are_deleted(bot: Bot, user: SandboxUser) -> None:
    sent = [await bot.send_message(user.id, text) for text in "abc"]
    await bot.delete_message(user.id, sent[0].message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(user.id, sent[0].message_id)
    await bot.delete_messages(user.id, [message.message_id for message in sent[:2]])
    await user.refresh()
    assert [message.text for message in user.messages] == ["/start", "c"]
    assert user.deleted == [sent[0].message_id, sent[1].message_id]
    await bot.delete_message(user.id, user.messages[0].id)


async def test_old_messages_stay(bot: Bot, user: SandboxUser) -> None:
    old = await bot.send_message(user.id, "old")
    await user.let_time_pass(hours=49)
    new = await bot.send_message(user.id, "new")
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(user.id, old.message_id)
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_messages(user.id, [new.message_id, old.message_id])
    assert await bot.delete_message(user.id, new.message_id)


async def test_replies_quote_their_message(bot: Bot, user: SandboxUser) -> None:
    first = await bot.send_message(user.id, "first")
    reply = await bot.send_message(user.id, "second", reply_to_message_id=first.message_id)
    assert reply.reply_to_message.text == "first"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(user.id, "third", reply_to_message_id=10_000)


@pytest.mark.wrong_calls
async def test_cards_for_contacts_and_places(bot: Bot, user: SandboxUser) -> None:
    await bot.send_contact(user.id, "+99900000000", "Хатти боварӣ", last_name="24/7")
    await bot.send_venue(user.id, 38.56, 68.77, "Дафтар", "кӯчаи Рӯдакӣ 1")
    await bot.send_location(user.id, 38.56, 68.77)
    contact, venue, location = await user.wait_for_messages(3)
    assert contact.contact == {
        "phone_number": "+99900000000",
        "first_name": "Хатти боварӣ",
        "last_name": "24/7",
    }
    assert venue.venue is not None
    assert venue.venue["address"] == "кӯчаи Рӯдакӣ 1"
    assert location.location == {"latitude": 38.56, "longitude": 68.77}
    with pytest.raises(BadRequest, match="Vcard is too long"):
        await bot.send_contact(user.id, "+99900000000", "x", vcard="x" * 2049)
    with pytest.raises(BadRequest, match="Wrong latitude/longitude"):
        await bot.send_venue(user.id, 138, 68, "x", "y")


@pytest.mark.wrong_calls
async def test_files_can_be_sent_again_and_fetched(bot: Bot, user: SandboxUser) -> None:
    sent = await bot.send_document(
        user.id, BytesIO(b"a,b\n"), filename="рӯйхат.csv", caption="<b>x</b>", parse_mode="HTML"
    )
    assert (sent.document.file_name, sent.caption_html) == ("рӯйхат.csv", "<b>x</b>")
    again = await bot.send_document(user.id, sent.document.file_id)
    fetched = await (await bot.get_file(again.document.file_id)).download_as_bytearray()
    assert fetched == b"a,b\n"
    picture = await bot.send_photo(user.id, b"\x89PNG", caption="x" * 1024)
    assert picture.photo[-1].file_size == 4
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(user.id, b"\x89PNG", caption="x" * 1025)
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_document(user.id, "https://example.org/x.pdf")
    with pytest.raises(BadRequest, match="Wrong file_id"):
        await bot.get_file("unknown")


@pytest.mark.wrong_calls
async def test_reply_keyboards(bot: Bot, user: SandboxUser) -> None:
    rows = [["Ҳуқуқҳо"], [KeyboardButton("Рақами ман", request_contact=True)]]
    await bot.send_message(user.id, "menu", reply_markup=ReplyKeyboardMarkup(rows))
    await user.press("Ҳуқуқҳо")
    await user.press("Рақами ман")
    assert user.reply_keyboard == [["Ҳуқуқҳо"], ["Рақами ман"]]
    _, pressed, shared = [update.message for update in await next_updates(bot)]
    assert pressed.text == "Ҳуқуқҳо"
    assert shared.contact.user_id == user.id
    await bot.send_message(user.id, "gone", reply_markup=ReplyKeyboardRemove())
    await user.refresh()
    assert user.reply_keyboard == []
    with pytest.raises(BadRequest, match=r"(?i)input_field_placeholder_invalid"):
        await bot.send_message(user.id, "?", reply_markup=ForceReply(input_field_placeholder="x" * 65))


async def test_chat_actions(bot: Bot, user: SandboxUser) -> None:
    await bot.send_chat_action(user.id, ChatAction.TYPING)
    await user.refresh()
    assert user.actions == ["typing"]
    with pytest.raises(BadRequest, match="Wrong parameter action"):
        await bot.send_chat_action(user.id, "thinking")


async def test_the_profile_is_seen_in_each_language(bot: Bot, sandbox: Sandbox, user: SandboxUser) -> None:
    await bot.set_my_commands([BotCommand("help", "Help")])
    await bot.set_my_commands([BotCommand("help", "Ёрӣ")], language_code="tg")
    await bot.set_my_description("Your rights")
    await bot.set_my_description("Ҳуқуқҳои шумо", language_code="tg")
    await bot.set_my_short_description("short")
    await bot.set_my_name("Musafir test")
    await user.refresh()
    assert (user.commands, user.description) == ({"help": "Ёрӣ"}, "Ҳуқуқҳои шумо")
    english = await sandbox.user("Ann", language_code="en")
    assert (english.commands, english.description) == ({"help": "Help"}, "Your rights")
    await bot.set_my_commands([BotCommand("stats", "x")], scope=BotCommandScopeChat(user.id))
    await user.refresh()
    assert user.commands == {"stats": "x"}
    await bot.delete_my_commands(scope=BotCommandScopeChat(user.id))
    assert [c.description for c in await bot.get_my_commands(language_code="tg")] == ["Ёрӣ"]
    assert (await bot.get_my_description("ru")).description == "Your rights"
    assert (await bot.get_my_short_description()).short_description == "short"
    assert (await bot.get_me()).first_name == (await bot.get_my_name()).name == "Musafir test"
    assert await bot.set_chat_menu_button(menu_button=MenuButtonDefault())


@pytest.mark.wrong_calls
@pytest.mark.parametrize("command", ["Help", "помощь", "x" * 33, "a-b"])
async def test_commands_telegram_refuses(bot: Bot, command: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([(command, "x")])
