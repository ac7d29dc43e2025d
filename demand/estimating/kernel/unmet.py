"""Unmet demand: what people search for that nothing serves, or that is searched more while less is on offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from scipy.special import betainc, betaincinv

from demand.estimating.kernel.problem import InvalidProblem

LEAST_SEARCHES = 5
LEAST_FOR_GROWTH = 20
FALSE_DISCOVERIES = 0.05
LEAST_GROWTH = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedNeed:
    """One need of a category and how it fared in two periods of equal length, the recent one and the one before.

    Searches are counted once per person and day; ``zero_result`` of the recent ones found nothing. ``pools`` are those
    open now, ``offers`` and ``offers_before`` those in force at the end of each period that can make the need.
    """

    category: str
    need: str
    searches: int
    searches_before: int
    zero_result: int = 0
    pools: int = 0
    offers: int = 0
    offers_before: int = 0

    def __post_init__(self) -> None:
        if min(self.searches, self.searches_before, self.pools, self.offers, self.offers_before) < 0:
            raise InvalidProblem("Counts must not be negative.")
        if not 0 <= self.zero_result <= self.searches:
            raise InvalidProblem("Searches without a result lie within the searches.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A need worth a look, with its evidence.

    ``reasons`` out of UNSERVED (no pool, no offer), NO_POOL (an offer, but no pool), GROWING (more than its category
    grows, beyond chance), OFFERS_SHRINK. ``growth`` is against the category's own growth, with a 95 % interval
    (``None``: the need was not searched before). ``missed`` ranks: searches that nothing answers, about.
    """

    category: str
    need: str
    reasons: tuple[str, ...]
    searches: int
    searches_before: int
    zero_result: int
    growth: float | None
    growth_low: float
    growth_high: float | None
    tail: float
    missed: float


def unmet_demand(needs: Sequence[SearchedNeed]) -> list[Finding]:
    """Findings, the largest missed demand first; ties by category and need. The order of the input does not matter.

    Growth is judged by the exact conditional test of two Poisson counts (Przyborowski & Wilenski 1940): given the sum,
    the recent searches are binomial with the category's own share, so that a season that lifts a whole category is no
    finding; all needs together are held to a false discovery rate of 5 % (Benjamini & Hochberg 1995). Needs with fewer
    than ``LEAST_SEARCHES`` recent searches say nothing, and with fewer than ``LEAST_FOR_GROWTH`` nothing of growth.
    """
    ordered = sorted((need for need in needs if need.searches >= LEAST_SEARCHES), key=lambda n: (n.category, n.need))
    shares = [_category_share(need, needs) for need in ordered]
    tails = [_tail(need, share) for need, share in zip(ordered, shares, strict=True)]
    many = [place for place, need in enumerate(ordered) if need.searches >= LEAST_FOR_GROWTH]
    grown = set(compress(many, _discoveries([tails[place] for place in many])))
    findings = []
    for place, (need, share, tail) in enumerate(zip(ordered, shares, tails, strict=True)):
        finding = _finding(need, share, tail, place in grown)
        if finding.reasons:
            findings.append(finding)
    return sorted(findings, key=lambda f: (-f.missed, f.category, f.need))


def _category_share(need: SearchedNeed, needs: Sequence[SearchedNeed]) -> float:
    """The recent share of the category's other searches; a half where there are too few to say."""
    others = [other for other in needs if other.category == need.category and other.need != need.need]
    recent = sum(other.searches for other in others)
    before = sum(other.searches_before for other in others)
    return (recent + 10) / (recent + before + 20)


def _tail(need: SearchedNeed, share: float) -> float:
    """P(at least these recent searches | the sum), exact."""
    return float(betainc(need.searches, need.searches_before + 1, share))


def _discoveries(tails: Sequence[float]) -> list[bool]:
    order = np.argsort(tails, kind="stable")
    limits = FALSE_DISCOVERIES * np.arange(1, len(tails) + 1) / max(1, len(tails))
    passed = np.flatnonzero(np.array(tails)[order] <= limits)
    found = [False] * len(tails)
    for position in order[: passed[-1] + 1] if passed.size else []:
        found[int(position)] = True
    return found


def _finding(need: SearchedNeed, share: float, tail: float, found: bool) -> Finding:
    odds = share / (1 - share)
    low = _odds(float(betaincinv(need.searches, need.searches_before + 1, 0.025))) / odds
    high = growth = None
    if need.searches_before:
        growth = need.searches / need.searches_before / odds
        high = _odds(float(betaincinv(need.searches + 1, need.searches_before, 0.975))) / odds
    reasons = []
    if need.pools == 0:
        reasons.append("UNSERVED" if need.offers == 0 else "NO_POOL")
    if found and (growth is None or growth >= LEAST_GROWTH):
        reasons.append("GROWING")
        if need.offers < need.offers_before:
            reasons.append("OFFERS_SHRINK")
    unanswered = need.searches if need.pools == 0 else need.zero_result
    return Finding(
        category=need.category,
        need=need.need,
        reasons=tuple(reasons),
        searches=need.searches,
        searches_before=need.searches_before,
        zero_result=need.zero_result,
        growth=growth,
        growth_low=low,
        growth_high=high,
        tail=tail,
        missed=unanswered + max(0.0, need.searches - odds * need.searches_before),
    )


def _odds(chance: float) -> float:
    return chance / (1 - chance)
