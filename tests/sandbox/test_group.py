"""The staff's group: what the Bot API accepts and refuses there, and what its members can do."""

import httpx
import pytest
from telegram import Bot, ReplyParameters
from telegram.error import BadRequest, Forbidden

from bot.sandbox.client import Sandbox, SandboxError, SandboxUser
from bot.sandbox.group import GROUP_ID
from bot.sandbox.group_client import SandboxGroup

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBUserWarning")


@pytest.fixture
async def staff(sandbox: Sandbox) -> SandboxGroup:
    return await SandboxGroup.of(sandbox)


async def test_the_group_says_whether_it_has_topics(bot: Bot, sandbox: Sandbox, user: SandboxUser) -> None:
    await SandboxGroup.of(sandbox, is_forum=True)
    group = await bot.get_chat(GROUP_ID)
    assert (group.id, group.type, group.is_forum) == (GROUP_ID, "supergroup", True)
    await SandboxGroup.of(sandbox, is_forum=False)
    assert not (await bot.get_chat(GROUP_ID)).is_forum
    with pytest.raises(BadRequest, match="not a forum"):
        await bot.create_forum_topic(GROUP_ID, "x")
    private = await bot.get_chat(user.id)
    assert (private.type, private.first_name) == ("private", "Gulnora")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(-1)


@pytest.mark.wrong_calls
async def test_topics_are_opened_and_closed_once(bot: Bot, staff: SandboxGroup) -> None:
    topic = await bot.create_forum_topic(GROUP_ID, "K7Q2 · Тоҷикӣ")
    sent = await bot.send_message(GROUP_ID, "салом", message_thread_id=topic.message_thread_id)
    assert (sent.message_thread_id, sent.is_topic_message, sent.chat.is_forum) == (topic.message_thread_id, True, True)
    assert await bot.close_forum_topic(GROUP_ID, topic.message_thread_id)
    await staff.refresh()
    [shown] = staff.topics
    assert (shown.id, shown.name, shown.closed) == (topic.message_thread_id, "K7Q2 · Тоҷикӣ", True)
    assert [message.text for message in staff.in_topic(shown.id)] == ["салом"]
    with pytest.raises(BadRequest, match=r"(?i)topic_not_modified"):
        await bot.close_forum_topic(GROUP_ID, topic.message_thread_id)
    with pytest.raises(BadRequest, match=r"(?i)topic_id_invalid"):
        await bot.close_forum_topic(GROUP_ID, 10_000)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(GROUP_ID, "x", message_thread_id=10_000)
    with pytest.raises(BadRequest, match="too long"):
        await bot.create_forum_topic(GROUP_ID, "x" * 129)


async def test_only_the_group_has_topics(bot: Bot, user: SandboxUser) -> None:
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(user.id, "x", message_thread_id=1)
    with pytest.raises(BadRequest, match="not a forum"):
        await bot.create_forum_topic(user.id, "x")


async def test_a_copy_says_nothing_about_where_it_came_from(bot: Bot, user: SandboxUser, staff: SandboxGroup) -> None:
    topic = (await bot.create_forum_topic(GROUP_ID, "K7Q2")).message_thread_id
    await user.attach("photo", "шартнома")
    await user.send("салом")
    await user.refresh()
    for message in user.messages[1:]:
        await bot.copy_message(GROUP_ID, user.id, message.id, message_thread_id=topic)
    await staff.refresh()
    photo, text = staff.in_topic(topic)
    assert (photo.text, text.text) == ("шартнома", "салом")
    assert photo.raw["photo"]
    assert photo.from_bot
    assert "Gulnora" not in str([photo.raw, text.raw])

    await staff.write("ҷавоб", topic=topic)
    await staff.refresh()
    copied = await bot.copy_message(user.id, GROUP_ID, staff.messages[-1].id)
    [answer] = await user.wait_for_messages()
    assert (answer.id, answer.text, answer.from_bot) == (copied.message_id, "ҷавоб", True)
    assert not answer.raw.keys() & {"message_thread_id", "is_topic_message", "reply_to_message"}


async def test_copies_telegram_refuses(bot: Bot, user: SandboxUser, staff: SandboxGroup) -> None:
    topic = (await bot.create_forum_topic(GROUP_ID, "K7Q2")).message_thread_id
    with pytest.raises(BadRequest, match="can't be copied"):
        await bot.copy_message(user.id, GROUP_ID, topic)
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(user.id, GROUP_ID, 10_000)
    await user.refresh()
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.copy_message(GROUP_ID, user.id, user.messages[0].id, reply_parameters=ReplyParameters(10_000))
    secret = await bot.send_message(user.id, "x", protect_content=True)
    with pytest.raises(BadRequest, match="can't be copied"):
        await bot.copy_message(GROUP_ID, user.id, secret.message_id)
    await user.block()
    with pytest.raises(Forbidden):
        await bot.copy_message(user.id, user.id, user.messages[0].id)


async def test_what_members_write_reaches_the_bot(bot: Bot, staff: SandboxGroup) -> None:
    topic = (await bot.create_forum_topic(GROUP_ID, "K7Q2")).message_thread_id
    await staff.write("to all")
    await staff.write("/close", topic=topic, name="Aida")
    await staff.close_topic(topic)
    general, command, closed = [update.message for update in await bot.get_updates()]
    assert (general.chat.id, general.is_topic_message) == (GROUP_ID, None)
    assert (command.text, command.message_thread_id, command.is_topic_message) == ("/close", topic, True)
    assert command.from_user.first_name == "Aida"
    assert command.reply_to_message.forum_topic_created.name == "K7Q2"
    assert closed.forum_topic_closed
    await staff.refresh()
    await staff.write("why?", reply_to=staff.messages[1].id)
    assert (await bot.get_updates())[-1].message.reply_to_message.text == "to all"


async def test_what_members_cannot_do(bot: Bot, staff: SandboxGroup, http: httpx.AsyncClient) -> None:
    with pytest.raises(SandboxError, match="no topic 7"):
        await staff.write("x", topic=7)
    with pytest.raises(SandboxError, match="no message 7"):
        await staff.write("x", reply_to=7)
    with pytest.raises(SandboxError, match="empty"):
        await staff.write(" ")
    assert (await http.get("/sandbox/api/group", headers={"Host": "evil.example"})).status_code == 403


async def test_deleted_topics_are_gone(bot: Bot, staff: SandboxGroup) -> None:
    topic = (await bot.create_forum_topic(GROUP_ID, "K7Q2")).message_thread_id
    await staff.lose_topic(topic)
    await staff.refresh()
    assert staff.topics == []
    assert staff.messages == []
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(GROUP_ID, "x", message_thread_id=topic)
