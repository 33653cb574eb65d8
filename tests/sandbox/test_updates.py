"""How updates reach the bot: polling, webhook, faults, and the life of the server."""

import asyncio
import time

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.sandbox.client import Sandbox, SandboxUser
from bot.sandbox.server import running, serve

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")


Context = ContextTypes.DEFAULT_TYPE


async def next_updates(bot: Bot, offset: int | None = None) -> list[Update]:
    return list(await bot.get_updates(offset=offset, timeout=2))


async def test_who_blocked_the_bot_is_left_alone(bot: Bot, user: SandboxUser) -> None:
    [start] = await next_updates(bot)
    await user.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(user.id, "x")
    await user.send("/start")
    await bot.send_message(user.id, "again")
    kinds = await next_updates(bot, start.update_id + 1)
    assert [update.my_chat_member.new_chat_member.status for update in kinds if update.my_chat_member] == [
        "kicked",
        "member",
    ]


async def test_updates_come_until_they_are_confirmed(bot: Bot, user: SandboxUser) -> None:
    await user.send("салом")
    first, second = await next_updates(bot)
    assert first.message.text == "/start"
    assert first.message.entities[0].type == "bot_command"
    assert first.effective_user.language_code == "tg"
    assert second.update_id == first.update_id + 1
    assert [u.update_id for u in await next_updates(bot)] == [first.update_id, second.update_id]
    assert [u.update_id for u in await next_updates(bot, second.update_id)] == [second.update_id]
    assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == ()


async def test_a_negative_offset_keeps_the_last_updates(bot: Bot, user: SandboxUser) -> None:
    for text in "abc":
        await user.send(text)
    assert [u.message.text for u in await next_updates(bot, -2)] == ["b", "c"]
    assert [u.message.text for u in await bot.get_updates(limit=1)] == ["b"]


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, user: SandboxUser) -> None:
    [start] = await next_updates(bot)
    poll = asyncio.create_task(bot.get_updates(offset=start.update_id + 1, timeout=5))
    await asyncio.sleep(0.05)
    before = time.monotonic()
    await user.send("салом")
    [update] = await poll
    assert update.message.text == "салом"
    assert time.monotonic() - before < 1


async def test_a_second_poller_ends_the_first(bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.05)
    await bot.get_updates(timeout=0)
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_only_allowed_updates_come(bot: Bot, user: SandboxUser) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["edited_message"], timeout=0)
    await bot.get_updates(offset=10**15, timeout=0)
    await user.refresh()
    await user.edit(user.messages[0].id, "/begin")
    [update] = await bot.get_updates(timeout=1)
    assert update.edited_message.text == "/begin"
    assert update.edited_message.edit_date


async def test_attachments_of_people_are_files(bot: Bot, user: SandboxUser) -> None:
    await user.attach("photo", caption="ин")
    await user.attach("voice")
    await user.attach("sticker")
    _, photo, voice, sticker = [update.message for update in await next_updates(bot)]
    assert photo.caption == "ин"
    assert (await (await photo.photo[-1].get_file()).download_as_bytearray()).startswith(b"\x89PNG")
    assert voice.voice.duration
    assert sticker.sticker.emoji


async def test_faults_strike_as_often_as_asked(bot: Bot, sandbox: Sandbox, user: SandboxUser) -> None:
    await sandbox.fault("sendMessage", times=2, error_code=429, retry_after=1)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(user.id, "x")
    await bot.send_message(user.id, "x")
    await sandbox.fault("*", error_code=500)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(user.id, "x")
    await sandbox.fault("sendMessage", delay=0.2)
    with pytest.raises(TimedOut):
        await bot.send_message(user.id, "x", read_timeout=0.05)
    await sandbox.fault("sendMessage", error_code=500)
    await sandbox.clear_faults()
    await bot.send_message(user.id, "x")
    assert [refusal["error_code"] for refusal in await sandbox.refusals()] == [429, 429, 500]


async def test_updates_are_delivered_to_a_webhook(bot: Bot, user: SandboxUser) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()
    answers = iter([b"503 Service Unavailable", b"200 OK"])

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await received.put(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 " + next(answers) + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as receiver:
        port = receiver.sockets[0].getsockname()[1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="secret")
        with pytest.raises(Conflict, match="while webhook is active"):
            await bot.get_updates()
        async with asyncio.timeout(3):
            refused, accepted = await received.get(), await received.get()
        assert b"x-telegram-bot-api-secret-token: secret" in refused.lower()
        assert refused.endswith(accepted[-20:])
        info = await bot.get_webhook_info()
        assert (info.last_error_message or "").endswith("503 Service Unavailable")
        await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    with pytest.raises(BadRequest, match="Bad webhook"):
        await bot.set_webhook("ftp://example.org")


async def test_log_out_and_close(bot: Bot) -> None:
    assert await bot.close()
    assert await bot.log_out()


async def test_an_occupied_port_is_reported(token: str) -> None:
    async with running(token) as address:
        port = int(address.rsplit(":", 1)[1])
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port} .* choose another port"):
            await serve("127.0.0.1", port, token)


async def test_stopping_ends_the_polls_of_the_bot(http: httpx.AsyncClient, token: str) -> None:
    async with running(token) as address:
        poll = asyncio.create_task(http.get(f"{address}/bot{token}/getUpdates?timeout=30"))
        await asyncio.sleep(0.05)
        before = time.monotonic()
    assert time.monotonic() - before < 1
    assert (await poll).json() == {"ok": True, "result": []}


def test_a_token_must_look_like_one() -> None:
    with pytest.raises(ValueError, match="123456:ABC"):
        asyncio.run(serve("127.0.0.1", 0, "nonsense"))


async def test_a_real_application_talks_to_a_person(address: str, token: str, sandbox: Sandbox) -> None:
    async def start(update: Update, context: Context) -> None:
        choice = InlineKeyboardMarkup([[InlineKeyboardButton("Ҳа", callback_data="yes")]])
        await update.message.reply_html(f"<b>{context.args[0]}</b>", reply_markup=choice)

    async def press(update: Update, _: Context) -> None:
        await update.callback_query.answer("Шуд")
        await update.callback_query.edit_message_text("Ташаккур")

    builder = ApplicationBuilder().token(token)
    app = builder.base_url(f"{address}/bot").base_file_url(f"{address}/file/bot").build()
    app.add_handlers([CommandHandler("start", start), CallbackQueryHandler(press)])
    user = await sandbox.user("Gulnora", language_code="tg")
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(poll_interval=0)
        await user.send("/start a-unpaid-wages")
        [question] = await user.wait_for_messages()
        await user.press("Ҳа")
        [answer] = await user.wait_for_changes()
        await app.updater.stop()
        await app.stop()
    assert question.html == "<b>a-unpaid-wages</b>"
    assert (answer.text, answer.buttons) == ("Ташаккур", [])
    assert user.callback_answers[0].text == "Шуд"
    assert user.unanswered_callbacks == []
    assert await sandbox.refusals() == []
