"""What Rasa is taught is compiled from `content/`, whole and the same each time."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.content import Content, Library
from bot.content.schema import Intent
from bot.errors import SetupError
from bot.training import gazetteer, guides
from bot.training.compile import compile_content


@pytest.fixture
def few(content_folder: Path) -> Content:
    """The content with a few answers."""
    return Library(content_folder).read()[0]


@pytest.mark.slow
def test_every_question_of_every_language_is_there(few: Content, tmp_path: Path) -> None:
    compile_content(few, tmp_path / "build")
    data = yaml.safe_load((tmp_path / "build/data/questions.yml").read_text(encoding="utf-8"))["nlu"]
    found = {(entry["intent"], entry["metadata"]["language"]) for entry in data}
    assert {(f"ask/{id_}", language) for id_, answer in few.answers.items() for language in answer.texts} <= found
    assert {"emergency", "out_of_scope", "find_help"} <= {intent for intent, _ in found}


@pytest.mark.slow
def test_the_same_content_gives_the_same_bytes(few: Content, tmp_path: Path) -> None:
    for name in ("one", "two"):
        compile_content(few, tmp_path / name)
    for file in sorted((tmp_path / "one").rglob("*.yml")):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()


def test_names_of_places(content: Content) -> None:
    cities = gazetteer.cities()
    assert cities["Shymkent"] == ("Shymkent", "KZ")
    assert cities["Chimkent"] == ("Shymkent", "KZ")
    assert ("Osh", "KG") in cities.values()
    lookups, synonyms = gazetteer.compile_names(content)
    assert {table["lookup"] for table in lookups} == {"country", "city", "need"}
    assert "- Қазақстан\n" in next(table["examples"] for table in synonyms if table["synonym"] == "KZ")


def test_a_guide_becomes_a_form(content: Content) -> None:
    domain = guides.domain(content)
    assert domain["forms"]["wage_claim_form"]["required_slots"][0] == "wage_claim__country"
    assert {"start_wage_claim": {"use_entities": []}} in domain["intents"]
    names = {rule["rule"] for rule in guides.rules(content)}
    assert {"start in wage-claim", "result in wage-claim", "ask in wage-claim", "stop in wage-claim"} <= names


def test_an_intent_without_examples_is_named(content: Content, tmp_path: Path) -> None:
    without = {
        language: {intent: examples for intent, examples in dialogue.items() if intent is not Intent.THANKS}
        for language, dialogue in content.dialogue.items()
    }
    with pytest.raises(SetupError, match="'thanks' has no examples"):
        compile_content(replace(content, dialogue=without), tmp_path / "build")
