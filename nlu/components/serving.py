"""Rasa, lighter and quicker: `python -m components.serving run …` takes what `python -m rasa run …` takes.

No component of our pipeline is a neural network, yet Rasa loads TensorFlow for a few classes that only
training needs. Here modules with placeholders stand in their places, which saves a third of a gigabyte and seconds of
each start. A model with a neural component says at once what to do (see `_missing`).

Three parts of Rasa that took 40 % of the time of each message are replaced by ones that come to the same result. The
guides need one of them: `python -m rasa run` would not fill their slots (components/extraction.py).
"""

from __future__ import annotations

import gc
import sys
from functools import cache
from types import ModuleType
from typing import Final, NoReturn

UNUSED: Final = {
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
}
"""The modules of Rasa 3.6 that load TensorFlow, with the names that are imported where no network is trained."""
RARELY: Final = (10_000, 20, 20)
"""Thresholds for looking for garbage in cycles; with Python's own (700, 10, 10) that took a tenth of each message."""


def leave_out_tensorflow() -> None:
    """Must be called before anything of Rasa is imported."""
    for name, classes in UNUSED.items():
        module = ModuleType(name)
        module.__getattr__ = _missing  # type: ignore[method-assign]
        for placeholder in classes:
            setattr(module, placeholder, type(placeholder, (), {}))
        sys.modules[name] = module


def put_quick_parts_in() -> None:
    """Must be called before a model is loaded."""
    from rasa.core import processor
    from rasa.core.actions import action
    from rasa.shared.core.domain import Domain

    from components.extraction import ExtractSlotsOfGuides
    from components.runner import SequentialGraphRunner

    processor.DaskGraphRunner = SequentialGraphRunner
    action.ActionExtractSlots = ExtractSlotsOfGuides
    Domain.empty = staticmethod(cache(Domain.empty))  # made for each message, to see that ours is another


def _missing(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"{name} needs TensorFlow, which this Rasa was started without: a component of config.yml is a neural network;"
        " take the call of leave_out_tensorflow() out of nlu/components/serving.py"
    )


if __name__ == "__main__":
    leave_out_tensorflow()
    put_quick_parts_in()
    gc.set_threshold(*RARELY)
    from rasa.__main__ import main

    main()
