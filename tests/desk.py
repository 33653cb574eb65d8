"""The desk in tests: a real server on the loopback, over a copy of some content in a git repository.

async with running_desk(folder) as desk:
    page = await desk.get("/answers")
    await desk.send("/contacts/C001", organisation="…")
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx

from bot.content import ContentStore, Library
from bot.database import Database
from bot.desk.server import running
from bot.settings import Settings
from bot.training.folder import ModelFolder

EDITOR = "Айгүл Токтосунова"


@dataclass
class Desk:
    """One member of staff at the desk."""

    http: httpx.AsyncClient
    url: str
    root: Path
    store: ContentStore
    database: Database

    async def sign_in(self, name: str = EDITOR, password: str = "") -> httpx.Response:
        """Go through the first page."""
        return await self.send("/login", name=name, password=password)

    async def get(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.text

    async def send(self, path: str, files: Any = None, **form: Any) -> httpx.Response:
        """Send a form, as the desk's own page would."""
        return await self.http.post(path, data=form, files=files)

    async def form(self, path: str) -> dict[str, str]:
        """The fields of the page's form that can be edited, with what they hold."""
        return fields(await self.get(path))

    @asynccontextmanager
    async def colleague(self, name: str = "Бекзат") -> AsyncIterator[Desk]:
        """Somebody else, in a browser of their own."""
        async with browser(self.url) as http:
            other = Desk(http, self.url, self.root, self.store, self.database)
            await other.sign_in(name)
            yield other

    def git(self, *arguments: str) -> str:
        """What git says about the content."""
        return subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True).stdout


def fields(page: str) -> dict[str, str]:
    """The inputs and text areas of the form with a version or an earlier state."""
    form = max(re.findall(r"<form.*?</form>", page, re.DOTALL), key=len)
    found = {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    }
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL)
    return found | {unescape(name): unescape(value) for name, value in areas}


@asynccontextmanager
async def running_desk(
    root: Path, *, migrate: bool = True, models: Path | None = None, **settings: Any
) -> AsyncIterator[Desk]:
    """The desk for the content in `root`, which becomes a git repository; somebody is signed in already."""
    _make_repository(root)
    configured = Settings(
        _env_file=None,  # type: ignore[call-arg]
        musafir_secret="a key for tests",
        desk_port=0,
        **{"database_url": f"sqlite:///{root.parent / 'desk.sqlite3'}", **settings},
    )
    database = Database(configured.async_database_url)
    if migrate:
        await database.migrate()
    store = ContentStore(Library(root))
    folder = ModelFolder(models or root.parent / "models")
    try:
        async with running(configured, store, folder) as url, browser(url) as http:
            desk = Desk(http, url, root, store, database)
            if configured.desk_password is None:
                await desk.sign_in()
            yield desk
    finally:
        await database.close()


def _make_repository(root: Path) -> None:
    for command in ("init -q", "add -A", "-c user.name=test -c user.email=test@test commit -qm start"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that shows the desk at `url`."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30) as http:
        yield http
