"""`manage.py solve proposing FOLDER`: the best bulk orders for one market, checked by the verifier."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

from manufacturers.management.solving import BadFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="market.json with lines.csv or lines.csv.gz")
    parser.add_argument("--seconds", type=float, default=10.0, help="time to solve, after reading (default 10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, choices=(1, 2), default=2, help="2 proves the bound beside the search")
    parser.add_argument("--out", type=Path, help="file for the whole answer, as JSON")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Money in minor units with three decimals; raises BadFile for an instance that cannot be used."""
    from manufacturers.proposing.kernel import BadProblem, SolveLimits, from_folder, solve, verify

    if not options["folder"].is_dir():
        raise BadFile(f"{options['folder']}: expected a folder with market.json and lines.csv or lines.csv.gz")
    try:
        problem = from_folder(options["folder"])
    except BadProblem as error:
        raise BadFile(f"{options['folder']}: {error}") from None
    print(f"{len(problem.lines)} lines, {len(problem.offers)} offers", file=sys.stderr)
    limits = SolveLimits(seconds=options["seconds"], workers=options.get("workers") or 2)
    outcome = solve(problem, limits=limits, seed=options["seed"])
    orders = outcome.plan.orders if outcome.plan is not None else ()
    broken = verify.violations(problem, outcome.plan) if outcome.plan is not None else []
    for sentence in broken:
        print(sentence, file=sys.stderr)
    if outcome.plan is not None and verify.surplus(problem, outcome.plan) != outcome.objective:
        broken.append("objective: it is not the surplus of the lines")
    answer = {
        "status": outcome.status,
        "objective": outcome.objective / 1000,
        "bound": outcome.bound / 1000,
        "gap": outcome.gap,
        "seconds": round(outcome.seconds, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "proposals": len(orders),
        "served_units": sum(order.volume_permille for order in orders) / 1000,
        "violations": len(broken),
    }
    if options["out"] is not None:
        options["out"].write_text(json.dumps({**answer, "orders": [_order(order) for order in orders]}), "utf-8")
    return answer


def _order(order: Any) -> dict[str, Any]:
    return {
        "offer": order.offer_id,
        "specification": dict(order.specification),
        "tier": order.tier,
        "unit_price": order.unit_price,
        "volume": order.volume_permille / 1000,
        "lines": list(order.line_ids),
    }
