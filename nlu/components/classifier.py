"""Which answer a message asks for, or which dialogue intent it is: one ranking over all of them.

Every answer is a retrieval intent `ask/<answer id>` in the training data. This classifier learns answers and dialogue
intents as one set of labels, so that their probabilities can be compared, and reports

- `intent` and `intent_ranking` as any Rasa classifier, `ask` standing for its best answer, and
- `candidates`: `[{"label": "unpaid-wages", "confidence": 0.93}, ...]`, answers and dialogue intents mixed, best first.

Words alone fail on old phones: the features are folded words and pieces of words (`bot.folding`), see `_new_features`.
The machine trains in seconds where logistic regression on the same features takes minutes and is no better. Weights
are kept as one contiguous float32 matrix; scikit-learn would copy them for every message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from bot.folding import fold

ASK = "ask"
STEM_LETTERS = 5
CANDIDATES = "candidates"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerClassifier(GraphComponent, IntentClassifier):
    """TF-IDF over folded words and character pieces, a linear support vector machine, calibrated probabilities."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C`: inverse strength of regularisation; `ranking_length`: how many candidates are reported."""
        return {"C": 0.3, "ranking_length": 10}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._features: FeatureUnion = FeatureUnion([])
        self._weights = np.empty((0, 0), dtype=np.float32)
        self._bias = np.empty(0, dtype=np.float32)
        self._labels: list[str] = []

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AnswerClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        labels = np.array([_label(message) for message in examples])
        self._features = _new_features()
        inputs = self._features.fit_transform([_text(message) for message in examples])
        inputs = inputs.astype(np.float64)  # what liblinear wants; it cannot convert what parallel jobs share
        weights, bias, self._labels = self._fit(inputs, labels)
        scale = self._scale_of_margins(inputs, labels)
        self._weights = np.ascontiguousarray(scale * weights, dtype=np.float32)
        self._bias = (scale * bias).astype(np.float32)
        self._persist()
        return self._resource

    def _fit(self, inputs: csr_matrix, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """One linear support vector machine for each label against all others, on all cores."""
        model = OneVsRestClassifier(LinearSVC(C=self._config["C"], random_state=1), n_jobs=-1).fit(inputs, labels)
        weights = np.vstack([machine.coef_ for machine in model.estimators_]).T
        bias = np.concatenate([machine.intercept_ for machine in model.estimators_])
        return weights, bias, [str(label) for label in model.classes_]

    def _scale_of_margins(self, inputs: csr_matrix, labels: np.ndarray) -> float:
        """The factor under which a softmax of the margins gives honest probabilities (temperature scaling).

        Found by least log loss on a fifth of the examples, with a model that has not seen them.
        """
        split = StratifiedShuffleSplit(1, test_size=0.2, random_state=1)
        seen, unseen = next(split.split(inputs, labels))
        weights, bias, known = self._fit(inputs[seen], labels[seen])
        margins = inputs[unseen] @ weights + bias
        rows = np.arange(len(unseen))
        columns = np.searchsorted(known, labels[unseen])

        def loss(scale: float) -> float:
            return float(-log_softmax(scale * margins, axis=1)[rows, columns].mean())

        return float(minimize_scalar(loss, bounds=(0.5, 20.0), method="bounded").x)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        ranked = self._rank(_text(message))
        intents: dict[str, float] = {}
        for label, confidence in ranked:
            intents.setdefault(self._intent(label), confidence)
        ranking = [{"name": name, "confidence": confidence} for name, confidence in intents.items()]
        candidates = [{"label": label, "confidence": confidence} for label, confidence in ranked]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        message.set(CANDIDATES, [_short(c) for c in candidates[: self._config["ranking_length"]]], add_to_output=True)

    def _rank(self, text: str) -> list[tuple[str, float]]:
        features = self._features.transform([text])
        probabilities = softmax((features @ self._weights)[0] + self._bias)
        order = np.argsort(-probabilities)
        return [(self._labels[i], float(probabilities[i])) for i in order]

    @staticmethod
    def _intent(label: str) -> str:
        return ASK if label.startswith(f"{ASK}/") else label

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self._features, self._weights, self._bias, self._labels), folder / "classifier.joblib")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AnswerClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._features, component._weights, component._bias, component._labels = joblib.load(
                folder / "classifier.joblib"
            )
        return component


def _new_features() -> FeatureUnion:
    """Four views of a message, weighted by TF-IDF; each costs and earns something on the development questions.

    Folded words, and their beginnings, since endings carry little in these languages; pieces of folded words, for typos
    and scripts; pieces of the words as typed, which tell the languages apart.
    """
    return FeatureUnion(
        [
            ("words", _view(fold, analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), min_df=2)),  # noqa: S106
            ("stems", _view(_stems, analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), min_df=2)),  # noqa: S106
            ("pieces", _view(fold, analyzer="char_wb", ngram_range=(2, 5), min_df=3)),
            ("typed", _view(str.lower, analyzer="char_wb", ngram_range=(3, 4), min_df=3)),
        ]
    )


def _view(preprocessor: Callable[[str], str], **options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(preprocessor=preprocessor, sublinear_tf=True, dtype=np.float32, **options)


def _stems(text: str) -> str:
    return " ".join(word[:STEM_LETTERS] for word in fold(text).split())


def _text(message: Message) -> str:
    """The text, and a word of its own for each kind of name found in it: `hascity` for any city."""
    kinds = sorted({f"has{entity['entity']}" for entity in message.get(ENTITIES, [])})
    return " ".join([message.get(TEXT), *kinds])


def _label(message: Message) -> str:
    return message.get(INTENT_RESPONSE_KEY) or message.get(INTENT)


def _short(candidate: dict[str, Any]) -> dict[str, Any]:
    return {**candidate, "label": candidate["label"].removeprefix(f"{ASK}/")}
