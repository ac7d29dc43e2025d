"""`manage.py evaluate estimating FILE.jsonl`: walk forward through closed campaigns, in memory.

The campaigns of the first ``--learn-days`` closing days only teach (two: before that there is nothing to learn from).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from datetime import date
from pathlib import Path
from typing import Any, TypeGuard

from demand.estimating.kernel.problem import KINDS, ClosedCampaign, OutcomeLine
from demand.estimating.kernel.walking import Estimator, summary, walk
from demand.management.evaluating import BadFile

DRAWS = 4000
MOST = 1_000_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and how much of its beginning only teaches."""
    parser.add_argument("file", metavar="FILE.jsonl", help="closed campaigns, one JSON object a line")
    parser.add_argument("--learn-days", type=int, default=2, help="closing days at the start that are not scored (2)")
    parser.add_argument("--seed", type=int, default=0)


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Read, walk forward, score. Raises ``BadFile`` naming file, line, field and what was expected."""
    campaigns = read(Path(options["file"]))
    learn_days = int(options.get("learn_days", 2))
    if learn_days < 0:
        raise BadFile(f"--learn-days must be 0 or more, not {learn_days}.")
    sys.stderr.write(f"estimating: {len(campaigns)} closed campaigns\n")
    forecaster = Estimator(campaigns, seed=int(options.get("seed", 0)), draws=DRAWS)
    scored = walk(campaigns, forecaster, learn_days=learn_days)
    return {**summary(scored), "learnt_only": len(campaigns) - len(scored)}


def read(path: Path) -> list[ClosedCampaign]:
    """All campaigns of a file; ids must differ. Order does not matter, blank lines are passed over."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror}); expected a JSONL file.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: is not UTF-8 (byte {error.start}).") from error
    campaigns: dict[str, ClosedCampaign] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            campaign = _campaign(line, f"{path}:{number}")
            if campaign.key in campaigns:
                raise BadFile(f"{path}:{number}: id: {campaign.key!r} was used before; expected each campaign once.")
            campaigns[campaign.key] = campaign
    if not campaigns:
        raise BadFile(f"{path}: holds no campaign; expected one JSON object a line.")
    return list(campaigns.values())


def _campaign(line: str, where: str) -> ClosedCampaign:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise BadFile(f"{where}: is not JSON ({error}).") from error
    if not isinstance(raw, dict):
        raise BadFile(f"{where}: expected a JSON object.")
    for field in ("id", "closed", "category"):
        if not isinstance(raw.get(field), str) or not raw[field]:
            raise BadFile(f"{where}: {field}: expected a text.")
    try:
        closed = date.fromisoformat(raw["closed"])
    except ValueError as error:
        raise BadFile(f"{where}: closed: expected a date like 2026-03-01, not {raw['closed']!r}.") from error
    lines = raw.get("lines")
    if not isinstance(lines, list):
        raise BadFile(f"{where}: lines: expected a list.")
    return ClosedCampaign(
        key=raw["id"],
        closed=closed,
        category=raw["category"],
        lines=tuple(_line(one, f"{where}: lines[{index}]") for index, one in enumerate(lines)),
    )


def _line(raw: Any, where: str) -> OutcomeLine:
    if not isinstance(raw, dict):
        raise BadFile(f"{where}: expected an object.")
    if raw.get("kind") not in KINDS:
        raise BadFile(f"{where}.kind: expected one of {', '.join(KINDS)}, not {raw.get('kind')!r}.")
    headroom = raw.get("headroom")
    if headroom is not None and (not _number(headroom) or not math.isfinite(headroom)):
        raise BadFile(f"{where}.headroom: expected a number or null, not {headroom!r}.")
    return OutcomeLine(
        kind=raw["kind"],
        persons=1,
        units=_whole(raw, "units", 1, where),
        bought=_whole(raw, "bought", 0, where),
        age_days=_whole(raw, "age_days", 0, where),
        headroom=None if headroom is None else float(headroom),
    )


def _number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(raw: dict[str, Any], field: str, least: int, where: str) -> int:
    value = raw.get(field)
    if not _number(value) or not least <= value <= MOST or value != int(value):
        raise BadFile(f"{where}.{field}: expected a whole number from {least} to {MOST}, not {value!r}.")
    return int(value)
