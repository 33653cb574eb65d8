"""`make topology`: nginx, two bots, two Rasas, PostgreSQL and Redis on the loopback, and people who write.

kill   each part is killed under load and started again by a supervisor: what is lost, doubled, out of order
scale  replies a second with one and two bots and Rasas

Needs the packages nginx, postgresql and redis-server, and a trained model. Logs are in var/topology/run/.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
from typing import Final

import uvloop

from bot.content import Content, Library
from bot.errors import SetupError
from bot.paths import VAR
from tests.bench.botapi import BotApi
from tests.bench.contenders.musafir import Installation, current_model
from tests.bench.questions import Question, questions
from tests.topology import kills, known, scale
from tests.topology.crowd import People
from tests.topology.system import topology

PARTS: Final = ("kill", "scale")
FOLDER: Final = VAR / "topology"
"""Emptied at each start."""
EACH_LANGUAGE: Final = 10
LINKS: Final = 20
BUSY: Final = 2.0
"""Load average from which figures of speed say little about Musafir."""


async def kill(content: Content, asked: list[Question], people: int, only: list[str]) -> bool:
    """The kill test; prints its table. True when nothing was lost, out of order, or other than before."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    installation = Installation(FOLDER)
    installation.take_model(*current_model(content))
    async with BotApi().running() as api, topology(api, installation, bots=2, rasas=2) as running:
        everything = await known.find_out(api, asked, known.names(content, LINKS))
        say(f"everything runs; {len(everything.questions)} questions and {len(everything.links)} links are asked")
        crowd = People(api, people, everything.questions, everything.links)
        parts = [part for part in running.parts if not only or part.name in only]
        seen = []
        async for killed in kills.kill_each(crowd, parts):
            say(kills.table([killed]).splitlines()[-1])
            seen.append(killed)
    print(kills.table(seen), flush=True)
    return all(killed.is_well for killed in seen)


async def run(arguments: argparse.Namespace) -> bool:
    """Do what the command line says. Raises `SetupError`."""
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    content = Library().read()[0]
    asked = questions(content, EACH_LANGUAGE)
    is_well = True
    if "scale" in arguments.parts:
        if (load := os.getloadavg()[0]) > BUSY:
            say(f"the machine is busy (load {load:.1f}): these figures are lower than they should be")
        print(await scale.measure(content, asked, FOLDER, arguments.people, arguments.seconds), flush=True)
    if "kill" in arguments.parts:
        is_well = await kill(content, asked, arguments.people, arguments.only)
    return is_well


def say(text: str) -> None:
    """What is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.topology", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="part", default=[], help="kill, scale; both unless said")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each size is measured")
    parser.add_argument("--only", action="append", default=[], metavar="PART", help='kill only this, e.g. "bot 1"')
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    arguments.parts = arguments.parts or list(PARTS)
    logging.basicConfig(level=logging.WARNING)
    try:
        if not uvloop.run(run(arguments)):
            sys.exit(1)
    except SetupError as error:
        sys.exit(f"topology: {error}")
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)


if __name__ == "__main__":
    main()
