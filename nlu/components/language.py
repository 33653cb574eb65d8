"""Which of the six languages a message is written in, also without special letters or in the other script.

Libraries for language identification do not know Tajik, Kyrgyz and Uzbek together, and none knows how people type
them; our own training questions do. The language of each is in its metadata (`language: tg`).
"""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

from components.tfidf import TfidfView

LANGUAGE = "language"
MODEL = "language.pickle"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class LanguageIdentifier(GraphComponent):
    """Sets `language` to `{"code": "tg", "confidence": 0.98}` on every message."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"char_ngrams": 4}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._view: TfidfView | None = None  # until a model is loaded
        self._log_probabilities = np.empty((0, 0), dtype=np.float32)
        self._codes: list[str] = []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        pairs = [(m.get(TEXT), code) for m in training_data.intent_examples if (code := _language_of(m))]
        model = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(1, self._config["char_ngrams"]), sublinear_tf=True),
            ComplementNB(alpha=0.1),
        )
        model.fit(*zip(*pairs, strict=True))
        with self._model_storage.write_to(self._resource) as folder:
            (folder / MODEL).write_bytes(pickle.dumps(model))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if self._view is not None and message.get(TEXT):
                columns, values = self._view(message.get(TEXT))
                probabilities = softmax(values @ self._log_probabilities[columns])
                best = probabilities.argmax()
                found = {"code": self._codes[best], "confidence": float(probabilities[best])}
                message.set(LANGUAGE, found, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageIdentifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            pipeline = pickle.loads((folder / MODEL).read_bytes())  # noqa: S301 - the model is ours, as all of its code
        vectorizer, model = (step for _, step in pipeline.steps)
        component._view = TfidfView(vectorizer)
        component._log_probabilities = np.ascontiguousarray(model.feature_log_prob_.T, dtype=np.float32)
        component._codes = [str(code) for code in model.classes_]
        return component


def _language_of(message: Message) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("intent") or {}).get(LANGUAGE)
