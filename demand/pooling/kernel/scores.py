"""How alike two groupings are. All from the contingency table, so in time linear in items and occupied cells.

ARI: Hubert and Arabie 1985. NMI with the arithmetic mean: as scikit-learn's. B-cubed: Bagga and Baldwin 1998.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Agreement of a found grouping with the true one; every figure 1.0 when they are equal."""

    ari: float
    nmi: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pair_f1: float


def score(true: Sequence[Hashable], found: Sequence[Hashable]) -> Scores:
    """Compare two groupings of the same items, given as one label an item. Two empty ones are equal."""
    n = len(true)
    if n == 0:
        return Scores(ari=1.0, nmi=1.0, bcubed_precision=1.0, bcubed_recall=1.0, bcubed_f1=1.0, pair_f1=1.0)
    sizes_true, sizes_found = Counter(true), Counter(found)
    both = Counter(zip(true, found, strict=True))
    together = sum(_pairs(c) for c in both.values())
    pairs_true, pairs_found = (sum(_pairs(c) for c in sizes.values()) for sizes in (sizes_true, sizes_found))
    precision = sum(c * c / sizes_found[f] for (_, f), c in both.items()) / n
    recall = sum(c * c / sizes_true[t] for (t, _), c in both.items()) / n
    return Scores(
        ari=_ari(together, pairs_true, pairs_found, _pairs(n)),
        nmi=_nmi(both, sizes_true, sizes_found, n),
        bcubed_precision=precision,
        bcubed_recall=recall,
        bcubed_f1=2 * precision * recall / (precision + recall),
        pair_f1=2 * together / (pairs_true + pairs_found) if pairs_true + pairs_found else 1.0,
    )


def settle(true: Sequence[str], also: Sequence[Sequence[str]], found: Sequence[Hashable]) -> list[str]:
    """The true labels with each item that fits several groups counted in the one most of its found companions are in.

    Companions are counted by their own first label; ties, and items whose companions are in none of its groups, keep
    the first label.
    """
    inside: dict[Hashable, Counter[str]] = {}
    for label, place in zip(true, found, strict=True):
        inside.setdefault(place, Counter())[label] += 1
    settled = []
    for label, others, place in zip(true, also, found, strict=True):
        companions = inside[place].copy()
        companions[label] -= 1
        best = max([label, *others], key=lambda one: companions[one])
        settled.append(best if companions[best] > companions[label] else label)
    return settled


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _ari(together: int, pairs_true: int, pairs_found: int, pairs: int) -> float:
    expected = pairs_true * pairs_found / pairs if pairs else 0.0
    largest = (pairs_true + pairs_found) / 2
    return (together - expected) / (largest - expected) if largest != expected else 1.0


def _nmi(
    both: Counter[tuple[Hashable, Hashable]], sizes_true: Counter[Hashable], sizes_found: Counter[Hashable], n: int
) -> float:
    shared = sum(c / n * log(c * n / (sizes_true[t] * sizes_found[f])) for (t, f), c in both.items())
    entropies = [-sum(c / n * log(c / n) for c in sizes.values()) for sizes in (sizes_true, sizes_found)]
    mean = sum(entropies) / 2
    return max(0.0, shared / mean) if mean > 0 else 1.0
