"""Figures for the drawings on pages: positions in per cent and points, as text that no language changes.

Every function takes mappings or objects with the named fields and returns plain dictionaries for a template.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Where the plot stands inside a chart, in per cent of its box: room for figures on the left and beneath.
LEFT, TOP, WIDTH, HEIGHT = 14.0, 7.0, 84.0, 77.0


def field(source: Any, name: str, default: Any = None) -> Any:
    """A field of a mapping or of an object alike; ``default`` where it is absent or ``None``."""
    value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
    return default if value is None else value


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(value: float, whole: float) -> str:
    return _figure(max(0.0, min(100.0, 100.0 * value / whole if whole else 0.0))) + "%"


def _anchor(value: float, whole: float) -> str:
    share = value / whole if whole else 0.0
    return "start" if share < 0.2 else "end" if share > 0.7 else "middle"


def progress(source: Any) -> dict[str, Any]:
    """The bar to a minimum.

    ``source`` has ``firm_units``, ``expected_units`` (beyond firm), ``minimum_units``, ``next_units``. The bar ends at
    the largest of them with some air; without a minimum only ``seeking`` is true and nothing is measured.
    """
    firm, expected = int(field(source, "firm_units", 0)), round(float(field(source, "expected_units", 0)))
    minimum, following = field(source, "minimum_units"), field(source, "next_units")
    if minimum is None:
        return {"seeking": True}
    whole = max(firm + expected, minimum, following or 0, 1) * 1.04
    tiers = [("minimum", minimum), ("next", following if following and following > minimum else None)]
    ticks = {name: {"at": _percent(at, whole), "anchor": _anchor(at, whole)} for name, at in tiers if at is not None}
    return {
        "seeking": False,
        "reached": firm >= minimum,
        "firm": _percent(firm, whole),
        "expected": _percent(expected, whole),
        "missing_units": max(0, minimum - firm),
        "next_missing_units": max(0, int(field(source, "next_missing_units", (following or 0) - firm))),
        "expected_units": expected,
        "share": min(1.0, firm / minimum) if minimum else 1.0,
        **ticks,
    }


def ladder(steps: Iterable[Any]) -> list[dict[str, Any]]:
    """The steps of a price ladder from dearest to cheapest; the deepest reached one is where we are.

    A step has ``min_units``, ``price_minor``, ``reached`` and ``more_units`` (how many more at that price, ``None``
    when reached).
    """
    rows = [
        {
            "min_units": field(step, "min_units"),
            "price_minor": field(step, "price_minor"),
            "reached": bool(field(step, "reached", False)),
            "more_units": field(step, "more_units"),
        }
        for step in sorted(steps, key=lambda step: int(field(step, "min_units", 0)))
    ]
    here = max((place for place, row in enumerate(rows) if row["reached"]), default=-1)
    for place, row in enumerate(rows):
        row.update(
            {"here": place == here, "next": place == here + 1, "reached": place <= here, "indent": min(place, 5)}
        )
    return rows


def spark(values: Sequence[float]) -> dict[str, Any]:
    """A small line without axes in a box of 100 by 30."""
    points = [max(0.0, float(value)) for value in values]
    if len(points) < 2:
        return {}
    top = max(points) or 1.0
    step = 100 / (len(points) - 1)
    line = " ".join(f"{_figure(place * step)},{_figure(29 - 27 * value / top)}" for place, value in enumerate(points))
    return {"line": line, "area": f"0,30 {line} 100,30", "first": points[0], "last": points[-1]}


def mix(parts: Iterable[Any]) -> list[dict[str, Any]]:
    """Shares of a whole as bars measured against the largest; a part has ``label``, ``units`` and perhaps ``few``."""
    rows = [(str(field(part, "label", "")), field(part, "units"), bool(field(part, "few", False))) for part in parts]
    total = sum(amount for _, amount, _ in rows if amount is not None)
    largest = max((amount for _, amount, _ in rows if amount is not None), default=0)
    return [
        {
            "label": label,
            "units": amount,
            "few": few,
            "width": _percent(amount or 0, largest),
            "share": amount / total if amount is not None and total else None,
        }
        for label, amount, few in rows
    ]


def _round_top(value: float) -> float:
    """The next number above that people like to read on an axis."""
    if value <= 0:
        return 1.0
    size: float = 10.0 ** math.floor(math.log10(value))
    return next(size * step for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if size * step >= value - 1e-9)


def _units_axis(top: float) -> list[dict[str, Any]]:
    marks = (0, top) if top < 2 else (0, top / 2, top)
    return [{"units": mark, "at": _figure(TOP + HEIGHT * (1 - mark / top)) + "%"} for mark in marks]


def _frame(top: float) -> dict[str, Any]:
    return {
        "left": f"{LEFT}%",
        "top": f"{TOP}%",
        "width": f"{WIDTH}%",
        "height": f"{HEIGHT}%",
        "right": f"{LEFT + WIDTH}%",
        "bottom": f"{TOP + HEIGHT}%",
        "label_left": f"{LEFT - 1.5}%",
        "y_ticks": _units_axis(top),
    }


def growth(points: Sequence[Any]) -> dict[str, Any]:
    """A line of counts over time; a point has ``label`` (already words) and ``units``. Empty under two points."""
    if len(points) < 2:
        return {}
    values = [float(field(point, "units", 0)) for point in points]
    top = _round_top(max(values))
    step = 100 / (len(points) - 1)
    line = " ".join(f"{_figure(at * step)},{_figure(100 - 100 * value / top)}" for at, value in enumerate(values))
    shown = (
        [(0, "start"), (len(points) // 2, "middle"), (len(points) - 1, "end")]
        if len(points) > 2
        else [
            (0, "start"),
            (1, "end"),
        ]
    )
    ticks = [
        {
            "label": field(points[place], "label"),
            "at": f"{_figure(LEFT + WIDTH * place * step / 100)}%",
            "anchor": anchor,
        }
        for place, anchor in shown
    ]
    return _frame(top) | {"line": line, "area": f"0,100 {line} 100,100", "x_ticks": ticks}


def curve(source: Any) -> dict[str, Any]:
    """Units against price with a band.

    ``source`` has ``points`` (each ``price_minor``, ``units``, ``low``, ``high``) and perhaps ``moq`` and
    ``here_price_minor``. Empty under two prices.
    """
    points = sorted(field(source, "points", ()), key=lambda point: int(field(point, "price_minor", 0)))
    if len(points) < 2:
        return {}
    moq, here = field(source, "moq"), field(source, "here_price_minor")
    prices = [int(field(point, "price_minor")) for point in points]
    middle = [float(field(point, "units", 0)) for point in points]
    low = [float(field(point, "low", value)) for point, value in zip(points, middle, strict=True)]
    high = [float(field(point, "high", value)) for point, value in zip(points, middle, strict=True)]
    top = _round_top(max([*high, *middle, float(moq or 0)]))
    span = max(prices[-1] - prices[0], 1)

    def line(values: Sequence[float]) -> list[str]:
        spots = zip(prices, values, strict=True)
        return [
            f"{_figure(100 * (price - prices[0]) / span)},{_figure(100 - 100 * value / top)}" for price, value in spots
        ]

    drawn = _frame(top) | {
        "line": " ".join(line(middle)),
        "band": " ".join([*line(high), *reversed(line(low))]),
        "x_ticks": _price_ticks(prices),
    }
    if moq is not None:
        # Its words stand on the side of the line where the curve is not.
        beneath = middle[-1] >= float(moq)
        at = _figure(TOP + HEIGHT * (1 - float(moq) / top)) + "%"
        drawn["moq"] = {"units": moq, "at": at, "dy": 16 if beneath else -6}
    if here in prices:
        place = prices.index(here)
        across, down = LEFT + WIDTH * (here - prices[0]) / span, TOP + HEIGHT * (1 - middle[place] / top)
        drawn["here"] = {
            "x": f"{_figure(across)}%",
            "y": f"{_figure(down)}%",
            "anchor": _anchor(here - prices[0], span),
            "units": middle[place],
            "price_minor": here,
        }
    return drawn


def _price_ticks(prices: Sequence[int]) -> list[dict[str, Any]]:
    span = max(prices[-1] - prices[0], 1)
    middle = min(prices, key=lambda price: abs(2 * price - prices[0] - prices[-1]))
    chosen = sorted({prices[0], middle, prices[-1]})
    anchors = {chosen[0]: "start", chosen[-1]: "end"}
    return [
        {
            "price_minor": price,
            "at": f"{_figure(LEFT + WIDTH * (price - prices[0]) / span)}%",
            "anchor": anchors.get(price, "middle"),
        }
        for price in chosen
    ]
