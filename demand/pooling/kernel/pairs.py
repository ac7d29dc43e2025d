"""Candidate pairs of texts: the nearest by character n-grams, by words, and by stretches of signs with a digit.

TF-IDF and cosine (``sparse_dot_topn``). The third view drops spaces and punctuation, so that ``TX-32 FS503`` finds
``tx32fs503b``. What is known of a pair is in ``features``.

The sentence encoder proposes none. Its ten nearest of each text add 2,989 pairs on Abt-Buy, none of which is one
product, and 7,748 on mobile phones, of which 6 are; both sets are English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.features import FEATURES, known
from demand.pooling.kernel.views import views_of

NEAREST: Final = 25


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
    left, right = _pairs(list(graphs.values()), len(texts))
    return Pairs(left=left, right=right, features=known(views, graphs, left, right))


def _nearest(matrix: Any, nearest: int) -> Any:
    from sparse_dot_topn import sp_matmul_topn

    return sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=nearest + 1, threshold=0.05, sort=True, n_threads=1)


def _pairs(graphs: Sequence[Any], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys = []
    for graph in graphs:
        entries = graph.tocoo()
        low, high = np.minimum(entries.row, entries.col), np.maximum(entries.row, entries.col)
        keys.append((low.astype(np.int64) * count + high)[low != high])
    distinct = np.unique(np.concatenate(keys))
    return distinct // count, distinct % count
