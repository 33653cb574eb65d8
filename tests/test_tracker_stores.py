"""Several Rasas serve the same people: a guide answered by one goes on at another, and nobody's words are kept.

Also: what a model does with the state that another model has left.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.content import Content
from bot.database import Database
from bot.database.models import Base, Tracker
from bot.dialogue import Dialogue
from bot.rasa import RasaClient, RasaProcess
from bot.rasa.process import free_port
from bot.rasa.steps import Step
from bot.settings import Settings
from bot.training.model import train
from tests.redis_server import RedisServer, running_redis

pytestmark = [pytest.mark.rasa, pytest.mark.slow]

WHO = "0123456789abcdef0123456789abcdef"
WORDS = "Zulfiya from Kulob asks who Farrukh is"


@dataclass
class Rasas:
    """Two Rasas on one PostgreSQL and one Redis, and what stands there."""

    clients: list[RasaClient]
    processes: list[RasaProcess]
    redis: RedisServer
    database: Database

    async def tracker(self) -> list[dict[str, object]] | None:
        """What is kept of the conversation."""
        async with self.database.session() as session:
            events = await session.scalar(select(Tracker.events).where(Tracker.pseudonym == WHO))
        return json.loads(events) if events else None


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        if server is None:
            pytest.skip("Redis is not installed (Debian: apt-get install redis-server)")
        yield server


@pytest.fixture(scope="module")
async def two_rasas(
    postgres: str, redis: RedisServer, content: Content, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rasas]:
    model = await asyncio.to_thread(train, content)
    folder = tmp_path_factory.mktemp("rasas")
    database = Database(Settings(_env_file=None, database_url=postgres).async_database_url)  # type: ignore[call-arg]
    await database.migrate()
    processes = [RasaProcess(model, free_port(), folder / f"{number}.log") for number in range(2)]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", postgres)
        environment.setenv("REDIS_URL", redis.url)
        async with AsyncExitStack() as stack:
            for process in processes:
                await stack.enter_async_context(process.running())
            for process in processes:
                await asyncio.wait_for(process.ready.wait(), 180)
            clients = [await stack.enter_async_context(RasaClient(process.url)) for process in processes]
            yield Rasas(clients, processes, redis, database)
    await database.close()


@pytest.fixture
async def rasas(two_rasas: Rasas) -> Rasas:
    """The Rasas, with nothing kept."""
    async with two_rasas.database.session() as session:
        await session.execute(Base.metadata.tables["trackers"].delete())
    return two_rasas


def asked(steps: list[Step]) -> str | None:
    """The question of a guide that is asked last."""
    return next((step.question for step in reversed(steps) if step.say == "guide_question"), None)


async def test_a_guide_answered_by_two_in_turn(rasas: Rasas) -> None:
    one, other = rasas.clients
    assert asked(await one.trigger(WHO, "start_wage_claim")) == "country"
    assert asked(await other.trigger(WHO, "choose", choice="RU")) == "safety"
    assert asked(await one.ask(WHO, "нет")) == "job_now"
    interrupted = await other.ask(WHO, "they took my passport")
    assert interrupted[0].say == "answer"
    assert asked(interrupted) == "job_now"
    [step] = await one.trigger(WHO, "choose", choice="left_job")
    assert step.question == "how_long"
    assert step.answers == {"country": "RU", "safety": "no", "job_now": "left_job"}
    await other.trigger(WHO, "stop")
    assert await rasas.tracker() is None
    assert [step.say for step in await one.trigger(WHO, "choose", choice="yes")] == ["guide_expired"]


async def test_no_words_are_kept(rasas: Rasas) -> None:
    one, other = rasas.clients
    await one.ask(WHO, WORDS)
    assert await rasas.tracker() is None, "an ordinary question leaves nothing at all"
    await one.trigger(WHO, "start_wage_claim")
    await asyncio.gather(*(client.ask(WHO, WORDS) for client in (one, other)))
    kept = json.dumps(await rasas.tracker())
    assert "wage_claim_form" in kept
    for word in WORDS.split():
        assert f'"{word}' not in kept
        assert word not in rasas.redis.everything()
    assert WHO not in rasas.redis.everything(), "locks are given back"


async def test_a_long_guide_keeps_little(rasas: Rasas) -> None:
    one, other = rasas.clients
    await one.trigger(WHO, "start_wage_claim")
    for client in [one, other] * 8:
        await client.ask(WHO, "they took my passport")
    kept = await rasas.tracker()
    assert kept
    assert len(kept) < 30


async def test_a_day_later_it_is_gone(rasas: Rasas) -> None:
    one, other = rasas.clients
    await one.trigger(WHO, "start_wage_claim")
    async with rasas.database.session() as session:
        yesterday = Tracker.saved_at - timedelta(days=1)
        await session.execute(update(Tracker).where(Tracker.pseudonym == WHO).values(saved_at=yesterday))
    assert [step.say for step in await other.trigger(WHO, "choose", choice="yes")] == ["guide_expired"]


async def test_a_model_that_has_other_questions_starts_again(rasas: Rasas, content: Content) -> None:
    """The state was left by a model whose guide had a question that this one does not have."""
    one, _ = rasas.clients
    dialogue = Dialogue(content, one)
    await dialogue.start_guide(WHO, "wage-claim", {"country": "RU"})
    kept = json.dumps(await rasas.tracker()).replace("wage_claim__safety", "wage_claim__gone")
    async with rasas.database.session() as session:
        await session.execute(update(Tracker).where(Tracker.pseudonym == WHO).values(events=kept))
    [step] = await dialogue.choose(WHO, "no")
    assert step.question == "job_now"
    assert step.answers == {"country": "RU", "safety": "no"}


async def test_without_redis_people_get_answers(rasas: Rasas) -> None:
    one, _ = rasas.clients
    rasas.redis.stop()
    try:
        [step] = await one.ask(WHO, "they took my passport")
        assert step.say == "answer"
        assert asked(await one.trigger(WHO, "start_wage_claim")) == "country"
    finally:
        rasas.redis.start()
