"""`make bench-pipeline`: from wishes to closed campaigns on a market whose wants are known, beside two simpler ways.

    python -m tests.bench.bench_pipeline [--wishes N] [--first N] [--seeds N]

Ours is the product's own kernels: pool by needs, propose over all specifications, then campaigns that run side by side
and ask whom they suit: their own pool, and of other pools those that their order counts on and those that no order
does. Whoever really buys takes the cheapest they were asked for. Three rounds: what nobody served is pooled again, and
who was silent or confirmed in vain counts as the product counts them.
The peers ask their own groups alone and put each to one maker whose minimum its expected units reach: "group by exact
match" pools only wishes that say the same, those that gain most first, each to the maker who leaves it most; "biggest
pool first" our pools, the largest first, each to the cheapest. The planner knows who buys and chooses every order at
once over all specifications. The figures are shares of the planner's surplus; the last line is CONTRACTS.md's JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from manufacturers.proposing.blueprints import Blueprint
    from manufacturers.proposing.markets import Market, OfferSide, PoolSide
    from tests.oracles.simulated_wants import Wisher

    Grouping = Callable[[Sequence[Wisher]], list[tuple[PoolSide, list[Wisher]]]]
    # by the number of a person the pool whose order counts on them; None: campaigns ask their own pool alone
    Earmarks = dict[int, int] | None
    Choosing = Callable[[Market], tuple[Sequence[Blueprint], Earmarks]]

NIGHTS = 3
OFFERS = 12
PLANNER_ITERATIONS = 10


def main() -> None:
    """Every seed in turn, a line each on standard error, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wishes", type=int, default=1200)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", "8")))
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    shares: dict[str, list[float]] = defaultdict(list)
    for seed in range(options.first, options.first + options.seeds):
        found = compared(options.wishes, seed=seed)
        for who, share in found.items():
            shares[who].append(share)
        sys.stderr.write(f"seed {seed}: " + ", ".join(f"{who} {share:.3f}" for who, share in found.items()) + "\n")
    means = {who: fmean(values) for who, values in shares.items()}
    best = max(means["exact_match"], means["biggest_first"])
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
    ways: dict[str, tuple[Grouping, Choosing]] = {
        "ours": (pooled, chosen),
        "exact_match": (alike, most_first),
        "biggest_first": (pooled, largest_first),
    }
    return {who: market_run(people, makers, *way) / most for who, way in ways.items()}


def market_run(people: Sequence[Wisher], makers: Sequence[OfferSide], group: Grouping, choose: Choosing) -> int:
    """Rounds of pooling, proposing and campaigns; the surplus that was really kept, in minor units."""
    left, sides, kept = list(people), list(makers), 0
    for _night in range(NIGHTS):
        groups = group(left)
        members = {pool.pool_id: inside for pool, inside in groups}
        blueprints, earmarks = choose(market_of([pool for pool, _inside in groups], sides, members))
        asked = [invited(blueprint, left, members, earmarks) for blueprint in blueprints]
        places = answers(blueprints, left, asked)
        gone: set[int] = set()
        for blueprint, taken in zip(blueprints, places, strict=True):
            side = next(one for one in sides if one.offer.pk == blueprint.offer_id)
            units = sum(place.one.units for place in taken)
            if units < blueprint.min_units:
                continue
            kept += surplus(blueprint, taken, side)
            gone |= {place.one.number for place in taken}
            sides[sides.index(side)] = replace(side, free_units=side.free_units - units)
        left = [one for one in learned(left, asked, places) if one.number not in gone]
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One person in one campaign, with what their variant adds to its price."""

    one: Wisher
    adder_minor: int


def invited(
    blueprint: Blueprint, people: Sequence[Wisher], members: dict[int, list[Wisher]], earmarks: Earmarks
) -> list[Place]:
    """Whom a campaign asks: those whom specification, variants and maximum price suit, its own pool first."""
    from demand.campaigning.kernel import VariantChoice, accepted_variant, suits

    variants = [
        VariantChoice(key=line.key, values=tuple(sorted(line.values.items())), adder_minor=line.adder_minor)
        for line in blueprint.lines
    ]
    own = {one.number for one in members[blueprint.pool_id]}
    found = []
    for one in sorted(people, key=lambda one: one.number not in own):
        must = one.needs["must"]
        free = earmarks is not None and earmarks.get(one.number, blueprint.pool_id) == blueprint.pool_id
        if not (free or one.number in own) or not suits(blueprint.specification, must):
            continue
        variant = accepted_variant(variants, must)
        if variant is not None and blueprint.delivered_minor + variant.adder_minor <= one.ceiling_minor:
            found.append(Place(one=one, adder_minor=variant.adder_minor))
    return found


def answers(
    blueprints: Sequence[Blueprint], left: Sequence[Wisher], invitations: Sequence[Sequence[Place]]
) -> list[list[Place]]:
    """Who confirms in which campaign: whoever really buys, the cheapest of those that ask them and have room."""
    asked: dict[int, list[tuple[int, int, Place]]] = defaultdict(list)
    for number, blueprint in enumerate(blueprints):
        for place in invitations[number]:
            asked[place.one.number].append((blueprint.delivered_minor + place.adder_minor, number, place))
    taken: list[list[Place]] = [[] for _ in blueprints]
    room = [blueprint.max_units for blueprint in blueprints]
    for one in left:
        for _price, number, place in sorted(asked[one.number], key=lambda choice: choice[:2]):
            if one.buys and one.units <= room[number]:
                taken[number].append(place)
                room[number] -= one.units
                break
    return taken


def learned(
    left: Sequence[Wisher], invitations: Sequence[Sequence[Place]], places: Sequence[Sequence[Place]]
) -> list[Wisher]:
    """What the answers taught, as the product's demand lines say it: willing, silent, or silent again."""
    asked = {place.one.number for found in invitations for place in found}
    willing = {place.one.number for taken in places for place in taken}
    return [replace(one, kind=_taught(one, yes=one.number in willing)) if one.number in asked else one for one in left]


def _taught(one: Wisher, *, yes: bool) -> str:
    if yes:
        return "willing"
    return "silent_again" if one.kind.startswith("silent") else "silent"


def surplus(blueprint: Blueprint, taken: Sequence[Place], side: OfferSide) -> int:
    """What those served keep below their ceilings at the deepest tier reached, less the opening cost."""
    from demand.campaigning.kernel import reached_price

    price: int = reached_price(
        tiers=[(least, delivered) for least, _price, delivered in blueprint.ladder],
        firm_units=sum(place.one.units for place in taken),
        max_price_minor=blueprint.delivered_minor,
    )
    kept: int = sum((place.one.ceiling_minor - price - place.adder_minor) * place.one.units for place in taken)
    return kept - int(side.offer.opening_cost_minor)


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
    from manufacturers.proposing.reads import BY_KIND
    from tests.oracles.simulated_wants import SHARED

    lines = tuple(
        DemandLine(
            pool_id=pool.pool_id, needs=one.needs, kind=one.kind, ceiling_minor=one.ceiling_minor, region="*",
            needed_by=None, units=one.units, persons=1, wishes=(one.number,),
        )
        for pool in pools
        for one in members[pool.pool_id]
    )  # fmt: skip
    return Market(
        pools=tuple(pools),
        offers=tuple(sides),
        lines=lines,
        chances=Chances(by_pool={}, by_kind=BY_KIND),
        shared=SHARED,
        variants=("colour",),
        today=date(2026, 3, 2),
        days_before_making=21,
    )


def chosen(market: Market) -> tuple[Sequence[Blueprint], Earmarks]:
    """The product's choice of bulk orders, and whom each counts on."""
    from manufacturers.proposing.choosing import choose
    from manufacturers.proposing.service import PATIENCE

    choice = choose(market, seed=0, patience=PATIENCE)
    earmarks = {
        number: blueprint.pool_id
        for blueprint in choice.blueprints
        for line in choice.of(blueprint)
        for number in market.lines[line].wishes
    }
    return choice.blueprints, earmarks


def largest_first(market: Market) -> tuple[Sequence[Blueprint], Earmarks]:
    """The largest pool first, each to the maker with the lowest price whose minimum its expected units reach."""
    pools = sorted(market.pools, key=lambda one: (-one.units, one.pool_id))
    return one_by_one(market, pools, lambda one: (one.delivered_minor, one.offer_id))


def most_first(market: Market) -> tuple[Sequence[Blueprint], Earmarks]:
    """The pool that would gain most first, each to the maker who leaves it most."""
    from manufacturers.proposing.comparing import compare

    gains = {
        pool.pool_id: max((one.blueprint.surplus_minor for one in compare(market, pool) if one.reached), default=0)
        for pool in market.pools
    }
    pools = sorted(market.pools, key=lambda one: (-gains[one.pool_id], one.pool_id))
    return one_by_one(market, pools, lambda one: (-one.surplus_minor, one.offer_id))


def one_by_one(
    market: Market, pools: Sequence[PoolSide], rank: Callable[[Blueprint], tuple[int, int]]
) -> tuple[Sequence[Blueprint], Earmarks]:
    """Each pool in turn to the best maker whose minimum it reaches with what the others left."""
    from manufacturers.proposing.comparing import compare

    found, sides = [], {side.offer.pk: side for side in market.offers}
    for pool in pools:
        now = replace(market, offers=tuple(sides.values()))
        best = min((one.blueprint for one in compare(now, pool) if one.reached), key=rank, default=None)
        if best is not None:
            found.append(best)
            side = sides[best.offer_id]
            sides[best.offer_id] = replace(side, free_units=max(0, side.free_units - best.max_units))
    return found, None


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
