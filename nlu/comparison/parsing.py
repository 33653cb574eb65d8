"""How long Rasa takes for one message, inside its process: to understand it, and for the whole of its answer.

Run by `make bench`, with the newest model: python -m comparison.parsing
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from components.serving import put_quick_parts_in
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.utils.log_utils import configure_structlog

MESSAGES = [
    "маошамро намедихад се мох шуд чи кор кунам",
    "забрали паспорт",
    "I came to Poland in March, the agency took 400 euros and now nobody answers. Whom can I ask for my money?",
    "Shimkentda menga kim yordam bera oladi?",
    "айлыгымды бербей жатышат",
]
TIMES = 400
WARM_UP = 20


def main() -> None:
    """Load, parse, print. Logging as in `rasa run`: the default of Rasa's logging library prints every message."""
    put_quick_parts_in()
    logging.basicConfig(level=logging.WARNING)
    configure_structlog(logging.WARNING)
    model = max(Path("models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    parsing, answering = asyncio.run(measure(str(model)))
    report("parsing a message in the Rasa process, median", statistics.median(parsing), "ms")
    report("parsing a message in the Rasa process, 19 of 20 within", statistics.quantiles(parsing, n=20)[-1], "ms")
    report("answering a message in the Rasa process, median", statistics.median(answering), "ms")
    report("model file", model.stat().st_size / 1_000_000, "MB")


async def measure(model: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each message, parsed and answered, without those that warm up."""
    agent = await load_agent(model, endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"))
    return await timed(agent.parse_message), await timed(partial(answer, agent))


async def answer(agent: Agent, text: str) -> None:
    """All that happens when a message comes in: each time the same person, as in a long conversation."""
    await agent.handle_message(UserMessage(text, CollectingOutputChannel(), "somebody", input_channel="rest"))


async def timed(act: Callable[[str], Awaitable[object]]) -> list[float]:
    """Milliseconds of `act`, for one message after the other."""
    times = []
    for text in itertools.islice(itertools.cycle(MESSAGES), TIMES):
        before = time.perf_counter()
        await act(text)
        times.append((time.perf_counter() - before) * 1000)
    return times[WARM_UP:]


def report(name: str, value: float, unit: str) -> None:
    """One figure."""
    print(f"{name:60}{value:10.1f} {unit}")


if __name__ == "__main__":
    main()
