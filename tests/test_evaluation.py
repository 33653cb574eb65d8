"""`musafir evaluate`: the figures mean what DESIGN says, and the output has the agreed shape."""

from pathlib import Path

import pytest

from bot.content import Content
from bot.dialogue import Dialogue
from bot.errors import MusafirError
from bot.evaluate import Result, Row, as_json, errors, evaluate, read_rows, table
from bot.rasa import RasaClient
from tests.scripted_rasa import ScriptedRasa, step_answer


@pytest.fixture
async def output(content: Content, rasa: ScriptedRasa) -> dict:  # type: ignore[type-arg]
    unclear = [{"label": label, "confidence": 0.2} for label in ("detained", "police-check", "out_of_scope", "greet")]
    rasa.replies = {
        "right": [step_answer("unpaid-wages")],
        "wrong": [step_answer("detained")],
        "second": [{"say": "suggest", "candidates": unclear}],
        "weather": [{"say": "out_of_scope", "intent": "out_of_scope"}],
        "football": [step_answer("detained")],
        "lawyer": [
            {
                "say": "find_help",
                "intent": "find_help",
                "entities": {"need": "legal", "city": "Almaty", "country": "KG"},
            }
        ],
        "shelter": [{"say": "find_help", "intent": "find_help", "entities": {"need": "legal", "country": "KZ"}}],
        "yes": [{"say": "nothing_to_confirm", "intent": "affirm"}],
    }
    rows = [
        Row("right", "unpaid-wages", "plain", "en"),
        Row("wrong", "unpaid-wages", "plain", "en"),
        Row("second", "police-check|detained", "story", "en"),
        Row("weather", "out_of_scope", "plain", "ru"),
        Row("football", "out_of_scope", "plain", "ru"),
        Row("help me they are beating me", "emergency", "plain", "en"),
        Row("yes", "affirm", "keywords", "en"),
        Row("lawyer", "find_help", need="legal", country="KZ", city="Almaty"),
        Row("shelter", "find_help", need="shelter", country="KZ"),
    ]
    async with RasaClient(rasa.url) as client:
        return as_json(await evaluate(Dialogue(content, client), rows, lambda: None))


def test_rows(output: dict) -> None:  # type: ignore[type-arg]
    rows = {row["text"]: row for row in output["rows"]}
    assert rows["right"]["outcome"] == "answer"
    assert rows["right"]["candidates"] == ["unpaid-wages"]
    assert rows["second"]["outcome"] == "suggest"
    assert rows["second"]["candidates"] == ["detained", "police-check", "out_of_scope"]
    assert rows["weather"]["predicted"] == "out_of_scope"
    assert rows["help me they are beating me"]["predicted"] == "emergency"
    assert rows["yes"]["predicted"] == "affirm"
    assert {"text", "label", "predicted", "confidence", "outcome", "candidates"} <= set(rows["right"])


def test_figures(output: dict) -> None:  # type: ignore[type-arg]
    figures = output["summary"]["all"]
    assert figures["rows"] == 9
    assert figures["hit@1"] == pytest.approx(2 / 3)
    assert figures["hit@3"] == pytest.approx(2 / 3)
    assert figures["coverage"] == pytest.approx(8 / 9)
    assert figures["direct precision"] == pytest.approx(6 / 8)
    assert figures["emergency recall"] == 1.0
    assert figures["emergency precision"] == 1.0
    assert figures["self-harm recall"] is None
    assert figures["find help"] == 0.5
    assert figures["scope recall"] == 0.5
    assert output["summary"]["by_language"]["ru"]["rows"] == 2
    assert output["summary"]["by_style"]["story"]["hit@3"] == 1.0
    assert "hit@1" in table(output["summary"])


def test_errors_are_grouped_by_what_was_mistaken_for_what() -> None:
    wrong = [Result(Row(text, "unpaid-wages"), "detained", 0.5, "answer", ["detained"]) for text in ("one", "two")]
    other = Result(Row("three", "greet"), "bye", 0.4, "bye", ["bye"])
    lines = errors([other, *wrong]).splitlines()
    assert lines[0] == "unpaid-wages → detained: 2"
    assert "one" in lines[1]
    assert lines[3] == "greet → bye: 1"


def test_a_file_without_the_columns(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(MusafirError, match="no columns text and label"):
        read_rows(file)
    with pytest.raises(MusafirError, match="cannot be read"):
        read_rows(tmp_path / "absent.csv")
