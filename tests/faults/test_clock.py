"""The clock jumps, forwards or backwards: nothing is sent twice or stuck, and nothing deleted by a wrong date."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import itsdangerous.timed
import pytest
from sqlalchemy import select

from bot.clock import DISTRUST, Steadiness
from bot.content.schema import Office
from bot.database import Database, alerts, deliveries
from bot.database.handovers import Handovers, Talk
from bot.database.inbox import Inbox, Waiting
from bot.database.models import Alert, Person, Subscription
from bot.database.people import People
from bot.database.reminders import Due, Reminders
from bot.handlers.alerting import LEASE
from bot.handlers.handover import SILENCE, end_silent
from bot.news import News
from tests.conversation import World
from tests.desk import Desk

NOW = datetime.now(UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
JUMPS = [HOUR, -HOUR, YEAR, -YEAR]


# What is deleted for being old


class Clocks:
    """The clock on the wall, which may be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.seconds = NOW, 1000.0

    def steady(self) -> float:
        return self.seconds

    def pass_by(self, span: timedelta) -> datetime:
        """Let time pass; what the wall shows then."""
        self.wall += span
        self.seconds += span.total_seconds()
        return self.wall


@pytest.mark.parametrize("jump", [YEAR, -YEAR, timedelta(days=3)])
def test_for_a_day_after_a_leap_no_date_is_believed(jump: timedelta) -> None:
    clocks = Clocks()
    clock = Steadiness(clocks.wall, clocks.steady)
    assert clock.holds(clocks.pass_by(timedelta(days=30)))
    clocks.wall += jump
    assert not clock.holds(clocks.pass_by(HOUR))
    assert not clock.holds(clocks.pass_by(DISTRUST - 2 * HOUR))
    assert clock.holds(clocks.pass_by(2 * HOUR))


def test_putting_the_clock_right_again_is_a_leap_as_well() -> None:
    clocks = Clocks()
    clock = Steadiness(clocks.wall, clocks.steady)
    clocks.wall += YEAR
    assert not clock.holds(clocks.pass_by(HOUR))
    clocks.wall -= YEAR
    assert not clock.holds(clocks.pass_by(DISTRUST - HOUR))
    assert clock.holds(clocks.pass_by(DISTRUST))


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_an_hour_is_no_leap(jump: timedelta) -> None:
    """Nothing is deleted after hours, and a virtual machine that slept is no cause for alarm."""
    clocks = Clocks()
    clock = Steadiness(clocks.wall, clocks.steady)
    clocks.wall += jump
    assert clock.holds(clocks.pass_by(HOUR))


async def test_a_visit_on_a_wrong_day_is_put_right_by_the_next(database: Database) -> None:
    """Else somebody would be kept for two years."""
    people = People(database, "key")
    await people.update(people.pseudonym(42), language="tg")
    for now in (NOW + YEAR, NOW):
        await people.meet(42)
        assert await people.write_seen(now.date())
        async with database.session() as session:
            assert (await session.get_one(Person, people.pseudonym(42))).seen_on == now.date()


# What is sent once


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_reminder_comes_once(database: Database, jump: timedelta) -> None:
    reminders = Reminders(database, "key")
    await reminders.ask(Due("p", 42, "en", "departure-checklist", "1", "0"), NOW)
    taken = [await reminders.take_due(now) for now in (NOW + jump, NOW, NOW + jump, NOW + 2 * YEAR)]
    assert sum(map(len, taken)) == 1


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEAR, -YEAR])
async def test_news_that_a_dead_process_had_begun_is_written_off_whatever_its_clock_showed(
    database: Database, jump: timedelta
) -> None:
    async with database.session() as session:
        session.add(Person(pseudonym="p", language="en", seen_on=NOW.date()))
        session.add(Subscription(pseudonym="p", chat="encrypted"))
    alert = await alerts.create(database, News({"en": "New rule"}), "Aizada")
    await deliveries.begin(database)
    assert await deliveries.claim(database, alert, NOW + jump)
    assert await deliveries.claim(database, alert, NOW) is None, "it is not sent a second time"
    await deliveries.write_off(database, NOW, LEASE)
    async with database.session() as session:
        assert await session.scalar(select(Alert.failed).where(Alert.id == alert)) == 1


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_waits_in_the_inbox_is_taken_up_at_the_start(database: Database, jump: timedelta) -> None:
    """By the number of the update and the name of the process, not by a time."""
    inbox = Inbox(database, "key", "a")
    await inbox.write([Waiting(1, "{}")], [], NOW + jump)
    assert await Inbox(database, "key", "a").take_over({"a"}, NOW) == [Waiting(1, "{}")]
    assert await inbox.write([Waiting(1, "{}")], [], NOW) == set(), "it is known, and not handled twice"


# What ends after a while


async def test_a_talk_ends_a_day_after_the_clock_was_put_right(world: World, database: Database) -> None:
    """Its last word was written next year by the clock of then."""
    parts = world.services
    handovers: Handovers = parts.handovers
    chat = await world.person()
    await chat.say("/help")
    talk = Talk("ABCD", parts.people.pseudonym(chat.user.id), chat.user.id, "en", 7, NOW + YEAR)
    await handovers.begin(talk)
    await end_silent(parts, NOW)
    assert handovers.of(talk.pseudonym), "nobody was silent yet"
    await end_silent(parts, NOW + SILENCE)
    assert handovers.of(talk.pseudonym) is None
    [ended] = await chat.user.wait_for_messages()
    assert ended.text


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEAR, -YEAR])
async def test_staff_sign_in_again_at_worst(desk: Desk, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    await desk.get("/answers")
    shifted = SimpleNamespace(time=lambda: time.time() + jump.total_seconds())
    monkeypatch.setattr(itsdangerous.timed, "time", shifted)
    page = await desk.http.get("/answers")
    assert (page.status_code, page.headers.get("location")) in [(200, None), (303, "/login")]
    await desk.sign_in()
    await desk.get("/answers")


def test_office_hours_follow_summer_time() -> None:
    office = Office(hours="Mo-Fr 09:00-18:00", timezone="Europe/Warsaw")
    nine = [datetime(2026, month, day, 9, tzinfo=ZoneInfo("Europe/Warsaw")) for month, day in ((3, 27), (3, 30))]
    assert nine[0].utcoffset() != nine[1].utcoffset()
    for opens in nine:
        assert office.is_open(opens.astimezone(UTC))
        assert not office.is_open(opens.astimezone(UTC) - timedelta(minutes=1))
