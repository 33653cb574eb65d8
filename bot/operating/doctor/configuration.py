"""Settings that can be read and are wrong all the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from dotenv import dotenv_values

from bot.desk.server import expect_password
from bot.errors import SetupError
from bot.keys import is_weak
from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation
from bot.settings import Settings

CHANGE_OF_KEYS: Final = 60 * 24 * 3600.0
"""Seconds after which a change of keys should be over."""


def names(installation: Installation) -> Iterator[Finding]:
    """A setting that does not exist is a slip of the pen, and the one that was meant has its default."""
    file = installation.root / ".env"
    written = dotenv_values(file) if file.exists() else {}
    for name in (name for name in written if name.lower() not in Settings.model_fields):
        yield warning("settings", f"{name} in .env is no setting of Musafir", "correct its name, or take it out")


def key(installation: Installation) -> Iterator[Finding]:
    """The key under which people are kept."""
    settings, file = installation.settings, installation.var / "secret"
    if settings.musafir_secret:
        if is_weak(settings.musafir_secret.get_secret_value()):
            yield warning("key", "MUSAFIR_SECRET could be guessed", "leave it out, or use `openssl rand -hex 32`")
        else:
            yield ok("key", "MUSAFIR_SECRET is set")
        if settings.musafir_secret_old:
            yield warning("key", "MUSAFIR_SECRET_OLD is set", "take it out some weeks after the change of keys")
        return
    database = installation.sqlite_file
    if not file.exists() and database and database.exists():
        yield broken("key", "var/secret is missing, and people are kept under it", "put it back before the next start")
    elif not file.exists():
        yield ok("key", "the first start makes one")
    elif not file.read_text().strip():
        yield broken("key", "var/secret is empty", "put the key back, from where it is kept apart from the backups")
    else:
        yield ok("key", "there is one in var/secret; a copy must be kept apart from the backups")
    former = installation.var / "secret.old"
    if former.exists() and time.time() - former.stat().st_mtime > CHANGE_OF_KEYS:
        yield warning("key", "a change of keys is two months old", "end it: `musafir secret rotate --forget-old`")


def desk(installation: Installation) -> Iterator[Finding]:
    """Who can reach the desk."""
    settings = installation.settings
    try:
        expect_password(settings)
    except SetupError as error:
        yield broken("desk", error.what, error.remedy)
    else:
        yield ok("desk", "this machine only" if settings.desk_password is None else "with a password")
