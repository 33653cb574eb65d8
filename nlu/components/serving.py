"""Rasa as it is, without TensorFlow: `python -m components.serving run …` takes what `python -m rasa run …` takes.

No component of our pipeline is a neural network, yet Rasa loads TensorFlow for a few classes that only
training needs. Here modules with placeholders stand in their places, which saves a third of a gigabyte and seconds of
each start. A model with a neural component says at once what to do (see `_missing`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final, NoReturn

UNUSED: Final = {
    "rasa.graph_components.validators.default_recipe_validator": ("DefaultV1RecipeValidator",),
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
}
"""The modules of Rasa 3.6 that load TensorFlow, with the names that are imported where no network is trained."""


def leave_out_tensorflow() -> None:
    """Must be called before anything of Rasa is imported."""
    for name, classes in UNUSED.items():
        module = ModuleType(name)
        module.__getattr__ = _missing  # type: ignore[method-assign]
        for placeholder in classes:
            setattr(module, placeholder, type(placeholder, (), {}))
        sys.modules[name] = module


def _missing(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        f"{name} needs TensorFlow, which this Rasa was started without: a component of config.yml is a neural network;"
        " start Rasa with `python -m rasa` instead of `python -m components.serving` (bot/rasa/process.py)"
    )


if __name__ == "__main__":
    leave_out_tensorflow()
    from rasa.__main__ import main

    main()
