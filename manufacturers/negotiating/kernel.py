"""What a changed order would sell, by the proposing kernel with that order fixed; and working days. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from manufacturers.proposing.kernel import (
    FixedOrder,
    ProposingProblem,
    SolveLimits,
    solve,
    violations,
    with_fixed,
)

ROUNDS = 20


class EffectBroken(RuntimeError):
    """The verifier found a rule that the evaluated plan breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What a fixed order would sell: indices of its lines, expected units, and surplus in minor units."""

    lines: tuple[int, ...]
    units: int
    surplus_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most units of one variant: its value by attribute, as the problem names them."""

    values: Mapping[str, str]
    most: int


def sold(
    problem: ProposingProblem | None,
    *,
    specification: dict[str, str],
    unit_price: int,
    limits: Sequence[Limit] = (),
) -> Sold:
    """Evaluate the one offer of ``problem`` at a fixed price; ``None`` stands for a problem without demand.

    The problem's offer has a single tier and no minimum, so that an order too small is counted instead of refused;
    whether it reaches its minimum is for the caller to compare. Where ``limits`` leave no room, lines are left out.
    """
    if problem is None:
        return Sold(lines=(), units=0, surplus_minor=0)
    offer = problem.offers[0]
    fixed = FixedOrder(offer_id=offer.id, specification=specification, tier=0, unit_price=unit_price)
    held = with_fixed(problem, fixed)
    outcome = solve(held, limits=SolveLimits(iterations=ROUNDS), seed=0)
    if outcome.plan is None:
        return Sold(lines=(), units=0, surplus_minor=0)
    broken = violations(held, outcome.plan)
    if broken:
        raise EffectBroken("; ".join(broken[:5]))
    volume = sum(order.volume_permille for order in outcome.plan.orders)
    names = sorted({name for order in outcome.plan.orders for name in order.line_ids}, key=int)
    if not any(limit.most * 1000 < volume for limit in limits):
        return Sold(lines=tuple(map(int, names)), units=round(volume / 1000), surplus_minor=outcome.objective // 1000)
    return _within(held, names, limits, unit_price=unit_price, objective=outcome.objective)


def _within(
    problem: ProposingProblem, names: Sequence[str], limits: Sequence[Limit], *, unit_price: int, objective: int
) -> Sold:
    """The sold lines that find room in a variant they take and can pay.

    Those with the fewest variants to choose from first, then the highest ceilings; each takes the cheapest variant with
    room, and of equally cheap ones that with the most. A line that takes none of the limited variants stays as it is.
    """
    rows = {str(name): row for row, name in enumerate(problem.lines.ids.tolist())}
    choices = {name: _choices(problem, rows[name], limits) for name in names}
    left = [limit.most * 1000 for limit in limits]
    ceilings, weights = problem.lines.ceiling, problem.lines.units * problem.lines.permille
    kept, volume = [], 0
    for name in sorted(names, key=lambda one: (len(choices[one]), -int(ceilings[rows[one]]), int(one))):
        weight, room = int(weights[rows[name]]), int(ceilings[rows[name]]) - unit_price
        plain = _cheapest(problem, rows[name])
        open_now = [(cost, -left[k], k) for k, cost in choices[name].items() if cost <= room and left[k] >= weight]
        if choices[name] and not open_now:
            objective -= (room - plain) * weight
            continue
        if open_now:
            cost, _free, chosen = min(open_now)
            left[chosen] -= weight
            objective -= (cost - plain) * weight
        kept.append(int(name))
        volume += weight
    return Sold(lines=tuple(sorted(kept)), units=round(volume / 1000), surplus_minor=objective // 1000)


def _choices(problem: ProposingProblem, row: int, limits: Sequence[Limit]) -> dict[int, int]:
    """The limited variants that a line takes, by place, with what each adds to the price."""
    costs = _costs(problem, row)
    found = {}
    for place, limit in enumerate(limits):
        if all(value in costs.get(name, {}) for name, value in limit.values.items()):
            rest = sum(min(by.values(), default=0) for name, by in costs.items() if name not in limit.values)
            found[place] = rest + sum(costs[name][value] for name, value in limit.values.items())
    return found


def _cheapest(problem: ProposingProblem, row: int) -> int:
    """What the cheapest variant that a line takes adds to the price."""
    return sum(min(by.values(), default=0) for by in _costs(problem, row).values())


def _costs(problem: ProposingProblem, row: int) -> dict[str, dict[str, int]]:
    """What each variant value adds that the one offer makes and a line takes, by attribute."""
    offer = problem.offers[0]
    return {
        name: {
            value: offer.value_cost.get(name, {}).get(value, 0)
            for bit, value in enumerate(problem.attributes[name])
            if int(problem.lines.accepts[name][row]) >> bit & 1 and value in offer.makes.get(name, ())
        }
        for name in problem.variants
    }


def working_days_later(start: datetime, days: int, *, closed: Sequence[int] = (5, 6)) -> datetime:
    """The moment ``days`` working days after ``start``; ``closed`` are weekdays from Monday 0."""
    moment = start
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() not in closed
    return moment
