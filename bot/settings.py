"""Settings, from environment variables or `.env`. Every one has a default that works; all are listed in the README."""

from __future__ import annotations

import os
import secrets
from typing import Final

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SetupError
from bot.paths import ROOT, VAR

TELEGRAM_API: Final = "https://api.telegram.org"


class Settings(BaseSettings):
    """What the person who runs Musafir can set. The README explains each."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    telegram_bot_token: SecretStr | None = None
    telegram_api_base: str = TELEGRAM_API
    database_url: str = f"sqlite+aiosqlite:///{VAR / 'musafir.sqlite3'}"
    rasa_url: str | None = None
    musafir_secret: SecretStr | None = None
    sandbox_port: int = Field(default=8080, ge=1, le=65535)

    @property
    def async_database_url(self) -> str:
        """`DATABASE_URL` with the driver Musafir uses, so that a plain `postgresql://` or `sqlite://` works."""
        scheme, _, rest = self.database_url.partition("://")
        drivers = {
            "sqlite": "sqlite+aiosqlite",
            "postgresql": "postgresql+asyncpg",
            "postgres": "postgresql+asyncpg",
        }
        return f"{drivers.get(scheme, scheme)}://{rest}"

    def pseudonym_key(self) -> str:
        """`MUSAFIR_SECRET`, or a random key made at the first start and kept in `var/secret` for its owner only."""
        if self.musafir_secret is not None:
            return self.musafir_secret.get_secret_value()
        file = VAR / "secret"
        VAR.mkdir(exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text().strip()
        with os.fdopen(handle, "w") as new:
            new.write(key := secrets.token_hex(32))
        return key


def load_settings() -> Settings:
    """Read the settings. Raises `SetupError` naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])).upper()
        raise SetupError(f"{name}: {first['msg']}", "correct this environment variable or line in .env") from error
