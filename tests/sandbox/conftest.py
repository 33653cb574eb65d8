"""A sandbox on a free loopback port, a real python-telegram-bot Bot, and a person, for each test."""

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sandbox.client import Sandbox, SandboxUser
from bot.sandbox.server import running


@pytest.fixture
def token() -> str:
    return "123456:sandbox-token"


@pytest.fixture
async def address(token: str) -> AsyncIterator[str]:
    async with running(token) as address:
        yield address


@pytest.fixture
def tls() -> ssl.SSLContext:
    """Nothing here is encrypted, and the usual certificates take longer to load than a test takes."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
async def http(address: str, tls: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, verify=tls, trust_env=False) as http:
        yield http


@pytest.fixture
async def bot(address: str, token: str, tls: ssl.SSLContext) -> AsyncIterator[Bot]:
    options = {"verify": tls, "trust_env": False}
    requests = {name: HTTPXRequest(httpx_kwargs=dict(options)) for name in ("request", "get_updates_request")}
    base_url, base_file_url = f"{address}/bot", f"{address}/file/bot"
    async with Bot(token, base_url=base_url, base_file_url=base_file_url, **requests) as bot:
        yield bot


@pytest.fixture
async def sandbox(address: str) -> AsyncIterator[Sandbox]:
    async with Sandbox(address) as sandbox:
        yield sandbox


@pytest.fixture
async def user(sandbox: Sandbox) -> SandboxUser:
    """A person who has opened the chat already."""
    user = await sandbox.user("Gulnora", language_code="tg")
    await user.send("/start")
    return user
