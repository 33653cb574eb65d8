"""The state of the running bot as figures, read when Prometheus asks: it costs nothing in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from bot.handlers.services import Services
from bot.observing.version import Versions
from bot.observing.watch import Watch
from bot.paths import VAR

_UP: Final = {"rasa": "Rasa", "database": "the database"}


class BotState(Collector):
    """What `services`, `watch` and `versions` know about the bot."""

    def __init__(self, services: Services, watch: Watch, versions: Versions) -> None:
        self._services = services
        self._watch = watch
        self._versions = versions

    def collect(self) -> Iterator[Metric]:
        """What Prometheus gets."""
        watch, services = self._watch, self._services
        yield GaugeMetricFamily("musafir_ready", "1 while updates are taken here", not watch.reasons())
        yield GaugeMetricFamily(
            "musafir_rasa_up", "1 while Rasa answers; else questions are searched", watch.rasa_answers
        )
        yield GaugeMetricFamily("musafir_database_up", "1 while the database answers", watch.database_answers)
        yield GaugeMetricFamily("musafir_redis_up", "1 while Redis answers; no value without one", watch.redis_answers)
        yield self._connections()
        open_talks = len(services.handovers.silent_since(datetime.now(UTC)))
        yield GaugeMetricFamily("musafir_handovers_open", "Open talks between people and staff", open_talks)
        problems = len(services.store.errors())
        yield GaugeMetricFamily("musafir_content_problems", "Mistakes that keep files of content/ out", problems)
        yield GaugeMetricFamily(
            "musafir_content_read_timestamp_seconds", "When the content was taken over", self._versions.read_at
        )
        yield GaugeMetricFamily("musafir_disk_free_ratio", "Free part of the disk that var/ is on", _free())
        yield InfoMetricFamily("musafir_version", "What this replica serves", asdict(self._versions.latest))

    def _connections(self) -> Metric:
        family = GaugeMetricFamily("musafir_database_connections", "Connections to the database", labels=["state"])
        pool = self._services.database.engine.pool
        if isinstance(pool, QueuePool):
            family.add_metric(["in_use"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
        return family


def _free() -> float:
    disk = shutil.disk_usage(VAR if VAR.exists() else VAR.parent)
    return disk.free / disk.total
