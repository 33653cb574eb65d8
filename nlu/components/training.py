"""Rasa's training without work that is lost on us: `python -m components.training` takes what `python -m rasa` takes.

Half of the time of a training went into fingerprints of every message before and after every component, by which a
later training could use results again (ours begins anew each time), into proving that the files are in Rasa's format
(they are compiled), and into the last hundredths of compression. The model is the same; a test compares.
"""

from __future__ import annotations

from typing import Any

from rasa.__main__ import main
from rasa.engine.graph import GraphNodeHook
from rasa.engine.storage import local_model_storage
from rasa.engine.training import graph_trainer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from tarsafe import TarSafe


class NothingToCache(GraphNodeHook):
    """Stands where Rasa keeps the results of components."""

    def __init__(self, **_: Any) -> None: ...

    def on_before_node(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}

    def on_after_node(self, *_: Any, **__: Any) -> None: ...


class LightlyPacked(TarSafe):
    """Packs a model in a second instead of half a minute, into 8 % more."""

    @classmethod
    def gzopen(cls, *arguments: Any, **options: Any) -> Any:
        return super().gzopen(*arguments, **{"compresslevel": 1, **options})


def put_quick_parts_in() -> None:
    """Must be called before a training."""
    graph_trainer.TrainingHook = NothingToCache
    local_model_storage.TarSafe = LightlyPacked
    Message.__hash__ = lambda message: hash(message.get(TEXT))  # equal messages have equal texts
    RasaYAMLReader.validate = lambda *_: None


if __name__ == "__main__":
    put_quick_parts_in()
    main()
