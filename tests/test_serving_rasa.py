"""Rasa serves without TensorFlow and with quicker parts, and says the same as ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content import Content
from bot.training.model import train
from tests.conversation import Live
from tests.rasa_python import python

NEURAL = """
from components.serving import leave_out_tensorflow
leave_out_tensorflow()
import rasa.nlu.classifiers.diet_classifier
"""


@pytest.mark.rasa
def test_a_serving_rasa_has_no_tensorflow_in_memory(live: Live) -> None:
    libraries = Path(f"/proc/{live.process.pid}/maps").read_text()
    assert "/sklearn/" in libraries
    assert "/tensorflow/" not in libraries


@pytest.mark.rasa
def test_a_neural_component_says_what_to_do() -> None:
    done = python("-c", NEURAL)
    assert done.returncode != 0
    assert "take the call of leave_out_tensorflow() out of nlu/components/serving.py" in done.stderr


@pytest.mark.rasa
def test_with_our_quick_parts_rasa_says_the_same_as_with_its_own(content: Content) -> None:
    done = python("-m", "comparison.parts", str(train(content)))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "non existent slot" not in done.stderr
    assert "the same in" in done.stdout
