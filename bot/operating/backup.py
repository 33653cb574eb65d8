"""`musafir backup`: database, texts with their history and the model that serves, in one archive.

The key (`var/secret`, `MUSAFIR_SECRET`) and `.env` are not in it: who has a backup and the key can tell who uses the
bot. Keep the key apart, with somebody else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

from bot.operating.archive import Manifest, digests, pack
from bot.operating.databases import store_of
from bot.operating.installation import Installation

ENDING: Final = ".tar.gz"
_GIT: Final = shutil.ignore_patterns(".git")


def backup_into(installation: Installation, folder: Path, kept_for: timedelta) -> Path:
    """Make a backup in `folder`, for its owner only, then delete those older than `kept_for`.

    Returns its file. Raises `SetupError` or `OSError`; a half-written one does not stay.
    """
    folder.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    file = backup_to(installation, folder / f"musafir-{now:%Y%m%dT%H%M%SZ}{ENDING}")
    for older in folder.glob(f"musafir-*{ENDING}"):
        if older != file and older.stat().st_mtime < (now - kept_for).timestamp():
            older.unlink()
    return file


def backup_to(installation: Installation, file: Path) -> Path:
    """Make the backup `file`, for its owner only. Raises as `backup_into` does."""
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            write_backup(installation, target)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return file


def write_backup(installation: Installation, target: IO[bytes]) -> None:
    """Write a backup to `target`, for example to a program that encrypts it. Raises `SetupError` or `OSError`."""
    installation.var.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=installation.var) as name:
        folder = Path(name)
        database = store_of(installation)
        ending = "sqlite3" if database.kind == "sqlite" else "sql"
        revision = database.dump(folder / f"database.{ending}")
        shutil.copytree(installation.content, folder / "content", ignore=_GIT)
        _copy_model(installation, folder / "models")
        _copy_history(installation, folder / "history.bundle")
        manifest = Manifest(
            made_at=datetime.now(UTC),
            version=version("musafir"),
            database=database.kind,
            revision=revision,
            key_mark=installation.key_mark(),
            model=installation.models.chosen(),
            files=digests(folder),
        )
        pack(folder, manifest, target)
    installation.note_backup()


def _copy_model(installation: Installation, folder: Path) -> None:
    models = installation.models
    folder.mkdir()
    if (chosen := models.chosen()) is None:
        return
    for file in (models.root / "chosen", models.file(chosen), models.root / f"{chosen}.json"):
        if file.exists():
            shutil.copy2(file, folder)


def _copy_history(installation: Installation, file: Path) -> None:
    """The commits that no other repository is known to have."""
    own = ("HEAD", "--not", "--remotes")
    if (installation.git("rev-list", "--count", *own) or "0").strip() != "0":
        installation.git("bundle", "create", str(file), *own)
