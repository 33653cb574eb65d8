"""What parts of the bot take by themselves, without Telegram and Rasa: medians in milliseconds."""

from __future__ import annotations

import statistics
import time

from bot.content import Content
from bot.safety import RiskWords
from tests.bench import directory

TIMES = 200
MESSAGE = "мой начальник уже третий месяц не платит мне зарплату и говорит что денег нет, что мне теперь делать?"
"""A calm message, which has to be compared with all risk words."""


def measure(content: Content) -> list[str]:
    """A line for each part."""
    risks = RiskWords(content)
    times = []
    for _ in range(TIMES):
        before = time.perf_counter()
        risks.find(MESSAGE)
        times.append(time.perf_counter() - before)
    return [
        _line("risk words in a message of a hundred letters", times),
        _line("a ranked query in a directory of 20,000 contacts", directory.measure()),
    ]


def _line(name: str, times: list[float]) -> str:
    return f"{name}: {statistics.median(times) * 1000:.2f} ms"
