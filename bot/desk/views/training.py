"""Training: start it, watch it, and see how the new model compares with the one that serves."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from bot.desk.page import files, go, notice, render, words
from bot.errors import MusafirError
from bot.training.comparison import MEASURES
from bot.training.trainer import Trainer


async def show(request: Request) -> Response:
    """How far the training is, and what came of the last one."""
    trainer = _trainer(request)
    status = trainer.status
    report = trainer.folder.report(status.model) if status.model else None
    return render(
        request,
        "training.html",
        training=status,
        report=report,
        measures=MEASURES,
        chosen=trainer.folder.chosen(),
    )


async def start(request: Request) -> Response:
    """Train now."""
    try:
        _trainer(request).start(files(request).store.content)
    except MusafirError as error:
        notice(request, str(error))
    return go("/training")


async def cancel(request: Request) -> Response:
    """Stop the training; the model that serves stays."""
    if not await _trainer(request).cancel():
        _ = words(request)
        notice(
            request,
            _("There is nothing to stop here: the training runs in another process, or has ended."),
        )
    return go("/training")


def _trainer(request: Request) -> Trainer:
    return cast("Trainer", request.app.state.trainer)
