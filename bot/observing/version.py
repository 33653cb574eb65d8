"""What this replica serves, named so that replicas that differ are noticed."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.content import Content, ContentStore

_LENGTH: Final = 12
_READ: Final = {".yml", ".md", ".csv"}


class Versions:
    """The content as a digest of its files, the model by its name (`model` tells it), and the code by its version."""

    def __init__(self, store: ContentStore, model: Callable[[], str]) -> None:
        self._root = store.root
        self._model = model
        self._content = ""
        self.read_at = 0.0
        """When the content was taken over, in seconds since 1970."""
        store.on_change(self.read)

    async def read(self, _: Content | None = None) -> None:
        """Name the content as it is now."""
        self._content = await asyncio.to_thread(content_digest, self._root)
        self.read_at = time.time()

    def labels(self) -> dict[str, str]:
        """The names of all three."""
        return {"content": self._content, "model": self._model(), "code": version("musafir")}


def content_digest(root: Path) -> str:
    """The same for the same texts and contacts, wherever and whenever they were copied."""
    files = sorted(file for file in root.rglob("*") if file.suffix in _READ and file.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_LENGTH]
