"""Peers of grouping by words: density clustering of character TF-IDF, and MinHash with connected components."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from demand.pooling.kernel.tokens import normal, split

Grouping = Callable[[list[str]], list[int]]


def density(texts: Sequence[str], *, distance: float) -> list[int]:
    """DBSCAN (scikit-learn) on the cosine distance of character 2- to 4-grams; noise stands alone."""
    from sklearn.cluster import DBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    shape = {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True, "dtype": np.float32}
    matrix = TfidfVectorizer(**shape).fit_transform([normal(text) for text in texts])
    labels = DBSCAN(eps=distance, min_samples=2, metric="cosine").fit_predict(matrix)
    return [int(label) if label >= 0 else -2 - place for place, label in enumerate(labels)]


def minhash(texts: Sequence[str], *, likeness: float) -> list[int]:
    """MinHash-LSH (datasketch) on words, joined into connected components."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=likeness, num_perm=128)
    sketches = []
    for place, text in enumerate(texts):
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([word.encode() for word in split(text).words] or [b""])
        index.insert(str(place), sketch)
        sketches.append(sketch)
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, sketch in enumerate(sketches):
        for other in index.query(sketch):
            parent[root(place)] = root(int(other))
    return [root(place) for place in range(len(texts))]


PEERS: Final[dict[str, list[Grouping]]] = {
    "TF-IDF + DBSCAN": [partial(density, distance=one) for one in (0.15, 0.25, 0.35, 0.45)],
    "MinHash + components": [partial(minhash, likeness=one) for one in (0.5, 0.65, 0.8)],
}
"""By name, one grouping a threshold."""
