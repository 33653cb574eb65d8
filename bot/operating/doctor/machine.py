"""The machine: space, environments, who may read what."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation

ENOUGH_SPACE: Final = 2_000_000_000
LEAST_SPACE: Final = 200_000_000
"""Bytes. A training and a backup need some hundred millions for a while."""
_SYNC: Final = ("sync", "--locked", "--offline", "--check", "--no-dev", "--inexact", "--no-install-project", "--quiet")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def disk(installation: Installation) -> Iterator[Finding]:
    """Space where the database and the models lie."""
    free = shutil.disk_usage(installation.root).free
    text = f"{free / 1e9:.1f} GB free"
    if free < LEAST_SPACE:
        yield broken("disk", text, f"free some space: old backups, {installation.var}/before-restore-*, logs")
    elif free < ENOUGH_SPACE:
        yield warning("disk", text, "free some space before the next training or backup")
    else:
        yield ok("disk", text)


def environments(installation: Installation) -> Iterator[Finding]:
    """Both Python environments have what their lock files name."""
    own = installation.root / ".tools" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        yield warning("uv", "not found, so the environments were not compared with their lock files", "run `make run`")
        return
    for name, folder, remedy in (
        ("bot", installation.root, "make install"),
        ("rasa", installation.root / "nlu", "make nlu"),
    ):
        python = folder / ".venv" / "bin" / "python"
        check = f"python/{name}"
        if not python.exists():
            yield broken(check, f"the environment {python.parent.parent} is missing", f"run `{remedy}`")
        elif (found := _version(python)) is None:
            yield broken(check, "its Python does not start", f"delete {python.parent.parent} and run `{remedy}`")
        elif subprocess.run([uv, *_SYNC], cwd=folder, capture_output=True, check=False).returncode:  # noqa: S603
            yield broken(check, "its packages are not those of uv.lock", f"touch pyproject.toml, then `{remedy}`")
        else:
            yield ok(check, f"Python {found}, complete")


def permissions(installation: Installation) -> Iterator[Finding]:
    """What is secret is for its owner only."""
    var, file = installation.var, installation.sqlite_file
    secret = [installation.root / ".env", var / "secret", var / "secret.old"]
    secret += [file, file.with_name(f"{file.name}.before-upgrade")] if file else []
    open_ = [path for path in secret if path.exists() and not _is_private(path)]
    for path in open_:
        yield broken("permissions", f"others on this machine can read {path}", f"chmod 600 {path}")
    if not open_:
        yield ok("permissions", "keys, settings and database are for their owner only")


def _is_private(path: Path) -> bool:
    """A folder above that is closed to others protects as well."""
    if not path.stat().st_mode & _OTHERS:
        return True
    return any(not folder.stat().st_mode & _OTHERS for folder in path.resolve().parents)


def _version(python: Path) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            [python, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
