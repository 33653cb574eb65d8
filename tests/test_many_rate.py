"""All replicas together send no more than Telegram takes; one that is told to wait makes all wait; answers go first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any

import pytest
from redis.asyncio import Redis
from telegram.error import RetryAfter
from telegram.ext import AIORateLimiter

from bot.shared.connection import Names, connect
from bot.shared.rate import PATIENT, SharedRateLimiter
from bot.shared.replicas import Replicas
from tests.redis_server import RedisServer

pytestmark = pytest.mark.slow

RATE = 40


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    """A connection to an empty Redis."""
    redis = connect(redis_server.url)
    await redis.flushall()
    yield redis
    await redis.aclose()


@pytest.fixture
def limiters(redis: Redis) -> list[SharedRateLimiter]:
    """Those of two replicas."""
    names = Names("a key for tests", "1:x")
    return [
        SharedRateLimiter(
            redis, names, Replicas(redis, names, "host:1"), AIORateLimiter(RATE, max_retries=1), rate=RATE, retries=2
        )
        for _ in range(2)
    ]


async def send(limiter: SharedRateLimiter, chat_id: int, call: Callable[[], Any] = lambda: None) -> None:
    """Send a message to a chat."""

    async def callback() -> Any:
        return call()

    await limiter.process_request(callback, (), {}, "sendMessage", {"chat_id": chat_id}, None)


async def test_two_replicas_share_what_the_bot_may_send(limiters: list[SharedRateLimiter]) -> None:
    began = monotonic()
    await asyncio.gather(*(send(limiters[number % 2], number) for number in range(2 * RATE)))
    assert monotonic() - began > 0.95  # RATE at once, and RATE within a second


@pytest.mark.parametrize(("chat_id", "seconds"), [(42, 1), (-42, 3)])
async def test_one_chat_gets_its_share_also_from_two(
    limiters: list[SharedRateLimiter], chat_id: int, seconds: float
) -> None:
    began = monotonic()
    await asyncio.gather(*(send(limiters[number % 2], chat_id) for number in range(21)))
    assert monotonic() - began > seconds * 0.95  # twenty at once, the next when one is due


async def test_answers_go_before_what_can_wait(limiters: list[SharedRateLimiter]) -> None:
    sent: list[str] = []

    async def news() -> None:
        PATIENT.set(True)
        await asyncio.gather(*(send(limiters[0], number, lambda: sent.append("news")) for number in range(2 * RATE)))

    sending = asyncio.create_task(news())
    while not sent:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)
    await asyncio.gather(*(send(limiters[1], 1000 + n, lambda: sent.append("answer")) for n in range(RATE // 4)))
    assert sent.count("news") < 2 * RATE
    await sending
    assert sent.count("news") == 2 * RATE


async def test_when_telegram_asks_one_to_wait_all_wait(limiters: list[SharedRateLimiter]) -> None:
    refusals = [RetryAfter(1)]
    refused = asyncio.Event()
    times: list[float] = []

    def call() -> None:
        if refusals:
            refused.set()
            raise refusals.pop()
        times.append(monotonic())

    began = monotonic()
    first = asyncio.create_task(send(limiters[0], 1, call))
    await refused.wait()
    await asyncio.sleep(0.1)
    await asyncio.gather(first, send(limiters[1], 2, call))
    assert len(times) == 2
    assert min(times) - began > 1


async def test_who_is_refused_again_and_again_gives_up(
    limiters: list[SharedRateLimiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def refuse() -> None:
        calls.append(1)
        raise RetryAfter(0)

    with pytest.raises(RetryAfter):
        await send(limiters[0], 1, refuse)
    assert len(calls) == 3


async def test_without_redis_each_keeps_the_limits_for_itself(
    limiters: list[SharedRateLimiter], redis: Redis, redis_server: RedisServer
) -> None:
    names = Names("a key for tests", "1:x")
    away = connect("redis://127.0.0.1:1/0")
    limiter = SharedRateLimiter(
        away, names, Replicas(away, names, "host:1"), AIORateLimiter(RATE, max_retries=1), rate=RATE, retries=2
    )
    sent: list[int] = []
    await send(limiter, 42, lambda: sent.append(1))
    assert sent == [1]
    await away.aclose()
