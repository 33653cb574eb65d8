"""Notices when the clock of the machine has leapt, so that nothing is deleted by a date that may be wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

logger = logging.getLogger(__name__)

LEAP: Final = timedelta(days=1)
"""By so much more or less than really passed, the clock has leapt. Less does not harm what is deleted after weeks."""
DISTRUST: Final = timedelta(days=1)
"""How long a date is not believed after a leap: time for somebody, or for NTP, to put the clock right."""


class Steadiness:
    """Compares the clock with one that cannot be set. `now` is what it shows at the beginning."""

    def __init__(self, now: datetime, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._begun, self._begun_at = now, steady()
        self._distrusted_until = 0.0

    def holds(self, now: datetime) -> bool:
        """True unless the clock, which now shows `now`, has leapt within the last day."""
        at = self._steady()
        if abs(now - self._begun - timedelta(seconds=at - self._begun_at)) > LEAP:
            logger.error("the clock has leapt: for a day nothing is deleted for being old, check the date")
            self._begun, self._begun_at = now, at
            self._distrusted_until = at + DISTRUST.total_seconds()
        return at >= self._distrusted_until
