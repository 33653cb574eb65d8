"""Slows down whoever guesses passwords."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FREE: Final = 5
"""Wrong passwords from one address before it has to wait."""
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 900.0
"""Seconds; doubled at each further wrong password."""
ADDRESSES: Final = 10_000
"""Addresses that are remembered; the one that was quiet for longest goes first."""


@dataclass
class _Record:
    wrong: int = 0
    locked_until: float = 0.0


class Attempts:
    """Compares passwords, and remembers in memory how often each address was wrong."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._password = password.encode()
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds that an address still has to wait; 0 when it may try."""
        record = self._records.get(address)
        return max(0.0, record.locked_until - self._clock()) if record else 0.0

    def is_right(self, address: str, password: str) -> bool:
        """Whether the password is right; never while the address has to wait, so that guessing gains nothing."""
        if self.wait(address):
            return False
        if hmac.compare_digest(password.encode(), self._password):
            self._records.pop(address, None)
            return True
        record = self._records.setdefault(address, _Record())
        self._records.move_to_end(address)
        record.wrong += 1
        if record.wrong >= FREE:
            pause = min(FIRST_PAUSE * 2 ** min(record.wrong - FREE, 20), LONGEST_PAUSE)
            record.locked_until = self._clock() + pause
        if len(self._records) > ADDRESSES:
            self._records.popitem(last=False)
        return False
