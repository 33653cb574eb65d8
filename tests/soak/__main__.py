"""A soak: `make soak`, `make soak MESSAGES=5000 MODE=webhook`.

The bot as operators run it, with a Rasa of its own (or the one that RASA_URL names), answers 500 people, 20 at once.
Every fiftieth of the way memory is looked at. It fails when memory still grows in the second half, when descriptors
do, when somebody got no reply, or when the bot logged an error. Its log stays in var/soak/.

Fewer than 40,000 messages try everything, but are no word on memory: until then caches of fixed size are still filling.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import uvloop

from bot.content import Library
from bot.errors import SetupError
from bot.paths import VAR
from tests.bench.contenders.musafir import Installation, current_model
from tests.bench.load import Crowd
from tests.bench.questions import questions
from tests.bench.ready import until_it_answers
from tests.soak.curve import Sample, sample, verdict
from tests.soak.town import Person, Telegram, Town

FOLDER: Final = VAR / "soak"
PEOPLE: Final = 500
AT_ONCE: Final = 20
SAMPLES: Final = 50
LEAST: Final = 500
EACH_LANGUAGE: Final = 40
"""Questions."""
_ERROR: Final = re.compile(r"^.*\b(?:ERROR|CRITICAL)\b.*$", re.MULTILINE)


async def run(messages: int, mode: str, seed: int) -> list[str]:
    """Soak the bot; prints the curve and returns what is wrong. Raises `SetupError`."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    content = Library().read()[0]
    asked = questions(content, EACH_LANGUAGE)
    shutil.rmtree(FOLDER, ignore_errors=True)
    installation = Installation(FOLDER)
    installation.take_model(*current_model(content))
    log = installation.log(mode)
    async with Telegram().running() as api, installation.start(api, mode) as running:
        await until_it_answers(Crowd(api), running, log, by_rasa=True)
        soak = Soak(Town(api, asked, PEOPLE, seed), messages, seed)
        samples = await soak.go(lambda done: sample(done, running.pid, installation.database))
        if running.returncode is not None:
            raise SetupError("the bot has ended", f"look at {log}")
    lines, wrong = verdict(samples)
    print(*lines, f"{soak.per_second:.0f} messages/s: {dict(soak.done.most_common())}", sep="\n")
    if soak.lost:
        wrong.append(f"without a reply: {dict(soak.lost)}")
    if errors := _ERROR.findall(log.read_text(encoding="utf-8", errors="replace")):
        wrong.append(f"{len(errors)} errors in {log}, first: {errors[0]}")
    return wrong


class Soak:
    """A number of messages on their way; `done` counts them by what they were, `lost` those without a reply."""

    def __init__(self, town: Town, messages: int, seed: int) -> None:
        self._town = town
        self._messages = messages
        self._dice = random.Random(seed)
        self._numbers = itertools.count(1)
        self.done: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.per_second = 0.0

    async def go(self, look: Callable[[int], Sample]) -> list[Sample]:
        """Send them all, `AT_ONCE` at a time; returns what `look` saw on the way, and prints it."""
        samples: list[Sample] = []
        started = time.perf_counter()

        async def keep_writing(people: Sequence[Person]) -> None:
            while next(self._numbers) <= self._messages:
                kind, heard = await self._town.act(self._dice.choice(people))
                self.done[kind] += 1
                if not heard:
                    self.lost[kind] += 1
                if self.done.total() % (self._messages // SAMPLES) == 0:
                    samples.append(look(self.done.total()))
                    print(samples[-1], flush=True)

        groups = [self._town.people[first::AT_ONCE] for first in range(AT_ONCE)]
        await asyncio.gather(*(keep_writing(people) for people in groups))
        self.per_second = self._messages / (time.perf_counter() - started)
        return samples


def main() -> None:
    """Read the command line; exit code 1 when something is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--mode", choices=["polling", "webhook"], default="polling")
    parser.add_argument("--seed", type=int, default=7, help="the same seed, the same people and messages")
    arguments = parser.parse_args()
    if arguments.messages < LEAST:
        parser.error(f"at least {LEAST} messages")
    try:
        wrong = uvloop.run(run(arguments.messages, arguments.mode, arguments.seed))
    except SetupError as error:
        sys.exit(f"soak: {error}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)
    print(*(wrong or ["all was well"]), sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
