"""A server that speaks Rasa's REST channel and says what a test tells it to, so that fast tests need no model."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Steps = list[dict[str, Any]]


@dataclass
class ScriptedRasa:
    """Replies by message; a message without a script is unclear. `down` and `delay` (seconds) are its faults.

    `replies_in_turn`: what is said the first time, the second time and so on. Nobody is answered while `open` is unset.
    """

    replies: dict[str, Steps] = field(default_factory=dict)
    replies_in_turn: dict[str, list[Steps]] = field(default_factory=dict)
    received: list[str] = field(default_factory=list)
    down: bool = False
    delay: float = 0.0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def reset(self) -> None:
        """Forget the script and the faults."""
        self.replies.clear()
        self.replies_in_turn.clear()
        self.received.clear()
        self.down, self.delay = False, 0.0
        self.open.set()

    async def answer(self, request: Request) -> Response:
        """The webhook of the REST channel."""
        try:
            body = await request.json()
        except ClientDisconnect:  # the bot has given up
            return Response(status_code=400)
        self.received.append(body["message"])
        await asyncio.sleep(self.delay)
        await self.open.wait()
        if self.down:
            return Response("Internal Server Error", 500)
        in_turn = self.replies_in_turn.get(body["message"])
        steps = in_turn.pop(0) if in_turn else self.replies.get(body["message"], [{"say": "suggest"}])
        return JSONResponse([{"recipient_id": body["sender"], "custom": step} for step in steps])


def step_answer(answer: str, confidence: float = 0.9, language: str = "en", **more: Any) -> dict[str, Any]:
    """A step as the real one for a clear question."""
    return {
        "say": "answer",
        "id": answer,
        "intent": "ask",
        "candidates": [{"label": answer, "confidence": confidence}],
        "language": {"code": language, "confidence": 0.99},
        **more,
    }


@asynccontextmanager
async def scripted_rasa() -> AsyncIterator[ScriptedRasa]:
    """Listen on a free port of the loopback."""
    script = ScriptedRasa()
    script.open.set()
    app = Starlette(
        routes=[
            Route("/webhooks/rest/", lambda _: JSONResponse({"status": "ok"})),
            Route("/webhooks/rest/webhook", script.answer, methods=["POST"]),
        ]
    )
    listener = socket.create_server(("127.0.0.1", 0))
    script.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield script
    finally:
        server.should_exit = True
        await task
