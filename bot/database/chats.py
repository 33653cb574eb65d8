"""Encrypts chat numbers, for the few tables that must know where to write.

A Telegram id is kept only where somebody asked for a message later: a reminder, news, a talk with staff. The key is
made from `MUSAFIR_SECRET`, which is not in the database: the database alone says nothing.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class ChatCipher:
    """Encrypts chat numbers for one `purpose`; what was encrypted for another cannot be read."""

    def __init__(self, secret: str, purpose: str) -> None:
        key = hashlib.sha256(f"musafir {purpose} {secret}".encode()).digest()
        self._cipher = Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, chat_id: int) -> str:
        """The chat number as text that says nothing without the key."""
        return self._cipher.encrypt(str(chat_id).encode()).decode()

    def decrypt(self, text: str) -> int | None:
        """The chat number; None when it was encrypted with another `MUSAFIR_SECRET`."""
        try:
            return int(self._cipher.decrypt(text.encode()))
        except InvalidToken:
            return None
