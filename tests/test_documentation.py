"""The README names every setting and every command, and the interface is translated."""

import re

import click
import pytest

from bot import catalogues
from bot.cli import commands
from bot.paths import ROOT
from bot.settings import Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name.upper()}`" in README


def _paths(group: click.Group, prefix: str = "musafir") -> list[str]:
    paths = []
    for name, command in group.commands.items():
        path = f"{prefix} {name}"
        paths += _paths(command, path) if isinstance(command, click.Group) else [path]
    return paths


@pytest.mark.parametrize("path", _paths(commands))
def test_every_command_is_documented(path: str) -> None:
    assert path in README


def test_every_command_has_help() -> None:
    assert all(command.help for command in commands.commands.values())


def test_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures)


def test_the_interface_is_translated() -> None:
    assert catalogues.check() == []
