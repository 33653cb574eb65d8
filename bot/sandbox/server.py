"""The sandbox as a web application, and how to run it beside the bot or within a test."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox import group_page, methods, page
from bot.sandbox.errors import ApiError, NotFound, Unauthorized
from bot.sandbox.faults import ConnectionCutError
from bot.sandbox.params import Params
from bot.sandbox.state import Telegram
from bot.web_headers import SecureHeaders

Json = dict[str, Any]

logger = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_BACKLOG = 2048
_STOP_SECONDS = 0.5
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Nothing from elsewhere, no inline scripts: the page shows texts that people typed."""


async def _bot_api(request: Request) -> Response:
    telegram: Telegram = request.app.state.telegram
    try:
        params = await Params.of(request)
    except ApiError as error:
        return JSONResponse(error.body(), error.code)
    except ClientDisconnect:  # a bot that is being stopped hangs up in the middle of a call
        return Response(status_code=HTTPStatus.NO_CONTENT)
    token, method = request.path_params["token"], request.path_params["method"]
    answer = asyncio.ensure_future(methods.answer(telegram, token, method, params))
    if method.lower() == "getupdates" and not await _answered(answer, request):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    try:
        status, body = await answer
    except ConnectionCutError:
        request.app.state.cut(request.scope["client"])
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return JSONResponse(body, status)


async def _answered(answer: asyncio.Future[tuple[int, Json]], request: Request) -> bool:
    """Wait for an answer as long as the bot does: a poll it gave up must not stand in the way of its next."""
    gone = asyncio.ensure_future(_hung_up(request))
    either: set[asyncio.Future[Any]] = {answer, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return answer.done()
    finally:
        gone.cancel()
        if not answer.done():
            answer.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _bot_file(request: Request) -> Response:
    telegram: Telegram = request.app.state.telegram
    stored = telegram.files.get(request.path_params["file_id"])
    if request.path_params["token"] != telegram.token:
        return JSONResponse(Unauthorized().body(), Unauthorized.code)
    if stored is None:
        return JSONResponse(NotFound().body(), NotFound.code)
    return Response(stored.content, media_type=stored.mime_type)


async def _index(_: Request) -> Response:
    return FileResponse(_STATIC / "index.html")


def create_app(token: str) -> Starlette:
    """Return the sandbox for one bot; all its state is in this application and is gone with it."""
    pages = Starlette(
        routes=[
            Route("/", _index),
            Mount("/sandbox/api", routes=[*page.ROUTES, *group_page.ROUTES]),
            Mount("/sandbox/static", StaticFiles(directory=_STATIC)),
        ],
        middleware=[Middleware(page.LoopbackOnly)],
        exception_handlers={ValueError: page.mistaken, KeyError: page.mistaken},
    )
    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", _bot_api, methods=["GET", "POST"]),
            Route("/file/bot{token}/{file_id}/{name}", _bot_file),
            Mount("/", pages),
        ],
    )
    app.state.telegram = pages.state.telegram = Telegram(token)
    return app


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it, and lets waiting requests go when it stops."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                SecureHeaders(app, _POLICY),
                lifespan="off",
                log_level="warning",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=60,  # seconds; longer than a client keeps a connection, so that none is cut off
            )
        )
        self.ready = asyncio.Event()
        self._stopped = asyncio.Event()
        self._telegram: Telegram = app.state.telegram
        app.state.cut = self._cut

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()

    def _cut(self, client: tuple[str, int]) -> None:
        """Drop the connection of a client, as a broken network does."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client and connection.transport is not None:
                connection.transport.abort()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop without uvicorn's fixed pauses, which a test suite would pay for in every test."""
        self._telegram.close()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, unfinished = await asyncio.wait(self.server_state.tasks, timeout=_STOP_SECONDS)
            for task in unfinished:
                task.cancel()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; an occupied port is an OSError that says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only over sockets that say they are TCP; otherwise each takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        hint = "is another sandbox running? Stop it or choose another port"
        raise OSError(error.errno, f"cannot listen on {host}:{port} ({error.strerror}); {hint}") from error
    return listener


@asynccontextmanager
async def running(token: str, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Run the sandbox for a while and yield its address; port 0 takes a free one."""
    server = _Server(create_app(token))
    listener = listen(host, port)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.ready.wait()
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.stop()
        await task
        listener.close()


async def serve(host: str, port: int, token: str) -> None:
    """Run the sandbox until cancelled; raise OSError when the port is occupied."""
    if not page.is_loopback(host):
        logger.warning("The sandbox listens on %s: whoever reaches it can use the bot.", host)
    async with running(token, host, port) as address:
        logger.info("The sandbox is at %s", address)
        await asyncio.Event().wait()
