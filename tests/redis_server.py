"""A Redis server of the tests' own on a free loopback port, where one is installed."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected

from bot.rasa.process import free_port

PROGRAMS = ("redis-server", "valkey-server")


@dataclass
class RedisServer:
    """A server that tests may stop, hang and start again. It keeps nothing on the disk."""

    program: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> Redis:
        """A client of the test's own."""
        return Redis(port=self.port, decode_responses=True)

    def start(self) -> None:
        """Start, and return when it answers. It is empty."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL)
        until = monotonic() + 30
        with self.client as client:
            while monotonic() < until:
                try:
                    client.ping()
                    return
                except NotConnected:
                    sleep(0.05)
        raise TimeoutError("Redis does not answer")

    def stop(self) -> None:
        """Kill it."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """Let it accept connections and answer nothing."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def everything(self) -> str:
        """All keys and values as text."""
        with self.client as client:
            parts = []
            for key in client.scan_iter():
                read = {"zset": client.zrange, "list": client.lrange}.get(str(client.type(key)))
                value = (
                    read(key, 0, -1) if read else client.hgetall(key) if client.type(key) == "hash" else client.get(key)
                )
                parts.append(f"{key} {value}")
            return "\n".join(parts)


def find_program() -> str | None:
    """The server that is installed, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """Start a server, and stop it at the end. Skips the test where none is installed."""
    program = find_program()
    if program is None:
        pytest.skip("Redis is not installed (Debian: apt-get install redis-server)")
    server = RedisServer(program)
    server.start()
    try:
        yield server
    finally:
        server.stop()
