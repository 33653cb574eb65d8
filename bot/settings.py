"""Settings, from environment variables or `.env`. Every one has a default that works; all are listed in the README."""

from __future__ import annotations

import re
import socket
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SetupError
from bot.keys import KeyFile, is_weak
from bot.logs import Form
from bot.paths import ROOT, VAR

TELEGRAM_API: Final = "https://api.telegram.org"
_PLAIN: Final = {("http", "127.0.0.1"), ("http", "localhost"), ("http", "::1")}


class Settings(BaseSettings):
    """What the person who runs Musafir can set. The README explains each."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    telegram_bot_token: SecretStr | None = None
    telegram_api_base: str = TELEGRAM_API
    telegram_messages_per_second: int = Field(default=30, ge=1)
    telegram_mode: Literal["polling", "webhook"] = "polling"
    webhook_url: str | None = Field(default=None, validate_default=True)
    webhook_secret: SecretStr | None = Field(default=None, validate_default=True)
    webhook_host: str = "127.0.0.1"
    webhook_port: int = Field(default=8091, ge=1, le=65535)
    database_url: str = Field(default=f"sqlite+aiosqlite:///{VAR / 'musafir.sqlite3'}", repr=False)  # has a password
    rasa_url: str | None = None
    redis_url: SecretStr | None = None
    musafir_secret: SecretStr | None = None
    musafir_secret_old: SecretStr | None = None
    staff_chat_id: int | None = Field(default=None, lt=0)
    desk_host: str = "127.0.0.1"
    desk_port: int = Field(default=8090, ge=0, le=65535)
    desk_password: SecretStr | None = None
    run_desk: bool = True
    sandbox_port: int = Field(default=8080, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_format: Form = "text"

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

    @property
    def replica(self) -> str:
        """The name of this bot among those that serve the same people: nobody else can listen at its port."""
        return f"{socket.gethostname()}:{self.webhook_port}"

    def pseudonym_key(self) -> str:
        """`MUSAFIR_SECRET`, or a random key made at the first start and kept in `var/secret` for its owner only."""
        return self.musafir_secret.get_secret_value() if self.musafir_secret else KeyFile().read()

    def former_key(self) -> str | None:
        """The key before `pseudonym_key`, while people may still be kept under it."""
        if self.musafir_secret_old:
            return self.musafir_secret_old.get_secret_value()
        return None if self.musafir_secret else KeyFile().former()

    @field_validator("webhook_url")
    @classmethod
    def _check_webhook_url(cls, url: str | None, known: ValidationInfo) -> str | None:
        """Telegram wants HTTPS. A Bot API server on this machine, and the sandbox, do without."""
        if url is None and known.data.get("telegram_mode") == "webhook":
            raise ValueError("TELEGRAM_MODE=webhook needs the address at which Telegram reaches this bot")
        if url is not None:
            parts = urlsplit(url)
            if not parts.hostname or (parts.scheme != "https" and (parts.scheme, parts.hostname) not in _PLAIN):
                raise ValueError("write an address that begins with https://")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _check_webhook_secret(cls, secret: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if secret is None and known.data.get("telegram_mode") == "webhook":
            raise ValueError("TELEGRAM_MODE=webhook needs a secret, for example the output of `openssl rand -hex 32`")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
            raise ValueError("use 1 to 256 of the characters A-Z a-z 0-9 _ -")
        return secret

    @field_validator("musafir_secret")
    @classmethod
    def _refuse_weak_keys(cls, key: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        """In Telegram real people are kept under the key; the sandbox may use any."""
        if key and known.data.get("telegram_bot_token") and is_weak(key.get_secret_value()):
            raise ValueError(
                "this key could be guessed, and people in Telegram would be kept under it; "
                "leave it out for a random one, or use the output of `openssl rand -hex 32`"
            )
        return key


def load_settings() -> Settings:
    """Read the settings. Raises `SetupError` naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])).upper()
        raise SetupError(f"{name}: {first['msg']}", "correct this environment variable or line in .env") from error
