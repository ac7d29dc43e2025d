"""What a pooling reads grows with what changed, also where the planner's statistics have never seen the category."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from demand.models import Category, DemandCell, Pool, PoolMembership, Wish, WishState
from demand.pooling import service as pooling
from demand.pooling.reads.problem import problem_of
from demand.pooling.service import cells
from demand.reading import service as reading
from demand.reading.kernel.needs import canonical, needs_hash
from tests.demand.conftest import NOW

SIZES, WEEKS, RUNGS, EACH = 20, 5, 5, 4
WISHES = SIZES * WEEKS * RUNGS * EACH
CELLS = SIZES * WEEKS * RUNGS
CHANGED, FEW = 400, 20
MOST_READ_EACH = 60
"""Rows of all tables for one wish; 35 are read. A plan that reads the category for every cell reads thousands."""
MOST_READ_A_CHANGE = 12
"""Rows of all tables for one wish that changed, beside a row a cell, to know what the pools hold; 7 are read. A plan
that joins the wishes to each pool reads 26 with these pools, more with more."""


def waiting(category: str) -> None:
    """Wishes of a category that nothing has counted or analysed yet, in many cells that become several pools."""
    key = Category.objects.get(code=category).pk
    attribute, unit = ("fryer_volume", "L") if category == "air_fryer" else ("screen_size", "inch")
    wants = [
        canonical({"must": {attribute: {"min": 3 + size, "max": 3 + size, "unit": unit}}, "nice": {}})
        for size in range(SIZES)
    ]
    Wish.objects.bulk_create(
        Wish(
            category_id=key,
            text="one",
            state=WishState.OPEN,
            reading_state="read",
            needs=needs,
            needs_hash=needs_hash(needs),
            quantity=1,
            ceiling_minor=(rung + 11) * 100_00,
            needed_by=NOW.date() + timedelta(weeks=week),
            source="import",
            source_key=f"{category}{size}.{week}.{rung}.{one}",
            created_at=NOW,
            updated_at=NOW,
        )
        for size, needs in enumerate(wants)
        for week in range(WEEKS)
        for rung in range(RUNGS)
        for one in range(EACH)
    )


def rows_read(table: str = "%") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public' AND relname LIKE %s",
            [table],
        )
        return int(cursor.fetchone()[0])


def always_by_an_index() -> None:
    """Tables as small as these are read whole, however asked: whether they are depends on the pages of tests before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def rebuild(category: str) -> int:
    """Rows that the pooling of a category read."""
    before = rows_read()
    pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=NOW)
    return rows_read() - before


@pytest.mark.usefixtures("catalogue")
def test_a_pooling_reads_what_changed_and_that_a_few_times() -> None:
    waiting("laptop")
    rebuild("laptop")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    waiting("air_fryer")

    read = rebuild("air_fryer")

    assert DemandCell.objects.filter(category__code="air_fryer").count() == CELLS
    assert Pool.objects.filter(category__code="air_fryer").count() == SIZES
    assert PoolMembership.objects.filter(pool__category__code="air_fryer").count() == WISHES
    assert read < MOST_READ_EACH * WISHES

    always_by_an_index()
    some = Wish.objects.filter(category__code="air_fryer").order_by("source_key").values_list("pk", flat=True)
    Wish.objects.filter(pk__in=list(some[:: WISHES // CHANGED])).update(ceiling_minor=25_00)
    key = Category.objects.get(code="air_fryer").pk
    assert cells.recount(key, now=NOW).changed == CHANGED
    before = rows_read()

    problem = problem_of(key, ())

    read = rows_read() - before
    assert len(problem.existing) == SIZES
    assert read < CELLS + MOST_READ_A_CHANGE * CHANGED


@pytest.mark.usefixtures("catalogue")
def test_to_know_where_a_large_cell_belongs_only_its_changed_wishes_are_looked_up() -> None:
    waiting("laptop")
    Wish.objects.update(ceiling_minor=None, needed_by=None)
    rebuild("laptop")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    always_by_an_index()
    Wish.objects.filter(source_key__endswith=".0.0.0").update(region="HK")
    key = Category.objects.get(code="laptop").pk
    assert cells.recount(key, now=NOW).changed == SIZES
    before = rows_read()

    problem = problem_of(key, ())

    assert sum(len(pool.cells) for pool in problem.existing) == SIZES
    assert rows_read() - before < SIZES + MOST_READ_A_CHANGE * SIZES


@pytest.mark.usefixtures("catalogue")
def test_a_reading_of_a_few_wishes_reads_no_others_although_all_waited_when_the_planner_looked() -> None:
    waiting("laptop")
    Wish.objects.update(reading_state="pending")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    today = NOW.date()
    reading.read_pending(today=today, claimed_by="t", now=NOW)
    waiting("air_fryer")
    Wish.objects.filter(category__code="air_fryer").update(reading_state="confirmed")
    some = Wish.objects.filter(category__code="air_fryer").values_list("pk", flat=True)[:FEW]
    Wish.objects.filter(pk__in=list(some)).update(reading_state="pending")
    always_by_an_index()
    before = rows_read("demand_wish")

    assert reading.read_pending(today=today, claimed_by="t", now=NOW).read == FEW

    assert rows_read("demand_wish") - before < 5 * FEW
