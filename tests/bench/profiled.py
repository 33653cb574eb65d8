"""`musafir` with a watch on each of its parts: SIGUSR1 starts it, a second one writes what was seen.

Run by `tests.bench.profile`; the file `$BENCH_PROFILE.json` gets the time and count of each part, `.txt` and `.html`
get the functions of the bot's event loop as pyinstrument saw them.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pyinstrument import Profiler
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.ext import Application
from telegram.request import BaseRequest

from bot.cli import main
from bot.handlers import steps
from bot.rasa import RasaClient

DATABASE = ("execute", "scalar", "scalars", "get", "merge", "flush", "commit", "rollback", "close")

seconds: dict[str, float] = defaultdict(float)
times: dict[str, int] = defaultdict(int)


def note(part: str, since: float) -> None:
    """A part has taken its time once more."""
    seconds[part] += time.perf_counter() - since
    times[part] += 1


def watch(owner: type, method: str, name: Callable[..., str]) -> None:
    """Time every call of an async method; `name` says from the arguments which part it belongs to."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    @functools.wraps(original)
    async def timed(*args: Any, **kwargs: Any) -> Any:
        before = time.perf_counter()
        try:
            return await original(*args, **kwargs)
        finally:
            note(name(*args, **kwargs), before)

    setattr(owner, method, timed)


def watch_everything() -> None:
    """Watch what an update passes through."""
    watch(Application, "process_update", lambda *_: "an update in all")
    watch(BaseRequest, "post", lambda _, url, *__, **___: f"Bot API: {url.rpartition('/')[2]}")
    watch(RasaClient, "_post", lambda *_: "Rasa over HTTP")
    for method in DATABASE:
        watch(AsyncSession, method, lambda *_, method=method, **__: f"database: {method}")
    event.listen(Engine, "before_cursor_execute", lambda *_: note("database: statements", time.perf_counter()))
    rendered = steps.screens_for

    def timed(*args: Any) -> Any:
        before = time.perf_counter()
        screens = rendered(*args)
        note("rendering", before)
        return screens

    setattr(steps, "screens_for", timed)  # noqa: B010 - a function of the module is replaced


def obey(target: Path) -> None:
    """Start and stop at a signal."""
    profiler = Profiler(interval=0.0005, async_mode="disabled")

    def signalled(*_: Any) -> None:
        if not profiler.is_running:
            seconds.clear()
            times.clear()
            profiler.start()
            return
        profiler.stop()
        target.with_suffix(".txt").write_text(profiler.output_text(unicode=True, show_all=True), encoding="utf-8")
        target.with_suffix(".html").write_text(profiler.output_html(), encoding="utf-8")
        parts = {part: {"seconds": seconds[part], "times": times[part]} for part in seconds}
        target.with_suffix(".json").write_text(json.dumps(parts, indent=1), encoding="utf-8")

    signal.signal(signal.SIGUSR1, signalled)


if __name__ == "__main__":
    watch_everything()
    obey(Path(os.environ["BENCH_PROFILE"]))
    main()
