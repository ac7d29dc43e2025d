"""Pooling by words: texts the vocabulary does not cover, grouped by what they say.

Candidate pairs (``pairs``), a learned probability for each (``scorer``), then communities: Leiden (Traag, Waltman and
van Eck 2019, "From Louvain to Leiden") on the constant Potts model (Traag, Van Dooren and Nesterov 2011), in which two
texts in one group must on average be together with at least the probability called resolution. Unlike connected
components it does not chain. Of a fixed row of resolutions each set takes the one whose groups have the largest pair
F1 by the scorer's own probabilities (the expected utility of Ye, Chai, Lee and Chieu 2012, "Optimizing F-measure: a
tale of two approaches"), averaged over how careful the scorer may be on goods it was not fitted on (``CARE``): one
rule for every set, and no label is seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from demand.pooling.kernel import scorer as scorers
from demand.pooling.kernel.pairs import candidates
from demand.pooling.kernel.scorer import Scorer
from demand.pooling.kernel.vague import vague

SHIPPED: Final = Path(__file__).with_name("words_model.npz")
"""Fitted on product titles: PriceRunner aggregate (L. Akritidis, UCI 837, CC BY 4.0), seven categories, and Abt-Buy;
and on 425 hand-written wishes in Chinese and English."""
RESOLUTIONS: Final = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
CARE: Final = (0.0, 1.0, 2.0)
"""Log-odds by which a probability may be too low. Each of eight sets of titles grouped by a single model of the others:
mean pair F1 .679 with these three, .668 without the last two, .668 at best with one resolution for all. Six such rules
were compared on these same sets, so .01 is what choosing among six can give: expect less elsewhere."""
FAINTEST: Final = 0.03
IMPOSSIBLE: Final = 0.01
SMALL_SETS: Final = ((12, 40), (60, 12), (400, 3))
"""Sizes of the parts of a training set that are compared by themselves, and how many of each."""


def fit(sets: Sequence[tuple[Sequence[str], Sequence[Hashable]]], *, seed: int) -> Scorer:
    """A scorer from labelled sets: (texts, groups) each. Sets with no candidate pair teach nothing.

    Raises
    ------
    ValueError
        If no set has both a pair of one group and a pair of two.
    """
    features, same = [], []
    for said, named in sets:
        found = [_labelled(*some) for some in _samples(*_distinct(said, named), seed=seed)]
        features.append(np.concatenate([table for table, _ in found]))
        same.append(np.concatenate([equal for _, equal in found]))
    if len(np.unique(np.concatenate(same))) < 2:
        raise ValueError("training needs texts of the same group and texts of different groups that look alike")
    return scorers.fit(features, same, seed=seed)


def group(texts: Sequence[str], *, scorer: Scorer | None = None, seed: int = 0) -> list[int]:
    """A group number for each text, numbered by first appearance.

    Equal texts share one, except those too vague to tell what they are about (``vague``): each of them stands alone.
    ``scorer`` defaults to the shipped one. Equal texts, scorer and seed give equal groups.
    """
    distinct = sorted(set(texts))
    place = {text: index for index, text in enumerate(distinct)}
    pairs = candidates(distinct)
    chance = (scorer or shipped()).probability(pairs.features)
    counts = Counter(texts)
    found = _finest(pairs.left, pairs.right, chance, [counts[text] for text in distinct], seed)
    alone = vague(distinct, found)
    order: dict[tuple[int, int], int] = {}
    keys = [(-1, line) if place[text] in alone else (found[place[text]], 0) for line, text in enumerate(texts)]
    return [order.setdefault(key, len(order)) for key in keys]


def _finest(
    left: NDArray[np.int64], right: NDArray[np.int64], chance: NDArray[np.float64], sizes: list[int], seed: int
) -> list[int]:
    """The groups of the resolution with the largest expected pair F1, the coarser of equals."""
    kept = chance > FAINTEST
    edges = np.stack([left[kept], right[kept]], axis=1)
    likelihoods = [_likelier(chance, care) for care in CARE]
    best, chosen = -1.0, list(range(len(sizes)))
    for resolution in RESOLUTIONS:
        found = _communities(len(sizes), edges, chance[kept], sizes, resolution, seed)
        numbers = np.array(found, dtype=np.int64)
        expected = sum(_expected_f1(numbers, left, right, likelier) for likelier in likelihoods)
        if expected > best:
            best, chosen = expected, found
    return chosen


def _likelier(chance: NDArray[np.float64], care: float) -> NDArray[np.float64]:
    """Probabilities raised by ``care`` in log-odds; what is all but impossible stays so."""
    odds = chance / np.maximum(1 - chance, 1e-9) * np.exp(care)
    return np.where(chance < IMPOSSIBLE, chance, odds / (1 + odds))


def _expected_f1(
    found: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64], chance: NDArray[np.float64]
) -> float:
    """Pair F1 over distinct texts were each pair together with its probability; other pairs never are."""
    members = np.bincount(found)
    joined = float((members * (members - 1) / 2).sum())
    whole = joined + float(chance.sum())
    return 2 * float(chance[found[left] == found[right]].sum()) / whole if whole else 0.0


def _distinct(texts: Sequence[str], groups: Sequence[Hashable]) -> tuple[list[str], list[Hashable]]:
    """Each text once, with the group that most of its lines name, as ``group`` compares them."""
    named: dict[str, Counter[Hashable]] = {}
    for text, one in zip(texts, groups, strict=True):
        named.setdefault(text, Counter())[one] += 1
    return sorted(named), [named[text].most_common(1)[0][0] for text in sorted(named)]


def _samples(
    texts: Sequence[str], groups: Sequence[Hashable], *, seed: int
) -> list[tuple[Sequence[str], Sequence[Hashable]]]:
    """The whole set, and small parts of it made of whole groups: words are rare or common within the set at hand, and
    a scorer must know small sets too."""
    rng = np.random.default_rng(seed)
    inside: dict[Hashable, list[int]] = {}
    for place, one in enumerate(groups):
        inside.setdefault(one, []).append(place)
    parts: list[list[int]] = [list(range(len(texts)))]
    for size, times in SMALL_SETS:
        for _ in range(times if len(texts) > 2 * size else 0):
            order = rng.permutation(len(inside))
            members = list(inside.values())
            drawn = [place for number in order for place in members[int(number)]][:size]
            parts.append(sorted(drawn))
    return [([texts[place] for place in part], [groups[place] for place in part]) for part in parts]


def _labelled(texts: Sequence[str], groups: Sequence[Hashable]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The candidate pairs of a set: what is known of each, and whether it is of one group."""
    pairs = candidates(texts)
    number = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    of = np.array([number[group] for group in groups], dtype=np.int64)
    return pairs.features, of[pairs.left] == of[pairs.right]


@lru_cache(maxsize=1)
def shipped() -> Scorer:
    """The model that comes with the project."""
    return Scorer.load(SHIPPED)


def _communities(
    number: int,
    edges: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    chance: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    sizes: list[int],
    resolution: float,
    seed: int,
) -> list[int]:
    import igraph
    import leidenalg

    graph = igraph.Graph(n=number, edges=edges.tolist())
    weight = np.array(sizes, dtype=np.float64)
    partition = leidenalg.find_partition(
        graph,
        leidenalg.CPMVertexPartition,
        weights=(chance * weight[edges[:, 0]] * weight[edges[:, 1]]).tolist(),
        node_sizes=sizes,
        resolution_parameter=resolution,
        n_iterations=4,
        seed=seed,
    )
    return list(partition.membership)
