"""How fast a person is answered and how much memory that takes, through the whole way: Bot API, bot, Rasa, database.

Prints one line a figure. Machines are noisy: compare only lines of one run.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

from bot.content import Library
from bot.rasa import RasaClient, RasaProcess
from bot.rasa.process import free_port
from bot.safety import RiskWords
from bot.training.model import train
from tests.bench import directory
from tests.conversation import World, running_bot

QUESTIONS = ["маошамро намедихад чи кор кунам", "забрали паспорт", "oyligimni bermayapti", "I had an accident at work"]
ONE_BY_ONE = 100
PEOPLE = 20
EACH = 10


async def main() -> None:
    """Start everything, measure, print."""
    library = Library()
    model = await asyncio.to_thread(train, library.read()[0])
    with tempfile.TemporaryDirectory() as folder:
        process = RasaProcess(model, free_port(), Path(folder) / "rasa.log")
        started = time.perf_counter()
        task = asyncio.create_task(process.run())
        await process.ready.wait()
        report("start of Rasa", time.perf_counter() - started, "s")
        report(
            "a ranked query in a directory of 20,000 contacts, median",
            statistics.median(directory.measure()) * 1000,
            "ms",
        )
        report("risk words in a message of a hundred letters, median", risk_words() * 1000, "ms")
        async with RasaClient(process.url) as rasa:
            await rasa_alone(rasa)
        async with running_bot(process.url, Path(folder), library) as world:
            await one_person(world)
            await many_people(world)
        report("memory of Rasa", resident(process.pid or 0), "MB")
        report("memory of the bot with sandbox and benchmark", resident(os.getpid()), "MB")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def risk_words() -> float:
    """Seconds that a calm message, which has to be compared with all patterns, takes."""
    risks = RiskWords(Library().read()[0])
    message = "мой начальник уже третий месяц не платит мне зарплату и говорит что денег нет, что мне теперь делать?"
    times = []
    for _ in range(ONE_BY_ONE):
        before = time.perf_counter()
        risks.find(message)
        times.append(time.perf_counter() - before)
    return statistics.median(times)


async def rasa_alone(rasa: RasaClient) -> None:
    """A question to Rasa over HTTP, one at a time."""
    times = []
    for number, text in zip(range(ONE_BY_ONE), itertools.cycle(QUESTIONS), strict=False):
        before = time.perf_counter()
        await rasa.ask(f"bench-{number % 10}", text)
        times.append(time.perf_counter() - before)
    report("Rasa, a question at a time, median", statistics.median(times) * 1000, "ms")


async def one_person(world: World) -> None:
    """A question in the chat until its answer is there, one at a time."""
    chat = await world.person("Bench", "en")
    await chat.begin("en")
    times = []
    for _, text in zip(range(ONE_BY_ONE), itertools.cycle(QUESTIONS), strict=False):
        before = time.perf_counter()
        await chat.say(text)
        times.append(time.perf_counter() - before)
    report("question to answer in the chat, median", statistics.median(times) * 1000, "ms")
    report("question to answer in the chat, slowest of 100", max(times) * 1000, "ms")


async def many_people(world: World) -> None:
    """Twenty people who ask at the same time."""
    chats = [await world.person(f"Bench {number}", "en") for number in range(PEOPLE)]
    for chat in chats:
        await chat.begin("en")

    async def ask_all(chat_number: int) -> None:
        for number in range(EACH):
            await chats[chat_number].say(QUESTIONS[number % len(QUESTIONS)])

    before = time.perf_counter()
    await asyncio.gather(*(ask_all(number) for number in range(PEOPLE)))
    report(f"answers a second, {PEOPLE} people at once", PEOPLE * EACH / (time.perf_counter() - before), "1/s")


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def report(name: str, value: float, unit: str) -> None:
    """One figure."""
    print(f"{name:60}{value:10.1f} {unit}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
