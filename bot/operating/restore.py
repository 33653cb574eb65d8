"""`musafir restore`: puts a backup in place of what is there, which is kept aside. All of it, or nothing.

Whatever can be wrong with the backup is found before anything is touched. When putting it in place fails, what was done
is taken back; after a kill in between, no bot starts until the restore was done again.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from bot.database import schema
from bot.errors import SetupError
from bot.operating.archive import Manifest, unpack
from bot.operating.databases import Store, check, store_of
from bot.operating.installation import Installation
from bot.operating.running import unfinished_mark, while_stopped

ASIDE: Final = "before-restore-"


@dataclass(frozen=True)
class Restored:
    """What was done: what the backup says of itself, where the former state is, and what remains to be done."""

    manifest: Manifest
    aside: Path
    notes: list[str]


def restore(installation: Installation, source: IO[bytes]) -> Restored:
    """Restore the backup `source`. Raises `SetupError` or `OSError`, and then has changed nothing."""
    with (
        while_stopped(_made(installation.var)),
        tempfile.TemporaryDirectory(prefix=".restore-", dir=installation.var) as name,
    ):
        folder = Path(name)
        manifest = unpack(source, folder)
        database = store_of(installation)
        _refuse(manifest, database, folder)
        aside = _made(installation.var / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
        aside.chmod(0o700)
        _put_in_place(installation, database, folder, aside)
        notes = _history(installation, folder / "history.bundle", aside)
    return Restored(manifest, aside, notes + _key(installation, manifest))


def _refuse(manifest: Manifest, database: Store, folder: Path) -> None:
    """Raises `SetupError` for a sound backup that does not fit here."""
    if manifest.revision is not None and not schema.is_known(manifest.revision):
        raise SetupError(
            f"this backup has the newer schema {manifest.revision} (Musafir {manifest.version})",
            "install the version that made it, then restore; nothing was changed",
        )
    if not any(name.startswith("database.") for name in manifest.files):
        raise SetupError("this backup has no database in it", "use another one; nothing was changed")
    if manifest.database != database.kind:
        raise SetupError(
            f"this backup is of {manifest.database}, DATABASE_URL names {database.kind}",
            "set DATABASE_URL to a database of the same kind; nothing was changed",
        )
    if database.kind == "sqlite":
        check(_dump(folder))
    database.expect_unused()


def _put_in_place(installation: Installation, database: Store, folder: Path, aside: Path) -> None:
    mark = unfinished_mark(installation.var)
    mark.touch()
    done = ExitStack()
    try:
        done.callback(database.replace(_dump(folder), aside))
        content, models = _made(installation.content), _made(installation.models.root)
        _swap(_made(folder / "content"), content, {file.name for file in content.iterdir()} - {".git"}, aside, done)
        if (chosen := folder / "models").exists():
            _swap(chosen, models, {file.name for file in chosen.iterdir()}, aside, done)
    except BaseException:
        done.close()  # when this fails too, the mark stays
        mark.unlink()
        raise
    mark.unlink()


def _swap(new: Path, place: Path, former: set[str], aside: Path, done: ExitStack) -> None:
    """Move what is called `former` from `place` into a folder of `aside`, and all of `new` into its place."""
    kept = _made(aside / place.name)
    for name in former:
        if (place / name).exists():
            shutil.move(place / name, kept / name)
            done.callback(shutil.move, kept / name, place / name)
    for file in new.iterdir():
        done.callback(_remove, place / file.name)
        shutil.move(file, place / file.name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _history(installation: Installation, bundle: Path, aside: Path) -> list[str]:
    """Bring back the commits that existed only there, as a branch of their own."""
    if not bundle.exists():
        return []
    branch = f"restored-{aside.name.removeprefix(ASIDE)}"
    if installation.git("fetch", "--quiet", str(bundle), f"HEAD:refs/heads/{branch}") is not None:
        return [f"the history of the texts is in the branch {branch}"]
    kept = installation.var / f"{branch}.bundle"
    shutil.move(bundle, kept)
    return [f"the history of the texts is in {kept}: git refused it here (git fetch {kept} HEAD says why)"]


def _key(installation: Installation, manifest: Manifest) -> list[str]:
    if manifest.key_mark is None or (here := installation.key_mark()) == manifest.key_mark:
        return []
    return [
        f"{'there is no key here' if here is None else 'the key here is another one'}: before the first start put the "
        "key of that time into var/secret (mode 600) or MUSAFIR_SECRET; without it everybody is new to the bot, and "
        "news and reminders are lost"
    ]


def _dump(folder: Path) -> Path:
    return next(folder.glob("database.*"))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
