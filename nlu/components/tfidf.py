"""TF-IDF of one message at a time: the numbers of scikit-learn's vectorizer, without what that does for thousands.

Checking and building sparse matrices costs scikit-learn more than two milliseconds for each view of a message.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


class TfidfView:
    """A fitted `TfidfVectorizer` (sublinear, L2 norm), for single messages. `offset` is added to the columns."""

    def __init__(self, vectorizer: TfidfVectorizer, offset: int = 0) -> None:
        self._analyze = vectorizer.build_analyzer()
        self._columns = vectorizer.vocabulary_
        self._idf = vectorizer.idf_
        self._offset = offset

    def __call__(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns that are not zero, and their values."""
        counts = Counter(map(self._columns.get, self._analyze(text)))
        counts.pop(None, None)
        if not counts:
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        columns = np.fromiter(counts, dtype=np.intp, count=len(counts))
        weights = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        weights = (1 + np.log(weights)) * self._idf[columns]
        return columns + self._offset, (weights / math.sqrt(weights @ weights)).astype(np.float32)


def views(vectorizers: Iterable[TfidfVectorizer]) -> list[TfidfView]:
    """Views side by side, as `FeatureUnion` puts their columns."""
    found, offset = [], 0
    for vectorizer in vectorizers:
        found.append(TfidfView(vectorizer, offset))
        offset += len(vectorizer.vocabulary_)
    return found
