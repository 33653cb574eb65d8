"""Counts warnings and errors in the log by who wrote them: nearly every error that the bot copes with stands there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.logs import OURS
from bot.observing.metrics import count_logged


class _Counting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        package = record.name.partition(".")[0]
        count_logged(record.levelname.lower(), record.name if package == OURS else package)


@contextmanager
def counting_log() -> Iterator[None]:
    """Count while the context is open."""
    handler = _Counting(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
