"""Progress on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import click

from bot.training.progress import Progress

_STEPS: Final = 1000


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A bar on standard error that says what is being done; only `label` where that is no terminal.

    It appears with the first progress: where there is nothing to do, nothing is shown.
    """
    bar: Any = None  # click names the type only for its type checker
    with ExitStack() as stack:

        def show(share: float, stage: str) -> None:
            nonlocal bar
            if bar is None:
                bar = stack.enter_context(
                    click.progressbar(length=_STEPS, label=label, file=sys.stderr, item_show_func=lambda item: item)
                )
            bar.update(round(share * _STEPS) - bar.pos, stage)

        yield show
