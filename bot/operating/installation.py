"""Where an installation keeps what must not be lost."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.content.edit import write
from bot.database import Database
from bot.errors import SetupError
from bot.git import git
from bot.keys import KeyFile
from bot.paths import ROOT
from bot.settings import Settings
from bot.training.folder import ModelFolder


@dataclass(frozen=True)
class Installation:
    """A folder with Musafir in it, and its settings."""

    settings: Settings
    root: Path = ROOT

    @property
    def var(self) -> Path:
        """Everything written at run time."""
        return self.root / "var"

    @property
    def content(self) -> Path:
        """The texts."""
        return self.root / "content"

    @property
    def models(self) -> ModelFolder:
        """The models of Rasa."""
        return ModelFolder(self.root / "nlu" / "models")

    @property
    def sqlite_file(self) -> Path | None:
        """The database where it is a file. Raises `SetupError` for a `DATABASE_URL` that cannot be used."""
        return Database(self.settings.async_database_url).file

    @property
    def last_backup(self) -> Path:
        """A file whose time is that of the last backup."""
        return self.var / "last-backup"

    def key_mark(self) -> str | None:
        """Tells whether two keys are the same without telling them; None while there is no key.

        Raises `OSError` when the key cannot be read.
        """
        if secret := self.settings.musafir_secret:
            key = secret.get_secret_value()
        elif (self.var / "secret").exists():
            key = KeyFile(self.var).read()
        else:
            return None
        return hmac.new(key.encode(), b"backup", hashlib.sha256).hexdigest()[:16]

    def note_backup(self) -> None:
        """Remember that there is a backup as of now."""
        write(self.last_backup, "")

    def git(self, *arguments: str) -> str | None:
        """What git prints about the content; None without git or a repository, and when it refuses."""
        return git(self.content, *arguments)


def run_tool(name: str, *arguments: str, package: str, environment: dict[str, str], stdin: str | None = None) -> str:
    """Run a program of another package and return what it prints; `stdin` is text for it.

    Raises `SetupError` when it is missing or fails.
    """
    try:
        done = subprocess.run(  # noqa: S603
            [name, *arguments], env=environment, input=stdin, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise SetupError(f"{name} is missing", f"install it (Debian: apt-get install {package})") from error
    if done.returncode != 0:
        told = [line for line in done.stderr.splitlines() if line.strip()] or ["it does not say why"]
        first = next((line for line in told if "error" in line.casefold() or "fatal" in line.casefold()), told[0])
        raise SetupError(f"{name} failed ({first.strip()})", "mend that and try again; nothing was changed")
    return done.stdout
