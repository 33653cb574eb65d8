"""A training leaves out what is lost on us, and its model understands what one that Rasa trained by itself would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import Library
from bot.training.compile import compile_content
from tests.rasa_python import python

SOME = 20


@pytest.mark.rasa
def test_with_our_quick_parts_a_trained_model_understands_the_same(content_folder: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    content = Library(content_folder).read()[0]
    fewer = {
        language: {intent: examples[:SOME] for intent, examples in dialogue.items()}
        for language, dialogue in content.dialogue.items()
    }
    compile_content(replace(content, dialogue=fewer), build)
    questions, again = build / "data" / "questions.yml", tmp_path / "again.yml"
    again.write_bytes(questions.read_bytes())  # what is said twice is learned once
    done = python("-m", "comparison.training", build / "domain", questions, again)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "the same in" in done.stdout
