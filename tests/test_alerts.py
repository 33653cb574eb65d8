"""News for one's route: who gets it, in which language, how it stops, and that nobody gets it twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from telegram import Bot

from bot.content import ContentStore, Library
from bot.database import Database, alerts, deliveries
from bot.database.alerts import AlertState
from bot.database.deliveries import Fate
from bot.database.erasure import erase
from bot.database.models import Alert, Delivery
from bot.database.people import People
from bot.database.subscriptions import Subscriptions
from bot.errors import MusafirError
from bot.handlers.alerting import LEASE, send_alerts
from bot.handlers.outbox import Outbox
from bot.handlers.services import Services, services
from bot.languages import LANGUAGES, Language
from bot.news import LIMIT, News
from bot.rasa import RasaClient
from bot.render.news import message
from bot.runner import SANDBOX_TOKEN, serving
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings
from bot.telegram_request import AiohttpRequest
from tests.conversation import Chat, World
from tests.scripted_rasa import ScriptedRasa

TEXT = "**New rule** on the border"


@pytest.fixture
def parts(world: World, database: Database) -> Services:
    """The parts of the running bot on a database of their own, where its job does not send."""
    secret = "a key for tests"
    return replace(
        world.services,
        database=database,
        people=People(database, secret),
        subscriptions=Subscriptions(database, secret),
    )


async def stop(task: asyncio.Task[None]) -> None:
    """As a crash does: wherever it is."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def subscriber(parts: Services, sandbox: Sandbox, language: Language, **profile: str) -> Chat:
    """Somebody who has used the bot, with this profile, and asked for news."""
    chat = Chat(await sandbox.user("Ali", language_code=language))
    await chat.say("/sos")
    pseudonym = parts.people.pseudonym(chat.user.id)
    await parts.people.update(pseudonym, language=language, **profile)
    assert await parts.subscriptions.add(pseudonym, chat.user.id)
    return chat


async def news_for(world: World, *, to: str, texts: dict[Language, str] | None = None) -> int:
    """News for those who went to a country; each test has a country of its own."""
    return await alerts.create(world.services.database, News(texts or {"en": TEXT}, country_to=to), "Aizada")


async def progress(parts: Services, alert_id: int) -> alerts.AlertProgress:
    listed = await alerts.listing(parts.database)
    return next(item for item in listed if item.alert.id == alert_id)


async def finished(parts: Services, alert_id: int, after: timedelta = timedelta()) -> Alert:
    """Send, together with the bot's own job, until the alert has ended."""
    while True:
        await send_alerts(parts, datetime.now(UTC) + after)
        item = await progress(parts, alert_id)
        if item.alert.state in (AlertState.SENT, AlertState.STOPPED):
            assert item.on_the_way == 0
            return item.alert
        await asyncio.sleep(0.02)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def unsubscribed(parts: Services, pseudonym: str) -> bool:
    return not await parts.subscriptions.has(pseudonym)


async def is_sending(parts: Services, alert_id: int) -> bool:
    async with parts.database.session() as session:
        rows = await session.scalars(select(Delivery.state).where(Delivery.alert == alert_id))
        return "sending" in list(rows)


async def has_delivered(parts: Services, alert_id: int, number: int) -> bool:
    return (await progress(parts, alert_id)).alert.delivered >= number


async def nobody_waits(parts: Services, alert_id: int) -> bool:
    async with parts.database.session() as session:
        rows = await session.scalars(select(Delivery.state).where(Delivery.alert == alert_id))
        return "waiting" not in list(rows)


def kept_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def counts(alert: Alert) -> tuple[int, int, int]:
    return alert.delivered, alert.blocked, alert.failed


async def received(chat: Chat, text: str = "New rule on the border") -> int:
    await chat.user.refresh()
    return sum(text in message.text for message in chat.user.messages if message.from_bot)


# What a person sees


@pytest.mark.parametrize(
    ("language", "offer", "button", "off"),
    [
        ("en", "News for your route", "✅ Subscribe", "I no longer keep your chat number"),
        ("ru", "Новости", "news:on", "больше не храню"),
    ],
)
async def test_subscribe_and_unsubscribe(world: World, language: str, offer: str, button: str, off: str) -> None:
    chat = await world.person("Ali", language)
    menu = await chat.begin(language, "abroad", "TJ", "RU")
    assert "news" in [row[0].data for row in menu.buttons]
    [screen] = await chat.press("news")
    assert offer in screen.text
    [screen] = await chat.press(button)
    assert [b.data for row in screen.buttons for b in row] == ["unsubscribe", "profile", "menu"]
    [again] = await chat.say("/news")
    assert again.text == screen.text, "who is subscribed sees that, not the offer"
    [gone] = await chat.press("unsubscribe")
    assert off in gone.text
    [screen] = await chat.say("/news")
    assert offer in screen.text


async def test_not_now_leads_to_the_menu_and_keeps_nothing(world: World, chat: Chat) -> None:
    await chat.say("/news")
    [menu] = await chat.press("Not now")
    assert "Write your question" in menu.text
    assert not await world.services.subscriptions.has(world.services.people.pseudonym(chat.user.id))


async def test_somebody_new_can_subscribe_from_a_link(world: World) -> None:
    chat = await world.person("Ali", "tg")
    await chat.say("/start news")
    await chat.press("news:on")
    reached = await alerts.audience(world.services.database, News({"en": TEXT}, languages=("tg",)))
    assert reached >= 1, "the news knows the language of somebody without a profile"


async def test_the_profile_offers_the_news_and_the_command_is_listed(chat: Chat) -> None:
    [screen] = await chat.say("/profile")
    assert "📣 News for my route" in screen.button_texts
    assert "news" in chat.user.commands


async def test_news_arrives_in_ones_language_and_stops_with_one_tap(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="PL")
    alert_id = await news_for(world, to="PL")
    await finished(world.services, alert_id)
    [message] = await chat.user.wait_for_messages()
    assert message.html == "<b>📣 News for my route</b>\n\n<b>New rule</b> on the border"
    assert message.button_texts == ["🔕 Unsubscribe"]
    [off] = await chat.press("🔕 Unsubscribe")
    assert "Stopped" in off.text
    assert off.id != message.id, "the news itself stays to be read"
    assert counts(await finished(world.services, await news_for(world, to="PL"))) == (0, 0, 0)
    assert await received(chat) == 1


async def test_who_is_subscribed_twice_gets_news_once(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="CZ")
    await chat.say("/news")
    await world.services.subscriptions.add(world.services.people.pseudonym(chat.user.id), chat.user.id)
    assert counts(await finished(world.services, await news_for(world, to="CZ"))) == (1, 0, 0)
    assert await received(chat) == 1


async def test_a_change_of_route_counts_at_once(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="LT")
    await world.services.people.update(world.services.people.pseudonym(chat.user.id), country_to="LV")
    assert counts(await finished(world.services, await news_for(world, to="LT"))) == (0, 0, 0)
    assert counts(await finished(world.services, await news_for(world, to="LV"))) == (1, 0, 0)


async def test_the_text_falls_back_to_english_then_to_the_first(world: World) -> None:
    tajik = await subscriber(world.services, world.sandbox, "tg", country_to="DE")
    kyrgyz = await subscriber(world.services, world.sandbox, "ky", country_to="DE")
    await finished(
        world.services, await news_for(world, to="DE", texts={"ru": "русский", "ky": "кыргызча", "en": "E1"})
    )
    assert await received(kyrgyz, "кыргызча") == await received(tajik, "E1") == 1
    await finished(world.services, await news_for(world, to="DE", texts={"ru": "новое", "uz": "yangi"}))
    assert await received(kyrgyz, "новое") == await received(tajik, "новое") == 1


async def test_forget_ends_the_news(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="TR")
    await chat.say("/forget")
    await chat.press("🗑 Yes, erase")
    assert counts(await finished(world.services, await news_for(world, to="TR"))) == (0, 0, 0)
    assert await received(chat) == 0


async def test_who_blocks_the_bot_is_unsubscribed(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="KR")
    pseudonym = world.services.people.pseudonym(chat.user.id)
    await chat.user.block()
    await until(lambda: unsubscribed(world.services, pseudonym))


# What Telegram may do


async def test_who_turns_out_to_have_blocked_the_bot_is_unsubscribed(world: World) -> None:
    chat = await subscriber(world.services, world.sandbox, "en", country_to="AE")
    await world.sandbox.fault("sendMessage", error_code=403, description="Forbidden: bot was blocked by the user")
    assert counts(await finished(world.services, await news_for(world, to="AE"))) == (0, 1, 0)
    assert not await world.services.subscriptions.has(world.services.people.pseudonym(chat.user.id))


async def test_an_error_of_telegram_counts_as_failed_and_the_others_get_theirs(world: World) -> None:
    chats = [await subscriber(world.services, world.sandbox, "en", country_to="SE") for _ in range(3)]
    await world.sandbox.fault("sendMessage", error_code=500)
    assert counts(await finished(world.services, await news_for(world, to="SE"))) == (2, 0, 1)
    assert sorted([await received(chat) for chat in chats]) == [0, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 5])
async def test_a_busy_telegram_loses_no_message(world: World, times: int) -> None:
    to = {1: "IT", 5: "ES"}[times]
    chats = [await subscriber(world.services, world.sandbox, "en", country_to=to) for _ in range(2)]
    await world.sandbox.fault("sendMessage", times=times, error_code=429, retry_after=1)
    assert counts(await finished(world.services, await news_for(world, to=to))) == (2, 0, 0)
    assert [await received(chat) for chat in chats] == [1, 1]


async def test_while_telegram_cannot_be_reached_everything_waits(parts: Services, world: World) -> None:
    chat = await subscriber(parts, world.sandbox, "en", country_to="FI")
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="FI"), "Aizada")
    async with AiohttpRequest(1) as request:
        offline = Bot(SANDBOX_TOKEN, base_url="http://127.0.0.1:9/bot", request=request)
        task = asyncio.create_task(send_alerts(replace(parts, outbox=Outbox(offline)), datetime.now(UTC)))
        await asyncio.sleep(1)
        assert not task.done(), "it tries again and again"
        await stop(task)
    assert counts((await progress(parts, alert_id)).alert) == (0, 0, 0)
    assert counts(await finished(parts, alert_id, LEASE * 2)) in [(1, 0, 0), (0, 0, 1)]
    assert await received(chat) <= 1


async def test_a_secret_that_has_changed_is_counted(parts: Services, world: World) -> None:
    await subscriber(parts, world.sandbox, "en", country_to="NO")
    other = replace(parts, subscriptions=Subscriptions(parts.database, "another key"))
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="NO"), "Aizada")
    assert counts(await finished(other, alert_id)) == (0, 0, 1)


# Staff


async def test_route_stage_and_languages_choose_the_audience(parts: Services, world: World) -> None:
    profiles: list[tuple[Language, str | None, str | None, str | None]] = [
        ("tg", "TJ", "RU", "abroad"),
        ("tg", "TJ", "RU", "return"),
        ("ru", "TJ", "KZ", "abroad"),
        ("uz", "UZ", "RU", "abroad"),
        ("en", None, None, None),
    ]
    before = await alerts.audience(parts.database, News({"en": TEXT}))
    for number, (language, home, abroad, stage) in enumerate(profiles):
        pseudonym = f"{number}-{datetime.now(UTC).timestamp()}"
        await parts.people.update(pseudonym, language=language, country_from=home, country_to=abroad, stage=stage)
        await parts.subscriptions.add(pseudonym, number)

    async def reached(**filters: Any) -> int:
        return await alerts.audience(parts.database, News({"en": TEXT}, **filters))

    assert await reached() == before + 5
    assert await reached(country_from="TJ") == 3
    assert await reached(country_from="TJ", country_to="RU") == 2
    assert await reached(country_from="TJ", country_to="RU", stage="abroad") == 1
    assert await reached(country_to="RU", languages=("uz", "ru")) == 1
    assert await reached(country_from="UZ", languages=("uz", "ru")) == 1
    assert await reached(country_from="TJ", languages=("ky",)) == 0


async def test_news_without_a_profile_is_not_kept(parts: Services) -> None:
    assert not await parts.subscriptions.add("nobody", 42)


async def test_stop_ends_it_at_once(parts: Services, world: World) -> None:
    chats = [await subscriber(parts, world.sandbox, "en", country_to="GR") for _ in range(3)]
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="GR"), "Aizada")
    await deliveries.begin(parts.database)
    item = await progress(parts, alert_id)
    assert (item.alert.state, item.on_the_way, item.alert.author) == (AlertState.SENDING, 3, "Aizada")
    claimed = await deliveries.claim(parts.database, alert_id, datetime.now(UTC))
    assert claimed is not None
    assert await alerts.stop(parts.database, alert_id)
    assert not await alerts.stop(parts.database, alert_id), "it has already ended"
    await deliveries.release(parts.database, alert_id, claimed.pseudonym)
    await send_alerts(parts, datetime.now(UTC))
    item = await progress(parts, alert_id)
    assert (item.alert.state, item.on_the_way, counts(item.alert)) == (AlertState.STOPPED, 0, (0, 0, 0))
    assert item.alert.finished_at is not None
    assert [await received(chat) for chat in chats] == [0, 0, 0]


async def test_what_was_queued_can_be_stopped_before_it_begins(parts: Services, world: World) -> None:
    chat = await subscriber(parts, world.sandbox, "en", country_to="PT")
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="PT"), "Aizada")
    assert await alerts.stop(parts.database, alert_id)
    await send_alerts(parts, datetime.now(UTC))
    assert await received(chat) == 0


async def test_who_unsubscribes_meanwhile_gets_nothing_and_is_not_counted(parts: Services, world: World) -> None:
    chat = await subscriber(parts, world.sandbox, "en", country_to="RO")
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="RO"), "Aizada")
    await deliveries.begin(parts.database)
    assert await parts.subscriptions.remove(parts.people.pseudonym(chat.user.id))
    assert counts(await finished(parts, alert_id)) == (0, 0, 0)
    assert await received(chat) == 0


@pytest.mark.parametrize(
    ("texts", "wrong"),
    [
        ({}, "no text"),
        ({"en": "  "}, "is empty"),
        ({"fr": "bonjour"}, "none of the bot's languages"),
        ({"en": "a" * (LIMIT + 1)}, "shorten"),
        ({"ru": "<" * LIMIT}, "shorten"),
    ],
)
def test_news_that_could_not_be_sent_is_refused(texts: Any, wrong: str) -> None:
    with pytest.raises(MusafirError, match=wrong):
        News(texts)


def test_the_longest_news_fits_into_a_message() -> None:
    for language in LANGUAGES:
        message("a" * LIMIT, language)


# Crashes


async def test_a_delivery_left_in_the_middle_is_never_sent_again(parts: Services, world: World) -> None:
    chats = [await subscriber(parts, world.sandbox, "en", country_to="HU") for _ in range(2)]
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="HU"), "Aizada")
    await deliveries.begin(parts.database)
    await deliveries.claim(parts.database, alert_id, datetime.now(UTC))
    await send_alerts(parts, datetime.now(UTC))
    item = await progress(parts, alert_id)
    assert (item.alert.state, item.on_the_way) == (AlertState.SENDING, 1), "somebody else may be sending it now"
    assert counts(await finished(parts, alert_id, LEASE * 2)) == (1, 0, 1)
    assert sorted([await received(chat) for chat in chats]) == [0, 1]


async def test_what_was_written_off_is_counted_once(parts: Services, world: World) -> None:
    await subscriber(parts, world.sandbox, "en", country_to="BG")
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="BG"), "Aizada")
    await deliveries.begin(parts.database)
    slow = await deliveries.claim(parts.database, alert_id, datetime.now(UTC) - LEASE * 2)
    assert slow is not None
    await deliveries.write_off(parts.database, datetime.now(UTC), LEASE)
    await deliveries.settle(parts.database, alert_id, slow.pseudonym, Fate.DELIVERED)
    assert counts(await finished(parts, alert_id)) == (0, 0, 1)


@pytest.mark.slow
async def test_a_crash_at_any_moment_sends_nothing_twice(parts: Services, world: World) -> None:
    """The job is cancelled at its first commit, at its second, and so on until it gets through."""
    chats = [await subscriber(parts, world.sandbox, "en", country_to="RS") for _ in range(2)]
    crashes = 0
    while True:
        text = f"News number {crashes}."
        alert_id = await alerts.create(parts.database, News({"en": text}, country_to="RS"), "Aizada")
        crashed = await crash_at_commit(parts, crashes + 1)
        alert = await finished(parts, alert_id, LEASE * 2)
        got = [await received(chat, text) for chat in chats]
        assert max(got) <= 1
        assert sum(counts(alert)) == 2
        assert alert.delivered <= sum(got) <= alert.delivered + alert.failed
        if not crashed:
            break
        crashes += 1
    assert counts(alert) == (2, 0, 0)
    assert crashes >= 8


async def crash_at_commit(parts: Services, number: int) -> bool:
    """Cancel sending at its commit with this number; False when it ended before."""
    task = asyncio.create_task(send_alerts(parts, datetime.now(UTC)))
    seen = 0

    def count(_connection: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            task.cancel()

    event.listen(parts.database.engine.sync_engine, "commit", count)
    try:
        await asyncio.gather(task, return_exceptions=True)
    finally:
        event.remove(parts.database.engine.sync_engine, "commit", count)
    return task.cancelled()


async def test_a_crash_while_telegram_takes_the_message(parts: Services, world: World) -> None:
    """Telegram delivers it although the bot has hung up: it arrived, nobody knows, it is not sent again."""
    chat = await subscriber(parts, world.sandbox, "en", country_to="SK")
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="SK"), "Aizada")
    await world.sandbox.fault("sendMessage", delay=0.3)
    task = asyncio.create_task(send_alerts(parts, datetime.now(UTC)))
    await until(lambda: is_sending(parts, alert_id))
    await asyncio.sleep(0.1)
    await stop(task)
    assert counts(await finished(parts, alert_id, LEASE * 2)) == (0, 0, 1)
    await chat.user.wait_for_messages()
    assert await received(chat) == 1


@pytest.mark.slow
async def test_a_new_bot_goes_on_where_the_last_one_stopped(
    rasa: ScriptedRasa, library: Library, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(running_sandbox(SANDBOX_TOKEN))
        sandbox = await stack.enter_async_context(Sandbox(url))
        client = await stack.enter_async_context(RasaClient(rasa.url))
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            telegram_api_base=url,
            database_url=f"sqlite:///{tmp_path / 'musafir.sqlite3'}",
            musafir_secret="a key for tests",
        )
        async with serving(settings, ContentStore(library), client) as application:
            parts = services(application)
            chats = [await subscriber(parts, sandbox, "en", country_to="RU") for _ in range(6)]
            alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="RU"), "Aizada")
            task = asyncio.create_task(send_alerts(parts, datetime.now(UTC)))
            await until(lambda: has_delivered(parts, alert_id, 3))
            await stop(task)
        async with serving(settings, ContentStore(library), client) as application:
            parts = services(application)
            await until(lambda: nobody_waits(parts, alert_id))  # its job takes it up by itself
            alert = await finished(parts, alert_id, LEASE * 2)
            got = [await received(chat) for chat in chats]
            assert max(got) <= 1
            assert sum(counts(alert)) == 6
            assert alert.delivered <= sum(got) <= alert.delivered + alert.failed
            assert alert.failed <= 1


@pytest.mark.slow
async def test_two_bots_on_one_database_send_once(parts: Services, world: World) -> None:
    chats = [await subscriber(parts, world.sandbox, "en", country_to="MD") for _ in range(8)]
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="MD"), "Aizada")
    other_database = Database(parts.database.engine.url.render_as_string(hide_password=False))
    other = replace(parts, database=other_database)
    await asyncio.gather(*(send_alerts(each, datetime.now(UTC)) for each in (parts, other)))
    await other_database.close()
    assert counts(await finished(parts, alert_id)) == (8, 0, 0)
    assert [await received(chat) for chat in chats] == [1] * 8


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_three_hundred_subscribers_while_people_ask(parts: Services, world: World, rasa: ScriptedRasa) -> None:
    people = [await world.sandbox.user(f"Ali {number}") for number in range(300)]
    for user in people:
        await user.send("/sos")
        pseudonym = parts.people.pseudonym(user.id)
        await parts.people.update(pseudonym, language="en", country_to="US")
        await parts.subscriptions.add(pseudonym, user.id)
    await asyncio.gather(*(user.wait_for_messages() for user in people))
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="US"), "Aizada")
    task = asyncio.create_task(send_alerts(parts, datetime.now(UTC)))
    asking = await world.person()
    answers = [await asking.say(f"question {number}") for number in range(10)]
    assert all(answers)
    assert not task.done(), "people were answered while news was on its way"
    await task
    assert counts(await finished(parts, alert_id)) == (300, 0, 0)
    assert [await received(Chat(user)) for user in people] == [1] * 300


# What is kept


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_database_holds_no_chat_number_in_the_clear(
    parts: Services, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    chat = await subscriber(parts, world.sandbox, "en", country_to="EE")
    await world.sandbox.fault("sendMessage", error_code=500)
    alert_id = await alerts.create(parts.database, News({"en": TEXT}, country_to="EE"), "Aizada")
    await deliveries.begin(parts.database)
    kept = kept_in(tmp_path)
    pseudonym = parts.people.pseudonym(chat.user.id).encode()
    assert pseudonym in kept
    assert str(chat.user.id).encode() not in kept
    await finished(parts, alert_id)
    assert str(chat.user.id) not in caplog.text
    await erase(parts.database, [pseudonym.decode()])
    kept = kept_in(tmp_path)
    assert pseudonym not in kept
