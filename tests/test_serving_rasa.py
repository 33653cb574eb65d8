"""Rasa serves without TensorFlow, and says what to do where a component needs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.rasa.environment import rasa_environment
from bot.rasa.process import NLU, PYTHON
from tests.conversation import Live

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
def test_a_neural_component_says_how_to_start_rasa() -> None:
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", NEURAL],
        cwd=NLU,
        env=rasa_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "start Rasa with `python -m rasa` instead" in done.stderr
