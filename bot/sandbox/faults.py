"""Faults that a test asks for: Telegram being slow, busy or broken."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a method (`*`: of any method)."""

    method: str
    times: int = 1
    error_code: int = 0
    description: str = ""
    retry_after: int = 0
    delay: float = 0

    def body(self) -> Json:
        phrase = HTTPStatus(self.error_code).phrase
        description = self.description or phrase
        if self.retry_after and not self.description:
            description = f"{phrase}: retry after {self.retry_after}"
        body: Json = {"ok": False, "error_code": self.error_code, "description": description}
        if self.retry_after:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    async def strike(self, method: str) -> Json | None:
        """Wait as long as the fault says; return the error it replaces the answer with, if any."""
        for fault in self._waiting:
            if fault.method in ("*", method):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                await asyncio.sleep(fault.delay)
                return fault.body() if fault.error_code else None
        return None
