"""`make bench-pipeline`: from wishes to closed campaigns on a market whose wants are known, beside two simpler ways.

    python -m tests.bench.bench_pipeline [--wishes N] [--seeds N]

Ours is the product's own kernels: pool by needs, propose, then a campaign in which whoever really buys confirms at the
firm price; three nights, what nobody served is pooled again. The peers do the same but "group by exact match" pools
only wishes that say the same, and "biggest pool first" puts our pools, the largest first, to the cheapest maker whose
minimum their expected units reach. "ours_asking_others" is what ours would come to if a campaign also asked those of
other pools whom it suits. The planner knows who buys and chooses every order at once over all specifications.
The figures are shares of the planner's surplus. The last line is the JSON of CONTRACTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manufacturers.proposing.blueprints import Blueprint
    from manufacturers.proposing.markets import Market, OfferSide, PoolSide
    from tests.oracles.simulated_wants import Wisher

    Grouping = Callable[[Sequence[Wisher]], list[tuple[PoolSide, list[Wisher]]]]
    Choosing = Callable[[Market], Sequence[Blueprint]]

NIGHTS = 3
OFFERS = 12
ITERATIONS = 15
PLANNER_ITERATIONS = 10


def main() -> None:
    """Every seed in turn, a line each on standard error, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wishes", type=int, default=1200)
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", "3")))
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    shares: dict[str, list[float]] = defaultdict(list)
    for seed in range(options.seeds):
        found = compared(options.wishes, seed=seed)
        for who, share in found.items():
            shares[who].append(share)
        sys.stderr.write(f"seed {seed}: " + ", ".join(f"{who} {share:.3f}" for who, share in found.items()) + "\n")
    means = {who: fmean(values) for who, values in shares.items()}
    best = max(means[who] for who in means if not who.startswith("ours"))
    line = {
        "name": "pipeline",
        "ours": round(means["ours"], 4),
        "peer": round(best, 4),
        "ratio": round(means["ours"] / best, 4) if best else None,
        "unit": "share of the surplus of a planner who knows the truth",
        **{who: round(value, 4) for who, value in means.items() if who != "ours"},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "n": options.wishes * options.seeds,
    }
    sys.stdout.write(json.dumps(line) + "\n")


def compared(wishes: int, *, seed: int) -> dict[str, float]:
    """The share of the planner's surplus that each way came to on one market."""
    from tests.oracles.simulated_wants import offers, wishers

    people, makers = wishers(wishes, seed=seed), offers(OFFERS, people=wishes, seed=seed)
    most = planned(people, makers)
    ways: dict[str, tuple[Grouping, Choosing, bool]] = {
        "ours": (pooled, chosen, False),
        "ours_asking_others": (pooled, chosen, True),
        "exact_match": (alike, chosen, False),
        "biggest_first": (pooled, largest_first, False),
    }
    return {who: market_run(people, makers, *way) / most for who, way in ways.items()}


def market_run(
    people: Sequence[Wisher], makers: Sequence[OfferSide], group: Grouping, choose: Choosing, others: bool
) -> int:
    """Nights of pooling, proposing and campaigns; the surplus that was really kept, in minor units.

    ``others``: a campaign also asks those of other pools whom it suits, after its own.
    """
    left, sides, kept = list(people), list(makers), 0
    for _night in range(NIGHTS):
        groups = group(left)
        members = {pool.pool_id: inside for pool, inside in groups}
        market = market_of([pool for pool, _inside in groups], sides, members)
        for blueprint in choose(market):
            side = next(one for one in sides if one.offer.pk == blueprint.offer_id)
            served, surplus = campaign(blueprint, asked(blueprint, members[blueprint.pool_id], left, others), side)
            if not served:
                continue
            kept += surplus
            gone = {one.number for one in served}
            left = [one for one in left if one.number not in gone]
            units = sum(one.units for one in served)
            sides[sides.index(side)] = replace(side, free_units=side.free_units - units)
    return kept


def asked(blueprint: Blueprint, members: Sequence[Wisher], left: Sequence[Wisher], others: bool) -> list[Wisher]:
    """Whom a campaign asks of those who have nothing yet, its own pool first."""
    from demand.campaigning.kernel import suits
    from tests.oracles.simulated_wants import SHARED

    open_now = {one.number for one in left}
    own = [one for one in members if one.number in open_now]
    if not others:
        return own
    inside = {one.number for one in own}
    return own + [
        one
        for one in left
        if one.number not in inside
        and suits(
            blueprint.specification, {name: one.needs["must"][name] for name in SHARED if name in one.needs["must"]}
        )
    ]


def campaign(blueprint: Blueprint, members: Sequence[Wisher], side: OfferSide) -> tuple[list[Wisher], int]:
    """Who got theirs and what they kept: everyone whom it suits and who really buys confirms at the firm maximum."""
    from demand.campaigning.kernel import VariantChoice, accepted_variant, reached_price

    variants = [
        VariantChoice(key=line.key, values=tuple(sorted(line.values.items())), adder_minor=line.adder_minor)
        for line in blueprint.lines
    ]
    served, units, adders = [], 0, []
    for one in members:
        variant = accepted_variant(variants, one.needs["must"])
        if not one.buys or variant is None or blueprint.delivered_minor + variant.adder_minor > one.ceiling_minor:
            continue
        if units + one.units <= blueprint.max_units:
            served.append(one)
            adders.append(variant.adder_minor)
            units += one.units
    if units < blueprint.min_units:
        return [], 0
    tiers = [(least, delivered) for least, _price, delivered in blueprint.ladder]
    price = reached_price(tiers=tiers, firm_units=units, max_price_minor=blueprint.delivered_minor)
    kept = sum((one.ceiling_minor - price - adder) * one.units for one, adder in zip(served, adders, strict=True))
    return served, kept - side.offer.opening_cost_minor


def pooled(left: Sequence[Wisher]) -> list[tuple[PoolSide, list[Wisher]]]:
    """The product's pools by needs."""
    from demand.pooling.kernel import Attribute, DemandCell, PoolingProblem, solve
    from manufacturers.proposing.markets import PoolSide
    from tests.oracles.simulated_wants import SHARED, VALUES

    cells = tuple(
        DemandCell(cell_id=one.number, needs={"must": one.needs["must"], "nice": {}}, units=one.units, persons=1)
        for one in left
    )
    attributes = tuple(
        Attribute(code=name, kind="choice", scope="shared" if name in SHARED else "variant", values=values)
        for name, values in VALUES.items()
    )
    by_number = {one.number: one for one in left}
    plan = solve(PoolingProblem(cells=cells, attributes=attributes)).plan
    return [
        (
            PoolSide(
                pool_id=number,
                specification=dict(pool.specification),
                people=pool.persons,
                units=pool.units,
                firm_units=0,
            ),
            [by_number[cell] for cell in pool.cells],
        )
        for number, pool in enumerate(plan.pools, start=1)
    ]


def alike(left: Sequence[Wisher]) -> list[tuple[PoolSide, list[Wisher]]]:
    """One pool for those who say exactly the same of what is decided for a whole run."""
    from manufacturers.proposing.markets import PoolSide
    from tests.oracles.simulated_wants import SHARED

    groups: dict[str, list[Wisher]] = defaultdict(list)
    for one in left:
        groups[json.dumps(one.needs["must"], sort_keys=True)].append(one)
    return [
        (
            PoolSide(
                pool_id=number,
                specification={
                    name: inside[0].needs["must"][name] for name in SHARED if name in inside[0].needs["must"]
                },
                people=len(inside),
                units=sum(one.units for one in inside),
                firm_units=0,
            ),
            inside,
        )
        for number, (_key, inside) in enumerate(sorted(groups.items()), start=1)
    ]


def market_of(pools: Sequence[PoolSide], sides: Sequence[OfferSide], members: dict[int, list[Wisher]]) -> Market:
    """What a run of proposing knows: lines with the product's general chances, never who really buys."""
    from datetime import date

    from demand.pooling.reads.lines import DemandLine
    from manufacturers.proposing.markets import Chances, Market
    from manufacturers.proposing.reads import FIRM_PERMILLE, WISH_PERMILLE
    from tests.oracles.simulated_wants import SHARED

    lines = tuple(
        DemandLine(
            pool_id=pool.pool_id, needs=one.needs, kind=one.kind, ceiling_minor=one.ceiling_minor, region="*",
            needed_by=None, units=one.units, persons=1,
        )
        for pool in pools
        for one in members[pool.pool_id]
    )  # fmt: skip
    return Market(
        pools=tuple(pools),
        offers=tuple(sides),
        lines=lines,
        chances=Chances(by_pool={}, by_kind={"preorder": FIRM_PERMILLE, "interest": WISH_PERMILLE}),
        shared=SHARED,
        variants=("colour",),
        today=date(2026, 3, 2),
        days_before_making=21,
    )


def chosen(market: Market) -> Sequence[Blueprint]:
    """The product's choice of bulk orders."""
    from manufacturers.proposing.choosing import choose

    return choose(market, seed=0, iterations=ITERATIONS).blueprints


def largest_first(market: Market) -> Sequence[Blueprint]:
    """The largest pool first, each to the maker with the lowest price whose minimum its expected units reach."""
    from manufacturers.proposing.comparing import compare

    found, sides = [], {side.offer.pk: side for side in market.offers}
    for pool in sorted(market.pools, key=lambda one: (-one.units, one.pool_id)):
        now = replace(market, offers=tuple(sides.values()))
        able = [one.blueprint for one in compare(now, pool) if one.reached]
        best = min(able, key=lambda one: (one.delivered_minor, one.offer_id), default=None)
        if best is not None:
            found.append(best)
            side = sides[best.offer_id]
            sides[best.offer_id] = replace(side, free_units=max(0, side.free_units - best.max_units))
    return found


def planned(people: Sequence[Wisher], makers: Sequence[OfferSide]) -> int:
    """The surplus of one who knows who buys and plans over all specifications at once, by the proposing kernel."""
    from manufacturers.proposing.kernel import Offer, SolveLimits, Tier, build, lines_from_rows, solve, violations
    from manufacturers.proposing.markets import minimum
    from tests.oracles.simulated_wants import SHARED, VALUES

    attributes = {name: list(values) for name, values in VALUES.items()}
    rows = [
        (
            str(one.number), one.units, 1000, one.ceiling_minor, 100_000,
            {name: list(wanted["any"]) for name, wanted in one.needs["must"].items()},
        )
        for one in people
        if one.buys
    ]  # fmt: skip
    offers = [
        Offer(
            id=str(side.offer.pk),
            makes={name: tuple(made["any"]) for name, made in side.offer.makes.items()},
            lead_days=side.offer.lead_days,
            moq=minimum(side),
            capacity=side.free_units,
            opening_cost=side.offer.opening_cost_minor,
            tiers=tuple(Tier(min_units=units, unit_price=side.delivered(price)) for units, price in side.tiers),
            value_cost={
                name: {value: side.delivered_adder(cost) for value, cost in costs.items()}
                for name, costs in side.offer.value_cost.items()
            },
        )
        for side in makers
    ]
    problem = build(
        attributes=attributes,
        shared=list(SHARED),
        max_orders=60,
        offers=offers,
        lines=lines_from_rows(attributes=attributes, rows=rows),
    )
    outcome = solve(problem, limits=SolveLimits(iterations=PLANNER_ITERATIONS), seed=0)
    if outcome.plan is None or violations(problem, outcome.plan):
        raise RuntimeError("the planner's plan breaks a rule")
    sys.stderr.write(
        f"planner: {len(outcome.plan.orders)} orders, {outcome.objective / outcome.bound:.3f} of its bound\n"
    )
    return outcome.objective // 1000


if __name__ == "__main__":
    main()
