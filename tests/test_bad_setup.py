"""A machine that is not ready is told what it lacks, in one line, before anything is half done."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SetupError
from bot.keys import KeyFile
from bot.paths import ROOT
from tests.command_line import Musafir
from tests.webhook import hooked

FULL = """
import json, os, sys
from pathlib import Path
from bot.errors import SetupError
from bot.keys import KeyFile
from tests.command_line import run_command
folder = Path(sys.argv[1])
told = []
def key():
    try:
        told.append("a key of %d characters" % len(KeyFile(folder).read()))
    except SetupError as error:
        told.append(str(error))
filler = open(folder / "filler", "wb", buffering=0)
try:
    while True:
        filler.write(b"x" * 4096)
except OSError:
    pass
key()
told.append(sorted(file.name for file in folder.iterdir()))
os.environ["DATABASE_URL"] = f"sqlite:///{folder}/musafir.sqlite3"
told.append(run_command("stats"))
filler.truncate(0)
key()
told.append(run_command("stats"))
print(json.dumps(told))
"""


def test_a_folder_that_does_not_exist_is_not_made_up(musafir: Musafir, tmp_path: Path) -> None:
    """It is a disk that is not there, or a slip of the pen: an empty database would hide that."""
    folder = tmp_path / "not-mounted"
    line = musafir("stats", DATABASE_URL=f"sqlite:///{folder}/musafir.sqlite3").one_line()
    assert line.startswith(
        f"musafir: DATABASE_URL cannot be used (the folder {folder} does not exist): write sqlite:///"
    )
    assert not folder.exists()


@pytest.mark.slow
def test_a_user_whom_the_server_does_not_know(musafir: Musafir, postgres: str) -> None:
    line = musafir("stats", DATABASE_URL=postgres.replace("musafir@", "nobody:hidden-word@")).one_line()
    assert 'the database cannot be opened (role "nobody" does not exist): check DATABASE_URL and its server' in line
    assert "hidden-word" not in line


def test_the_port_of_the_desk_is_taken(musafir: Musafir) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = musafir("desk", DESK_PORT=str(port)).one_line()
    assert f"the desk cannot use port {port}" in line
    assert "stop what uses it, or set DESK_PORT to another number" in line


def test_a_webhook_without_a_secret(musafir: Musafir) -> None:
    settings = {name.upper(): str(value) for name, value in hooked(8091).items() if name != "webhook_secret"}
    assert "WEBHOOK_SECRET: " in musafir("run", **settings).one_line()


def test_a_key_that_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(SetupError, match="secret is empty: put the key back"):
        KeyFile(tmp_path).read()


def test_a_model_that_was_never_chosen(musafir: Musafir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bot.training.folder.ModelFolder.chosen", lambda _: None)
    assert "no model has been chosen yet: run `musafir train` once" in musafir("rasa").one_line()


@pytest.mark.slow
def test_a_full_disk_at_the_start(tmp_path: Path) -> None:
    """A real one, of 300 kB. What could not be written is said, nothing half is left, and with space it goes on."""
    mount = f"mount -t tmpfs -o size=300k tmpfs {tmp_path}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk")
    told = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", FULL, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    no_key, files, code, key, later = json.loads(told.stdout.splitlines()[-1])
    assert "cannot be read or made (No space left on device): let the user that runs the bot own var/" in no_key
    assert files == ["filler"]
    assert code == 1
    assert "the database cannot be opened" in told.stderr
    assert "free some space" in told.stderr
    assert key == "a key of 64 characters"
    assert later == 0
