"""The folder of models: which one serves, which one did before, and what is known about each.

musafir-<fingerprint>.tar.gz   a model; complete whenever it is there
musafir-<fingerprint>.json     how it compared with the one before, or why it could not be started
chosen, previous               names of models, each a line in a text file; whoever changes `chosen` changes what serves
training.json, training.log    what the training is at (see `trainer`), and what Rasa logged
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from bot.content.edit import write
from bot.paths import NLU
from bot.training.comparison import Comparison

MODELS: Final = NLU / "models"
CHOSEN: Final = "chosen"
_ENDING: Final = ".tar.gz"


@dataclass(frozen=True)
class Report:
    """What is known about a model. `note`: why it was taken over, or refused since it is worse or does not start."""

    model: str
    at: datetime
    note: str
    refused: bool
    comparison: Comparison | None = None


_REPORTS: Final = TypeAdapter(Report)


@dataclass(frozen=True)
class ModelFolder:
    """A folder of models."""

    root: Path = MODELS

    @property
    def lock(self) -> Path:
        """The lock file of trainings into this folder."""
        return self.root / "training.lock"

    def file(self, model: str) -> Path:
        """Where the model of that name is, or would be."""
        return self.root / f"{model}{_ENDING}"

    def chosen(self) -> str | None:
        """The name of the model that serves; None while there is none, or while its file is missing."""
        return self._named(CHOSEN)

    def choose(self, model: str) -> None:
        """Let `model` serve. A running bot changes over to it."""
        before = self.chosen()
        if before != model:
            if before:
                write(self.root / "previous", before + "\n")
            write(self.root / CHOSEN, model + "\n")

    def prune(self, keep: str) -> None:
        """Delete every model but the chosen one, the one before, and `keep`."""
        kept = {self._named(CHOSEN), self._named("previous"), keep}
        for file in self.root.glob(f"musafir-*{_ENDING}"):
            if (model := file.name.removesuffix(_ENDING)) not in kept:
                file.unlink()
                (self.root / f"{model}.json").unlink(missing_ok=True)

    def report(self, model: str) -> Report | None:
        """What is known about `model`."""
        try:
            return _REPORTS.validate_json((self.root / f"{model}.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def add_report(self, model: str, note: str, *, refused: bool, comparison: Comparison | None = None) -> None:
        """Write down what was found out about `model`; a comparison that is known stays."""
        known = self.report(model)
        report = Report(model, datetime.now(UTC), note, refused, comparison or (known.comparison if known else None))
        write(self.root / f"{model}.json", _REPORTS.dump_json(report, indent=1).decode() + "\n")

    def answers_of(self, model: str) -> set[str]:
        """The ids of the answers that `model` has learned."""
        with tarfile.open(self.file(model)) as archive:
            metadata = archive.extractfile("metadata.json")
            assert metadata is not None
            responses = json.load(metadata)["domain"]["responses"]
        return {name.removeprefix("utter_ask/") for name in responses if name.startswith("utter_ask/")}

    def _named(self, name: str) -> str | None:
        try:
            model = (self.root / name).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return model if self.file(model).exists() else None
