"""The units in deploy/systemd are sound, give each service what it needs and no more, and name no secret."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.cli import commands
from bot.paths import ROOT

UNITS = ROOT / "deploy" / "systemd"
GUIDE = (ROOT / "deploy" / "small-server.md").read_text(encoding="utf-8")
PLACE = "/opt/musafir"
OURS = ["musafir.service", "musafir-rasa.service", "musafir-desk.service", "musafir-backup.service"]
WORST = 20
"""Tenths; of 10 for a service without any protection, as `systemd-analyze security` counts."""

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def directives(unit: str) -> dict[str, list[str]]:
    """What a unit says, by directive."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / unit).read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units for Musafir where these tests run."""
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace(PLACE, str(ROOT))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


@analyze
def test_systemd_understands_every_line(here: Path) -> None:
    units = sorted(str(unit) for unit in here.iterdir())
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


@analyze
@pytest.mark.parametrize("unit", OURS)
def test_little_is_left_to_whoever_breaks_in(here: Path, unit: str) -> None:
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={WORST}", str(here / unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout.splitlines()[-1]


@pytest.mark.parametrize("unit", OURS)
def test_each_runs_a_command_that_exists_and_not_as_root(unit: str) -> None:
    said = directives(unit)
    [start] = said["ExecStart"]
    program, command, *_ = shlex.split(start)
    assert program == f"{PLACE}/.venv/bin/musafir"
    assert command in commands.commands
    assert said.get("User") == ["musafir"] or said["DynamicUser"] == ["yes"]
    assert said["ProtectSystem"] == ["strict"]
    assert said["LimitCORE"] == ["0"]


def test_rasa_reaches_this_machine_only_and_no_secret() -> None:
    said = directives("musafir-rasa.service")
    assert said["IPAddressDeny"] == ["any"]
    assert said["IPAddressAllow"] == ["localhost"]
    assert f"-{PLACE}/var -{PLACE}/.env" in said["InaccessiblePaths"]
    assert "ReadWritePaths" not in said


def test_nobody_writes_code() -> None:
    writable = {path for unit in OURS for line in directives(unit).get("ReadWritePaths", []) for path in line.split()}
    allowed = {"var", "content", "nlu/models", ".git"}
    assert {path.lstrip("-") for path in writable} == {f"{PLACE}/{name}" for name in allowed} | {"/var/backups/musafir"}


@pytest.mark.parametrize("unit", OURS)
def test_memory_is_bounded_where_it_can_grow(unit: str) -> None:
    assert "MemoryMax" in directives(unit) or directives(unit)["Type"] == ["oneshot"]


def test_no_secret_stands_in_a_unit() -> None:
    text = "".join(unit.read_text(encoding="utf-8") for unit in UNITS.iterdir())
    assert not re.findall(r"(?i)(token|secret|password)\s*=", text)


def test_the_guide_installs_every_unit() -> None:
    assert "cp deploy/systemd/* /etc/systemd/system/" in GUIDE
    enabled = [unit.name for unit in UNITS.iterdir() if "WantedBy" in directives(unit.name)]
    for unit in enabled:
        assert unit.removesuffix(".service") in GUIDE
