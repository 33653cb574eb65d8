"""The parameters of a Bot API call, which come as a query, a form, multipart or JSON.

In a form everything is a string and structures are JSON inside it; in a JSON body they are themselves. The
rest of the sandbox should not have to know.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.sandbox.errors import BadRequest

_ATTACHED = "attach://"


@dataclass(frozen=True)
class Upload:
    """A file sent along with a call."""

    name: str
    mime_type: str
    content: bytes


class Params:
    """Typed access to what the bot passed; absent and empty are the same, as they are for Telegram."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    async def of(cls, request: Request) -> "Params":
        values: dict[str, Any] = dict(request.query_params)
        if request.method == "POST":
            if request.headers.get("content-type", "").startswith("application/json"):
                values |= await _json_body(request)
            else:
                async with request.form() as form:
                    values |= {key: await _form_value(value) for key, value in form.items()}
        return cls(values)

    @property
    def values(self) -> Mapping[str, Any]:
        """Return everything that was passed, as it arrived."""
        return self._values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        value = self._values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name)) if name in self else default
        except ValueError:
            raise BadRequest(f"{name} must be an integer") from None

    def number(self, name: str) -> float:
        try:
            return float(self.text(name))
        except ValueError:
            raise BadRequest(f"wrong {name}") from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """Return an object or a list, from JSON text or as it came; None if there is none."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise BadRequest(f"can't parse {name} JSON object") from None

    def items(self, name: str) -> list[Any]:
        value = self.structure(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadRequest(f"expected an Array of {name}")
        return value

    def integers(self, name: str) -> list[int]:
        try:
            return [int(item) for item in self.items(name)]
        except (TypeError, ValueError):
            raise BadRequest(f"expected an Array of Integer {name}") from None

    def upload(self, name: str) -> Upload | str:
        """Return the uploaded file, or the file id or address given instead."""
        value = self._values.get(name)
        if isinstance(value, str) and value.startswith(_ATTACHED):
            value = self._values.get(value.removeprefix(_ATTACHED))
        return value if isinstance(value, Upload) else str(value or "")


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("can't parse request body as a JSON object")
    return body


async def _form_value(value: UploadFile | str) -> Upload | str:
    if isinstance(value, str):
        return value
    mime_type = value.content_type or "application/octet-stream"
    return Upload(value.filename or "file", mime_type, await value.read())
