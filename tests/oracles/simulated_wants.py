"""A market whose wants are known: what each would take, pay and really buy; makers of different skill and minimum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from manufacturers.models import Offer
from manufacturers.proposing.markets import OfferSide

VALUES = {
    "size": ("s13", "s14", "s16", "s17"),
    "use": ("office", "gaming", "study"),
    "case": ("metal", "plastic", "wood"),
    "colour": ("black", "white", "red", "blue"),
}
SHARED = ("case", "size", "use")
BASE = 10_000
BUYS = {"preorder": 0.95, "interest": 0.3}
TIERS = ((1.0, 1.0), (2.0, 0.94), (5.0, 0.88))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wisher:
    """One person: the musts they said, what one is worth to them delivered, and whether they really buy (hidden)."""

    number: int
    needs: dict[str, Any]
    kind: str
    ceiling_minor: int
    units: int
    buys: bool


def wishers(count: int, *, seed: int) -> list[Wisher]:
    """People with correlated tastes: half say nothing of an attribute, a few take two values."""
    draw = np.random.default_rng(seed)
    liked = {name: draw.permutation(1 / np.arange(1, len(values) + 1)) for name, values in VALUES.items()}
    worth = {name: draw.uniform(-0.1, 0.15, len(values)) for name, values in VALUES.items()}
    found = []
    for number in range(count):
        must: dict[str, Any] = {}
        extra = 0.0
        for name, values in VALUES.items():
            if draw.random() < 0.5:
                continue
            share = liked[name] / liked[name].sum()
            size = 2 if draw.random() < 0.3 else 1
            chosen = draw.choice(len(values), size=size, replace=False, p=share)
            must[name] = {"any": sorted(values[k] for k in chosen)}
            extra += float(worth[name][chosen[0]])
        kind = "preorder" if draw.random() < 0.4 else "interest"
        found.append(
            Wisher(
                number=number,
                needs={"must": must, "nice": {}},
                kind=kind,
                ceiling_minor=round(BASE * (1 + extra) * float(np.exp(draw.normal(0.0, 0.18)))),
                units=int(draw.choice([1, 2, 3], p=[0.85, 0.1, 0.05])),
                buys=bool(draw.random() < BUYS[kind]),
            )
        )
    return found


def offers(count: int, *, people: int, seed: int) -> list[OfferSide]:
    """Makers who can make some of the values, from minimums of a hundredth of the people up; VAT and fee as usual."""
    draw = np.random.default_rng([seed, 1])
    found = []
    for number in range(1, count + 1):
        makes, costs = {}, {}
        for name, values in VALUES.items():
            able = sorted(draw.permutation(len(values))[: int(np.ceil(len(values) * draw.uniform(0.5, 1)))])
            makes[name] = {"any": [values[k] for k in able]}
            costs[name] = {values[k]: int(draw.integers(0, 300)) for k in able}
        moq = 5 * int(draw.integers(people // 500, people // 75))
        price = BASE * draw.uniform(0.6, 0.78)
        offer = Offer(
            pk=number, makes=makes, value_cost=costs, moq=moq, lot_multiple=5, lead_days=20, vat_permille=130,
            freight_minor={}, opening_cost_minor=20 * moq, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31),
        )  # fmt: skip
        tiers = tuple((int(moq * least), round(price * share)) for least, share in TIERS)
        room = moq * int(draw.integers(5, 15))
        found.append(OfferSide(offer=offer, tiers=tiers, free_units=room, fee_permille=30))
    return found
