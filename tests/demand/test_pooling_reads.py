"""What a pooling reads grows with its category, also where the planner's statistics have never seen the category."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from demand.models import Category, DemandCell, PoolMembership, Wish, WishState
from demand.pooling import service as pooling
from tests.demand.conftest import NOW

WEEKS, RUNGS, EACH = 40, 5, 10
WISHES = WEEKS * RUNGS * EACH
MOST_READ_EACH = 60
"""Rows of all tables for one wish; 34 are read. A plan that reads the category for every cell reads thousands."""


def waiting(category: str) -> None:
    """Wishes of a category that nothing has counted or analysed yet, in many cells."""
    key = Category.objects.get(code=category).pk
    Wish.objects.bulk_create(
        Wish(
            category_id=key,
            text="one",
            state=WishState.OPEN,
            reading_state="read",
            needs={"must": {}, "nice": {}},
            needs_hash="plain",
            quantity=1,
            ceiling_minor=(rung + 11) * 100_00,
            needed_by=NOW.date() + timedelta(weeks=week),
            source="import",
            source_key=f"{category}{week}.{rung}.{one}",
            created_at=NOW,
            updated_at=NOW,
        )
        for week in range(WEEKS)
        for rung in range(RUNGS)
        for one in range(EACH)
    )


def rows_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'public'"
        )
        return int(cursor.fetchone()[0])


def rebuild(category: str) -> int:
    """Rows that the pooling of a category read."""
    before = rows_read()
    pooling.rebuild_category(category=category, seed=0, claimed_by="t", now=NOW)
    return rows_read() - before


@pytest.mark.usefixtures("catalogue")
def test_a_first_pooling_reads_each_wish_a_few_times() -> None:
    waiting("laptop")
    rebuild("laptop")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    waiting("air_fryer")

    read = rebuild("air_fryer")

    assert DemandCell.objects.filter(category__code="air_fryer").count() == WEEKS * RUNGS
    assert PoolMembership.objects.filter(pool__category__code="air_fryer").count() == WISHES
    assert read < MOST_READ_EACH * WISHES
