"""Asks a running bot how it does, as Prometheus and a proxy would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bot.content import Library
from bot.rasa.process import free_port
from tests.conversation import World, running_bot


@dataclass(frozen=True)
class Figures:
    """What /metrics said."""

    text: str

    @property
    def families(self) -> Iterable[Metric]:
        """The metrics, with their samples."""
        return text_string_to_metric_families(self.text)

    @property
    def samples(self) -> list[Sample]:
        """Every number."""
        return [sample for family in self.families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the numbers of that name which have these labels."""
        return sum(
            sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()
        )


@dataclass(frozen=True)
class Observed:
    """A bot that can be asked how it does."""

    world: World
    http: httpx.AsyncClient

    async def figures(self) -> Figures:
        """All figures now."""
        response = await self.http.get("/metrics")
        assert response.status_code == 200
        return Figures(response.text)

    async def growth(self, before: Figures, name: str, least: float = 1, **labels: str) -> float:
        """By how much a figure is larger than it was, as soon as that is `least` or more."""
        grown = 0.0
        async with asyncio.timeout(30):
            while grown < least:
                grown = (await self.figures()).value(name, **labels) - before.value(name, **labels)
        return grown


@asynccontextmanager
async def observed_bot(rasa_url: str, folder: Path, library: Library, **more: Any) -> AsyncIterator[Observed]:
    """A bot with its figures on a port of its own. `more` are settings."""
    port = free_port()
    async with (
        running_bot(rasa_url, folder, library, metrics_port=port, **more) as world,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        yield Observed(world, http)
