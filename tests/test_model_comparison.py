"""Which model is worse by the questions of the exam, what staff are told about it, and which one is chosen then."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.content import Content, Library, exam
from bot.evaluate import DIALOGUE_LABELS, Result, Row
from bot.training.comparison import Comparison, chance_of, compare, table
from bot.training.folder import ModelFolder

KNOWN = {"unpaid-wages", "detained", *DIALOGUE_LABELS}


def results(*rows: tuple[str, str], lang: str = "en") -> list[Result]:
    """What a model made of questions: right label and given label of each."""
    return [
        Result(Row(f"question {number}", label, lang=lang), given, 0.9, "answer", [given])
        for number, (label, given) in enumerate(rows)
    ]


def answers(right: int, wrong: int = 0) -> list[tuple[str, str]]:
    """So many right answers, then so many wrong ones."""
    return [("unpaid-wages", "unpaid-wages")] * right + [("unpaid-wages", "detained")] * wrong


def compared(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> Comparison:
    return compare(results(*before), results(*after), KNOWN, ("old", "new"))


def test_the_same_answers_are_not_worse() -> None:
    comparison = compared(answers(20), answers(20))
    assert comparison.not_worse
    assert comparison.flips == []
    assert comparison.reason == "not worse: 0 questions got wrong and 0 got right"


@pytest.mark.parametrize(
    ("worse", "better", "verdict"),
    [(4, 0, True), (5, 0, False), (5, 1, True), (7, 1, False), (10, 10, True), (20, 10, False), (0, 9, True)],
)
def test_more_wrong_answers_than_chance_explains_are_worse(worse: int, better: int, verdict: bool) -> None:
    right, wrong = ("unpaid-wages", "unpaid-wages"), ("unpaid-wages", "detained")
    before = [right] * worse + [wrong] * better + [right] * 60
    after = [wrong] * worse + [right] * better + [right] * 60
    comparison = compared(before, after)
    assert (comparison.worse, comparison.better) == (worse, better)
    assert comparison.not_worse is verdict
    assert comparison.reason.startswith("not worse" if verdict else "worse")


def test_chance_is_that_of_a_coin() -> None:
    assert chance_of(0, 0) == 1.0
    assert chance_of(5, 5) == pytest.approx(1 / 32)
    assert chance_of(1, 2) == pytest.approx(3 / 4)
    assert chance_of(9, 10) == pytest.approx(11 / 1024)


@pytest.mark.parametrize("danger", ["emergency", "self_harm"])
def test_one_missed_danger_outweighs_many_better_answers(danger: str) -> None:
    comparison = compared([(danger, danger), *answers(0, 50)], [(danger, "greet"), *answers(50)])
    assert not comparison.not_worse
    assert comparison.dangers_lost == 1
    assert comparison.reason == "worse: 1 messages of people in danger are no longer recognised"


def test_an_emergency_may_get_the_card_about_suicide_but_not_the_other_way_round() -> None:
    assert compared([("emergency", "emergency")], [("emergency", "self_harm")]).not_worse
    assert not compared([("self_harm", "self_harm")], [("self_harm", "emergency")]).not_worse


def test_small_talk_is_reported_but_decides_nothing() -> None:
    comparison = compared([("greet", "greet")] * 9, [("greet", "thanks")] * 9)
    assert comparison.not_worse
    assert len(comparison.flips) == 9


def test_a_new_answer_counts_only_for_the_new_model() -> None:
    rows = [("new-answer", "detained")] * 9
    comparison = compared([*rows, *answers(3)], [("new-answer", "new-answer")] * 8 + [rows[0], *answers(3)])
    assert comparison.new_questions == 9
    assert (comparison.worse, comparison.better, comparison.flips) == (0, 0, [])
    assert comparison.figures["all"]["before"]["rows"] == 3
    assert comparison.figures["all"]["before"]["hit@1"] == 1.0
    assert comparison.figures["all"]["after"]["hit@1"] == pytest.approx(11 / 12)


def test_staff_see_the_figures_and_what_got_worse() -> None:
    before = [*results(*answers(2)), *results(*answers(1), lang="tg")]
    after = [*results(*answers(2)), *results(*answers(0, 1), lang="tg")]
    comparison = compare(before, after, KNOWN, ("old", "new"))
    assert comparison.figures["tg"]["before"]["hit@1"] == 1.0
    assert comparison.figures["tg"]["after"]["hit@1"] == 0.0
    lines = table(comparison).splitlines()
    assert lines[0].split() == ["all", "en", "tg"]
    assert [line.split()[-3:] for line in lines if line.startswith("hit@1")] == [
        ["1.000", "1.000", "1.000"],
        ["0.667", "1.000", "0.000"],
    ]
    assert lines[-1] == "tg unpaid-wages → detained: question 0"


def model(folder: ModelFolder, name: str, *answers: str) -> str:
    """A file as `rasa train` packs it, with all that is read of it here: the answers."""
    folder.root.mkdir(exist_ok=True)
    metadata = json.dumps({"domain": {"responses": {f"utter_ask/{answer}": [] for answer in answers}}}).encode()
    with tarfile.open(folder.file(name), "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(metadata)
        archive.addfile(member, io.BytesIO(metadata))
    return name


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    """A folder without models."""
    return ModelFolder(tmp_path / "models")


def test_the_answers_of_a_model_are_in_its_file(models: ModelFolder) -> None:
    assert models.answers_of(model(models, "musafir-1", "detained", "unpaid-wages")) == {"detained", "unpaid-wages"}


def test_the_chosen_model_and_the_one_before_are_kept(models: ModelFolder) -> None:
    assert models.chosen() is None
    for number in range(4):
        models.choose(model(models, f"musafir-{number}"))
        models.add_report(f"musafir-{number}", "x", refused=False)
    assert models.chosen() == "musafir-3"
    models.prune(model(models, "musafir-refused"))
    assert {file.name.partition(".")[0] for file in models.root.glob("musafir-*")} == {
        "musafir-2",
        "musafir-3",
        "musafir-refused",
    }
    assert models.report("musafir-1") is None
    assert models.report("musafir-2") is not None


def test_a_choice_whose_file_is_gone_is_none(models: ModelFolder) -> None:
    models.choose(model(models, "musafir-1"))
    models.file("musafir-1").unlink()
    assert models.chosen() is None


def test_what_was_found_out_about_a_model_stays_beside_it(models: ModelFolder) -> None:
    models.root.mkdir()
    comparison = compared(answers(3), answers(2, 1))
    models.add_report("musafir-1", comparison.reason, refused=False, comparison=comparison)
    models.add_report("musafir-1", "it did not start", refused=True)
    report = ModelFolder(models.root).report("musafir-1")
    assert report is not None
    assert (report.note, report.refused) == ("it did not start", True)
    assert report.comparison == comparison
    [flip] = json.loads((models.root / "musafir-1.json").read_text())["comparison"]["flips"]
    assert (flip["before"], flip["after"], flip["better"]) == ("unpaid-wages", "detained", False)


@dataclass
class Exam:
    """A content folder with one answer and an English exam."""

    root: Path
    content: Content

    def write(self, rows: str, header: str = "text,label,style\n") -> None:
        (self.root / "exam").mkdir(exist_ok=True)
        (self.root / "exam" / "en.csv").write_text(header + rows, encoding="utf-8")

    def mistakes(self) -> list[str]:
        problems = exam.check(self.content, Library(self.root))
        return [str(problem).removeprefix(f"{self.root}/") for problem in problems]


@pytest.fixture
def folder(content: Content, tmp_path: Path) -> Exam:
    """Without an exam yet."""
    (tmp_path / "answers" / "work-rights" / "unpaid-wages").mkdir(parents=True)
    answers = {"unpaid-wages": content.answers["unpaid-wages"]}
    return Exam(tmp_path, replace(content, answers=answers, dialogue={"en": content.dialogue["en"]}))


def test_the_exam_is_read_with_its_languages(folder: Exam) -> None:
    folder.write('a wholly new question about money,unpaid-wages,plain\n"one, two",out_of_scope,noisy\n😀,bye,noisy\n')
    first, second, _ = exam.read(folder.root)
    assert (first.text, first.label, first.style, first.language) == (
        "a wholly new question about money",
        "unpaid-wages",
        "plain",
        "en",
    )
    assert (second.text, second.line) == ("one, two", 3)
    assert folder.mistakes() == []


def test_without_an_exam_nothing_is_wrong(folder: Exam) -> None:
    assert exam.read(folder.root) == []
    assert folder.mistakes() == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("what now,unpaid-wage,plain\n", "exam/en.csv:2: unknown label 'unpaid-wage'"),
        ("what now,unpaid-wages|nothing,plain\n", "unknown label 'nothing'"),
        ("MY PAY hass not come!,unpaid-wages,plain\n", "the bot is trained on this question (unpaid-wages)"),
        ("a new one,unpaid-wages,plain\nA new one?,unpaid-wages,plain\n", "en.csv:3: the same question as in line 2"),
        ("a new one,unpaid-wages\n", "en.csv:2: not three columns: put quotes around a text with commas"),
        ("one, two,unpaid-wages,plain\n", "en.csv:2: not three columns"),
        (" ,unpaid-wages,plain\n", "en.csv:2: no question"),
        ('"a new one,unpaid-wages,plain\n', "not CSV"),
    ],
)
def test_a_mistake_in_the_exam_is_named(folder: Exam, rows: str, expected: str) -> None:
    folder.write(rows)
    assert any(expected in mistake for mistake in folder.mistakes()), folder.mistakes()


def test_wrong_columns_and_bytes(folder: Exam) -> None:
    folder.write("", "question,label,style\n")
    assert folder.mistakes() == ["exam/en.csv:1: wrong columns: the first line is text,label,style"]
    (folder.root / "exam" / "en.csv").write_bytes("text,label,style\nПривет".encode("cp1251"))
    assert folder.mistakes() == ["exam/en.csv:1: not UTF-8: save the file as UTF-8 text"]
    assert exam.read(folder.root) == []
