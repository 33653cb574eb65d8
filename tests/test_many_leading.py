"""Of several replicas one leads, another when it is gone; the dead are found, and nobody is declared dead too early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from bot.shared import replicas as module
from bot.shared.connection import Names, connect
from bot.shared.replicas import Replicas, when_leading
from tests.redis_server import RedisServer, running_redis
from tests.webhook import until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Death is noticed sooner."""
    monkeypatch.setattr(module, "BEAT", 0.1)
    monkeypatch.setattr(module, "LEASE", 1.5)


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A connection to an empty Redis."""
    redis = connect(redis_server.url)
    await redis.flushall()
    yield redis
    await redis.aclose()


@dataclass
class Replica:
    """One that writes down whom it buried."""

    replicas: Replicas
    buried: list[str] = field(default_factory=list)
    beats: int = 0
    life: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def bury(self, names: Collection[str]) -> bool:
        self.buried.extend(names)
        return True

    async def beaten(self) -> None:
        self.beats += 1

    async def live(self) -> None:
        await self.life.enter_async_context(self.replicas.beating(self.beaten, self.bury))


def born(redis: Redis) -> Replica:
    """A replica that does not beat yet."""
    return Replica(Replicas(redis, Names("a key for tests", "1:x"), "host:1"))


async def test_one_leads_and_another_takes_over_at_once(redis: Redis) -> None:
    a, b = born(redis), born(redis)
    await a.live()
    await b.live()
    assert (a.replicas.leads, b.replicas.leads) == (True, False)
    work = asyncio.Event()

    async def lead() -> None:
        work.set()

    waiting = asyncio.create_task(when_leading(b.replicas, lead))
    assert not work.is_set()
    await a.life.aclose()
    await until(lambda: b.replicas.leads)
    await waiting
    assert work.is_set()
    await until(lambda: b.buried == [a.replicas.name])
    await b.life.aclose()


async def test_who_falls_silent_is_buried_by_one(redis: Redis) -> None:
    replicas = [born(redis) for _ in range(3)]
    for replica in replicas:
        await replica.live()
    dead = replicas.pop(0)
    tasks = [task for task in asyncio.all_tasks() if "_keep_beating" in repr(task.get_coro())]
    dead.replicas._beat_script = connect("redis://127.0.0.1:1/0").register_script("return 0")  # cut off
    await until(lambda: any(replica.buried for replica in replicas))
    assert tasks
    beats = [replica.beats for replica in replicas]
    await until(lambda: all(replica.beats > count + 20 for replica, count in zip(replicas, beats, strict=True)), 30)
    assert sorted(name for replica in replicas for name in replica.buried) == [dead.replicas.name]
    assert sum(replica.replicas.leads for replica in replicas) == 1
    assert not dead.replicas.is_fresh
    for replica in replicas:
        await replica.life.aclose()
    await dead.life.aclose()


async def test_who_is_alive_is_known_only_when_all_had_time_to_say_so(redis: Redis) -> None:
    a = born(redis)
    await a.live()
    assert a.replicas.alive is None
    await until(lambda: a.replicas.alive == {a.replicas.name})
    await redis.flushall()
    await until(lambda: a.replicas.alive is None)
    await a.life.aclose()


async def test_while_redis_is_away_all_lead_and_say_so_once(caplog: pytest.LogCaptureFixture) -> None:
    with running_redis() as server:
        redis = connect(server.url)
        server.stop()
        a, b = born(redis), born(redis)
        await a.live()
        await b.live()
        assert a.replicas.leads
        assert b.replicas.leads
        assert caplog.text.count("Redis is away") == 2
        server.start()
        await until(lambda: a.replicas.leads != b.replicas.leads, 30)
        assert caplog.text.count("Redis is away") == 2
        assert caplog.text.count("Redis is back") == 2
        await a.life.aclose()
        await b.life.aclose()
        await redis.aclose()
