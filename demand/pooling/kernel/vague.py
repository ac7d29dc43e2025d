"""Texts that name no particular thing: ``washing machine`` among washing machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from demand.pooling.kernel.tokens import split

LEAST: Final = 3


def vague(texts: Sequence[str], groups: Sequence[int]) -> frozenset[int]:
    """Positions of distinct texts whose every word at least ``LEAST`` others say too, when no one group holds half of
    those others: nothing in such a text tells which of them it is about."""
    words = [frozenset(split(text).words) for text in texts]
    saying: dict[str, set[int]] = {}
    for place, inside in enumerate(words):
        for word in inside:
            saying.setdefault(word, set()).add(place)
    found = []
    for place, inside in enumerate(words):
        if inside and all(len(saying[word]) > LEAST for word in inside):
            others = set.intersection(*sorted((saying[word] for word in inside), key=len)) - {place}
            if len(others) >= LEAST and 2 * max(Counter(groups[other] for other in others).values()) < len(others):
                found.append(place)
    return frozenset(found)
