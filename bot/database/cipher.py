"""Encrypts the few things that must be kept but must not be readable in the database.

The key is made from `MUSAFIR_SECRET`, which is not in the database: the database alone says nothing.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class Cipher:
    """Encrypts text for one `purpose`; what was encrypted for another cannot be read."""

    def __init__(self, secret: str, purpose: str) -> None:
        key = hashlib.sha256(f"musafir {purpose} {secret}".encode()).digest()
        self._cipher = Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, text: str) -> str:
        """The text, saying nothing without the key."""
        return self._cipher.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str | None:
        """The text; None when it was encrypted with another `MUSAFIR_SECRET`."""
        try:
            return self._cipher.decrypt(encrypted.encode()).decode()
        except InvalidToken:
            return None
