"""People who write to a bot and wait for what it says: one after the other, or all at once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.bench.botapi import BOT, BotApi
from tests.bench.questions import Question

PATIENCE: Final = 30.0
"""Seconds after which a reply counts as lost."""
WARM_PATIENCE: Final = 10.0
"""Seconds after which a question counts as one to which nothing is said."""
PAUSE: Final = 0.02
"""Seconds between the reply to one message and the next message, where one person is measured."""
QUIET: Final = 0.15
"""Seconds without a message from the bot after which it has said everything."""
WARM_UP: Final = 3.0
"""Seconds of load that are not counted."""
ANSWERED: Final = b'"helpers:'
"""In the parameters of an answer of Musafir; notes, candidates, and what it finds by words without Rasa, have none."""
_FIRST_CHAT: Final = 5_000_000


@dataclass
class Times:
    """How long replies took, in seconds, and how many came in `duration` seconds of load; `lost` came too late."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    searched: int = 0
    """Replies that were a note that it takes a moment, or a search by words, since Rasa took too long."""
    duration: float = 0.0

    @property
    def p50(self) -> float:
        """Milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def per_second(self) -> float:
        """Replies a second."""
        return len(self.seconds) / self.duration


@dataclass(frozen=True)
class Person:
    """Somebody with a Telegram client in `language`."""

    id: int
    language: str

    @property
    def user(self) -> dict[str, Any]:
        """As Telegram describes them."""
        return {"id": self.id, "is_bot": False, "first_name": "Person", "language_code": self.language}

    @property
    def chat(self) -> dict[str, Any]:
        """Their private chat."""
        return {"id": self.id, "type": "private", "first_name": "Person"}


class Crowd:
    """Everybody who uses one bot. `last` has the parameters of the newest message in each chat."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._waiting: dict[int, asyncio.Future[float]] = {}
        self._ids = itertools.count(_FIRST_CHAT)
        self._arrivals: dict[int, int] = {}
        self._answered: set[Question] = set()
        self.last: dict[int, bytes] = {}
        api.arrived = self._arrived

    def person(self, language: str) -> Person:
        """Somebody new."""
        return Person(next(self._ids), language)

    def _arrived(self, chat: int, body: bytes) -> None:
        self._arrivals[chat] = self._arrivals.get(chat, 0) + 1
        self.last[chat] = body
        if (waiting := self._waiting.pop(chat, None)) and not waiting.done():
            waiting.set_result(time.perf_counter())

    async def say(self, person: Person, text: str, patience: float = PATIENCE) -> float:
        """Write `text`; returns the seconds until the first message that comes back. Raises `TimeoutError`."""
        message: dict[str, Any] = {
            "message_id": self._api.next_message_id(),
            "from": person.user,
            "chat": person.chat,
            "date": int(time.time()),
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return await self._expect(person, {"message": message}, patience)

    async def press(self, person: Person, data: str) -> float:
        """Press a button with `data`; returns the seconds until a message comes or is changed."""
        number = self._api.next_message_id()
        message = {"message_id": number, "from": BOT, "chat": person.chat, "date": int(time.time()), "text": "…"}
        query = {"id": str(number), "from": person.user, "message": message, "chat_instance": "1", "data": data}
        return await self._expect(person, {"callback_query": query}, PATIENCE)

    async def _expect(self, person: Person, update: dict[str, Any], patience: float) -> float:
        waiting: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[person.id] = waiting
        sent = self._api.push(person.id, update)
        try:
            return await asyncio.wait_for(waiting, patience) - sent
        finally:
            self._waiting.pop(person.id, None)

    async def quiet(self, person: Person) -> int:
        """Wait until nothing more is said. Returns how many messages have come since the last call."""
        seen = -1
        while True:
            if seen == (seen := self._arrivals.get(person.id, 0)):
                self._arrivals[person.id] = 0
                return seen
            await asyncio.sleep(QUIET)

    async def single(self, asked: Sequence[Question]) -> list[Question]:
        """The questions to which exactly one message comes back, so that replies can be told apart. Warms the bot.

        Stock Rasa says nothing to some.
        """
        people = {question.language: self.person(question.language) for question in asked}
        found = []
        for question in asked:
            person = people[question.language]
            await self.quiet(person)
            with contextlib.suppress(TimeoutError):
                await self.say(person, question.text, WARM_PATIENCE)
            if await self.quiet(person) == 1:
                found.append(question)
                if ANSWERED in self.last[person.id]:
                    self._answered.add(question)
        return found

    def is_searched(self, person: Person, question: Question) -> bool:
        """Whether the last reply was none of Rasa's, although Rasa had answered the question before."""
        return question in self._answered and ANSWERED not in self.last[person.id]


async def one_by_one(acts: Sequence[Callable[[], Awaitable[float]]], times: int) -> Times:
    """`acts`, in turns, one at a time."""
    done = Times()
    started = time.perf_counter()
    for act in itertools.islice(itertools.cycle(acts), times):
        try:
            done.seconds.append(await act())
        except TimeoutError:
            done.lost += 1
        await asyncio.sleep(PAUSE)
    done.duration = time.perf_counter() - started
    return done


async def at_once(crowd: Crowd, people: Sequence[Person], asked: Sequence[Question], seconds: float) -> Times:
    """Everybody asks, in their language, and again as soon as the reply is there.

    Replies that come within `seconds` after the warm-up count.
    """
    done = Times(duration=seconds)
    begin = time.perf_counter() + WARM_UP

    async def keep_asking(person: Person, own: Sequence[Question]) -> None:
        for question in itertools.cycle(own):
            try:
                took = await crowd.say(person, question.text)
            except TimeoutError:
                done.lost += 1
                took = PATIENCE
            now = time.perf_counter()
            if now >= begin + seconds:
                return
            if now >= begin:
                done.seconds.append(took)
                done.searched += crowd.is_searched(person, question)

    await asyncio.gather(*(keep_asking(person, _own(person, n, asked)) for n, person in enumerate(people)))
    return done


def _own(person: Person, number: int, asked: Sequence[Question]) -> list[Question]:
    own = [question for question in asked if question.language == person.language]
    return own[number % len(own) :] + own[: number % len(own)]
