"""Canonical needs: what a wish accepts, as plain JSON that hashes the same wherever it is written.

A constraint is exactly one of ``{"any": [codes]}``, ``{"not": [codes]}``, ``{"min": n | None, "max": n | None,
"unit": u}`` and ``{"is": bool}``. Needs are ``{"must": {attribute: constraint}, "nice": {attribute: constraint}}``.
Everything here is pure; arguments are never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias, TypedDict, cast

Number: TypeAlias = int | float
Value: TypeAlias = str | int | float | bool
Constraint: TypeAlias = dict[str, Any]
Constraints: TypeAlias = dict[str, Constraint]


class Needs(TypedDict):
    """Canonical needs; both keys always present."""

    must: Constraints
    nice: Constraints


class _Canonical(dict[str, Constraints]):
    """Needs that ``canonical`` spelled."""


class NeedsError(ValueError):
    """Needs are not in the agreed shape; the message names the attribute and what was expected."""


def empty() -> Needs:
    """Needs that accept everything."""
    return {"must": {}, "nice": {}}


def canonical(needs: Mapping[str, Any]) -> Needs:
    """The one spelling of these needs: sorted keys, sorted unique codes, rounded numbers, no empty constraint.

    What this function gave it gives back as it is, so that many may hold one. A missing ``must`` or ``nice`` is
    empty. ``{"not": []}`` and a range open at both ends accept everything and are left out. Applying it twice changes
    nothing.

    Raises
    ------
    NeedsError
        If a part is not one of the four constraint shapes, an ``any`` is empty, or a range runs backwards.
    """
    if isinstance(needs, _Canonical):
        return cast(Needs, needs)
    unknown = sorted(set(needs) - {"must", "nice"})
    if unknown:
        raise NeedsError(f"needs: unknown part {unknown[0]!r}, expected 'must' and 'nice'")
    parts = _Canonical(must=_part(needs.get("must"), "must"), nice=_part(needs.get("nice"), "nice"))
    return cast(Needs, parts)


def needs_hash(needs: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the compact JSON of the canonical needs; equal needs have equal hashes."""
    text = json.dumps(canonical(needs), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_constraint(constraint: Mapping[str, Any], *, where: str = "constraint") -> Constraint | None:
    """The one spelling of a constraint; ``None`` when it accepts everything.

    Raises
    ------
    NeedsError
        As ``canonical``; ``where`` is named in the message.
    """
    keys = set(constraint)
    if keys == {"any"}:
        codes = _codes(constraint["any"], where)
        if not codes:
            raise NeedsError(f"{where}: 'any' is empty, expected at least one code")
        return {"any": codes}
    if keys == {"not"}:
        codes = _codes(constraint["not"], where)
        return {"not": codes} if codes else None
    if keys == {"is"} and isinstance(constraint["is"], bool):
        return {"is": constraint["is"]}
    if keys == {"min", "max", "unit"}:
        return _range(constraint, where)
    raise NeedsError(f"{where}: expected exactly one of any, not, is, or min with max and unit")


def accepts(constraint: Mapping[str, Any], value: Value) -> bool:
    """Whether a value meets a constraint: a code for any/not, a number in the same unit for a range, a bool for is.

    A value of the wrong type is not accepted; nothing is raised for it.
    """
    if "any" in constraint:
        return value in constraint["any"]
    if "not" in constraint:
        return isinstance(value, str) and value not in constraint["not"]
    if "is" in constraint:
        return isinstance(value, bool) and value is constraint["is"]
    if isinstance(value, bool | str):
        return False
    low, high = constraint.get("min"), constraint.get("max")
    return (low is None or value >= low) and (high is None or value <= high)


def intersect(a: Mapping[str, Any], b: Mapping[str, Any]) -> Constraint | None:
    """The canonical constraint that accepts exactly what both accept; ``None`` when nothing is left.

    Commutative, associative and idempotent up to canonical spelling. Constraints of different kinds (a range and a
    flag, two units) accept nothing in common. Both must be canonical.
    """
    if "any" in a or "not" in a:
        return _intersect_codes(a, b) if "any" in b or "not" in b else None
    if "is" in a:
        return {"is": a["is"]} if b.get("is") is a["is"] else None
    if "unit" not in b or a["unit"] != b["unit"]:
        return None
    low = _tighter(a["min"], b["min"], highest=True)
    high = _tighter(a["max"], b["max"], highest=False)
    if low is not None and high is not None and low > high:
        return None
    return {"min": low, "max": high, "unit": a["unit"]}


def conflicts(a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Attributes, sorted, on which two sets of constraints (attribute → constraint) leave nothing in common."""
    return sorted(code for code in a.keys() & b.keys() if intersect(a[code], b[code]) is None)


def combine(a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]]) -> Constraints | None:
    """Both sets of constraints at once, sorted by attribute; ``None`` when they conflict on any."""
    both: Constraints = {}
    for code in sorted(a.keys() | b.keys()):
        met = intersect(a[code], b[code]) if code in a and code in b else dict(a[code] if code in a else b[code])
        if met is None:
            return None
        both[code] = met
    return both


def number(value: Number) -> Number:
    """A number in canonical spelling: an int when whole, else rounded to 4 decimal places."""
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _part(part: object, name: str) -> Constraints:
    if part is None:
        return {}
    if not isinstance(part, Mapping):
        raise NeedsError(f"{name}: expected an object of attribute → constraint")
    kept: Constraints = {}
    for attribute in sorted(part):
        constraint = part[attribute]
        if not isinstance(constraint, Mapping):
            raise NeedsError(f"{name}.{attribute}: expected an object")
        spelled = canonical_constraint(constraint, where=f"{name}.{attribute}")
        if spelled is not None:
            kept[attribute] = spelled
    return kept


def _codes(codes: object, where: str) -> list[str]:
    if not isinstance(codes, list | tuple | set | frozenset) or not all(isinstance(code, str) for code in codes):
        raise NeedsError(f"{where}: expected a list of codes")
    return sorted(set(codes))


def _range(constraint: Mapping[str, Any], where: str) -> Constraint | None:
    low, high = _bound(constraint["min"], where), _bound(constraint["max"], where)
    if not isinstance(constraint["unit"], str):
        raise NeedsError(f"{where}: unit must be a text")
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        raise NeedsError(f"{where}: min {low} is above max {high}")
    return {"min": low, "max": high, "unit": constraint["unit"]}


def _bound(value: object, where: str) -> Number | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NeedsError(f"{where}: min and max must be numbers or null")
    if value != value or value in (float("inf"), float("-inf")):
        raise NeedsError(f"{where}: min and max must be finite, null for open")
    return number(value)


def _intersect_codes(a: Mapping[str, Any], b: Mapping[str, Any]) -> Constraint | None:
    if "not" in a and "not" in b:
        return {"not": sorted({*a["not"], *b["not"]})}
    if "not" in a:
        a, b = b, a
    left = set(a["any"]) & set(b["any"]) if "any" in b else set(a["any"]) - set(b["not"])
    return {"any": sorted(left)} if left else None


def _tighter(a: Number | None, b: Number | None, *, highest: bool) -> Number | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b) if highest else min(a, b)
