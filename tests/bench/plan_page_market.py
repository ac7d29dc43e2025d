"""A maker with a plan of many lots, in a database of its own that goes when the block ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import connection

from config import embedded
from manufacturers.models import Family, Line, Lot, Maker, Plan
from manufacturers.offering import service
from manufacturers.offering.descriptions import LineValues
from manufacturers.offering.kernel import ShiftRule
from tests.conftest import maintenance, migrated_template
from tests.manufacturers import portal
from tests.manufacturers.makers import NOW, maker_a

LINES, FAMILIES = 10, 6
NAME = "wishmill_bench_plan_page"
HOUR = timedelta(hours=1)


@contextmanager
def scratch_database() -> Iterator[str]:
    """The name of a migrated, empty database that this process is connected to."""
    embedded.ensure()
    template = migrated_template()
    with maintenance() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{NAME}" TEMPLATE "{template}"')
    connection.close()
    before = settings.DATABASES["default"]["NAME"]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = NAME
    try:
        yield NAME
    finally:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = before
        with maintenance() as cursor:
            cursor.execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')


def factory(lots: int, *, now: datetime) -> Maker:
    """Ten lines in two shifts, six families, and a current plan whose lots follow one another on each line."""
    portal.catalogue()
    families = {f"family-{n}": {"en": f"Family {n}", "zh-hans": f"{n} 号产品族"} for n in range(1, FAMILIES + 1)}
    rates = dict.fromkeys(families, 10)
    shifts = tuple(ShiftRule(weekday=day, starts=time(6), ends=time(22)) for day in range(6))
    lines = [
        LineValues(code=f"L{n}", initial_family="family-1", units_per_hour=rates, shifts=shifts)
        for n in range(1, LINES + 1)
    ]
    described = maker_a(families=families, changeovers={}, lines=tuple(lines))
    offers = tuple(replace(one, values=replace(one.values, family="family-1")) for one in described.offers)
    stored = service.store_maker(described=replace(described, offers=offers), now=NOW)
    maker = Maker.objects.get(pk=stored.maker_id)
    _plan(maker, lots, now=now)
    return maker


def _plan(maker: Maker, count: int, *, now: datetime) -> None:
    orders = portal.orders(maker, count, now=now, key="bench")
    lines = list(Line.objects.filter(maker=maker).order_by("pk"))
    assert Family.objects.filter(maker=maker).count() == FAMILIES
    start = now.replace(minute=0, second=0, microsecond=0)
    plan = Plan.objects.create(
        maker=maker,
        version=1,
        state="current",
        status="feasible",
        objective=120_000,
        bound=100_000,
        starts_at=start,
        ends_at=start + (count // LINES + 2) * 7 * HOUR,
        created_at=now,
    )
    rows = []
    for place, order in enumerate(orders):
        begins = start + (place // LINES) * 7 * HOUR + HOUR
        late = 2880 if place % 7 == 3 else 0
        rows.append(
            Lot(
                plan=plan,
                order=order,
                line=lines[place % LINES],
                units=order.units,
                changeover_start=begins - HOUR / 2,
                starts_at=begins,
                ends_at=begins + 6 * HOUR,
                late_minutes=late,
                late_reason="changeover" if late else "",
                frozen=place < LINES,
            )
        )
    Lot.objects.bulk_create(rows)
