"""Tells which model this Rasa serves, so that Rasas with different ones are noticed. Named in `credentials.yml`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse


class ModelChannel(InputChannel):
    """GET `/webhooks/model/` says `{"model": "musafir-<fingerprint>"}`; null while there is none."""

    @classmethod
    def name(cls) -> str:
        return "model"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        pages = Blueprint("model", "model")

        @pages.route("/", methods=["GET"])
        async def model(request: Request) -> HTTPResponse:
            processor = request.app.ctx.agent.processor
            return response.json({"model": Path(processor.model_filename).name.split(".")[0] if processor else None})

        return pages
