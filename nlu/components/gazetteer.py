"""Countries, cities and kinds of help in free text, in every language and with its endings ("Қазақстанда", "в Алматы").

The names come with the training data as ordinary Rasa lookup tables and synonyms, which `musafir train` compiles from
CLDR, GeoNames and `content/needs/`. Stock `RegexEntityExtractor` finds only whole words; the languages here put
endings on names, so a word matches when it begins with the folded name, or with its stem where it ends in a vowel.
It stands before the classifier, as a featurizer: that a message names a city says much about what is asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.folding import fold

LONGEST_ENDING = 6  # letters that an ending may add: "tashkent" + "dagilar" is not looked for, "dan", "skogo" are
SHORTEST_STEM = 5  # names shorter than this match as whole words or with their own vowel only
VOWELS = "aeiou"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class GazetteerExtractor(GraphComponent, EntityExtractorMixin):
    """Extracts the entities of all lookup tables; the value of an entity is its synonym (`KZ`, `Almaty`, `legal`)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        # first folded word of a name → [(all its folded words, entity, value)], longest names first
        self._names: dict[str, list[tuple[list[str], str, str]]] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GazetteerExtractor:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        synonyms = training_data.entity_synonyms
        names = {
            (fold(element), table["name"], synonyms.get(element, element))
            for table in training_data.lookup_tables
            for element in table["elements"]
        }
        self._index(sorted(names))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "names.json").write_text(json.dumps(sorted(names)), encoding="utf-8")
        return self._resource

    def _index(self, names: list[tuple[str, str, str]]) -> None:
        for folded, entity, value in names:
            words = folded.split()
            if words:
                self._names.setdefault(words[0][:3], []).append((words, entity, value))
        for entries in self._names.values():
            entries.sort(key=lambda entry: -sum(map(len, entry[0])))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The classifier learns from the names found, so training examples get them too."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text and not text.startswith("/"):
                found = self.add_extractor_name(list(self._find(text)))
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _find(self, text: str) -> Iterator[dict[str, Any]]:
        spans = [(match.start(), match.end(), fold(match.group())) for match in re.finditer(r"[\w'ʻʼ’`]+", text)]
        position = 0
        while position < len(spans):
            entry = self._match([span[2] for span in spans[position : position + 4]])
            if entry is None:
                position += 1
                continue
            words, entity, value = entry
            last = position + len(words) - 1
            yield {"entity": entity, "value": value, "start": spans[position][0], "end": spans[last][1]}
            position = last + 1

    def _match(self, words: list[str]) -> tuple[list[str], str, str] | None:
        for entry in self._names.get(words[0][:3], ()) if words[0] else ():
            name = entry[0]
            if len(name) <= len(words) and all(
                _is_form_of(word, part) for word, part in zip(words, name, strict=False)
            ):
                return entry
        return None

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GazetteerExtractor:
        component = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._index(json.loads((folder / "names.json").read_text(encoding="utf-8")))
        return component


def _is_form_of(word: str, name: str) -> bool:
    """True when folded `word` is `name`, alone or with an ending."""
    if word == name:
        return True
    stem = name[:-1] if name[-1] in VOWELS else name
    if len(stem) < SHORTEST_STEM - 1:
        return False
    return word.startswith(stem) and len(word) - len(stem) <= LONGEST_ENDING
