"""The small web server for those who look after the bot: /metrics, /healthz and /readyz. Nothing there is personal."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import SetupError
from bot.handlers.services import Services
from bot.observing.logged import counting_log
from bot.observing.state import BotState
from bot.observing.version import Versions
from bot.observing.watch import Watch
from bot.sandbox.server import listen
from bot.settings import Settings
from bot.webserver import serving_web

logger = logging.getLogger(__name__)


def create_app(watch: Watch, state: Collector) -> Starlette:
    """The pages. `state` is what this bot adds to the figures of its process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(state)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        reasons = watch.reasons()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return JSONResponse({"ready": not reasons, "reasons": reasons, "away": watch.away()}, status)

    pages = {"/metrics": metrics, "/healthz": healthz, "/readyz": readyz}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


@asynccontextmanager
async def observing(settings: Settings, services: Services, watch: Watch, versions: Versions) -> AsyncIterator[None]:
    """Show how the bot does while the context is open, if `METRICS_PORT` is set.

    When the port is taken that is logged, and the bot goes on: people need it more than its operators need figures.
    """
    async with AsyncExitStack() as stack:
        if settings.metrics_port is not None:
            try:
                await stack.enter_async_context(_pages(settings, services, watch, versions, settings.metrics_port))
            except SetupError as error:
                logger.error("nobody can see how the bot does: %s", error)
        yield


@asynccontextmanager
async def _pages(
    settings: Settings, services: Services, watch: Watch, versions: Versions, port: int
) -> AsyncIterator[None]:
    try:
        listener = listen(settings.metrics_host, port)
    except OSError as error:
        what = f"/metrics cannot use {settings.metrics_host}:{port} ({os.strerror(error.errno or 0)})"
        raise SetupError(what, "stop what uses it, or set METRICS_HOST and METRICS_PORT to what is free") from error
    await versions.read()
    looking = asyncio.gather(watch.keep_looking(), versions.keep_looking())
    try:
        with counting_log():
            async with serving_web(create_app(watch, BotState(services, watch, versions)), listener):
                yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
