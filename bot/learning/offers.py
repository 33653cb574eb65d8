"""When to offer that a question may be kept: seldom enough to annoy nobody. In memory only."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

OPEN: Final = 24 * 60 * 60.0
"""Seconds for which an offer that nobody answered counts as open."""
AFTER_A_NO: Final = 10 * 60.0
"""Seconds without an offer after a no."""
LEAST_WORDS: Final = 2
_CHATS: Final = 10_000
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def is_worth_keeping(text: str) -> bool:
    """False for noise: less than two words."""
    return len(_WORD.findall(text)) >= LEAST_WORDS


class Offers:
    """Until when each chat is left in peace; nothing of what was asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._quiet_until: OrderedDict[int, float] = OrderedDict()

    def may_ask(self, chat_id: int) -> bool:
        """True when no offer is open in the chat and none was declined lately."""
        return self._quiet_until.get(chat_id, 0.0) <= self._clock()

    def asked(self, chat_id: int) -> None:
        """An offer is open."""
        self._be_quiet(chat_id, OPEN)

    def declined(self, chat_id: int) -> None:
        """The person said no."""
        self._be_quiet(chat_id, AFTER_A_NO)

    def closed(self, chat_id: int) -> None:
        """The offer was accepted, or is no longer in the chat."""
        self._quiet_until.pop(chat_id, None)

    def _be_quiet(self, chat_id: int, seconds: float) -> None:
        self._quiet_until[chat_id] = self._clock() + seconds
        self._quiet_until.move_to_end(chat_id)
        if len(self._quiet_until) > _CHATS:
            self._quiet_until.popitem(last=False)
