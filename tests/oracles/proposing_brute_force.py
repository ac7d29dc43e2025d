"""The best proposals of a tiny market by looking at every set of orders and every way to place its lines."""

from __future__ import annotations

from itertools import combinations, product

from manufacturers.proposing.kernel.problem import Offer, ProposingProblem

Place = tuple[Offer, dict[str, str], int, int, bool]  # offer, specification, price, minimum in permille, fixed


def best_surplus(problem: ProposingProblem) -> int | None:
    """Largest surplus in permille of a minor unit; None when no plan keeps the fixed orders."""
    places = _places(problem)
    best: int | None = None
    for count in range(min(problem.max_orders, len(places)) + 1):
        for chosen in combinations(places, count):
            if sum(place[4] for place in chosen) == len(problem.fixed):
                value = _best_placing(problem, chosen)
                if value is not None and (best is None or value > best):
                    best = value
    return best


def _places(problem: ProposingProblem) -> list[Place]:
    places: list[Place] = []
    for offer in problem.offers:
        for values in product(*(offer.makes.get(name, ()) for name in problem.shared)):
            spec = dict(zip(problem.shared, values, strict=True))
            fixed = [f for f in problem.fixed if f.offer_id == offer.id and dict(f.specification) == spec]
            adds = sum(offer.value_cost.get(name, {}).get(value, 0) for name, value in spec.items())
            for number, tier in enumerate(offer.tiers):
                least = 1000 * max(offer.moq, tier.min_units)
                if not fixed:
                    places.append((offer, spec, tier.unit_price + adds, least, False))
                elif fixed[0].tier == number:
                    price = fixed[0].unit_price
                    places.append((offer, spec, tier.unit_price + adds if price is None else price, least, True))
    return places


def _best_placing(problem: ProposingProblem, chosen: tuple[Place, ...]) -> int | None:
    """Every way to place the lines, told apart only by the volumes reached."""
    reached: dict[tuple[int, ...], int] = {(0,) * len(chosen): 0}
    for row in range(len(problem.lines)):
        weight = int(problem.lines.units[row]) * int(problem.lines.permille[row])
        gains = [_gain(problem, place, row) for place in chosen]
        after = dict(reached)
        for volumes, value in reached.items():
            for k, gain in enumerate(gains):
                if gain is not None:
                    more = (*volumes[:k], volumes[k] + weight, *volumes[k + 1 :])
                    after[more] = max(after.get(more, value + gain * weight), value + gain * weight)
        reached = after
    opening = 1000 * sum(place[0].opening_cost for place in chosen)
    values = [value - opening for volumes, value in reached.items() if _allowed(chosen, volumes)]
    return max(values, default=None)


def _allowed(chosen: tuple[Place, ...], volumes: tuple[int, ...]) -> bool:
    if any(volume < place[3] for place, volume in zip(chosen, volumes, strict=True)):
        return False
    used: dict[str, int] = {}
    for place, volume in zip(chosen, volumes, strict=True):
        used[place[0].id] = used.get(place[0].id, 0) + volume
    return all(used[place[0].id] <= 1000 * place[0].capacity for place in chosen)


def _gain(problem: ProposingProblem, place: Place, row: int) -> int | None:
    offer, spec, price, _, _ = place
    lines = problem.lines
    if offer.lead_days > lines.within_days[row]:
        return None
    for name, values in problem.attributes.items():
        taken = {value for bit, value in enumerate(values) if int(lines.accepts[name][row]) >> bit & 1}
        if name in spec:
            if spec[name] not in taken:
                return None
            continue
        costs = [offer.value_cost.get(name, {}).get(v, 0) for v in taken & set(offer.makes.get(name, ()))]
        if not costs:
            return None
        price += min(costs)
    gain = int(lines.ceiling[row]) - price
    return gain if gain >= 0 else None
