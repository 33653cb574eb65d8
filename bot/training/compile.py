"""Writes `nlu/build/`: training data and domain, compiled from `content/`, in Rasa's own YAML formats."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.content import Content
from bot.content.schema import Intent
from bot.errors import SetupError
from bot.languages import LANGUAGES
from bot.paths import NLU, NLU_BUILD
from bot.training import gazetteer, guides

VERSION = "3.1"
_SafeDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # written in C where libyaml is there


def compile_content(content: Content, target: Path = NLU_BUILD) -> None:
    """Replace the folder `target` by what Rasa trains from, in the same bytes for the same content.

    Raises `SetupError` as `compiled` does.
    """
    files = compiled(content)
    shutil.rmtree(target, ignore_errors=True)
    for name, data in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as stream:
            yaml.dump(data, stream, _SafeDumper, allow_unicode=True, sort_keys=False, width=1000)
    shutil.copy(NLU / "domain.yml", target / "domain" / "dialogue.yml")


def compiled(content: Content) -> dict[str, dict[str, Any]]:
    """What is compiled, in the same order for the same content: the names of the files and the data in each.

    Raises `SetupError` for an intent that nobody gave an example of: Rasa would never recognise it.
    """
    for intent in Intent:
        if not any(examples.get(intent) for examples in content.dialogue.values()):
            raise SetupError(f"the intent {intent.value!r} has no examples", "add some to content/dialogue/en.yml")
    lookups, synonyms = gazetteer.compile_names(content)
    files: dict[str, dict[str, Any]] = {
        "data/questions.yml": {"nlu": [*_questions(content), *_dialogue(content)]},
        "data/names.yml": {"nlu": [*lookups, *synonyms]},
        "data/guides.yml": {"rules": guides.rules(content)},
        "domain/guides.yml": guides.domain(content),
        "domain/answers.yml": _answer_domain(content),
    }
    return {name: {"version": VERSION, **data} for name, data in files.items()}


def _questions(content: Content) -> Iterator[dict[str, Any]]:
    for answer in content.answers.values():
        for language, text in answer.texts.items():
            yield _examples(f"ask/{answer.id}", language, [text.title, *text.questions])


def _dialogue(content: Content) -> Iterator[dict[str, Any]]:
    for language in LANGUAGES:
        for intent, examples in content.dialogue.get(language, {}).items():
            yield _examples(intent.value, language, examples)


def _examples(intent: str, language: str, examples: list[str]) -> dict[str, Any]:
    return {
        "intent": intent,
        "metadata": {"language": language},
        "examples": gazetteer.as_lines(_plain(example) for example in dict.fromkeys(examples)),
    }


def _plain(example: str) -> str:
    """Without the brackets and braces in which Rasa's format marks entities."""
    return " ".join(example.translate(str.maketrans("[]{}", "()()")).split())


def _answer_domain(content: Content) -> dict[str, Any]:
    """Rasa wants a response for every retrieval intent; ours are rendered by the bot."""
    return {"responses": {f"utter_ask/{id_}": [{"text": "step"}] for id_ in sorted(content.answers)}}
