"""Runs a web application within the bot's process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette

from bot.web_headers import NOTHING, SecureHeaders

STOP_SECONDS: Final = 3
"""Requests may end within this time when the server stops."""


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving_web(app: Starlette, listener: socket.socket, policy: str = NOTHING) -> AsyncIterator[None]:
    """Answer what comes to `listener` while the context is open, and close it at the end. Writes no access log.

    `policy`: what pages of `app` may load, as a Content-Security-Policy.
    """
    config = uvicorn.Config(
        SecureHeaders(app, policy),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()
