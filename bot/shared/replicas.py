"""Which replicas are alive, which one leads, and what becomes of the work of those that died.

Each replica beats once a second. Who is silent for `LEASE` counts as dead: one of the others takes over its updates.
Time is told by Redis, so that clocks of replicas need not agree.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Protocol

from redis.asyncio import Redis

from bot.shared.connection import AWAY, Names

logger = logging.getLogger(__name__)

BEAT: Final = 1.0
"""Seconds between two beats."""
LEASE: Final = 6.0
"""Seconds of silence after which a replica counts as dead."""
_FORGOTTEN: Final = 24 * 60 * 60
"""Seconds after which Redis forgets a registry in which nobody beats."""

# Who finds a dead one gets it for another lease, and another with each beat, so that nobody else buries it meanwhile.
_BEAT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local me, lease = ARGV[1], tonumber(ARGV[2])
local known = redis.call('ZSCORE', KEYS[1], me)
redis.call('ZADD', KEYS[1], now + lease, me)
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + lease, ARGV[i]) end
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
local alive = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
for _, name in ipairs(dead) do redis.call('ZADD', KEYS[1], now + lease, name) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
local leader = redis.call('GET', KEYS[2])
if not leader or leader == me then
  redis.call('SET', KEYS[2], me, 'PX', lease)
  leader = me
end
return {known and 1 or 0, leader == me and 1 or 0, dead, alive}
"""
_LEAVE: Final = """
redis.call('ZADD', KEYS[1], 0, ARGV[1])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""


class Leader(Protocol):
    """Says whether this process does what one is enough for."""

    @property
    def leads(self) -> bool:
        """True for one of the living replicas; for all of them while they cannot agree."""


class Alone:
    """The only process leads."""

    leads = True


async def when_leading(leader: Leader, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` once, as soon as this process leads."""
    while not leader.leads:  # noqa: ASYNC110 - it is found out by asking
        await asyncio.sleep(BEAT)
    await work()


class Replicas:
    """The replicas as this one sees them. `name` is new at each start: what an earlier life left is taken over."""

    def __init__(self, redis: Redis, names: Names, host: str) -> None:
        self.name = f"{host}/{secrets.token_hex(4)}"
        self.registry = names.of("replicas")
        self._leader = names.of("leader")
        self._redis = redis
        self._beat_script = redis.register_script(_BEAT)
        self._leave_script = redis.register_script(_LEAVE)
        self._leads = False
        self._alive: set[str] = set()
        self._beaten_at = -LEASE
        self._steady_since = monotonic()
        self._away = False
        self._beaten = asyncio.Event()
        self._dead: set[str] = set()
        """Those whose work we are taking over."""
        self._ended = False

    @property
    def is_fresh(self) -> bool:
        """False when the others may think that this replica is dead."""
        return monotonic() - self._beaten_at < LEASE

    @property
    def are_apart(self) -> bool:
        """True while Redis is away, as far as the last beat tells."""
        return self._away

    @property
    def leads(self) -> bool:
        """True for one of the living replicas; while Redis is away for all: what they do is claimed in the database."""
        return self._leads or self._away

    @property
    def alive(self) -> set[str] | None:
        """The names of those who are alive. None while one of them may not have had the time to say so."""
        steady = self.is_fresh and monotonic() - self._steady_since > LEASE
        return set(self._alive) if steady else None

    @asynccontextmanager
    async def beating(
        self, on_beat: Callable[[], Awaitable[None]], on_death: Callable[[Collection[str]], Awaitable[bool]]
    ) -> AsyncIterator[None]:
        """Beat while the context is open; at its end, leave what is not done to the others at once.

        `on_beat` is called while Redis answers, `on_death` with the names of replicas whose work is now ours; where
        it cannot be taken over now, nobody waits for it longer.
        """
        await self._beat()
        # The heart must not wait for the work: who takes over hundreds of updates would count as dead itself.
        tasks = [asyncio.create_task(self._keep_beating()), asyncio.create_task(self._keep_helping(on_beat, on_death))]
        try:
            yield
        finally:
            self._ended = True  # a client of Redis may make an error of its own of being cancelled
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave()

    async def _keep_beating(self) -> None:
        while not self._ended:
            await asyncio.sleep(BEAT)
            await self._beat()

    async def _beat(self) -> None:
        began = monotonic()
        try:
            known, leads, dead, alive = await self._beat_script(
                [self.registry, self._leader], [self.name, int(LEASE * 1000), _FORGOTTEN, *self._dead]
            )
        except AWAY as error:
            self._leads = False
            self._note(away=True, why=type(error).__name__)
            return
        if not (known and self.is_fresh):
            self._steady_since = began
        self._beaten_at, self._leads, self._alive = began, bool(leads), set(alive) - self._dead
        self._note(away=False)
        self._dead.update(dead)
        self._beaten.set()

    async def _keep_helping(
        self, on_beat: Callable[[], Awaitable[None]], on_death: Callable[[Collection[str]], Awaitable[bool]]
    ) -> None:
        while not self._ended:
            await self._beaten.wait()
            self._beaten.clear()
            try:
                await on_beat()
                if dead := set(self._dead):
                    logger.warning("%d replicas are gone, their updates are taken over", len(dead))
                    await on_death(dead)
                    await self._redis.zrem(self.registry, *dead)
                    self._dead -= dead
            except AWAY as error:
                logger.warning("the others are helped at the next beat: %s", type(error).__name__)

    def _note(self, *, away: bool, why: str = "") -> None:
        if away and not self._away:
            logger.error("Redis is away (%s): this replica goes on by itself, trying again in the background", why)
        if self._away and not away:
            logger.warning("Redis is back")
        self._away = away

    async def _leave(self) -> None:
        try:
            await self._leave_script([self.registry, self._leader], [self.name])
        except AWAY as error:
            logger.warning("the other replicas will notice later that this one is gone: %s", type(error).__name__)
