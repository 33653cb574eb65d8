"""How python-telegram-bot speaks HTTP here: over aiohttp, which takes a quarter of the processor time of httpx.

Both do what the Bot API needs. A reply is little work but for this: with httpx it took half of the time of an answer.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT: Final = 5.0
WRITE_FILES: Final = 20.0
"""Seconds; files may take longer than the reply to a message."""
NEVER_LEFT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""Causes of an error of the network with which certainly nothing was sent, since there was no connection to send it."""


class AiohttpRequest(BaseRequest):
    """At most `connections` at a time; who waits longer than `pool_timeout` seconds for one gets `TimedOut`.

    `read_timeout`: seconds without a byte of the reply. The proxy is the one that the environment names.
    """

    def __init__(self, connections: int, *, read_timeout: float = 5.0, pool_timeout: float = 1.0) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._pool_timeout = pool_timeout
        self._proxy = lru_cache(_proxy)  # aiohttp would search the whole environment with each request
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that a reply is waited for, where a call does not say otherwise."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the session; connections are opened when they are needed."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, limit_per_host=self._connections)
            headers = {"User-Agent": self.USER_AGENT}
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=jar)

    async def shutdown(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send a request; returns status and body. Raises `TimedOut` and `NetworkError`, which never name the URL."""
        if self._session is None:
            raise RuntimeError("This request object is not initialized!")
        connect = _seconds(connect_timeout, CONNECT)
        pool = _seconds(pool_timeout, self._pool_timeout)
        read = _seconds(read_timeout, self._read_timeout)
        if read is not None and request_data and request_data.contains_files:
            read += _seconds(write_timeout, WRITE_FILES) or 0.0  # aiohttp counts sending as waiting for the reply
        timeout = aiohttp.ClientTimeout(
            connect=None if connect is None or pool is None else connect + pool, sock_connect=connect, sock_read=read
        )
        body, headers = _encoded(request_data)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=timeout, proxy=self._proxy(*urlsplit(url)[:2])
            ) as response:
                return response.status, await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(f"aiohttp.{type(error).__name__}") from error


def _encoded(data: RequestData | None) -> tuple[Any, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:  # as JSON: a form would percent-encode each letter of a Cyrillic text
        return json.dumps(data.parameters).encode(), {"Content-Type": "application/json"}
    form = aiohttp.FormData(data.json_parameters)
    for field, (name, content, kind) in data.multipart_data.items():
        form.add_field(field, content, filename=name, content_type=kind)
    return form, {}


def _proxy(scheme: str, host: str) -> str | None:
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _seconds(given: Any, default: float) -> float | None:
    return default if isinstance(given, type(BaseRequest.DEFAULT_NONE)) else given
