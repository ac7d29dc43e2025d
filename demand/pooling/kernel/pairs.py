"""Candidate pairs of texts: the nearest by character n-grams, by words, by stretches of signs with a digit, by meaning.

TF-IDF and cosine (``sparse_dot_topn``). The third view drops spaces and punctuation, so that ``TX-32 FS503`` finds
``tx32fs503b``. The fourth is the multilingual sentence encoder, for those who say the same in other words or in another
language: of wishes in categories that the scorer has not seen it lets more than half of the Chinese and English ones of
one run meet, .14 without. Among titles it finds next to nothing. What is known of a pair is in ``features``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.features import FEATURES, known
from demand.pooling.kernel.views import views_of
from demand.reading.kernel.meaning import Vectors

NEAREST: Final = 25
ROWS_AT_ONCE: Final = 1024
OWN: Final = 2.0
"""More than any cosine, so that each text comes first among its nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """``left[i] < right[i]`` are positions of texts; ``features[i]`` what is known of the pair."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    features: NDArray[np.float32]


def candidates(texts: Sequence[str], *, nearest: int = NEAREST) -> Pairs:
    """Each text with its nearest others, once a pair, in rising order; fewer than two texts have none."""
    if len(texts) < 2:
        nobody = np.zeros(0, dtype=np.int64)
        return Pairs(left=nobody, right=nobody, features=np.zeros((0, FEATURES), dtype=np.float32))
    views = views_of(texts)
    graphs = {name: _nearest(getattr(views, name), nearest) for name in ("char", "word", "digit")}
    graphs["meaning"] = _meant(views.meaning, nearest)
    left, right = _pairs(list(graphs.values()), len(texts))
    return Pairs(left=left, right=right, features=known(views, graphs, left, right))


def _nearest(matrix: Any, nearest: int) -> Any:
    from sparse_dot_topn import sp_matmul_topn

    return sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=nearest + 1, threshold=0.05, sort=True, n_threads=1)


def _meant(vectors: Vectors, nearest: int) -> Any:
    """As ``_nearest`` for dense rows of length 1."""
    from scipy.sparse import csr_matrix

    count = len(vectors)
    most = min(nearest + 1, count)
    places, cosines = [], []
    for start in range(0, count, ROWS_AT_ONCE):
        found = vectors[start : start + ROWS_AT_ONCE] @ vectors.T
        found[np.arange(len(found)), start + np.arange(len(found))] = OWN
        place = np.argpartition(-found, most - 1, axis=1)[:, :most]
        place = np.take_along_axis(place, np.argsort(-np.take_along_axis(found, place, axis=1), axis=1), axis=1)
        places.append(place)
        cosines.append(np.take_along_axis(found, place, axis=1))
    starts = np.arange(0, count * most + 1, most)
    return csr_matrix((np.concatenate(cosines).ravel(), np.concatenate(places).ravel(), starts), shape=(count, count))


def _pairs(graphs: Sequence[Any], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys = []
    for graph in graphs:
        entries = graph.tocoo()
        low, high = np.minimum(entries.row, entries.col), np.maximum(entries.row, entries.col)
        keys.append((low.astype(np.int64) * count + high)[low != high])
    distinct = np.unique(np.concatenate(keys))
    return distinct // count, distinct % count
