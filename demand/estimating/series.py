"""Rollups as the series that bursts and unmet demand are looked for in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import connection

from demand.estimating.kernel.unmet import SearchedNeed
from demand.models import Finding

BURST_YEARS_DAYS = 2 * 364 + 60
PERIOD_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCounts:
    """Gapless daily events of a category from ``start`` to the day before the one asked about."""

    category_id: int
    code: str
    start: date
    counts: tuple[int, ...]


def daily_counts(*, today: date) -> list[DailyCounts]:
    """One series for each category that had any event, in the order of their keys; days are UTC days; one query."""
    since = today - timedelta(days=BURST_YEARS_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, [since, today])
        rows = cursor.fetchall()
    found: dict[tuple[int, str], dict[date, int]] = defaultdict(dict)
    for key, code, day, events in rows:
        found[key, code][day] = int(events)
    return [
        DailyCounts(
            category_id=key,
            code=code,
            start=min(days),
            counts=tuple(days.get(min(days) + timedelta(days=at), 0) for at in range((today - min(days)).days)),
        )
        for (key, code), days in sorted(found.items())
    ]


_DAYS = """
SELECT r.category_id, c.code, (r.hour AT TIME ZONE 'UTC')::date AS day, sum(r.events)
FROM demand_signal_rollup r JOIN demand_category c ON c.id = r.category_id
WHERE r.hour >= (%s::date)::timestamp AT TIME ZONE 'UTC' AND r.hour < (%s::date)::timestamp AT TIME ZONE 'UTC'
GROUP BY 1, 2, 3
"""


def searched_needs(*, today: date) -> list[SearchedNeed]:
    """What was searched for in the last four weeks and the four before; two queries.

    A person's searches of an hour count once; searches without a shopper key count each. ``pools`` counts open pools of
    the category whose search text holds each of the need's values, or the words themselves. Offers are not
    known here (:func:`with_makers`).
    """
    recent, before = today - timedelta(days=PERIOD_DAYS), today - timedelta(days=2 * PERIOD_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_SEARCHED, {"recent": recent, "before": before, "today": today})
        rows = cursor.fetchall()
    return [
        SearchedNeed(
            category=code or "",
            need=need,
            searches=int(searches),
            searches_before=int(earlier),
            zero_result=min(int(zero), int(searches)),
            pools=int(pools),
            offers=0,
        )
        for code, need, searches, earlier, zero, pools in rows
    ]


def with_makers(needs: Sequence[SearchedNeed]) -> list[SearchedNeed]:
    """The needs with the makers that were found for them when they were last looked at; one query."""
    rows = Finding.objects.filter(kind=Finding.Kind.UNMET, category__isnull=False).order_by("starts_on", "pk")
    made = {
        (code, need): int(supply.get("makers", 0))
        for code, need, supply in rows.values_list("category__code", "subject", "supply")
    }
    return [replace(need, offers=(n := made.get((need.category, need.need), 0)), offers_before=n) for need in needs]


_SEARCHED = """
WITH counted AS (
    SELECT r.category_id, r.need, coalesce(sum(n) FILTER (WHERE r.day >= %(recent)s), 0) AS searches,
        coalesce(sum(n) FILTER (WHERE r.day < %(recent)s), 0) AS earlier,
        coalesce(sum(n) FILTER (WHERE r.day >= %(recent)s AND r.kind = 'search_zero'), 0) AS zero
    FROM (SELECT category_id, need, kind, (hour AT TIME ZONE 'UTC')::date AS day,
            CASE WHEN persons > 0 THEN persons ELSE events END AS n
        FROM demand_signal_rollup WHERE kind IN ('search', 'search_zero') AND need <> ''
            AND hour >= (%(before)s::date)::timestamp AT TIME ZONE 'UTC'
            AND hour < (%(today)s::date + 1)::timestamp AT TIME ZONE 'UTC') r
    GROUP BY 1, 2
)
SELECT c.code, n.need, n.searches, n.earlier, n.zero,
    (SELECT count(*) FROM demand_pool p WHERE p.state IN ('open', 'campaign') AND p.category_id = n.category_id
        AND (strpos(n.need, '=') = 0 OR NOT EXISTS (
            SELECT 1 FROM unnest(string_to_array(n.need, '&')) AS part
            WHERE p.specification ? split_part(part, '=', 1)
                AND NOT strpos(split_part(part, '=', 2), coalesce(
                    p.specification -> split_part(part, '=', 1) -> 'any' ->> 0,
                    p.specification -> split_part(part, '=', 1) ->> 'min', 'yes')) > 0)))
FROM counted n LEFT JOIN demand_category c ON c.id = n.category_id
WHERE n.searches > 0 ORDER BY c.code NULLS FIRST, n.need
"""
