"""Somebody asks for a person: what they see, what staff see, and that neither learns who the other is."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.content import Library
from bot.content.schema import Office
from bot.handlers.handover import end_silent
from bot.render.handover import hours_in_words
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Message, Sandbox
from bot.sandbox.group import GROUP_ID
from bot.sandbox.group_client import SandboxGroup
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat, World, bot_at
from tests.few_answers import few_answers
from tests.scripted_rasa import ScriptedRasa, step_answer

ALWAYS, NEVER = "24/7", "24/7 off"


@dataclass
class Desk:
    """A sandbox with a staff group; `world` is the bot that runs in it now."""

    folder: Path
    library: Library
    rasa: ScriptedRasa
    url: str
    sandbox: Sandbox
    staff: SandboxGroup
    world: World

    async def talking(self, language: str = "tg", home: str = "TJ", abroad: str = "RU") -> tuple[Chat, int]:
        """Somebody in a talk, and its topic, or in a group without topics its first message."""
        chat = await self.world.person("Zulfiya", language)
        await chat.begin(language, "abroad", home, abroad)
        await chat.press("human")
        await chat.press("human:yes")
        introduction = (await self.staff.wait_for_messages())[-1]
        return chat, introduction.raw.get("message_thread_id", introduction.id)

    def written(self) -> str:
        """Everything in the database's files."""
        return b"".join(file.read_bytes() for file in self.folder.glob("*.sqlite3*")).decode("latin-1")


@asynccontextmanager
async def open_desk(
    folder: Path, library: Library, rasa: ScriptedRasa, *, is_forum: bool = True
) -> AsyncIterator[Desk]:
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        staff = await SandboxGroup.of(sandbox, is_forum=is_forum)
        async with bot_at(url, sandbox, rasa.url, folder, library, GROUP_ID) as world:
            yield Desk(folder, library, rasa, url, sandbox, staff, world)


@pytest.fixture(scope="session")
def content_at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Library]:
    """Few answers, with staff who are always there, or never."""
    libraries = {}
    for hours in (ALWAYS, NEVER):
        folder = few_answers(tmp_path_factory.mktemp("office") / "content")
        (folder / "office.yml").write_text(f"hours: {hours}\ntimezone: Asia/Bishkek\n")
        libraries[hours] = Library(folder)
    return libraries


@pytest.fixture
async def desk(tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa) -> AsyncIterator[Desk]:
    """Staff in a group with topics, always there."""
    async with open_desk(tmp_path, content_at[ALWAYS], rasa) as desk:
        yield desk


@pytest.fixture
async def plain_desk(tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa) -> AsyncIterator[Desk]:
    """Staff in a group without topics, always there."""
    async with open_desk(tmp_path, content_at[ALWAYS], rasa, is_forum=False) as desk:
        yield desk


async def test_a_person_is_asked_before_anything_goes_to_staff(desk: Desk, rasa: ScriptedRasa) -> None:
    rasa.replies["живой человек"] = [{"say": "human"}]
    chat = await desk.world.person("Zulfiya", "ru")
    [offer] = await chat.say("живой человек")
    assert "Вы хотите" in offer.text or "Хотите" in offer.text
    assert offer.button_texts == ["Да", "Нет"]
    [countries] = await chat.press("Нет")
    assert "contacts:KZ" in datas(countries)
    await desk.staff.refresh()
    assert desk.staff.topics == []


async def test_a_topic_says_what_helps_and_not_who_it_is(desk: Desk) -> None:
    chat, topic = await desk.talking()
    await chat.user.refresh()
    [begun] = [message for message in chat.user.messages if "human:end" in datas(message)]
    assert "/sos" in begun.text
    [opened] = desk.staff.topics
    code, language, route = opened.name.split(" · ")
    assert (language, route) == ("Тоҷикӣ", "TJ → RU")
    [introduction] = desk.staff.in_topic(topic)
    for known in (code, "Language: Tajik", "Tajikistan → Russia", "I am abroad now", "/close"):
        assert known in introduction.text
    assert "Zulfiya" not in str(introduction.raw)
    assert str(chat.user.id) not in str(introduction.raw)


async def test_messages_of_all_kinds_go_both_ways_without_names(desk: Desk) -> None:
    chat, topic = await desk.talking()
    await chat.user.send("Маошамро намедиҳанд")
    await chat.user.attach("photo", "ин шартнома")
    await chat.user.attach("voice")
    await chat.user.share_location(38.5, 68.7)
    await desk.staff.wait_for(lambda: len(desk.staff.in_topic(topic)) == 5)
    _, text, photo, voice, place = desk.staff.in_topic(topic)
    assert text.text == "Маошамро намедиҳанд"
    assert photo.text == "ин шартнома"
    assert "photo" in photo.raw
    assert "voice" in voice.raw
    assert place.location == {"latitude": 38.5, "longitude": 68.7}
    assert desk.rasa.received == []
    for message in (text, photo, voice, place):
        assert message.from_bot
        assert "forward_origin" not in message.raw
        assert "Zulfiya" not in str(message.raw)
        assert str(chat.user.id) not in str(message.raw)

    await desk.staff.write("Ба ман бигӯед", topic=topic, name="Aida Asanova")
    await desk.staff.attach("photo", topic=topic)
    answer, picture = await chat.user.wait_for_messages(2)
    assert (answer.text, answer.from_bot) == ("Ба ман бигӯед", True)
    assert "photo" in picture.raw
    assert "Aida" not in str(answer.raw)


async def test_many_messages_arrive_in_their_order(desk: Desk) -> None:
    chat, topic = await desk.talking()
    sent = [f"message {number}" for number in range(8)]
    for text in sent:
        await chat.user.send(text)
    await desk.staff.wait_for(lambda: len(desk.staff.in_topic(topic)) == 9)
    assert [message.text for message in desk.staff.in_topic(topic)[1:]] == sent


async def test_two_talks_do_not_mix(desk: Desk) -> None:
    first, first_topic = await desk.talking()
    second, second_topic = await desk.talking("uz", "UZ", "KZ")
    await first.user.send("one")
    await second.user.send("two")
    await desk.staff.wait_for(lambda: len(desk.staff.in_topic(second_topic)) == 2)
    await desk.staff.wait_for(lambda: len(desk.staff.in_topic(first_topic)) == 2)
    assert desk.staff.in_topic(first_topic)[-1].text == "one"
    assert desk.staff.in_topic(second_topic)[-1].text == "two"
    await desk.staff.write("to the second", topic=second_topic)
    [answer] = await second.user.wait_for_messages()
    assert answer.text == "to the second"
    await first.user.refresh()
    assert "to the second" not in [message.text for message in first.user.messages]


async def test_what_staff_write_elsewhere_goes_to_nobody(desk: Desk) -> None:
    chat, topic = await desk.talking()
    await desk.staff.write("lunch?")
    await desk.staff.write("/close")
    await desk.staff.write("/start")
    await desk.staff.write("only this", topic=topic)
    assert [message.text for message in await chat.user.wait_for_messages()] == ["only this"]


async def test_without_topics_staff_answer_by_replying(plain_desk: Desk) -> None:
    staff = plain_desk.staff
    chat, first = await plain_desk.talking()
    code = code_in(staff.messages[-1])
    await chat.user.send("салом")
    [copy] = await staff.wait_for_messages()
    assert copy.text == "салом"
    assert code in copy.raw["reply_to_message"]["text"]
    await staff.write("to all of us")
    await staff.write("1", reply_to=copy.id)
    await staff.write("2", reply_to=first)
    await staff.refresh()
    await staff.write("3", reply_to=next(message.id for message in staff.messages if message.text == "2"))
    assert [message.text for message in await chat.user.wait_for_messages(3)] == ["1", "2", "3"]
    await staff.write("/close", reply_to=copy.id)
    [ended] = await chat.user.wait_for_messages()
    assert "menu" in datas(ended)
    [note] = await staff.wait_for_messages()
    assert code in note.text


async def test_without_topics_the_code_comes_back_when_its_message_was_deleted(plain_desk: Desk) -> None:
    chat, first = await plain_desk.talking()
    code = code_in(plain_desk.staff.messages[-1])
    await plain_desk.staff.lose_message(first)
    await chat.user.send("салом")
    mark, copy = await plain_desk.staff.wait_for_messages(2)
    assert mark.text == code
    assert copy.raw["reply_to_message"]["message_id"] == mark.id


@pytest.mark.parametrize("way", ["/stop", "button", "/close", "menu of Telegram"])
async def test_either_side_ends_the_talk_and_both_are_told(desk: Desk, rasa: ScriptedRasa, way: str) -> None:
    rasa.replies["савол"] = [step_answer("unpaid-wages")]
    chat, topic = await desk.talking("en")
    match way:
        case "/stop":
            [ended] = await chat.say("/stop")
        case "button":
            [ended] = await chat.press("human:end")
        case "/close":
            await desk.staff.write("/close", topic=topic)
            [ended] = await chat.user.wait_for_messages()
        case _:
            await desk.staff.close_topic(topic)
            [ended] = await chat.user.wait_for_messages()
    assert "has ended" in ended.text
    await desk.staff.wait_for(lambda: desk.staff.topics[0].closed)
    await desk.staff.wait_for(lambda: "ended" in desk.staff.in_topic(topic)[-1].text)
    [answer] = await chat.say("савол")
    assert "Sources" in answer.text
    await desk.staff.write("too late", topic=topic)
    await chat.say("/help")
    assert "too late" not in [message.text for message in chat.user.messages]


async def test_danger_still_brings_the_sos_card_and_staff_read_it_too(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    [card] = await chat.say("help me they are beating me")
    assert "Emergency numbers" in card.text
    await desk.staff.wait_for(lambda: desk.staff.in_topic(topic)[-1].text == "help me they are beating me")
    await chat.user.attach("photo", "help me they are beating me")
    [card] = await chat.user.wait_for_messages()
    assert "Emergency numbers" in card.text


async def test_commands_and_buttons_of_the_bot_still_work(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    [card] = await chat.say("/sos")
    assert "Emergency numbers" in card.text
    [topics] = await chat.say("📚 Topics")
    [menu] = await chat.press("menu")
    assert "✖️ End the talk" in menu.button_texts
    [again] = await chat.press("✖️ End the talk")
    assert "has ended" in again.text
    await desk.staff.refresh()
    assert all("SOS" not in m.text and "Topics" not in m.text for m in desk.staff.in_topic(topic)), topics


async def test_outside_the_hours_people_read_when_staff_are_there(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa
) -> None:
    async with open_desk(tmp_path, content_at[NEVER], rasa) as desk:
        chat = await desk.world.person()
        await chat.begin("en", "abroad", "TJ", "RU")
        [closed] = await chat.press("🙋 Talk to a person")
        assert "24/7 closed (Bishkek)" in closed.text
        assert "contacts:RU" in datas(closed)
        await forge_yes(desk, chat)
        [closed] = await chat.user.wait_for_changes()
        assert "24/7 closed (Bishkek)" in closed.text
        await desk.staff.refresh()
        assert desk.staff.topics == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Mon-Fri 09:00-18:00; public holidays closed (Bishkek)"),
        ("ru", "пн-пт 09:00-18:00"),
        ("ky", "дүй.-жума 09:00-18:00"),
    ],
)
def test_hours_are_in_the_language_of_the_person(language: str, words: str) -> None:
    office = Office(hours="Mo-Fr 09:00-18:00; PH off", timezone="Asia/Bishkek")
    assert hours_in_words(office, language).lower().startswith(words.lower())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [("hours: from nine\ntimezone: Asia/Bishkek", "no opening hours"), ("hours: 24/7\ntimezone: Osh", "no time zone")],
)
def test_mistakes_in_the_hours_are_named_and_the_last_good_ones_stay(
    content_folder: Path, wrong: str, reason: str
) -> None:
    library = Library(content_folder)
    before, _ = library.read()
    (content_folder / "office.yml").write_text(wrong)
    after, problems = library.read()
    [problem] = [problem for problem in problems if problem.file.name == "office.yml"]
    assert reason in problem.what
    assert after.office == before.office


@pytest.mark.slow
async def test_a_talk_goes_on_after_a_restart(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa
) -> None:
    library = content_at[ALWAYS]
    for is_forum in (True, False):
        folder = tmp_path / str(is_forum)
        folder.mkdir()
        async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
            staff = await SandboxGroup.of(sandbox, is_forum=is_forum)
            async with bot_at(url, sandbox, rasa.url, folder, library, GROUP_ID) as world:
                chat, place = await Desk(folder, library, rasa, url, sandbox, staff, world).talking()
            async with bot_at(url, sandbox, rasa.url, folder, library, GROUP_ID):
                await chat.user.send("after")
                [copy] = await staff.wait_for_messages()
                assert copy.text == "after"
                await staff.write("heard", **{"topic" if is_forum else "reply_to": place})
                assert [message.text for message in await chat.user.wait_for_messages()] == ["heard"]
            assert rasa.received == []


@pytest.mark.slow
async def test_talks_of_another_group_or_of_none_are_erased(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa
) -> None:
    library = content_at[ALWAYS]
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running_sandbox(SANDBOX_TOKEN))
        sandbox = await stack.enter_async_context(Sandbox(url))
        staff = await SandboxGroup.of(sandbox)
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, GROUP_ID) as world:
            chat, _ = await Desk(tmp_path, library, rasa, url, sandbox, staff, world).talking()
        assert rows(tmp_path) == 1
        async with bot_at(url, sandbox, rasa.url, tmp_path, library):
            await chat.say("question")
            assert rasa.received == ["question"]
        assert rows(tmp_path) == 0


async def test_after_a_day_of_silence_the_talk_is_over(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    now = datetime.now(UTC)
    await end_silent(desk.world.services, now + timedelta(hours=23))
    await chat.user.send("still here")
    await desk.staff.wait_for(lambda: desk.staff.in_topic(topic)[-1].text == "still here")
    await end_silent(desk.world.services, now + timedelta(hours=25))
    [ended] = await chat.user.wait_for_messages()
    assert "has ended" in ended.text
    await desk.staff.wait_for(lambda: desk.staff.topics[0].closed)
    assert "24 hours" in desk.staff.in_topic(topic)[-1].text
    assert rows(desk.folder) == 0


async def test_forget_ends_the_talk_and_erases_it(desk: Desk) -> None:
    chat, _ = await desk.talking("en")
    pseudonym = desk.world.services.people.pseudonym(chat.user.id)
    assert pseudonym in desk.written()
    await chat.say("/forget")
    [done] = await chat.press("🗑 Yes, erase")
    assert "is erased" in done.text
    await desk.staff.wait_for(lambda: desk.staff.topics[0].closed)
    assert rows(desk.folder) == 0
    assert pseudonym not in desk.written()


async def test_hide_also_deletes_what_staff_wrote(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    await desk.staff.write("Go to the shelter in Osh street", topic=topic)
    [answer] = await chat.user.wait_for_messages()
    await chat.say("/hide")
    assert answer.id in chat.user.deleted


@pytest.mark.slow
async def test_nothing_of_a_talk_is_on_the_disk_or_in_the_log(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    for is_forum in (True, False):
        folder = tmp_path / str(is_forum)
        folder.mkdir()
        async with open_desk(folder, content_at[ALWAYS], rasa, is_forum=is_forum) as desk:
            chat, place = await desk.talking("en")
            await chat.user.send("my brother Farrukh, +992 93 555 12 34")
            await desk.staff.wait_for_messages()
            await desk.staff.write("call Nargiza at once", **{"topic" if is_forum else "reply_to": place})
            await chat.user.wait_for_messages()
            await chat.user.block()
            await desk.staff.write("are you there, Zulfiya?", **{"topic" if is_forum else "reply_to": place})
            await desk.staff.wait_for_messages()
            for trace in ("Farrukh", "555 12 34", "Nargiza", "Zulfiya", "Aida", str(chat.user.id)):
                assert trace not in desk.written()
                assert trace not in caplog.text


async def test_without_the_right_to_make_topics_people_get_contacts(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.sandbox.fault(
        "createForumTopic", error_code=400, description="Bad Request: not enough rights to create a topic"
    )
    chat = await desk.world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    await chat.press("🙋 Talk to a person")
    [unavailable] = await chat.press("human:yes")
    assert "could not reach our staff" in unavailable.text
    assert "contacts:RU" in datas(unavailable)
    assert "administrator of the group who may manage topics" in caplog.text


async def test_with_the_group_gone_people_get_contacts_and_the_operator_is_told(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.sandbox.fault("getChat", error_code=400, description="Bad Request: chat not found")
    chat = await desk.world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    await chat.press("🙋 Talk to a person")
    [unavailable] = await chat.press("human:yes")
    assert "could not reach our staff" in unavailable.text
    assert "STAFF_CHAT_ID" in caplog.text
    await chat.press("menu")
    await chat.press("🙋 Talk to a person")
    [begun] = await chat.press("human:yes")
    assert "human:end" in datas(begun), "the next attempt asks anew what kind of group it is"


async def test_a_message_that_staff_do_not_get_is_told(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    await desk.sandbox.fault("copyMessage", error_code=400, description="Bad Request: message can't be copied")
    await chat.user.send("a kind that cannot be copied")
    [told] = await chat.user.wait_for_messages()
    assert "did not get this message" in told.text
    await chat.user.send("words")
    await desk.staff.wait_for(lambda: desk.staff.in_topic(topic)[-1].text == "words")


async def test_a_topic_that_staff_deleted_ends_the_talk(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    await desk.staff.lose_topic(topic)
    await chat.user.send("are you there?")
    [told] = await chat.user.wait_for_messages()
    assert "did not get this message" in told.text
    assert "human" in datas(told)
    assert rows(desk.folder) == 0


async def test_staff_are_told_when_the_person_blocked_the_bot(desk: Desk) -> None:
    chat, topic = await desk.talking("en")
    await chat.user.block()
    await desk.staff.write("hello?", topic=topic)
    [note] = await desk.staff.wait_for_messages()
    assert "blocked the bot" in note.text
    assert note.raw["message_thread_id"] == topic
    await desk.staff.write("/close", topic=topic)
    await desk.staff.wait_for(lambda: desk.staff.topics[0].closed)
    assert rows(desk.folder) == 0


@pytest.mark.slow
async def test_a_talk_begins_while_the_database_is_locked_and_is_kept_later(desk: Desk) -> None:
    chat = await desk.world.person()
    await chat.begin("en", "abroad", "TJ", "RU")
    lock = sqlite3.connect(desk.world.database)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        await chat.press("🙋 Talk to a person")
        [begun] = await chat.press("human:yes")
        assert "human:end" in datas(begun)
        await chat.user.send("first")
        await desk.staff.wait_for(lambda: any(message.text == "first" for message in desk.staff.messages))
    finally:
        lock.rollback()
        lock.close()
    await chat.user.send("second")
    await desk.staff.wait_for(lambda: any(message.text == "second" for message in desk.staff.messages))
    await chat.say("/help")
    assert rows(desk.folder) == 1


async def test_while_it_is_not_known_who_talks_everybody_is_told(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa
) -> None:
    library = content_at[ALWAYS]
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        staff = await SandboxGroup.of(sandbox)
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, GROUP_ID) as world:
            chat, topic = await Desk(tmp_path, library, rasa, url, sandbox, staff, world).talking("en")
        away = shutil.move(world.database, tmp_path / "away")
        world.database.write_text("no database")
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, GROUP_ID) as world:
            told, _ = await chat.say("he is at the gate", 2)
            assert "they did not get this message" in told.text
            await staff.write("where are you?", topic=topic)
            [note] = await staff.wait_for_messages()
            assert "Not delivered" in note.text
            shutil.move(away, world.database)
            await end_silent(world.services, datetime.now(UTC))
            await chat.user.send("he is at the gate")
            await staff.wait_for(lambda: staff.in_topic(topic)[-1].text == "he is at the gate")


@pytest.mark.slow
async def test_a_talk_goes_on_when_the_bot_starts_while_the_database_is_locked(
    tmp_path: Path, content_at: dict[str, Library], rasa: ScriptedRasa
) -> None:
    library = content_at[ALWAYS]
    async with running_sandbox(SANDBOX_TOKEN) as url, Sandbox(url) as sandbox:
        staff = await SandboxGroup.of(sandbox)
        async with bot_at(url, sandbox, rasa.url, tmp_path, library, GROUP_ID) as world:
            chat, topic = await Desk(tmp_path, library, rasa, url, sandbox, staff, world).talking("en")
        lock = sqlite3.connect(world.database)
        lock.execute("BEGIN EXCLUSIVE")
        try:
            async with bot_at(url, sandbox, rasa.url, tmp_path, library, GROUP_ID):
                await chat.user.send("still there?")
                await staff.wait_for(lambda: staff.in_topic(topic)[-1].text == "still there?")
        finally:
            lock.close()


async def test_without_a_staff_group_a_person_means_contacts(chat: Chat, rasa: ScriptedRasa) -> None:
    rasa.replies["a human please"] = [{"say": "human"}]
    [screen] = await chat.say("a human please")
    assert "I am a bot. These are people" in screen.text
    for question in ("/menu", "/help", "/contacts"):
        await chat.say(question)
        assert all("🙋" not in text for message in chat.user.messages for text in message.button_texts)
    assert "stop" not in chat.user.commands


async def test_with_a_staff_group_the_ways_to_it_are_in_reach(desk: Desk) -> None:
    chat = await desk.world.person()
    menu = await chat.begin("en")
    [help_] = await chat.say("/help")
    [countries] = await chat.say("/contacts")
    [listing] = await chat.press("contacts:KZ")
    for screen in (menu, help_, countries, listing):
        assert "🙋 Talk to a person" in screen.button_texts
    [card] = await chat.say("/sos")
    assert "🙋 Talk to a person" not in card.button_texts
    await chat.user.wait_for(lambda: "stop" in chat.user.commands)


async def forge_yes(desk: Desk, chat: Chat) -> None:
    """Press the "Yes" of an offer that was made within the hours."""
    from bot.render.screen import Button, Screen

    await desk.world.services.outbox.send(chat.user.id, Screen("offer", [[Button("Yes", "human:yes")]]))
    await chat.user.wait_for_messages()
    await chat.user.press("human:yes")


def datas(message: Message) -> list[str]:
    return [button.data for row in message.buttons for button in row]


def code_in(introduction: Message) -> str:
    return introduction.text.split()[1]


def rows(folder: Path) -> int:
    """How many talks the database has."""
    with sqlite3.connect(folder / "musafir.sqlite3") as connection:
        count: int = connection.execute("SELECT count(*) FROM handovers").fetchone()[0]
    connection.close()
    return count
