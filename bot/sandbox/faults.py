"""Faults that a test asks for: Telegram being slow, busy or broken."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a method (`*`: of any method), about one chat if it is named.

    `cut`: the connection is dropped `before` the call is done, or `after` it was done and before it is answered.
    """

    method: str
    times: int = 1
    error_code: int = 0
    description: str = ""
    retry_after: int = 0
    delay: float = 0
    chat_id: str = ""
    cut: str = ""

    def body(self) -> Json:
        phrase = HTTPStatus(self.error_code).phrase
        description = self.description or phrase
        if self.retry_after and not self.description:
            description = f"{phrase}: retry after {self.retry_after}"
        body: Json = {"ok": False, "error_code": self.error_code, "description": description}
        if self.retry_after:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


class ConnectionCutError(Exception):
    """The connection of a call is to be dropped without an answer."""


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    async def strike(self, method: str, chat_id: str) -> Fault | None:
        """The fault that a call meets, after waiting as long as it says. Raises `ConnectionCutError`."""
        for fault in self._waiting:
            if fault.method in ("*", method) and fault.chat_id in ("", chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                await asyncio.sleep(fault.delay)
                if fault.cut == "before":
                    raise ConnectionCutError
                return fault
        return None
