"""How long Rasa takes to understand one message, inside its process: median and slowest of some hundreds.

Run by `make bench`, with the newest model: python -m comparison.parsing
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import statistics
import time
from pathlib import Path

from rasa.core.agent import Agent
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
    logging.basicConfig(level=logging.WARNING)
    configure_structlog(logging.WARNING)
    model = max(Path("models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    times = asyncio.run(measure(Agent.load(str(model))))
    report("parsing a message in the Rasa process, median", statistics.median(times), "ms")
    report("parsing a message in the Rasa process, 19 of 20 within", statistics.quantiles(times, n=20)[-1], "ms")
    report("model file", model.stat().st_size / 1_000_000, "MB")


async def measure(agent: Agent) -> list[float]:
    """Milliseconds of each message, without those that warm up."""
    times = []
    for text in itertools.islice(itertools.cycle(MESSAGES), TIMES):
        before = time.perf_counter()
        await agent.parse_message(text)
        times.append((time.perf_counter() - before) * 1000)
    return times[WARM_UP:]


def report(name: str, value: float, unit: str) -> None:
    """One figure."""
    print(f"{name:60}{value:10.1f} {unit}")


if __name__ == "__main__":
    main()
