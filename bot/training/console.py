"""What `musafir train` and `musafir run` do about models, and what they say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.content import Content
from bot.errors import SetupError
from bot.paths import CONTENT
from bot.training.bar import progress_bar
from bot.training.comparison import table
from bot.training.folder import ModelFolder
from bot.training.model import model_name
from bot.training.trainer import Status, Trainer


def take_over(content: Content, folder: ModelFolder, *, force: bool = False, content_root: Path = CONTENT) -> None:
    """Train the model for `content`, compare it and choose it unless it is worse; `force` chooses it all the same.

    Raises `SetupError`.
    """
    with progress_bar(f"Teaching Rasa {len(content.answers)} answers") as progress:
        status = asyncio.run(Trainer(folder, content_root, progress).run(content, force=force))
    _tell(status, folder)
    if not status.taken_over:
        click.echo(
            f"{folder.chosen()} goes on serving. Look at the questions above; to take the new model over all the same: "
            "musafir train --force",
            err=True,
        )
    click.echo(folder.chosen())


def model_to_serve(content: Content, folder: ModelFolder) -> str:
    """The name of the model to start with. When the content has changed, a new one is trained and compared first.

    The chosen model serves when the new one is worse, and when it cannot be trained. Raises `SetupError` when there is
    neither a chosen model nor a new one.
    """
    chosen, current = folder.chosen(), model_name(content)
    if chosen and chosen != current and (known := folder.report(current)) and known.refused:
        _warn(f"the model for the content as it is now was refused ({known.note})", chosen)
    elif chosen != current:
        try:
            take_over(content, folder)
        except SetupError as error:
            if chosen is None:
                raise
            _warn(str(error), chosen)
    return folder.chosen() or current


def _warn(reason: str, chosen: str) -> None:
    click.echo(f"{reason}\n{chosen} serves; questions added since it was trained are not understood yet", err=True)


def _tell(status: Status, folder: ModelFolder) -> None:
    report = folder.report(status.model or "")
    if report and report.comparison and status.message == report.note:
        click.echo(table(report.comparison), err=True)
    click.echo(f"{status.model}: {status.message}", err=True)
