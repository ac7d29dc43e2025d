"""The learned pair scorer: gradient-boosted trees, kept as plain arrays so that a shipped model needs no pickle.

Fitted by scikit-learn's ``HistGradientBoostingClassifier`` (after LightGBM, Ke et al. 2017) on one thread: with more
it spins when the machine is busy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LARGEST_SHARE: Final = 40_000
LARGEST_SAMPLE: Final = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Trees one after another; node ``i`` is a leaf when ``feature[i]`` is −1. ``baseline`` in log-odds."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    baseline: float

    def probability(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """For each row the probability that the two texts want the same."""
        total = np.full(len(features), self.baseline, dtype=np.float64)
        for root in self.roots:
            total += self.value[self._leaves(features, int(root))]
        return np.asarray(1 / (1 + np.exp(-total)))

    def _leaves(self, features: NDArray[np.float32], root: int) -> NDArray[np.int32]:
        node = np.full(len(features), root, dtype=np.int32)
        open_rows = np.flatnonzero(self.feature[node] >= 0)
        while len(open_rows):
            here = node[open_rows]
            smaller = features[open_rows, self.feature[here]] <= self.threshold[here]
            node[open_rows] = np.where(smaller, self.left[here], self.right[here])
            open_rows = open_rows[self.feature[node[open_rows]] >= 0]
        return node

    def save(self, path: Path) -> None:
        """Write the arrays to an ``.npz`` file."""
        np.savez_compressed(
            path,
            roots=self.roots,
            feature=self.feature,
            threshold=self.threshold,
            left=self.left,
            right=self.right,
            value=self.value,
            baseline=np.array(self.baseline),
        )

    @classmethod
    def load(cls, path: Path) -> Scorer:
        """Read what ``save`` wrote; no code is ever loaded from the file."""
        with np.load(path, allow_pickle=False) as data:
            arrays: dict[str, Any] = {name: data[name] for name in data.files}
        return cls(**{**arrays, "baseline": float(arrays["baseline"])})


def fit(features: Sequence[NDArray[np.float32]], same: Sequence[NDArray[np.bool_]], *, seed: int) -> Scorer:
    """Fit on labelled pairs, one array a set; of each set the same number of pairs at most.

    Sets are balanced by drawing, not by weights: scikit-learn 1.9 bins weighted samples eighteen times slower. Equal
    input and seed give an equal scorer.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    rng = np.random.default_rng(seed)
    rows, labels = [], []
    share = min(LARGEST_SHARE, LARGEST_SAMPLE // max(1, len(features)))
    for table, wanted in zip(features, same, strict=True):
        chosen = np.sort(rng.permutation(len(table))[:share])
        rows.append(table[chosen])
        labels.append(wanted[chosen])
    model = HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.1,
        max_leaf_nodes=15,
        min_samples_leaf=80,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(limits=1):
        model.fit(np.concatenate(rows), np.concatenate(labels))
    return _plain(model)


def _plain(model: Any) -> Scorer:
    """The fitted trees as arrays; children are numbered across all trees."""
    nodes = [stage[0].nodes for stage in model._predictors]
    starts = np.cumsum([0, *(len(tree) for tree in nodes)])[:-1]
    feature = [np.where(tree["is_leaf"], -1, tree["feature_idx"]) for tree in nodes]
    children = {
        side: [tree[side] + start for tree, start in zip(nodes, starts, strict=True)] for side in ("left", "right")
    }
    return Scorer(
        roots=starts.astype(np.int32),
        feature=np.concatenate(feature).astype(np.int16),
        threshold=np.concatenate([tree["num_threshold"] for tree in nodes]).astype(np.float32),
        left=np.concatenate(children["left"]).astype(np.int32),
        right=np.concatenate(children["right"]).astype(np.int32),
        value=np.concatenate([tree["value"] for tree in nodes]).astype(np.float32),
        baseline=float(np.asarray(model._baseline_prediction).reshape(-1)[0]),
    )
