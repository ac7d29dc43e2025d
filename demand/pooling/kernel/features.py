"""What is known of a pair of texts, as numbers measured within the set of texts at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel.views import Views

CHUNK: Final = 50_000
FEATURES: Final = 73
SHORTEST: Final = 3


def known(
    views: Views, graphs: Mapping[str, Any], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    """One row a pair. ``graphs`` are the nearest by ``char``, ``word``, ``digit`` and ``meaning``, each text's own row
    first."""
    keys = _keys(views)
    blocks = [
        _block(views, graphs, keys, left[at : at + CHUNK], right[at : at + CHUNK]) for at in range(0, len(left), CHUNK)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, FEATURES), dtype=np.float32)


def _block(
    views: Views, graphs: Mapping[str, Any], keys: list[_Keys], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    near = {name: _shared(getattr(views, name), left, right) for name in ("char", "word", "glued", "digit")}
    columns: list[NDArray[Any]] = list(near.values())
    for name in ("word", "code", "model", "plain", "digit", "bigram"):
        columns += _overlap(getattr(views, f"{name}_weight"), left, right)
    quantities, units = _shared(views.quantity, left, right), _shared(views.unit, left, right)
    columns += [quantities, np.maximum(units - quantities, 0), units, _shared(views.first, left, right)]
    for name in ("char", "word", "digit"):
        columns += _beside_the_nearest(near[name], graphs[name], left, right)
    met = graphs["char"].copy()
    met.data = np.ones_like(met.data)
    columns.append(_shared(met, left, right) / max(1, int(np.diff(met.indptr).max(initial=1))))
    columns += _held(views, keys, left, right)
    for bags in ([one.words for one in views.parts], [set(one.models) for one in views.parts]):
        counts = np.array([len(bag) for bag in bags])
        columns += [np.minimum(counts[left], counts[right]), np.maximum(counts[left], counts[right])]
    columns.append(np.full(len(left), np.log10(len(views.parts))))
    columns += _sides(views.said, views.telling, left, right)
    columns += _sides(views.said, views.telling * views.rarity, left, right)
    meant = np.einsum("ij,ij->i", views.meaning[left], views.meaning[right])
    columns += [meant, *_beside_the_nearest(meant, graphs["meaning"], left, right)]
    columns += [np.minimum(views.han[left], views.han[right]), np.maximum(views.han[left], views.han[right])]
    return np.stack(columns, axis=1).astype(np.float32)


def _beside_the_nearest(
    near: NDArray[Any], graph: Any, left: NDArray[np.int64], right: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """The cosine of a pair as a share of each side's largest, the lower share first."""
    top = np.maximum(_second_largest(graph), 1e-6)
    ours, theirs = near / top[left], near / top[right]
    return [np.minimum(ours, theirs), np.maximum(ours, theirs)]


def _overlap(weights: Any, left: NDArray[np.int64], right: NDArray[np.int64]) -> list[NDArray[Any]]:
    """Shared weight, the rarest shared part, and what the poorer and the richer text have for themselves."""
    root = weights.sqrt()
    common = root[left].multiply(root[right]).tocsr()
    shared, whole = _total(common), _total(weights)
    ours, theirs = whole[left] - shared, whole[right] - shared
    return [shared, _largest(common), np.minimum(ours, theirs), np.maximum(ours, theirs)]


def _sides(
    said: Any, weight: NDArray[np.float64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> list[NDArray[Any]]:
    """As ``_overlap`` with a weight a word, the weightiest unshared word of each side, and shares of the shared."""
    weighed = said.multiply(weight[None, :]).tocsr()
    common = weighed[left].multiply(said[right]).tocsr()
    alone = [(weighed[side] - common).tocsr() for side in (left, right)]
    shared, top = _total(common), _largest(common)
    ours, theirs = (_total(one) for one in alone)
    our_top, their_top = (_largest(one) for one in alone)
    return [
        shared,
        top,
        np.minimum(ours, theirs),
        np.maximum(ours, theirs),
        np.minimum(our_top, their_top),
        np.maximum(our_top, their_top),
        shared / np.maximum(shared + np.minimum(ours, theirs), 1e-6),
        shared / np.maximum(shared + np.maximum(ours, theirs), 1e-6),
        top - np.minimum(our_top, their_top),
    ]


_Keys = tuple[tuple[str, float], ...]


def _keys(views: Views) -> list[_Keys]:
    """The words with a digit of each text and how rare they are."""
    named = [sorted({word for word in (*one.models, *one.codes) if len(word) >= SHORTEST}) for one in views.parts]
    frequency = Counter(word for words in named for word in words)
    count = len(named)
    return [tuple((w, float(np.log((1 + count) / (1 + frequency[w])) / np.log(1 + count))) for w in ws) for ws in named]


def _held(
    views: Views, keys: list[_Keys], left: NDArray[np.int64], right: NDArray[np.int64]
) -> list[NDArray[np.float32]]:
    """Whether the model codes of each text stand in the other, spaces and joints aside: the share held (−1: no code),
    the heaviest of those held, the heaviest of those not; the lower of both sides, then the higher."""
    both = [
        np.array([_held_in(keys[a], views.bare[b]) for a, b in zip(ones, others, strict=True)], dtype=np.float32)
        for ones, others in ((left.tolist(), right.tolist()), (right.tolist(), left.tolist()))
    ]
    low, high = np.minimum(*(one.reshape(-1, 3) for one in both)), np.maximum(*(one.reshape(-1, 3) for one in both))
    return [*low.T, *high.T]


def _held_in(codes: _Keys, bare: str) -> tuple[float, float, float]:
    total, held, best, missed = 0.0, 0.0, 0.0, 0.0
    for code, weight in codes:
        total += weight
        if code in bare:
            held += weight
            best = max(best, weight * min(len(code), 8) / 8)
        else:
            missed = max(missed, weight)
    return (held / total if total else -1.0, best, missed)


def _second_largest(graph: Any) -> NDArray[np.float32]:
    """The cosine of each text's nearest other (its own row comes first); 0 where it has none."""
    top = np.zeros(graph.shape[0], dtype=np.float32)
    some = np.diff(graph.indptr) > 1
    top[some] = graph.data[graph.indptr[:-1][some] + 1]
    return top


def _shared(matrix: Any, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[Any]:
    return _total(matrix[left].multiply(matrix[right]))


def _total(matrix: Any) -> NDArray[Any]:
    return np.asarray(matrix.sum(axis=1)).reshape(-1)


def _largest(matrix: Any) -> NDArray[Any]:
    return np.asarray(matrix.max(axis=1).todense()).reshape(-1) if matrix.shape[1] else _total(matrix)
