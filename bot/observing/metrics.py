"""What the bot counts and times while it runs. Others use `measured`, `timed`, `in_turn` and what begins with `count_`.

Nothing here is about a person: a label is one of a few words that stand in the code, never anything that was written,
and what people were shown is counted in fives. `deploy/monitoring.md` says why that is enough.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from enum import StrEnum
from functools import wraps
from time import perf_counter
from typing import Final, ParamSpec, TypeVar

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from telegram import Update

from bot.errors import MusafirError

P = ParamSpec("P")
T = TypeVar("T")

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds."""
FEW: Final = 5
"""What people were shown is told in multiples of this, like the weekly figures (`bot.database.figures.FEWEST`)."""
ANY: Final = "any"

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody needs to know when something first happened


class Part(StrEnum):
    """A part of the way from a message to its answer."""

    UPDATE = "update"
    """All of it: from when the update is here until everything was said."""
    TURN = "turn"
    """Waiting until it is the turn of the update."""
    RISK_WORDS = "risk_words"
    RASA = "rasa"
    DATABASE = "database"
    RENDERING = "rendering"
    BOT_API = "bot_api"
    """A call of the Bot API; the long polls of getUpdates are left out."""


_SECONDS: Final = Histogram("musafir_part_seconds", "How long a part of the work took", ["part"], buckets=BUCKETS)
_SECONDS_OF: Final = {part: _SECONDS.labels(part) for part in Part}
_ERRORS: Final = Counter("musafir_errors", "Errors, by where they were noticed and by type", ["place", "type"])
_UPDATES: Final = Counter("musafir_updates", "Updates of Telegram that arrived", ["kind"])
_WAITING: Final = Gauge("musafir_updates_waiting", "Updates that wait for their turn")
_HANDLING: Final = Gauge("musafir_updates_handling", "Updates that are being handled")
_CALLS: Final = Counter("musafir_bot_api_calls", "Calls of the Bot API", ["method", "result"])
_LOGGED: Final = Counter("musafir_log_messages", "Warnings and errors in the log", ["level", "logger"])


class CountedInFives(Collector):
    """A counter of which only whole fives are seen: no single event stands in the figures with its minute."""

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self._name, self._documentation, self._labels = name, documentation, labels
        self._tally: Tally[tuple[str, ...]] = Tally()
        REGISTRY.register(self)

    def count(self, *values: str) -> None:
        """Count an event. `values` are those of the labels."""
        self._tally[values] += 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What Prometheus gets."""
        family = CounterMetricFamily(self._name, f"{self._documentation} (in fives)", labels=self._labels)
        for values, number in self._tally.items():
            family.add_metric(values, number - number % FEW)
        yield family


_OUTCOMES: Final = CountedInFives("musafir_outcomes", "What messages led to", ("outcome", "language"))
_SHOWN: Final = CountedInFives("musafir_shown", "What people were shown, by words or by button", ("what",))
_OUTCOME_OF: Final = {
    "answer": "answer",
    "suggest": "suggest",
    "search": "search",
    "sos": "sos",
    "self_harm": "self_harm",
    "find_help": "contacts",
    "human": "human",
    "guide_question": "guide",
    "guide_result": "guide",
    "guide_left": "guide",
    "guide_expired": "guide_lost",
    "guide_unavailable": "guide_lost",
    "out_of_scope": "out_of_scope",
    "bot_help": "chatter",
    "greet": "chatter",
    "thanks": "chatter",
    "bye": "chatter",
    "nothing_to_confirm": "chatter",
}
"""By what a step says."""
_DANGERS: Final = {"sos", "self_harm"}
_NOT_TOPICS: Final = {"contacts", "sos", "guides", "unanswered"}


def count_outcome(say: str, language: str) -> None:
    """Count what a message led to, as its step says. Danger is counted without the language."""
    outcome = _OUTCOME_OF.get(say, "other")
    _OUTCOMES.count(outcome, ANY if outcome in _DANGERS else language)


def count_shown(topic: str) -> None:
    """Count that somebody was shown something. Which topic an answer belongs to is for the weekly figures only."""
    _SHOWN.count(topic if topic in _NOT_TOPICS else "answers")


def count_error(place: str, error: BaseException) -> None:
    """Count an error by its type; that of its cause, where ours only says that something does not answer."""
    cause = error.__cause__ if isinstance(error, MusafirError) else None
    _ERRORS.labels(place, type(cause or error).__name__).inc()


def count_call(method: str, result: str) -> None:
    """Count a call of the Bot API."""
    _CALLS.labels(method, result).inc()


def count_logged(level: str, logger: str) -> None:
    """Count a message in the log."""
    _LOGGED.labels(level, logger).inc()


@contextmanager
def measured(part: Part) -> Iterator[None]:
    """Time the block, or the function below it, as `part`, and count the errors that leave it."""
    start = perf_counter()
    try:
        yield
    except Exception as error:
        count_error(part, error)
        raise
    finally:
        _SECONDS_OF[part].observe(perf_counter() - start)


def timed(part: Part) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """`measured` for a coroutine function."""

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(function)
        async def within(*args: P.args, **kwargs: P.kwargs) -> T:
            with measured(part):
                return await function(*args, **kwargs)

        return within

    return decorate


@asynccontextmanager
async def in_turn(update: Update, turn: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """Count an update, time how long it waits for its `turn`, and how long all of it takes. Yields what `turn` does."""
    _UPDATES.labels(_kind(update)).inc()
    with measured(Part.UPDATE):
        async with AsyncExitStack() as taken:
            with measured(Part.TURN), _WAITING.track_inprogress():
                entered = await taken.enter_async_context(turn)
            with _HANDLING.track_inprogress():
                yield entered


def _kind(update: Update) -> str:
    if message := update.message:
        if message.text is not None:
            return "command" if message.text.startswith("/") else "text"
        return "location" if message.location else "other_message"
    if update.callback_query:
        return "button"
    if update.edited_message:
        return "edited"
    return "membership" if update.my_chat_member else "other"
