"""The key in `var/secret` that pseudonyms and encrypted chat numbers are made with, and the one before it.

secret ── rotate ──> secret.old (people are recognised once more) ── forget_former ──> gone
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from bot.errors import SetupError
from bot.paths import VAR

SHORTEST = 16
FEWEST_CHARACTERS = 8
"""Different ones in a key; a random key of 16 has hardly ever fewer."""
EXAMPLES = ("changeme", "change-me", "change_me", "secret", "password", "example", "musafir", "qwerty")


class KeyFile:
    """The key of a machine without `MUSAFIR_SECRET`. Readable for its owner only, never printed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or VAR
        self._key = self._folder / "secret"
        self._former = self._folder / "secret.old"

    def read(self) -> str:
        """The key; a random one is made when there is none. Raises `SetupError` when that cannot be done."""
        try:
            self._folder.mkdir(exist_ok=True)
            if not self._key.exists():
                self._make()
            key = self._key.read_text().strip()
        except OSError as error:
            raise SetupError(
                f"the key in {self._key} cannot be read or made ({error.strerror})",
                "let the user that runs the bot own var/, with some space on its disk",
            ) from error
        if not key:
            raise SetupError(f"{self._key} is empty", "put the key back, from where it is kept apart from the backups")
        return key

    def _make(self) -> None:
        """A file that is there has its key in it, also when the disk is full or another process makes one too."""
        handle, partial = tempfile.mkstemp(dir=self._folder)  # for its owner only
        try:
            with os.fdopen(handle, "w") as new:
                new.write(secrets.token_hex(32))
            with suppress(FileExistsError):
                self._key.hardlink_to(partial)
        finally:
            Path(partial).unlink()

    def former(self) -> str | None:
        """The key before, while people may still be kept under it."""
        return self._former.read_text().strip() if self._former.exists() else None

    def rotate(self) -> None:
        """Make a new key and keep the one before. Raises `SetupError` when there is one before that."""
        if self._former.exists():
            raise SetupError(
                f"people may still be kept under the key in {self._former}",
                "first end that change with `musafir secret rotate --forget-old`",
            )
        if not self._key.exists():
            raise SetupError("there is no key yet", "the first start makes one")
        self._key.rename(self._former)  # a crash here leaves no key: the next start makes one, as the next line does
        self.read()

    def forget_former(self) -> bool:
        """Delete the key before. False when there is none."""
        known = self._former.exists()
        self._former.unlink(missing_ok=True)
        return known


def is_weak(key: str) -> bool:
    """True for a key that somebody could guess: short, monotonous, or out of an example."""
    folded = key.casefold()
    return len(key) < SHORTEST or len(set(key)) < FEWEST_CHARACTERS or any(word in folded for word in EXAMPLES)
