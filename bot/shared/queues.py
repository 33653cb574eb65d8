"""The queues of chats in Redis: each holds the numbers of the updates of one chat that wait, and who has them.

The first in a queue has the turn. Its score becomes -1 when it begins, so that nobody who comes later with a lower
number overtakes it. Whoever leaves gives the turn to the next and wakes its replica.

A place whose replica is no longer in the registry is dropped: its updates were taken over, or are lost with it.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any, Final

from redis.asyncio import Redis

from bot.shared.connection import PATIENCE, Names
from bot.shared.replicas import Replicas

LONGEST: Final = 60 * 60
"""Seconds after which a queue in which nothing happens is dropped."""

# KEYS: queue, owners, registry of replicas. ARGV: name of this replica, beginning of the names of bells, chat.
_NEXT: Final = """
local me, bells, chat = ARGV[1], ARGV[2], ARGV[3]
local function pass_on()
  while true do
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    if #first == 0 then return '' end
    local owner = redis.call('HGET', KEYS[2], first[1])
    if owner and redis.call('ZSCORE', KEYS[3], owner) then
      if tonumber(first[2]) >= 0 then
        redis.call('ZADD', KEYS[1], -1, first[1])
        if owner ~= me then
          redis.call('RPUSH', bells .. owner, chat .. ' ' .. first[1])
          redis.call('EXPIRE', bells .. owner, 60)
        end
      end
      return owner == me and first[1] or ''
    end
    redis.call('ZREM', KEYS[1], first[1])
    redis.call('HDEL', KEYS[2], first[1])
  end
end
"""
# ARGV[4]: the update; ARGV[5]: 1 to take it over; ARGV[6]: seconds.
_ENTER: Final = (
    _NEXT
    + """
local update = ARGV[4]
local owner = redis.call('HGET', KEYS[2], update)
if owner and owner ~= me and ARGV[5] == '0' then return 'others' end
redis.call('HSET', KEYS[2], update, me)
redis.call('ZADD', KEYS[1], update, update)
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[6])
return pass_on() == update and 'ours' or 'waits'
"""
)
# ARGV[4]: the update. Returns the update of this replica that has the turn now.
_LEAVE: Final = (
    _NEXT
    + """
if redis.call('HGET', KEYS[2], ARGV[4]) ~= me then return '' end
redis.call('ZREM', KEYS[1], ARGV[4])
redis.call('HDEL', KEYS[2], ARGV[4])
return pass_on()
"""
)
# ARGV[4]: seconds; ARGV[5...]: updates that wait here. Returns the one whose turn it is, then those that are not ours.
_LOOK: Final = (
    _NEXT
    + """
local found = {pass_on()}
for i = 5, #ARGV do
  if redis.call('HGET', KEYS[2], ARGV[i]) ~= me then table.insert(found, ARGV[i]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return found
"""
)


class Entered(StrEnum):
    """What entering a queue led to."""

    OURS = "ours"
    WAITS = "waits"
    OTHERS = "others"
    """Another replica stands there with the same update."""


class Queues:
    """The queues as one replica uses them. `chat` is a keyed name. Every method raises what `AWAY` lists."""

    def __init__(self, redis: Redis, names: Names, replicas: Replicas) -> None:
        self._names = names
        self._replicas = replicas
        self._redis = redis
        self._enter = redis.register_script(_ENTER)
        self._leave = redis.register_script(_LEAVE)
        self._look = redis.register_script(_LOOK)

    async def enter(self, chat: str, update_id: int, *, take_over: bool) -> Entered:
        """Stand in the queue; `take_over` also in the place of another replica."""
        return Entered(await self._enter(self._keys(chat), [*self._about(chat), update_id, int(take_over), LONGEST]))

    async def leave(self, chat: str, update_id: int) -> int | None:
        """Leave the queue, if the place is still ours. Returns the update of this replica whose turn it is now."""
        following = await self._leave(self._keys(chat), [*self._about(chat), update_id])
        return int(following) if following else None

    async def look(self, chat: str, waiting: list[int]) -> tuple[int | None, set[int]]:
        """The update of this replica whose turn it is, and those of `waiting` that are ours no longer."""
        first, *lost = await self._look(self._keys(chat), [*self._about(chat), LONGEST, *waiting])
        return int(first) if first else None, {int(update_id) for update_id in lost}

    async def bell(self) -> tuple[str, int] | None:
        """Wait until another replica gives a turn to this one: the chat and the update. None when nobody did."""
        async with asyncio.timeout(PATIENCE):  # the client waits for ever where a server blocks
            rung: Any = await self._redis.blpop([self._bells + self._replicas.name], PATIENCE / 2)
        if rung is None:
            return None
        chat, _, update_id = rung[1].partition(" ")
        return chat, int(update_id)

    @property
    def _bells(self) -> str:
        return self._names.of("bell", "")

    def _keys(self, chat: str) -> list[str]:
        return [self._names.of("queue", chat), self._names.of("owners", chat), self._replicas.registry]

    def _about(self, chat: str) -> list[str]:
        return [self._replicas.name, self._bells, chat]
