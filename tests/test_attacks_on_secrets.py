"""Secrets are in no commit, no list of processes, no environment of those who have no use for them."""

from __future__ import annotations

import asyncio
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import commands
from bot.operating.databases import store_of
from bot.operating.installation import Installation
from bot.paths import ROOT
from bot.rasa.process import RasaProcess, free_port
from bot.settings import Settings, load_settings

SHAPES = {
    "a token of a bot": re.compile(rb"(?<!\d)\d{8,12}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a key of a cloud": re.compile(rb"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    "a token of a forge": re.compile(
        rb"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|pypi-Ag[A-Za-z0-9_-]{50,})"
    ),
    "a setting": re.compile(
        rb"(?m)^(?:export )?(?:MUSAFIR_SECRET|WEBHOOK_SECRET|DESK_PASSWORD)=['\"]?[0-9A-Za-z+/_-]{24,}"
    ),
}
NEVER_COMMITTED = re.compile(r"(?:^|/)(?:\.env|secret|.*\.(?:sqlite3|pem|key|p12))$|^var/|^deploy/secrets/")
LARGEST = 1_000_000
"""Bytes; what is larger is a picture or a lock file."""
HIDDEN = {
    "TELEGRAM_BOT_TOKEN": "123456789:" + "AAhidden-hidden-hidden-hidden-hid",
    "MUSAFIR_SECRET": "hidden-key-of-pseudonyms",
    "MUSAFIR_SECRET_OLD": "hidden-key-before",
    "WEBHOOK_SECRET": "hidden-secret-of-the-webhook",
    "DESK_PASSWORD": "hidden-password-of-the-desk",
}


def git(*arguments: str, stdin: bytes | None = None) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, input=stdin, capture_output=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def objects() -> list[tuple[bytes, str]]:
    """Every file of every commit: its object and its path."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the program has no history")
    lines = git("rev-list", "--all", "--objects").splitlines()
    return [(sha, path.decode()) for sha, _, path in (line.partition(b" ") for line in lines) if path]


def contents(objects: list[tuple[bytes, str]]) -> Iterator[tuple[str, bytes]]:
    """The path and the bytes of every file, from one process of git."""
    paths = dict(objects)
    kinds = git("cat-file", "--batch-check", stdin=b"\n".join(paths)).splitlines()
    files = [sha for sha, kind, size in map(bytes.split, kinds) if kind == b"blob" and int(size) < LARGEST]
    data = git("cat-file", "--batch", stdin=b"\n".join(files))
    at = 0
    while at < len(data):
        head = data[at : (end := data.index(b"\n", at))]
        sha, _, size = head.split()
        yield paths[sha], data[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size) + 1


def test_what_generators_make_is_known() -> None:
    for made in (
        f"token = '{secrets.randbelow(9 * 10**9) + 10**9}:{secrets.token_urlsafe(40)[:35]}'",
        f"export MUSAFIR_SECRET={secrets.token_hex(32)}",
        "-----BEGIN " + "PRIVATE KEY-----",
    ):
        [match] = [found[0] for shape in SHAPES.values() if (found := shape.search(made.encode()))]
        assert not _is_made_up(match)


@pytest.mark.slow
def test_no_commit_holds_anything_that_looks_like_a_secret(objects: list[tuple[bytes, str]]) -> None:
    looked_at = list(contents(objects))
    found = [
        (path, what, match[0])
        for path, data in looked_at
        for what, shape in SHAPES.items()
        for match in shape.finditer(data)
        if not _is_made_up(match[0])
    ]
    assert found == []
    assert len(looked_at) > 500


def _is_made_up(match: bytes) -> bool:
    """What no generator of secrets would make: a few letters, or words, again and again."""
    value = match.rpartition(b"=")[2].rpartition(b":")[2]
    return len(set(value)) < 8 or any(word in value.lower() for word in (b"example", b"hidden", b"benchmark"))


@pytest.mark.slow
def test_no_file_was_ever_committed_that_holds_secrets_or_people(objects: list[tuple[bytes, str]]) -> None:
    assert sorted({path for _, path in objects if NEVER_COMMITTED.search(path)}) == []


def test_what_holds_secrets_is_kept_out_of_git() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the program has no history")
    for name in (".env", "var/secret", "var/musafir.sqlite3", "deploy/secrets/token"):
        assert git("check-ignore", name).decode().strip() == name


def test_no_command_takes_a_secret_in_its_line() -> None:
    """What stands in a command line stands in the list of processes, for everybody on the machine."""
    options = [(path, option) for path, command in _commands(commands) for option in command.params]
    secret = re.compile("token|secret|password|key", re.IGNORECASE)
    taken = [
        path for path, option in options if not getattr(option, "is_flag", False) and secret.search(option.name or "")
    ]
    assert taken == []
    assert len(options) > 20


def _commands(group: click.Command, path: str = "musafir") -> Iterator[tuple[str, click.Command]]:
    yield path, group
    for name, command in group.commands.items() if isinstance(group, click.Group) else ():
        yield from _commands(command, f"{path} {name}")


@pytest.mark.rasa
async def test_rasa_gets_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in HIDDEN.items():
        monkeypatch.setenv(name, value)
    process = RasaProcess(tmp_path / "no-model.tar.gz", free_port(), tmp_path / "rasa.log")
    async with process.running():
        given = await _given_to(process)
    assert b"rasa" in given
    assert b"RASA_TELEMETRY_ENABLED=false" in given
    assert b"hidden" not in given


async def _given_to(process: RasaProcess) -> bytes:
    """Command line and environment of Rasa, as soon as it runs."""
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.02)
            folder = Path(f"/proc/{process.pid}")
            if process.pid and b"RASA_TELEMETRY" in (folder / "environ").read_bytes():
                return (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()


PROGRAM = f"""#!{sys.executable}
import sys
with open("@", "a") as file:
    print(sys.argv, file=file)
"""


def test_the_password_of_the_database_is_in_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    for name in ("psql", "pg_dump"):
        program = tmp_path / name
        program.write_text(PROGRAM.replace("@", str(told)))
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    settings = Settings(_env_file=None, database_url="postgresql://musafir:hidden-word@127.0.0.1/x")  # type: ignore[call-arg]
    store_of(Installation(settings)).dump(tmp_path / "dump.sql")
    assert "pg_dump" in told.read_text()
    assert "hidden" not in told.read_text()


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HIDDEN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDIS_URL", "redis://:hidden-word@127.0.0.1/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://musafir:hidden-word@127.0.0.1/x")
    settings = load_settings()
    for shown in (repr(settings), str(settings)):
        assert "hidden" not in shown
