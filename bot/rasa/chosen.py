"""Serves the chosen model, and changes over to another one without anybody noticing.

The new Rasa is started beside the old one (700 MB more for half a minute) and asked a question. Only when it answers,
the client turns to it; the old one is stopped when the turns under way have got their answers. A guided conversation
that is open then goes on with the answers given so far, see `bot.dialogue`.

Who chooses is another process, or another part of this one: only the file `chosen` passes between them.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from watchfiles import Change, awatch

from bot.errors import RasaUnavailableError
from bot.paths import VAR
from bot.rasa.client import RasaClient
from bot.rasa.process import START_LIMIT, RasaProcess, free_port
from bot.training.folder import CHOSEN, ModelFolder

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = 10_000
"""Milliseconds. Some file systems (shared folders of containers) do not tell that a file has changed."""
PROBE: Final = "hello"


class ChosenRasa:
    """A Rasa with the model `model` of `folder`, and `client` for it. Use as an async context manager.

    While `follow()` runs, another model takes over as soon as it is chosen. `start_limit`: seconds after which a Rasa
    that does not answer is given up.
    """

    def __init__(
        self, folder: ModelFolder, model: str, log: Path = VAR / "rasa.log", start_limit: float = START_LIMIT
    ) -> None:
        self.model = model
        self._folder = folder
        self._log = log
        self._start_limit = start_limit
        self._running = AsyncExitStack()
        self._process = self._new_process(model)
        self.client = RasaClient(self._process.url)

    async def __aenter__(self) -> Self:
        await self._running.enter_async_context(self._process.running())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()
        await self._running.aclose()

    async def follow(self) -> None:
        """Change over whenever another model is chosen, until cancelled."""
        await self.change_over()
        async for _ in awatch(
            self._folder.root,
            watch_filter=_is_choice,
            recursive=False,
            rust_timeout=LOOK_AGAIN,
            yield_on_timeout=True,
        ):
            await self.change_over()

    async def change_over(self) -> None:
        """Let the chosen model serve. When it does not start, the old one goes on and is chosen again."""
        model = await asyncio.to_thread(self._folder.chosen)
        if model is None or model == self.model:
            return
        logger.info("changing over to the model %s", model)
        process = self._new_process(model)
        async with AsyncExitStack() as started:
            await started.enter_async_context(process.running())
            if reason := await self._why_not(process):
                logger.error("%s stays: the model %s %s (log: %s)", self.model, model, reason, self._log)
                await asyncio.to_thread(self._folder.add_report, model, f"it {reason}", refused=True)
                await asyncio.to_thread(self._folder.choose, self.model)
                return
            await self.client.switch(process.url)
            self.model = model
            old, self._running = self._running, started.pop_all()
        await old.aclose()
        logger.info("the model %s serves now", model)

    def _new_process(self, model: str) -> RasaProcess:
        return RasaProcess(self._folder.file(model), free_port(), self._log)

    async def _why_not(self, process: RasaProcess) -> str | None:
        """Why a new Rasa cannot serve, or None. A Rasa whose model is broken says that it is up and answers nothing."""
        try:
            await asyncio.wait_for(process.ready.wait(), self._start_limit)
            async with RasaClient(process.url) as client:
                conversation = f"probe-{secrets.token_hex(8)}"
                answered = await client.ask(conversation, PROBE)
                await client.forget(conversation)
        except TimeoutError:
            return f"did not start within {self._start_limit:.0f} seconds"
        except RasaUnavailableError as error:
            return f"did not answer ({error.what})"
        return None if answered else "cannot be read, or does not fit this version of Musafir"


def _is_choice(change: Change, path: str) -> bool:
    return Path(path).name == CHOSEN
