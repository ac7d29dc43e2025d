"""What a changed order would sell, by the proposing kernel with that order fixed; and working days. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
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


def sold(problem: ProposingProblem | None, *, specification: dict[str, str], unit_price: int) -> Sold:
    """Evaluate the one offer of ``problem`` at a fixed price; ``None`` stands for a problem without demand.

    The problem's offer has a single tier and no minimum, so that an order too small is counted instead of refused;
    whether it reaches its minimum is for the caller to compare.
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
    lines = tuple(sorted(int(name) for order in outcome.plan.orders for name in order.line_ids))
    return Sold(lines=lines, units=round(volume / 1000), surplus_minor=outcome.objective // 1000)


def working_days_later(start: datetime, days: int, *, closed: Sequence[int] = (5, 6)) -> datetime:
    """The moment ``days`` working days after ``start``; ``closed`` are weekdays from Monday 0."""
    moment = start
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() not in closed
    return moment
