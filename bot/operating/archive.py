"""One compressed archive: a manifest, then files whose digests stand in it.

manifest.json                      what is in it, made by which version, of which schema
database.sqlite3 or database.sql   the database
content/...                        the texts
history.bundle                     commits that exist only here, where the content is in a git repository
models/...                         the model that serves, and how it was chosen
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import BaseModel, ValidationError

from bot.errors import SetupError

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"


class Manifest(BaseModel):
    """What an archive says about itself. `key_mark` tells one key from another, see `Installation.key_mark`."""

    format: int = FORMAT
    made_at: datetime
    version: str
    database: Literal["sqlite", "postgresql"]
    revision: str | None
    key_mark: str | None
    model: str | None
    files: dict[str, str]
    """SHA-256 by name."""


def digests(folder: Path) -> dict[str, str]:
    """The digest of each file below `folder`."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): _digest(file) for file in files}


def pack(folder: Path, manifest: Manifest, target: IO[bytes]) -> None:
    """Write the files of `folder` that the manifest names. Raises `OSError`."""
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    with tarfile.open(fileobj=target, mode="w|gz") as archive:
        for name in (MANIFEST, *manifest.files):
            archive.add(folder / name, name, recursive=False, filter=_nobody)


def unpack(source: IO[bytes], folder: Path) -> Manifest:
    """Write the files of an archive into `folder`, and nothing else. Raises `SetupError` when it is not sound or newer.

    Raises `OSError` when `folder` cannot be written.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as archive:
            manifest = _manifest(archive)
            while (member := archive.next()) is not None:
                if not member.isfile() or member.name not in manifest.files:
                    raise _damaged(f"{member.name} does not belong in it")
                archive.extract(member, folder, filter="data")
        if digests(folder) != manifest.files:
            raise _damaged("its files are not those that its manifest names")
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValidationError) as error:
        raise _damaged(type(error).__name__) from error
    return manifest


def _manifest(archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == MANIFEST else None
    if content is None:
        raise _damaged("it does not begin with a manifest")
    manifest = Manifest.model_validate_json(content.read())
    if manifest.format > FORMAT:
        raise SetupError(
            f"this backup was made by a newer Musafir ({manifest.version})", "install that version, then restore"
        )
    return manifest


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _damaged(why: str) -> SetupError:
    return SetupError(f"this is no sound backup of Musafir ({why})", "nothing was changed; use another one")
