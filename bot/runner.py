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
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.application import MyApplication, attach, build_application, publish_texts
from bot.contacts import Directory, import_contacts
from bot.contacts.importer import file_digest
from bot.content import ContentStore
from bot.database import Database
from bot.database.handovers import Handovers
from bot.database.people import People, Unfinished
from bot.database.reminders import Reminders
from bot.database.retention import keep_retention
from bot.database.rotation import Rotation
from bot.database.schema import NewerSchemaError
from bot.database.subscriptions import Subscriptions
from bot.desk.server import running as running_desk
from bot.dialogue import Dialogue
from bot.errors import ImportRefusedError, SetupError
from bot.guide_memory import GuideMemory
from bot.handlers.alerting import keep_alerting
from bot.handlers.handover import keep_handovers
from bot.handlers.outbox import Outbox
from bot.handlers.places import countries_of_cities
from bot.handlers.reminding import keep_reminding
from bot.handlers.services import Services, today
from bot.handlers.staff_group import StaffGroup
from bot.learning.figures import Figures
from bot.learning.jobs import keep_learning
from bot.learning.keeper import Keeper
from bot.observing.server import observing
from bot.observing.version import Versions
from bot.observing.watch import Watch
from bot.rasa import RasaClient, RasaProcess
from bot.rasa.chosen import ChosenRasa
from bot.rasa.process import free_port
from bot.receiving import receiving
from bot.roster import Roster
from bot.sandbox.group import GROUP_ID
from bot.sandbox.server import running as running_sandbox
from bot.settings import Settings
from bot.shared import Alone, Fleet, when_leading
from bot.training.folder import ModelFolder

logger = logging.getLogger(__name__)

SANDBOX_TOKEN: Final = "1:sandbox"  # noqa: S105 - opens nothing but the sandbox of this process
DATABASE_RETRY: Final = 30.0
"""Seconds between attempts while the database cannot be opened."""


async def run(settings: Settings, store: ContentStore, model: str | None) -> None:
    """Run until interrupted. `model` names the one for a Rasa of our own; None when `RASA_URL` names a Rasa.

    Raises `SetupError` for what the person at the keyboard must mend.
    """
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        rasa = await stack.enter_async_context(following_rasa(settings, model))
        if settings.telegram_bot_token is None:
            url = await stack.enter_async_context(sandbox(settings.sandbox_port))
            settings = settings.model_copy(update={"telegram_api_base": url, "staff_chat_id": GROUP_ID})
            _tell(settings, f"\nMusafir is here:  {url}\nOpen it in a browser. Ctrl-C stops everything.\n")
        await stack.enter_async_context(serving(settings, store, rasa))
        try:
            if settings.run_desk:
                desk = await stack.enter_async_context(running_desk(settings, store))
                _tell(settings, f"The desk for staff:  {desk}\n")
        except SetupError as error:  # people need the bot more than staff need the desk
            logger.error("the desk is not there: %s", error)
        await stop.wait()
    _tell(settings, "Stopped.")


async def run_desk(settings: Settings, store: ContentStore) -> None:
    """Run only the desk until interrupted; the bot runs elsewhere and follows the files. Raises `SetupError`."""
    stop = _stop_signal()
    database = Database(settings.async_database_url)
    try:
        await database.migrate()
    except NewerSchemaError:
        raise
    except SetupError as error:
        logger.error("%s. Texts and contacts can be edited all the same", error)
    finally:
        await database.close()
    async with background(store.watch()), running_desk(settings, store) as desk:
        _tell(settings, f"The desk for staff:  {desk}\nCtrl-C stops it.")
        await stop.wait()
    _tell(settings, "Stopped.")


def _tell(settings: Settings, text: str) -> None:
    """Tell who sits at the keyboard; where machines read the log, it stands there."""
    if settings.log_format == "text":
        click.echo(text, err=True)
    else:
        logger.info(" ".join(text.split()))


def _stop_signal() -> asyncio.Event:
    """Set when somebody presses Ctrl-C, or the service manager stops us."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def rasa_for(settings: Settings, model: Path | None) -> AsyncIterator[RasaClient]:
    """A client for `RASA_URL`, or for a Rasa of our own that is started here with `model`."""
    if model is None:
        async with RasaClient(settings.rasa_url or "") as client:
            yield client
        return
    process = RasaProcess(model, free_port())
    async with process.running(), RasaClient(process.url) as client:
        yield client


@asynccontextmanager
async def following_rasa(settings: Settings, model: str | None) -> AsyncIterator[RasaClient]:
    """A client for a Rasa of our own that changes over whenever another model is chosen; or for `RASA_URL`."""
    if model is None:
        logger.info("RASA_URL is set: which model serves is decided there, a newly chosen one is not taken over here")
        async with RasaClient(settings.rasa_url or "") as client:
            yield client
        return
    async with ChosenRasa(ModelFolder(), model) as rasa, background(rasa.follow()):
        yield rasa.client


@asynccontextmanager
async def serving(settings: Settings, store: ContentStore, rasa: RasaClient) -> AsyncIterator[MyApplication]:
    """The bot, answering Telegram (or whatever speaks its Bot API) while the context is open."""
    token = settings.telegram_bot_token.get_secret_value() if settings.telegram_bot_token else SANDBOX_TOKEN
    fleet = Fleet(settings.redis_url.get_secret_value(), settings, token) if settings.redis_url else None
    leader = fleet.replicas if fleet else Alone()
    application = build_application(settings, token, fleet)
    database = Database(settings.async_database_url)
    group = settings.staff_chat_id
    former = settings.former_key()
    rotation = Rotation(former, settings.pseudonym_key(), group) if former else None
    shared = fleet is not None
    dialogue = Dialogue(store.content, rasa)
    guides = GuideMemory(
        database, settings.pseudonym_key(), settings.former_key(), dialogue.open_questions, shared=shared
    )
    handovers = Handovers(database, settings.pseudonym_key(), group, shared=shared)

    def learn(pseudonym: str, unfinished: Unfinished) -> None:
        guides.learn(pseudonym, unfinished.guide)
        handovers.learn(pseudonym, unfinished.talk)

    services = Services(
        store,
        People(database, settings.pseudonym_key(), settings.former_key(), learn, shared=shared),
        Reminders(database, settings.pseudonym_key()),
        Subscriptions(database, settings.pseudonym_key()),
        Directory(database),
        dialogue,
        database,
        Outbox(application.bot, fleet.recent_messages() if fleet else None),
        handovers,
        StaffGroup(application, group) if group is not None else None,
        Figures(database, settings.pseudonym_key()),
        Keeper(store, database, dialogue.look_up),
        guides,
    )
    attach(application, services)
    watch = Watch(rasa, database, fleet.replicas if fleet else None)
    versions = Versions(store, settings.rasa_url)
    roster = Roster(database, settings.replica, versions.look).listed() if shared else nullcontext()
    store.on_change(lambda content: asyncio.to_thread(services.dialogue.update, content))
    store.on_change(lambda _: refresh_contacts(services))
    try:
        await asyncio.to_thread(countries_of_cities)
        try:
            await prepare_database(services, rotation)
        except NewerSchemaError:
            raise
        except SetupError as error:
            logger.error("%s. Answers and SOS work; trying again in the background", error)
        async with (
            observing(settings, services, watch, versions),
            background(_keep_database(services, rotation)),
            background(store.watch()),
            background(keep_reminding(services, leader)),
            background(keep_alerting(services, leader)),
            background(keep_learning(database, services.figures)),
            background(keep_retention(database, services.people)),
            receiving(application, settings, database, fleet),
            watch.receiving(),
            roster,
            background(keep_handovers(services)),
            background(when_leading(leader, lambda: publish_texts(application, store.content))),
        ):
            yield application
    finally:
        await services.figures.flush()
        await services.people.write_seen(today())
        await database.close()
        if fleet:
            await fleet.close()


async def prepare_database(services: Services, rotation: Rotation | None = None) -> None:
    """Bring tables and contacts up to date. Raises `SetupError` when the database cannot be opened."""
    await services.database.migrate()
    if rotation:
        await rotation.apply(services.database)
    await services.handovers.load()
    await refresh_contacts(services)


async def refresh_contacts(services: Services) -> None:
    """Import `contacts.csv` when it has changed; a spreadsheet with mistakes leaves the contacts as they were."""
    path = services.store.root / "contacts.csv"
    try:
        digest = await asyncio.to_thread(file_digest, path)
        if digest == services.directory.digest:
            return
        result = await import_contacts(services.database, path, set(services.content.needs["en"]))
        logger.info("contacts: %s", result)
        services.directory.digest = digest
    except ImportRefusedError as error:
        logger.error("%s\n%s", error, "\n".join(error.problems))
    except (SQLAlchemyError, OSError) as error:
        logger.error("the contacts cannot be imported now: %s", type(error).__name__)
    await services.directory.refresh()


async def _keep_database(services: Services, rotation: Rotation | None) -> None:
    """Prepare the database as soon as that is possible, and anew when an empty one has taken its place."""
    while True:
        await asyncio.sleep(DATABASE_RETRY)
        if await services.database.is_empty():
            services.directory.digest = None
        if services.directory.digest is None:
            with contextlib.suppress(SetupError):
                await prepare_database(services, rotation)


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
