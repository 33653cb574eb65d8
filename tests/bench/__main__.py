"""Measurements: `make bench`, `make bench FULL=1`, or `python -m tests.bench profile` for one part.

speed        each contender, one person and two hundred at once; stock Rasa when its model is there
scale        ten times the answers (when their model is there), a million people, 20,000 contacts
profile      where the time of one answer goes inside the bot
inside       parts of the bot by themselves
train-stock  the model of stock Rasa, train-large that of ten times the answers: once, both are kept in var/bench/

Machines are noisy: compare only figures of one run.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
from functools import partial
from typing import Final

import uvloop

from bot.content import Library
from bot.errors import SetupError
from bot.paths import VAR
from tests.bench import inside, scale, table
from tests.bench.contenders import echo, stock
from tests.bench.contenders.musafir import Installation, current_model
from tests.bench.profile import profile
from tests.bench.questions import Question, questions
from tests.bench.speed import CROWD, Contender, measure

PARTS: Final = ("speed", "scale", "profile", "inside", "train-stock", "train-large")
EACH_LANGUAGE: Final = 10
"""Questions."""
FOLDER: Final = VAR / "bench" / "run"
"""Emptied at each start; the logs of all contenders stay here until the next."""


async def run(parts: list[str], seconds: float) -> None:
    """Measure `parts` and print them. Raises `SetupError`. A SIGTERM stops what was started, as Ctrl-C does."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    content = Library().read()[0]
    asked = questions(content, EACH_LANGUAGE)
    shutil.rmtree(FOLDER, ignore_errors=True)
    installation = Installation(FOLDER / "musafir")
    installation.take_model(*current_model(content))
    lines: list[table.Line] = []
    if "speed" in parts:
        lines += await speed(installation, asked, seconds)
    if "scale" in parts:
        lines += await scale.measure(content, installation, asked, FOLDER)
    if lines:
        print(table.render(lines), flush=True)
    if "inside" in parts:
        print(*inside.measure(content), sep="\n", flush=True)
    if "profile" in parts:
        for mode in ("polling", "webhook"):
            print(await profile(installation, asked, mode), flush=True)


async def speed(installation: Installation, asked: list[Question], seconds: float) -> list[table.Line]:
    """Every contender in turn."""
    results = {}
    for contender in contenders(installation):
        say(f"measuring {contender.name} …")
        found = results[contender.name] = await measure(contender, asked, seconds)
        say(f"  {found.one.p50:.1f} ms for one person, {found.crowd.per_second:.1f} replies/s for {CROWD}")
    if stock.NAME not in results:
        say("stock Rasa is left out: `python -m tests.bench train-stock` trains it, once, in about ten minutes")
    return table.speed_lines(
        results[echo.NAME], results.get(stock.NAME), results["Musafir polling"], results["Musafir webhook"]
    )


def contenders(installation: Installation) -> list[Contender]:
    """Who is compared."""
    bots = [Contender(echo.NAME, partial(echo.start, folder=FOLDER), FOLDER / "echo.log")]
    if stock.MODEL.exists():
        bots.append(Contender(stock.NAME, partial(stock.start, folder=FOLDER), FOLDER / "stock.log"))
    for mode in ("polling", "webhook"):
        start = partial(installation.start, mode=mode)
        bots.append(Contender(f"Musafir {mode}", start, installation.log(mode), is_musafir=True))
    return bots


def say(text: str) -> None:
    """What is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="part", help="speed unless said")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long 200 people ask each contender")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    try:
        if "train-stock" in arguments.parts:
            stock.train(Library().read()[0])
        if "train-large" in arguments.parts:
            scale.train_large()
        if arguments.parts and not set(arguments.parts) - {"train-stock", "train-large"}:
            return
        uvloop.run(run(arguments.parts or ["speed"], arguments.seconds))
    except SetupError as error:
        sys.exit(f"bench: {error}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)


if __name__ == "__main__":
    main()
