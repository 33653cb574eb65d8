"""What the sandbox answers instead of a result, in Telegram's words and numbers.

ApiError
├── BadRequest        400: the call is wrong and would be wrong again
├── Unauthorized      401: not this bot's token
├── Forbidden         403: the person blocked the bot
├── NotFound          404: no such method
└── Conflict          409: two ways of getting updates at once
"""

from typing import Any


class ApiError(Exception):
    """A refusal, as Telegram reports it: `{"ok": false, "error_code": …, "description": …}`."""

    code = 400
    prefix = "Bad Request: "

    def __init__(self, reason: str) -> None:
        self.description = f"{self.prefix}{reason}"
        super().__init__(self.description)

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error_code": self.code, "description": self.description}


class BadRequest(ApiError):
    """The call itself is wrong; sending it again would not help."""


class Unauthorized(ApiError):
    """The token is not the one this sandbox was started with."""

    code = 401
    prefix = ""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class Forbidden(ApiError):
    """The person does not want to hear from the bot."""

    code = 403
    prefix = "Forbidden: "


class NotFound(ApiError):
    """Telegram has no such method, or the sandbox does not imitate it."""

    code = 404
    prefix = ""

    def __init__(self) -> None:
        super().__init__("Not Found")


class Conflict(ApiError):
    """Updates can be fetched in one way and by one bot at a time."""

    code = 409
    prefix = "Conflict: "
