"""Which model serves after `musafir train`, and which one `musafir run` starts with."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import Content
from bot.errors import SetupError
from bot.training import console, teaching
from bot.training.folder import ModelFolder
from bot.training.model import model_name, train
from bot.training.trainer import State, Trainer

EXAM = """text,label,style
the boss owes me four months and only promises,unpaid-wages,plain
my employer has not paid me for two months,unpaid-wages,plain
my boss took my passport and does not give it back,passport-taken,plain
zarplatu ne platyat tri mesyaca,unpaid-wages,noisy
oyligimni bermayapti nima qilay,unpaid-wages,plain
айлыгымды бербей жатышат,unpaid-wages,keywords
which film shall i watch tonight,out_of_scope,plain
"""


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    """An empty folder of models."""
    folder = ModelFolder(tmp_path / "models")
    folder.root.mkdir()
    return folder


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which Rasa is not installed."""
    monkeypatch.setattr(teaching, "PYTHON", tmp_path / "no-python")


@pytest.fixture(scope="module")
def small(content: Content) -> Content:
    """Content with one answer."""
    return replace(content, answers={"unpaid-wages": content.answers["unpaid-wages"]}, guides={})


@pytest.mark.slow
@pytest.mark.usefixtures("no_training")
def test_without_any_model_the_start_says_what_is_missing(small: Content, models: ModelFolder) -> None:
    with pytest.raises(SetupError, match="Rasa's environment is missing"):
        console.model_to_serve(small, models)


@pytest.mark.slow
@pytest.mark.usefixtures("no_training")
def test_when_training_is_not_possible_the_chosen_model_serves(
    small: Content, models: ModelFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    models.file("musafir-old").touch()
    models.choose("musafir-old")
    assert console.model_to_serve(small, models) == "musafir-old"
    told = capsys.readouterr().err
    assert "Rasa's environment is missing" in told
    assert "musafir-old serves; questions added since it was trained are not understood yet" in told


@pytest.mark.slow
@pytest.mark.usefixtures("no_training")
def test_a_refused_model_is_not_tried_again_at_every_start(
    small: Content, models: ModelFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    models.file("musafir-old").touch()
    models.choose("musafir-old")
    models.add_report(model_name(small), "worse: 9 questions got wrong", refused=True)
    assert console.model_to_serve(small, models) == "musafir-old"
    assert "was refused (worse: 9 questions got wrong)" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("no_training")
def test_a_model_for_the_content_that_is_there_already_is_chosen(small: Content, models: ModelFolder) -> None:
    name = model_name(small)
    models.file(name).touch()
    assert console.model_to_serve(small, models) == name
    assert models.chosen() == name
    assert "first model" in Trainer(models).status.message
    assert console.model_to_serve(small, models) == name


@pytest.mark.slow
@pytest.mark.rasa
def test_a_new_model_serves_only_when_it_is_not_worse(
    content: Content, models: ModelFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old model is a good one; the new one is broken at first, so that it understands nothing."""
    real, name = train(content), model_name(content)
    shutil.copy(real, models.file("musafir-old"))
    models.choose("musafir-old")
    models.file(name).write_bytes(real.read_bytes()[:100_000])
    (tmp_path / "exam").mkdir()
    (tmp_path / "exam" / "en.csv").write_text(EXAM, encoding="utf-8")

    console.take_over(content, models, content_root=tmp_path)
    told = capsys.readouterr().err
    assert "worse: 6 questions got wrong and 0 got right, which chance would do in 1.6 of 100 cases" in told
    assert "en unpaid-wages → nothing: my employer has not paid me for two months" in told
    assert "musafir-old goes on serving" in told
    assert models.chosen() == "musafir-old"
    status = Trainer(models).status
    assert (status.state, status.share, status.taken_over) == (State.DONE, 1.0, False)

    shutil.copy(real, models.file(name))
    console.take_over(content, models, content_root=tmp_path)
    assert "not worse: 0 questions got wrong and 0 got right" in capsys.readouterr().err
    assert models.chosen() == name
    report = models.report(name)
    assert report is not None
    assert report.comparison is not None
    assert report.comparison.figures["en"]["after"]["rows"] == 7
    assert not report.refused
