"""Runs the desk: beside the bot in `musafir run`, or alone as `musafir desk`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.content import ContentStore
from bot.database import Database
from bot.desk.app import Access, create_app
from bot.desk.security import POLICY
from bot.errors import SetupError
from bot.sandbox.page import is_loopback
from bot.sandbox.server import listen
from bot.settings import Settings
from bot.training.folder import ModelFolder
from bot.training.trainer import Trainer
from bot.webserver import serving_web

logger = logging.getLogger(__name__)

LEAST_PASSWORD: Final = 12
"""Characters of a password, where others can reach the desk."""
_MODELS: Final = ModelFolder()


def access(settings: Settings) -> Access:
    """Who is let in. Raises `SetupError` when others could reach a desk without a good password."""
    password = expect_password(settings)
    return Access(settings.pseudonym_key(), password)


def expect_password(settings: Settings) -> str | None:
    """The password of the desk, if it needs one. Raises `SetupError` as `access` does."""
    password = settings.desk_password.get_secret_value() if settings.desk_password else None
    if not is_loopback(settings.desk_host) and password is None:
        raise SetupError(f"DESK_HOST={settings.desk_host} lets others reach the desk", "set DESK_PASSWORD as well")
    if password is not None and len(password) < LEAST_PASSWORD:
        raise SetupError("DESK_PASSWORD is too short", f"use at least {LEAST_PASSWORD} characters")
    return password


@asynccontextmanager
async def running(settings: Settings, store: ContentStore, models: ModelFolder = _MODELS) -> AsyncIterator[str]:
    """Run the desk for a while and yield its address. Raises `SetupError` when its port is taken."""
    database = Database(settings.async_database_url)
    trainer = Trainer(models, store.root)
    app = create_app(store, database, trainer, access(settings))
    try:
        listener = listen(settings.desk_host, settings.desk_port)
    except OSError as error:
        what = f"the desk cannot use port {settings.desk_port} ({error.strerror})"
        raise SetupError(what, "stop what uses it, or set DESK_PORT to another number") from error
    try:
        async with serving_web(app, listener, POLICY):
            yield f"http://{settings.desk_host}:{listener.getsockname()[1]}"
    finally:
        await trainer.cancel()
        await database.close()
