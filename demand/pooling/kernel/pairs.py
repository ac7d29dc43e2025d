"""Candidate pairs of texts, and what is known of each pair.

Candidates: the nearest by character n-grams and by words (TF-IDF, cosine, ``sparse_dot_topn``). Features are measured
within the set of texts at hand, so that a scorer fitted on one kind of goods means something on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.tokens import Parts, normal, split

NEAREST: Final = 25
CHUNK: Final = 200_000
FEATURES: Final = 28
BLANK: Final = "∅"
"""Stands for a text without a sign, which would leave nothing to compare."""


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
    parts = [split(text) for text in texts]
    views = _views(texts, parts)
    graphs = [_nearest(views[name], nearest) for name in ("char", "word")]
    both = (graphs[0] + graphs[1]).tocoo()
    low, high = np.minimum(both.row, both.col), np.maximum(both.row, both.col)
    keys = np.unique(low.astype(np.int64) * len(texts) + high)
    left, right = keys // len(texts), keys % len(texts)
    kept = left != right
    left, right = left[kept], right[kept]
    blocks = [
        _features(views, graphs, left[at : at + CHUNK], right[at : at + CHUNK]) for at in range(0, len(left), CHUNK)
    ]
    features = np.concatenate(blocks) if blocks else np.zeros((0, FEATURES), dtype=np.float32)
    return Pairs(left=left, right=right, features=features)


def _views(texts: Sequence[str], parts: Sequence[Parts]) -> dict[str, Any]:
    """Sparse matrices, one row a text: ``*`` normalised to length one, ``*_weight`` raw inverse document frequency."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    shape = {"analyzer": "char_wb", "ngram_range": (2, 4), "dtype": np.float32, "sublinear_tf": True}
    said = [normal(text).strip() or BLANK for text in texts]
    views: dict[str, Any] = {"char": TfidfVectorizer(**shape).fit_transform(said)}
    views["word_weight"] = _weights([one.words for one in parts])
    views["word"] = normalize(views["word_weight"])
    views["code_weight"] = _weights([one.codes for one in parts])
    views["model_weight"] = _weights([one.models for one in parts])
    views["quantity"] = _weights([[f"{number} {unit}" for unit, number in one.quantities] for one in parts], plain=True)
    views["unit"] = _weights([[unit for unit, _ in one.quantities] for one in parts], plain=True)
    views["plain_weight"] = _weights([one.plain for one in parts])
    glued = [" ".join(one.codes) for one in parts]
    views["glued"] = TfidfVectorizer(**shape).fit_transform(glued) if any(glued) else views["char"][:, :0]
    views["first"] = _weights([one.words[:1] for one in parts], plain=True)
    return views


def _weights(bags: Sequence[Sequence[str]], *, plain: bool = False) -> Any:
    """Bags of parts as a 0/1 matrix, weighed by inverse document frequency (as a share of the largest) unless plain."""
    from scipy.sparse import csr_matrix

    place: dict[str, int] = {}
    rows = [sorted({place.setdefault(part, len(place)) for part in bag}) for bag in bags]
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.array([index for row in rows for index in row], dtype=np.int64)
    frequency = np.bincount(indices, minlength=max(1, len(place)))
    weight = np.ones(len(frequency)) if plain else np.log((1 + len(bags)) / (1 + frequency)) / np.log(1 + len(bags))
    return csr_matrix((weight[indices].astype(np.float32), indices, indptr), shape=(len(bags), max(1, len(place))))


def _nearest(matrix: Any, nearest: int) -> Any:
    from sparse_dot_topn import sp_matmul_topn

    return sp_matmul_topn(matrix, matrix.T.tocsr(), top_n=nearest + 1, threshold=0.05, sort=True, n_threads=1)


def _features(
    views: dict[str, Any], graphs: Sequence[Any], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    columns: list[NDArray[Any]] = []
    for name in ("char", "word", "glued"):
        columns.append(_total(views[name][left].multiply(views[name][right])))
    for name in ("word_weight", "code_weight", "model_weight", "plain_weight"):
        columns += _overlap(views[name], left, right)
    shared_quantities = _total(views["quantity"][left].multiply(views["quantity"][right]))
    shared_units = _total(views["unit"][left].multiply(views["unit"][right]))
    columns += [
        shared_quantities,
        np.maximum(shared_units - shared_quantities, 0),
        shared_units,
        _total(views["first"][left].multiply(views["first"][right])),
    ]
    for graph, cosine in zip(graphs, columns[:2], strict=True):
        top = _second_largest(graph)
        columns += [cosine / np.maximum(top[left], 1e-6), cosine / np.maximum(top[right], 1e-6)]
        columns[-2:] = [np.minimum(columns[-2], columns[-1]), np.maximum(columns[-2], columns[-1])]
    binary = graphs[0].copy()
    binary.data = np.ones_like(binary.data)
    columns.append(_total(binary[left].multiply(binary[right])) / max(1, NEAREST))
    return np.stack(columns, axis=1).astype(np.float32)


def _overlap(weights: Any, left: NDArray[np.int64], right: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Shared weight, the rarest shared part, and what the poorer and the richer text have for themselves."""
    root = weights.sqrt()
    common = root[left].multiply(root[right]).tocsr()
    shared = _total(common)
    rarest = np.asarray(common.max(axis=1).todense()).reshape(-1) if common.shape[1] else shared
    whole = _total(weights)
    ours, theirs = whole[left] - shared, whole[right] - shared
    return [shared, rarest, np.minimum(ours, theirs), np.maximum(ours, theirs)]


def _second_largest(graph: Any) -> NDArray[np.float32]:
    """The cosine of each text's nearest other (its own row comes first); 0 where it has none."""
    counts = np.diff(graph.indptr)
    top = np.zeros(graph.shape[0], dtype=np.float32)
    some = counts > 1
    top[some] = graph.data[graph.indptr[:-1][some] + 1]
    return top


def _total(matrix: Any) -> NDArray[Any]:
    return np.asarray(matrix.sum(axis=1)).reshape(-1)
