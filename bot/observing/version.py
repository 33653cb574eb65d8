"""What this replica serves, named so that replicas that differ are noticed."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.content import Content, ContentStore
from bot.rasa.model import served_model
from bot.training.folder import ModelFolder

PAUSE: Final = 30.0
"""Seconds between two looks."""
REMEMBERED: Final = 120.0
"""Seconds. Of several Rasas at one address another one may be asked at each look: all of these times are named."""
_LENGTH: Final = 12
_READ: Final = {".yml", ".md", ".csv"}


@dataclass(frozen=True)
class Served:
    """The content as a digest of its files, the name of Rasa's model, and the version of the code; empty if unknown."""

    content: str = ""
    model: str = ""
    code: str = version("musafir")


class Versions:
    """Names what is served. `rasa_url` is the Rasa that runs elsewhere; None for one of our own."""

    def __init__(self, store: ContentStore, rasa_url: str | None) -> None:
        self._root = store.root
        self._rasa_url = rasa_url
        self._content = ""
        self._models: dict[str, float] = {}
        self.latest = Served()
        """What the last look saw."""
        self.read_at = 0.0
        """When the content was taken over, in seconds since 1970."""
        store.on_change(self.read)

    async def look(self) -> Served:
        """See what is served now."""
        if not self._content:
            await self.read()
        if self._rasa_url is None:
            model = await asyncio.to_thread(ModelFolder().chosen)
        else:
            model = await served_model(self._rasa_url)
        if model:
            self._models[model] = time.monotonic()
        seen = sorted(name for name, at in self._models.items() if time.monotonic() - at < REMEMBERED)
        self.latest = Served(self._content, "+".join(seen))
        return self.latest

    async def keep_looking(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(PAUSE)

    async def read(self, _: Content | None = None) -> None:
        """Name the content as it is now."""
        self._content = await asyncio.to_thread(content_digest, self._root)
        self.latest = Served(self._content, self.latest.model)
        self.read_at = time.time()


def content_digest(root: Path) -> str:
    """The same for the same texts and contacts, wherever and whenever they were copied."""
    files = sorted(file for file in root.rglob("*") if file.suffix in _READ and file.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:_LENGTH]
