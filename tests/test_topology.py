"""Several replicas for real, in short: a bot, Redis and PostgreSQL die under load, and everybody is answered.

`make topology` does the same with Rasas, nginx and a hundred people.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.content import Content
from bot.languages import LANGUAGES
from tests import nginx, redis_server
from tests.bench.botapi import BotApi
from tests.bench.contenders.musafir import Installation
from tests.bench.questions import questions
from tests.postgres import find_binaries
from tests.scripted_rasa import ScriptedRasa, step_answer
from tests.topology.crowd import People
from tests.topology.kills import Killed, kill_each, table
from tests.topology.known import Known, find_out, names
from tests.topology.system import Topology, topology

PEOPLE = 20
EACH = 5
"""Questions in every language."""
TWICE = 2 * PEOPLE
"""Copies that may come around a death: each message that was being answered at that moment, and its neighbour."""


@asynccontextmanager
async def two_bots(content: Content, rasa: ScriptedRasa, folder: Path) -> AsyncIterator[tuple[Topology, People]]:
    """Everything but Rasa is real. People know what they ask."""
    asked = questions(content, EACH)  # the languages take turns
    answers = names(content, 20)
    for number, question in enumerate(asked):
        rasa.replies[question.text] = [step_answer(answers[number // len(LANGUAGES)], language=question.language)]
    port = urlsplit(rasa.url).port
    assert port is not None
    installation = Installation(folder / "musafir")
    async with BotApi().running() as api, topology(api, installation, bots=2, rasas=0, stand_ins=[port]) as running:
        everything: Known = await find_out(api, asked, answers[EACH:])
        yield running, People(api, PEOPLE, everything.questions, everything.links)


@pytest.mark.slow
async def test_a_death_of_any_part_loses_nothing(content: Content, rasa: ScriptedRasa, tmp_path: Path) -> None:
    nginx.find_program()
    if redis_server.find_program() is None or find_binaries() is None:
        pytest.skip("Redis or PostgreSQL is not installed (Debian: apt-get install redis-server postgresql)")
    async with two_bots(content, rasa, tmp_path) as (running, people):
        parts = [running.bots[0], running.redis, running.postgres]
        seen: list[Killed] = [killed async for killed in kill_each(people, parts, before=1.5, after=2)]
    told = table(seen)
    assert all(killed.is_as_before for killed in seen), told
    assert all(killed.around.sent == killed.around.answered > PEOPLE for killed in seen), told
    assert all(killed.around.doubled <= TWICE for killed in seen), told
    # Without Redis each bot keeps the order of what it was brought itself (deploy/scaling.md).
    assert not any(killed.around.disordered for killed in seen if killed.part != "Redis"), told
