"""What goes wrong at the start is one clear line that says what to do, and exit code 1."""

import socket
import subprocess
from pathlib import Path

import pytest

from bot import cli
from bot.content import ContentStore, Library
from bot.errors import SetupError
from bot.paths import ROOT
from bot.rasa import RasaClient
from bot.runner import serving
from bot.sandbox.server import running
from bot.settings import Settings
from bot.training import teaching
from tests.command_line import Musafir


def test_the_bot_api_cannot_be_reached(musafir: Musafir) -> None:
    line = musafir("run", TELEGRAM_BOT_TOKEN="123:x", TELEGRAM_API_BASE="http://127.0.0.1:9").one_line()
    assert line.startswith("musafir: the Bot API at http://127.0.0.1:9 cannot be reached")
    assert "check the network and TELEGRAM_API_BASE" in line


async def test_a_wrong_token(library: Library, tmp_path: Path) -> None:
    async with running("1:right") as url, RasaClient("http://127.0.0.1:9") as rasa:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            telegram_bot_token="1:wrong",
            telegram_api_base=url,
            database_url=f"sqlite:///{tmp_path}/x",
        )
        with pytest.raises(SetupError) as refused:
            async with serving(settings, ContentStore(library), rasa):
                pass
    assert "Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather" in str(refused.value)


def test_an_occupied_port(musafir: Musafir) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} is already in use" in musafir("run", SANDBOX_PORT=str(port)).one_line()


def test_a_setting_that_is_not_a_number(musafir: Musafir) -> None:
    assert "SANDBOX_PORT" in musafir("run", SANDBOX_PORT="many").one_line()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nonsense", "DATABASE_URL cannot be used"),
        ("mysql://nobody@127.0.0.1/x", "DATABASE_URL cannot be used"),
        ("postgresql://nobody@127.0.0.1:9/x", "the database cannot be opened"),
        ("sqlite:////dev/null/x", "DATABASE_URL cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used(musafir: Musafir, url: str, expected: str) -> None:
    assert expected in musafir("contacts", "import", DATABASE_URL=url).one_line()


@pytest.mark.slow
def test_rasas_environment_is_missing(musafir: Musafir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(teaching, "PYTHON", tmp_path / "no-python")
    monkeypatch.setattr(cli, "MODELS", tmp_path)
    assert "Rasa's environment is missing: run `make run` once" in musafir("train").one_line()


def test_python_310_is_missing(tmp_path: Path) -> None:
    """`make` says so before it starts to install anything."""
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\ncase \"$*\" in *'python find'*) exit 2;; esac\nexit 0\n")
    uv.chmod(0o755)
    (tmp_path / "nlu").mkdir()
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / "nlu" / name).touch()
    result = subprocess.run(
        ["make", "-f", ROOT / "Makefile", "nlu", f"UV={uv}"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert result.returncode != 0
    assert "Python 3.10 is missing: Rasa needs it; install it" in result.stderr


@pytest.mark.slow
def test_check_finds_nothing_to_mend(musafir: Musafir) -> None:
    result = musafir("check")
    assert result.code == 0, result.out
    assert "0 errors" in result.err


def test_an_import_with_mistakes(musafir: Musafir, tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("id,organisation\nC1,Helpers\n")
    result = musafir("contacts", "import", str(file))
    assert "nothing was imported: correct them and import again" in result.one_line()
    assert "columns are missing: country" in result.err


def test_a_command_that_does_not_exist(musafir: Musafir) -> None:
    result = musafir("dance")
    assert result.code == 2
    assert "No such command 'dance'" in result.err


@pytest.mark.parametrize("arguments", ["--help", "contacts --help", "translations status", "contacts stale"])
def test_commands_that_only_look(musafir: Musafir, arguments: str) -> None:
    result = musafir(*arguments.split())
    assert result.code == 0
    assert result.out + result.err
