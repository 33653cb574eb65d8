"""Musafir as operators run it, in a copy of the installation: `var/` and `nlu/models/` are left alone."""

from __future__ import annotations

import shutil
import sys
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from bot.content import Content
from bot.errors import SetupError
from bot.paths import CONTENT, ROOT
from bot.rasa.process import free_port
from bot.training.folder import MODELS, ModelFolder
from bot.training.model import model_name
from tests.bench.botapi import TOKEN, BotApi
from tests.bench.processes import process

UNLIMITED: Final = "1000000"
"""Messages a second: Telegram's own limit, which the bot keeps, would hide what it can do."""
_SKIPPED: Final = shutil.ignore_patterns(".venv", "models", "__pycache__")


class Installation:
    """A copy of the program in the new folder `root`, with its own content, models, database and secret."""

    def __init__(self, root: Path, content: Path = CONTENT) -> None:
        self.root = root
        self.models = ModelFolder(root / "nlu" / "models")
        for part in ("bot", "locales", "nlu"):
            shutil.copytree(ROOT / part, root / part, ignore=_SKIPPED)
        shutil.copytree(content, root / "content")
        shutil.copy2(ROOT / "pyproject.toml", root)
        (root / "nlu" / ".venv").symlink_to(ROOT / "nlu" / ".venv")
        self.models.root.mkdir()

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "var" / "musafir.sqlite3"

    def take_model(self, file: Path, name: str) -> None:
        """Let the model `file` serve, under the name that the model of the content has: nothing is trained then."""
        self.models.file(name).symlink_to(file.resolve())
        self.models.choose(name)

    def environment(self, api_url: str, mode: str = "polling") -> dict[str, str]:
        """The settings of an operator whose Bot API is at `api_url`."""
        settings = {
            "PYTHONPATH": str(self.root),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": api_url,
            "TELEGRAM_MESSAGES_PER_SECOND": UNLIMITED,
            "DESK_PORT": "0",
        }
        if mode == "webhook":
            port = str(free_port())
            settings |= {
                "TELEGRAM_MODE": "webhook",
                "WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
                "WEBHOOK_PORT": port,
                "WEBHOOK_SECRET": "known-only-to-the-benchmark",
            }
        return settings

    def log(self, mode: str = "polling") -> Path:
        """What the bot prints."""
        return self.root / f"{mode}.log"

    def start(self, api: BotApi, mode: str = "polling") -> AbstractAsyncContextManager[Process]:
        """`musafir run`; yields the process."""
        command = (Path(sys.executable).parent / "musafir", "run")
        return process(*command, folder=self.root, environment=self.environment(api.url, mode), log=self.log(mode))


def current_model(content: Content) -> tuple[Path, str]:
    """The newest trained model, and the name that the model of `content` has. Raises `SetupError` without a model."""
    models = sorted(MODELS.glob("musafir-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    if not models:
        raise SetupError("there is no model to measure with", "run `musafir train` first")
    return models[-1], model_name(content)
