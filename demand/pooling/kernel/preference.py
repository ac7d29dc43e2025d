"""The one rule of preference, used by the nightly run and by the wish that has just arrived.

A must over a shared attribute is met by a decided value or the pool is out of the question. Then, in hundredths of an
extra: a nice-need missed costs three extras; a value nobody asked this wish about costs one, unless it is the plain
one (a flag that is off, the plainest choice); more than a bound asked for costs a quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from demand.pooling.kernel.problem import Attribute
from demand.reading.kernel.needs import Value

EXTRA: Final = 100
MISSED: Final = 300
SLACK: Final = 25
NOMINAL: Final = 0.024
"""Nominal sizes this close are one size: 13 and 13.3 inch, 15 oz and 450 ml; 15.6 and 16 inch are not."""


def serves(constraint: Mapping[str, Any], value: Value) -> bool:
    """Whether a decided value meets a constraint, nominal sizes taken as one."""
    if "any" in constraint:
        return value in constraint["any"]
    if "not" in constraint:
        return isinstance(value, str) and value not in constraint["not"]
    if "is" in constraint:
        return isinstance(value, bool) and value is constraint["is"]
    if isinstance(value, bool | str):
        return False
    low, high = constraint["min"], constraint["max"]
    return (low is None or value >= low - abs(low) * NOMINAL) and (high is None or value <= high + abs(high) * NOMINAL)


def attribute_cost(
    attribute: Attribute, must: Mapping[str, Any] | None, nice: Mapping[str, Any] | None, value: Value | None
) -> int | None:
    """What one person pays when ``attribute`` is decided as ``value`` (``None``: left plain, a flag then being off).

    ``None``: out of the question.
    """
    if attribute.kind == "flag" and value is None:
        value = False
    if must is not None and (value is None or not serves(must, value)):
        return None
    missed = MISSED if nice is not None and (value is None or not serves(nice, value)) else 0
    if value is None:
        return missed
    if must is not None:
        return missed + (SLACK if _overshoots(must, value) else 0)
    if nice is not None and not missed:
        return 0
    return missed + _extra(attribute, value)


def _extra(attribute: Attribute, value: Value) -> int:
    if attribute.kind == "flag":
        return EXTRA if value else 0
    if attribute.plainness and value in attribute.plainness:
        rank = attribute.plainness.index(str(value))
        return 0 if rank == 0 else EXTRA + min(rank, 20)
    return EXTRA


def _overshoots(must: Mapping[str, Any], value: Value) -> bool:
    if "unit" not in must or isinstance(value, str) or (must["min"] is not None and must["max"] is not None):
        return False
    bound = must["max"] if must["min"] is None else must["min"]
    return bool(abs(value - bound) > abs(bound) * NOMINAL)
