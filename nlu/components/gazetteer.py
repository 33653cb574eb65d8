"""Countries, cities and kinds of help in free text, in every language and with its endings ("Қазақстанда", "в Алматы").

The names come with the training data as ordinary Rasa lookup tables and synonyms, which `musafir train` compiles from
CLDR, GeoNames and `content/needs/`. Stock `RegexEntityExtractor` finds only whole words; the languages here put
endings on names, so a word matches when it begins with the folded name, or with its stem and an ending in place of its
last vowel. It stands before the classifier, as a featurizer: that a message names a city says much about what is asked.

Among the thousands of spellings of cities are everyday words (Kereku is Pavlodar, «керек» is "needed"). The training
questions tell them apart: nearly all people write cities with a capital letter and nobody writes such words with one.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.folding import fold, fold_each

LONGEST_ENDING = 6  # letters that an ending may add: "tashkent" + "dagilar" is not looked for, "dan", "skogo" are
SHORTEST_STEM = 5  # names shorter than this match as whole words or with their own vowel only
LONGEST_NAME = 4  # words
REPLACED = "aeioukp"  # last letters that give way to endings: Москва, в Москве; элчилик, элчилигинин; китоб, китап
CITY = "city"
LEAST_CAPITALS = 0.4  # share of its uses inside a sentence in which the name of a city has a capital letter
EVERYDAY_NAME = 2  # times that a name must have been seen before capitals count
EVERYDAY_WORD = 8  # times that a form of a name must have been seen without any capital: «кайра» is not Cairo
WORD = re.compile(r"[\w'ʻʼ’`]+")

Name = tuple[str, str, str]
"""The folded name, its entity (`country`, `city`, `need`), and the entity's value (`KZ`, `Almaty`, `legal`)."""
Part = tuple[str, str, bool]
"""A word of a name, its stem, and whether endings may follow that."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class GazetteerExtractor(GraphComponent, EntityExtractorMixin):
    """Extracts the entities of all lookup tables; the value of an entity is its synonym."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._names: dict[str, list[tuple[list[Part], Name]]] = {}  # stem of the first word → the names, in words
        self._everyday: frozenset[str] = frozenset()  # folded words that are no names though they look like one

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
        self._learn(names, [message.get(TEXT, "") for message in training_data.training_examples])
        with self._model_storage.write_to(self._resource) as folder:
            kept = sorted({name for entries in self._names.values() for _, name in entries})
            file = {"names": kept, "everyday": sorted(self._everyday)}
            (folder / "names.json").write_text(json.dumps(file), encoding="utf-8")
        return self._resource

    def _learn(self, names: set[Name], texts: list[str]) -> None:
        """Index `names`, without the everyday words that `texts` show to be none."""
        self._index(names)
        self._everyday, false_names = self._everyday_words(texts)
        self._index(names - false_names)

    def _index(self, names: Iterable[Name]) -> None:
        self._names = defaultdict(list)
        for name in sorted(names):
            words = name[0].split()
            if words:
                self._names[_stem(words[0])].append(([_part(word, len(words)) for word in words], name))

    def _everyday_words(self, texts: Iterable[str]) -> tuple[frozenset[str], set[Name]]:
        """Words that are never, and names of cities that are mostly not, written with a capital letter."""
        small, capital = Counter[str](), Counter[str]()
        for text in texts:
            written = WORD.findall(text)[1:]  # all sentences begin with a capital
            for word, folded in zip(written, fold_each(written), strict=True):
                (capital if word[0].isupper() else small)[folded] += 1
        forms = {word: name for word in {*small, *capital} if (name := self._match([word])) and name[1] == CITY}
        words = {word for word in forms if small[word] >= EVERYDAY_WORD and not capital[word]}
        seen, capitals = Counter[Name](), Counter[Name]()
        for word, name in forms.items():
            if word not in words:
                seen[name] += small[word] + capital[word]
                capitals[name] += capital[word]
        few = {
            name for name, times in seen.items() if times >= EVERYDAY_NAME and capitals[name] < LEAST_CAPITALS * times
        }
        return frozenset(words), few

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
        spans = [match.span() for match in WORD.finditer(text)]
        words = fold_each([text[start:end] for start, end in spans])
        position = 0
        while position < len(spans):
            name = self._match(words[position : position + LONGEST_NAME])
            if name is None:
                position += 1
                continue
            folded, entity, value = name
            last = position + folded.count(" ")
            yield {"entity": entity, "value": value, "start": spans[position][0], "end": spans[last][1]}
            position = last + 1

    def _match(self, words: list[str]) -> Name | None:
        """The longest name that the folded `words` begin with."""
        first = words[0]
        if first in self._everyday:
            return None
        shortest = max(1, len(first) - LONGEST_ENDING - 1)
        fitting = [
            name
            for length in range(len(first), shortest - 1, -1)
            for parts, name in self._names.get(first[:length], ())
            if len(parts) <= len(words) and all(map(_is_form_of, words, parts))
        ]
        return max(fitting, key=lambda name: (len(name[0]), name), default=None)

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
            file = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        component._index(tuple(name) for name in file["names"])
        component._everyday = frozenset(file["everyday"])
        return component


def _part(word: str, words: int) -> Part:
    stem = _stem(word)
    return word, stem, words > 1 or len(stem) >= SHORTEST_STEM - 1


def _is_form_of(word: str, part: Part) -> bool:
    """True when folded `word` is a word of a name, alone or with an ending."""
    name, stem, takes_endings = part
    return word == name or (
        takes_endings and word.startswith(stem) and len(stem) < len(word) <= len(stem) + LONGEST_ENDING
    )


def _stem(name: str) -> str:
    """A folded name without the letter that endings replace; short names stay as they are."""
    return name[:-1] if name[-1] in REPLACED and len(name) >= SHORTEST_STEM else name
