"""`musafir run`: starts everything in order, keeps it running, and stops what it started.

content ─> model ─> Rasa (child process)          unless RASA_URL names one
        ─> database ─> contacts
        ─> Telegram, or the sandbox when there is no token
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import click
from telegram.error import InvalidToken, TelegramError

from bot.application import MyApplication, attach, build_application, publish_texts
from bot.contacts import Directory, import_contacts
from bot.contacts.importer import file_digest
from bot.content import ContentStore
from bot.database import Database
from bot.database.people import People
from bot.database.reminders import Reminders
from bot.dialogue import Dialogue
from bot.errors import ImportRefusedError, SetupError
from bot.handlers.outbox import Outbox
from bot.handlers.places import countries_of_cities
from bot.handlers.reminding import keep_reminding
from bot.handlers.services import Services
from bot.rasa import RasaClient, RasaProcess
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings

logger = logging.getLogger(__name__)

SANDBOX_TOKEN: Final = "1:sandbox"  # noqa: S105 - opens nothing but the sandbox of this process
DATABASE_RETRY: Final = 30.0
"""Seconds between attempts while the database cannot be opened."""


async def run(settings: Settings, store: ContentStore, model: Path | None) -> None:
    """Run until interrupted. `model` is the file for a Rasa of our own; None when `RASA_URL` names one.

    Raises `SetupError` for what the person at the keyboard must mend.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        rasa = await stack.enter_async_context(rasa_for(settings, model))
        if settings.telegram_bot_token is None:
            url = await stack.enter_async_context(sandbox(settings.sandbox_port))
            settings = settings.model_copy(update={"telegram_api_base": url})
            click.echo(f"\nMusafir is here:  {url}\nOpen it in a browser. Ctrl-C stops everything.\n", err=True)
        async with serving(settings, store, rasa):
            await stop.wait()
    click.echo("Stopped.", err=True)


@asynccontextmanager
async def rasa_for(settings: Settings, model: Path | None) -> AsyncIterator[RasaClient]:
    """A client for `RASA_URL`, or for a Rasa of our own that is started here with `model`."""
    if model is None:
        async with RasaClient(settings.rasa_url or "") as client:
            yield client
        return
    process = RasaProcess(model, free_port())
    async with background(process.run()), RasaClient(process.url) as client:
        yield client


@asynccontextmanager
async def serving(settings: Settings, store: ContentStore, rasa: RasaClient) -> AsyncIterator[MyApplication]:
    """The bot, answering Telegram (or whatever speaks its Bot API) while the context is open."""
    token = settings.telegram_bot_token.get_secret_value() if settings.telegram_bot_token else SANDBOX_TOKEN
    application = build_application(settings, token)
    database = Database(settings.async_database_url)
    services = Services(
        store,
        People(database, settings.pseudonym_key()),
        Reminders(database, settings.pseudonym_key()),
        Directory(database),
        Dialogue(store.content, rasa),
        database,
        Outbox(application.bot),
    )
    attach(application, services)
    store.on_change(lambda content: asyncio.to_thread(services.dialogue.update, content))
    store.on_change(lambda _: refresh_contacts(services))
    await asyncio.to_thread(countries_of_cities)
    try:
        await prepare_database(services)
    except SetupError as error:
        logger.error("%s. Answers and SOS work; trying again in the background", error)
    try:
        async with (
            background(_keep_database(services)),
            background(store.watch()),
            background(keep_reminding(services)),
            _polling(application, settings),
            background(publish_texts(application, store.content)),
        ):
            yield application
    finally:
        await database.close()


@asynccontextmanager
async def _polling(application: MyApplication, settings: Settings) -> AsyncIterator[None]:
    try:
        await application.initialize()
    except TelegramError as error:
        await application.bot.shutdown()
        raise _refusal(error, settings.telegram_api_base) from error
    assert application.updater is not None
    await application.start()
    await application.updater.start_polling(
        allowed_updates=["message", "edited_message", "callback_query", "my_chat_member"], bootstrap_retries=-1
    )
    try:
        yield
    finally:
        await application.updater.stop()
        await application.stop()
        await application.shutdown()


def _refusal(error: TelegramError, base: str) -> SetupError:
    if isinstance(error, InvalidToken):
        return SetupError(
            "Telegram does not know this TELEGRAM_BOT_TOKEN",
            "copy it again from @BotFather, or unset it for the sandbox",
        )
    return SetupError(
        f"the Bot API at {base} cannot be reached ({type(error).__name__})", "check the network and TELEGRAM_API_BASE"
    )


async def prepare_database(services: Services) -> None:
    """Bring tables and contacts up to date. Raises `SetupError` when the database cannot be opened."""
    await services.database.migrate()
    await refresh_contacts(services)


async def refresh_contacts(services: Services) -> None:
    """Import `contacts.csv` when it has changed; a spreadsheet with mistakes leaves the contacts as they were."""
    path = services.store.root / "contacts.csv"
    digest = await asyncio.to_thread(file_digest, path) if path.exists() else None
    if digest is None or digest == services.directory.digest:
        return
    try:
        result = await import_contacts(services.database, path, set(services.content.needs["en"]))
        logger.info("contacts: %s", result)
        services.directory.digest = digest
    except ImportRefusedError as error:
        logger.error("%s\n%s", error, "\n".join(error.problems))
    await services.directory.refresh()


async def _keep_database(services: Services) -> None:
    while services.directory.digest is None:
        await asyncio.sleep(DATABASE_RETRY)
        with contextlib.suppress(SetupError):
            await prepare_database(services)


@asynccontextmanager
async def background(coroutine: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a coroutine beside the block and cancel it at the end. If it fails, that is logged and the block goes on."""
    task = asyncio.create_task(coroutine)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("a part of the bot stopped: %s: %s", type(error).__name__, error)


@asynccontextmanager
async def sandbox(port: int) -> AsyncIterator[str]:
    """The sandbox on the loopback; yields its address."""
    try:
        async with running_sandbox(SANDBOX_TOKEN, port=port) as url:
            yield url
    except OSError as error:
        raise SetupError(
            f"port {port} is already in use", "stop what uses it, or set SANDBOX_PORT to another number"
        ) from error


def free_port() -> int:
    """A port on the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
