"""Two replicas: one is killed, or Redis goes away, and people are answered all the same, in order and once."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from bot.content import Library
from bot.runner import SANDBOX_TOKEN
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running as running_sandbox
from tests.conversation import Chat
from tests.many import Many, many_bots
from tests.redis_server import RedisServer, running_redis
from tests.scripted_rasa import ScriptedRasa
from tests.test_restart import asked, process
from tests.webhook import hooked, new_port, postman, until, until_empty, written

pytestmark = pytest.mark.slow

QUESTIONS = [f"question {number}" for number in range(6)]


async def test_one_is_killed_and_the_other_answers_what_it_had_accepted(
    rasa: ScriptedRasa, redis_server: RedisServer, postgres: str
) -> None:
    ports = [new_port(), new_port()]
    async with (
        running_sandbox(SANDBOX_TOKEN) as url,
        Sandbox(url) as sandbox,
        postman(ports[0]) as first,
        postman(ports[1]) as second,
    ):
        common = {
            "TELEGRAM_BOT_TOKEN": SANDBOX_TOKEN,
            "TELEGRAM_API_BASE": url,
            "DATABASE_URL": postgres,
            "REDIS_URL": redis_server.url,
            "MUSAFIR_SECRET": "5f1d7a0c" * 8,
            "RASA_URL": rasa.url,
            "DESK_PORT": "0",
        }
        settings = [common | {name.upper(): str(value) for name, value in hooked(port).items()} for port in ports]
        many = Many(sandbox, [], [first, second])
        async with process(settings[0]):
            async with process(settings[1]):
                await until(lambda: _listens(ports[0]) and _listens(ports[1]), 120)
                chats = [Chat(await sandbox.user(f"Person {number}")) for number in range(4)]
                for chat in chats:
                    await chat.user.send("/start")
                    await chat.user.wait_for_messages(1, 60)
                rasa.open.clear()
                try:
                    for question in QUESTIONS:
                        for chat in chats:
                            await many.bring(written(chat, f"{chat.user.id} {question}"))
                except BaseException:
                    rasa.open.set()
                    raise
            rasa.open.set()  # the second is dead
            await until(lambda: all(asked(rasa, chat) == QUESTIONS for chat in chats), 60)
        assert len(rasa.received) <= len(chats) * (len(QUESTIONS) + 1)  # only what was cut off was asked again


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("fault", ["stop", "hang"])
async def test_redis_goes_away_and_comes_back(
    fault: str, rasa: ScriptedRasa, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis() as server:
        async with many_bots(2, rasa.url, server.url, tmp_path, library) as many:
            chat = await many.somebody()
            await many.bring(written(chat, "before"))
            await until(lambda: rasa.received == ["before"])
            rasa.open.clear()
            try:
                await many.bring(written(chat, "in hand"), to=0)
                await many.bring(written(chat, "waits"), to=0)
                await until(lambda: "in hand" in rasa.received)
                server.stop() if fault == "stop" else server.hang()
            finally:
                rasa.open.set()
            await many.bring(written(chat, "while it is away"), to=0)
            await until(lambda: rasa.received[1:] == ["in hand", "waits", "while it is away"], 30)
            await until(lambda: caplog.text.count("Redis is away") >= 2, 30)
            server.start() if fault == "stop" else server.go_on()
            await until(lambda: caplog.text.count("Redis is back") >= 2, 30)
            await asyncio.gather(*(many.bring(written(chat, f"{number}"), to=number % 2) for number in range(4)))
            await until_empty(many.database, 9, 30)
            assert sorted(rasa.received[4:]) == ["0", "1", "2", "3"]
            await until(lambda: ":queue:" not in server.everything())


async def test_redis_is_away_at_the_start(
    rasa: ScriptedRasa, library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis() as server:
        server.stop()
        async with many_bots(1, rasa.url, server.url, tmp_path, library) as many:
            chat = await many.somebody()
            await many.bring(written(chat, "q"))
            await until(lambda: rasa.received == ["q"])
            assert "Redis is away" in caplog.text
