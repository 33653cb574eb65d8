"""Encrypts chat numbers, for the few tables that must know where to write.

A Telegram id is kept only where somebody asked for a message later: a reminder, news, a talk with staff.
"""

from __future__ import annotations

from typing import Final

from bot.database.cipher import Cipher

REMINDERS: Final = "reminders"
NEWS: Final = "news"
"""Purposes of a cipher."""


def handovers_in(group: int | None) -> str:
    """The purpose of talks with the staff group `group`."""
    return f"handovers in {group}"


class ChatCipher:
    """Encrypts chat numbers for one `purpose`; what was encrypted for another cannot be read."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._cipher = Cipher(secret, purpose)

    def encrypt(self, chat_id: int) -> str:
        """The chat number as text that says nothing without the key."""
        return self._cipher.encrypt(str(chat_id))

    def decrypt(self, text: str) -> int | None:
        """The chat number; None when it was encrypted with another `MUSAFIR_SECRET`."""
        number = self._cipher.decrypt(text)
        return None if number is None else int(number)
