"""Which answer a message asks for, or which dialogue intent it is: one ranking over all of them.

Every answer is a retrieval intent `ask/<answer id>` in the training data. This classifier learns answers and dialogue
intents as one set of labels, so that their probabilities can be compared, and reports

- `intent` and `intent_ranking` as any Rasa classifier, `ask` standing for its best answer, and
- `candidates`: `[{"label": "unpaid-wages", "confidence": 0.93}, ...]`, answers and dialogue intents mixed, best first.

A message that names a place and nothing else is not classified: it is `inform`.

Words alone fail on old phones: the features are folded words and pieces of words (`bot.folding`), see `_new_features`.
The machine trains in seconds where logistic regression on the same features takes minutes and is no better. All the
features earn their place (leaving out the smallest weights costs accuracy), so the weights are kept in one byte each,
see `_Weights`; scikit-learn would also copy them for every message.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from joblib import Parallel, cpu_count, delayed
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
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from bot.folding import fold
from components.tfidf import TfidfView, views

ASK = "ask"
INFORM = "inform"
PLACES = {"country", "city"}
LETTERS_AROUND_A_PLACE = 3
"""As in «дар Русия»: a message with no more than this beside names of places is only a place."""
STEM_LETTERS = 5
TOLERANCE = 0.01
"""Where the fitting of a machine ends: margins, of the size of 1, come within 0.002 of those at a hundredth of it."""
AT_A_TIME = 100
"""Labels whose machines are fitted together: a quarter of a gigabyte of weights, with all our features."""
CANDIDATES = "candidates"
MODEL = "classifier.pickle"


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
        self._views: list[TfidfView] = []
        self._weights = _Weights(np.zeros((0, 0)), 1.0)
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
        for _, view in self._features.transformer_list:
            del view.stop_words_  # the words that were too rare: the model would hold more of them than of all others
        inputs = inputs.astype(np.float64)  # what liblinear wants; it cannot convert what parallel jobs share
        weights, bias, self._labels = self._fit(inputs, labels)
        scale = self._scale_of_margins(inputs, labels)
        self._weights = _Weights(weights, scale)
        self._bias = (scale * bias).astype(np.float32)
        self._persist()
        return self._resource

    def _fit(self, inputs: csr_matrix, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """One linear support vector machine for each label against all others, shared out among the cores."""
        known = np.unique(labels)
        shares = np.array_split(known, min(max(cpu_count(), len(known) // AT_A_TIME), len(known) // 2))
        fitted = Parallel(n_jobs=-1)(delayed(_fit_some)(inputs, labels, share, self._config["C"]) for share in shares)
        weights, bias = zip(*fitted, strict=True)
        return np.vstack(weights).T, np.concatenate(bias), known.tolist()

    def _scale_of_margins(self, inputs: csr_matrix, labels: np.ndarray) -> float:
        """The factor under which a softmax of the margins gives honest probabilities (temperature scaling).

        Found by least log loss on a fifth of the examples, with a model that has seen two other fifths of them.
        """
        split = StratifiedShuffleSplit(1, train_size=0.4, test_size=0.2, random_state=1)
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
        if _is_place(message):
            message.set(INTENT, {"name": INFORM, "confidence": 1.0}, add_to_output=True)
            message.set("intent_ranking", [{"name": INFORM, "confidence": 1.0}], add_to_output=True)
            message.set(CANDIDATES, [], add_to_output=True)
            return
        ranked = self._rank(_text(message))
        intents: dict[str, float] = {}
        for label, confidence in ranked:
            intents.setdefault(self._intent(label), confidence)
        length = self._config["ranking_length"]
        ranking = [{"name": name, "confidence": confidence} for name, confidence in islice(intents.items(), length)]
        candidates = [{"label": _short(label), "confidence": confidence} for label, confidence in ranked[:length]]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set(CANDIDATES, candidates, add_to_output=True)

    def _rank(self, text: str) -> list[tuple[str, float]]:
        columns, values = zip(*(view(text) for view in self._views), strict=True)
        margins = self._weights.margins(np.concatenate(columns), np.concatenate(values))
        probabilities = softmax(margins + self._bias)
        order = np.argsort(-probabilities)
        return list(zip((self._labels[i] for i in order.tolist()), probabilities[order].tolist(), strict=True))

    @staticmethod
    def _intent(label: str) -> str:
        return ASK if label.startswith(f"{ASK}/") else label

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            model = (self._features, self._weights, self._bias, self._labels)
            (folder / MODEL).write_bytes(pickle.dumps(model))  # joblib reads the vocabularies ten times slower

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
            model = pickle.loads((folder / MODEL).read_bytes())  # noqa: S301 - the model is ours, as all of its code
        component._features, component._weights, component._bias, component._labels = model
        component._views = views(vectorizer for _, vectorizer in component._features.transformer_list)
        return component


class _Weights:
    """A matrix of weights (features × labels) in one byte each: 35 MB where float32 takes 140.

    A byte holds the sign and the square root of the size, relative to the largest weight of the label, so that small
    weights, of which there are many, keep their proportions.
    """

    LEVELS = 127

    def __init__(self, weights: np.ndarray, scale: float) -> None:
        """`scale`: a factor for all of them."""
        largest = np.array([np.abs(column).max(initial=1e-9) for column in weights.T])
        self._bytes = np.empty(weights.shape, dtype=np.int8)
        for label, column in enumerate(weights.T):  # of a thousand labels at once, each step would take gigabytes
            self._bytes[:, label] = np.round(self.LEVELS * np.sign(column) * np.sqrt(np.abs(column) / largest[label]))
        self._largest = scale * largest

    def margins(self, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The product of one message's features with the weights: a number for each label."""
        roots = self._bytes[columns].astype(np.float32)
        squares = values @ (roots * np.abs(roots))
        return squares * self._largest / self.LEVELS**2


def _fit_some(inputs: csr_matrix, labels: np.ndarray, some: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    """The machines of `some` labels, two or more: all others are one label to them, whose own machine is useless.

    Fitting them together, liblinear takes the inputs over once and not for each.
    """
    wanted = np.where(np.isin(labels, some), labels, "")
    machine = LinearSVC(C=c, tol=TOLERANCE, random_state=1).fit(inputs, wanted)
    is_label = machine.classes_ != ""
    return machine.coef_[is_label].astype(np.float32), machine.intercept_[is_label]


def _new_features() -> FeatureUnion:
    """Four views of a message, weighted by TF-IDF; each costs and earns something on the development questions.

    Folded words, and their beginnings, since endings carry little in these languages; pieces of folded words, for typos
    and scripts; pieces of the words as typed, which tell the languages apart.
    """
    return FeatureUnion(
        [
            ("words", _view(_folded, analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), min_df=2)),  # noqa: S106
            ("stems", _view(_stems, analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), min_df=2)),  # noqa: S106
            ("pieces", _view(_folded, analyzer="char_wb", ngram_range=(2, 5), min_df=3)),
            ("typed", _view(str.lower, analyzer="char_wb", ngram_range=(3, 4), min_df=3)),
        ],
        n_jobs=-1,
    )


def _view(preprocessor: Callable[[str], str], **options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(preprocessor=preprocessor, sublinear_tf=True, dtype=np.float32, **options)


@lru_cache(maxsize=1)
def _folded(text: str) -> str:
    """Three views of a message begin with this."""
    return fold(text)


def _stems(text: str) -> str:
    return " ".join(word[:STEM_LETTERS] for word in _folded(text).split())


def _text(message: Message) -> str:
    """The text, and a word of its own for each kind of name found in it: `hascity` for any city."""
    kinds = sorted({f"has{entity['entity']}" for entity in message.get(ENTITIES, [])})
    return " ".join([message.get(TEXT), *kinds])


def _is_place(message: Message) -> bool:
    """True for "Қазақстан" or "in Moscow": the answer to a guide's question, or a wish for contacts there."""
    text = message.get(TEXT)
    named = [entity for entity in message.get(ENTITIES, []) if entity["entity"] in PLACES]
    inside = sum(letter.isalpha() for entity in named for letter in text[entity["start"] : entity["end"]])
    return bool(named) and sum(letter.isalpha() for letter in text) - inside <= LETTERS_AROUND_A_PLACE


def _label(message: Message) -> str:
    return message.get(INTENT_RESPONSE_KEY) or message.get(INTENT)


def _short(label: str) -> str:
    return label.removeprefix(f"{ASK}/")
