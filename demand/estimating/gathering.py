"""The demand of a category's pools as the estimator's problems, in a fixed number of queries."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from demand.collecting.service import shopper_key
from demand.estimating.kernel import DemandGroup, EstimatingProblem, FirmLine
from demand.estimating.kernel.features import AGE_MIDDLES, AGE_STARTS, TYPICAL_HEADROOM
from demand.estimating.past import Fitted
from demand.models import Category, CategoryAttribute, Pool, PoolTier, ShopperSalt, User

SIGNAL_DAYS = 180
MOST_PRICES = 12
QUANTILES = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)


@dataclass(slots=True)
class _Demand:
    """What was found for one pool, while it is gathered."""

    firm: list[FirmLine] = field(default_factory=list)
    groups: list[DemandGroup] = field(default_factory=list)
    tiers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolProblem:
    """One pool to be estimated; ``input_hash`` is equal as long as nothing that matters has changed."""

    pool_id: int
    pool_revision: int
    problem: EstimatingProblem
    input_hash: str


def pool_problems(category: Category, *, fitted: Fitted, now: datetime) -> list[PoolProblem]:
    """The open and running pools of a category that have any price to be estimated at; seven queries."""
    live = Pool.objects.filter(category=category, state__in=["open", "campaign"]).order_by("pk")
    pools = {key: (revision, digest) for key, revision, digest in live.values_list("pk", "revision", "spec_hash")}
    found: dict[int, _Demand] = {key: _Demand() for key in pools}
    for pool_id, price in PoolTier.objects.filter(terms__pool__in=list(pools)).values_list(
        "terms__pool", "price_minor"
    ):
        found[pool_id].tiers.append(price)
    _add_wishes(found, category, now=now)
    _add_signals(found, now=now)
    fallback = _ceilings(found.values())
    problems = []
    for pool_id, demand in found.items():
        revision, specification = pools[pool_id]
        keep_rate = fitted.keep_rate(category.code, specification)
        problem = _problem(category.code, demand, fallback=fallback, keep_rate=keep_rate, now=now)
        if problem is not None:
            digest = _hash(problem, fitted.version)
            problems.append(PoolProblem(pool_id=pool_id, pool_revision=revision, problem=problem, input_hash=digest))
    return problems


def _problem(
    category: str, demand: _Demand, *, fallback: Sequence[int], keep_rate: float, now: datetime
) -> EstimatingProblem | None:
    """``None`` for a pool without any price to speak of: no offer, no ceiling here nor in its category."""
    ceilings = _ceilings([demand]) or list(fallback)
    prices = sorted({*demand.tiers, *(_at(ceilings, share) for share in QUANTILES if ceilings)})
    if not prices:
        return None
    middle = round(_at(ceilings, 0.5) / (1 + TYPICAL_HEADROOM)) if ceilings else prices[-1]
    return EstimatingProblem(
        category=category,
        as_of=now.date(),
        price_points_minor=_thinned(prices, keep=set(demand.tiers)),
        firm=tuple(demand.firm),
        groups=tuple(demand.groups),
        reference_price_minor=max(1, min(demand.tiers) if demand.tiers else middle),
        firm_keep_rate=keep_rate,
    )


def _thinned(prices: Sequence[int], *, keep: set[int]) -> tuple[int, ...]:
    """At most ``MOST_PRICES`` of them, every tier's price first."""
    others = [price for price in prices if price not in keep]
    room = max(0, MOST_PRICES - len(keep))
    step = max(1, -(-len(others) // room)) if room else len(others) + 1
    return tuple(sorted({*keep, *others[::step]}) if room or keep else prices[:MOST_PRICES])


def _ceilings(demands: Iterable[_Demand]) -> list[int]:
    """One ceiling per person who said one, rising."""
    said: list[int] = []
    for demand in demands:
        said += [line.ceiling_minor for line in demand.firm if line.ceiling_minor is not None]
        for group in demand.groups:
            if group.ceiling_minor is not None:
                said += [group.ceiling_minor] * min(group.persons, 50)
    return sorted(said)


def _at(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _hash(problem: EstimatingProblem, model_version: str) -> str:
    """Equal for equal demand, prices and model, in whatever order the rows came; the date alone changes nothing."""
    seen = [
        model_version,
        problem.price_points_minor,
        problem.reference_price_minor,
        sorted(map(repr, problem.firm)),
        sorted(map(repr, problem.groups)),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _add_wishes(found: dict[int, _Demand], category: Category, *, now: datetime) -> None:
    """Firm lines and groups of wishes. A person with a firm order counts by it alone, others by one wish."""
    variants = CategoryAttribute.objects.filter(category=category, attribute__scope="variant")
    codes = list(variants.order_by("position", "pk").values_list("attribute__code", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_WISHES, {"pools": list(found), "variants": codes, "now": now, "ages": list(AGE_STARTS[1:])})
        rows = cursor.fetchall()
    for pool_id, firm, ceiling, variant, region, week, age, units_each, persons in rows:
        if firm:
            found[pool_id].firm.append(
                FirmLine(units=units_each * persons, ceiling_minor=ceiling, variant=variant, region=region, week=week)
            )
        else:
            found[pool_id].groups.append(
                DemandGroup(
                    kind="wish",
                    persons=persons,
                    units_each=units_each,
                    age_days=AGE_MIDDLES[age],
                    ceiling_minor=ceiling,
                    variant=variant,
                    region=region,
                    week=week,
                )
            )


_WISHES = """
WITH asked AS (
    SELECT m.pool_id, m.firm_units > 0 AS firm, w.id, coalesce(m.person_id, -w.id) AS person, m.units,
        CASE WHEN w.intent = 'budget' THEN w.budget_minor / w.quantity ELSE w.ceiling_minor END AS ceiling, w.region,
        coalesce(to_char(date_trunc('week', w.needed_by), 'YYYY-MM-DD'), '') AS week,
        width_bucket(greatest(0, extract(day FROM %(now)s - w.created_at))::int, %(ages)s::int[]) AS age,
        coalesce((SELECT string_agg(v.code || '=' || v.value, '&' ORDER BY v.place)
            FROM (SELECT a.code, a.place, coalesce(w.needs -> 'must' -> a.code -> 'any' ->> 0,
                    w.needs -> 'nice' -> a.code -> 'any' ->> 0) AS value
                FROM unnest(%(variants)s::text[]) WITH ORDINALITY AS a (code, place)) v
            WHERE v.value IS NOT NULL), '') AS variant
    FROM demand_pool_membership m JOIN demand_wish w ON w.id = m.wish_id
    WHERE m.pool_id = ANY(%(pools)s::bigint[]) AND m.units > 0 AND w.state IN ('open', 'committed')
), strongest AS (
    SELECT *, row_number() OVER (PARTITION BY pool_id, person
        ORDER BY firm DESC, ceiling DESC NULLS LAST, units DESC, id DESC) AS place FROM asked
), counted AS (
    SELECT * FROM strongest WHERE firm OR place = 1
), stepped AS (
    SELECT c.pool_id, c.firm, c.variant, c.region, c.week, c.age, coalesce(s.ceiling_minor, c.ceiling) AS ceiling,
        CASE WHEN s.id IS NULL THEN c.units ELSE s.quantity - coalesce(
            lag(s.quantity) OVER (PARTITION BY c.id ORDER BY s.ceiling_minor DESC), 0) END AS units
    FROM counted c LEFT JOIN demand_wish_step s ON s.wish_id = c.id
)
SELECT pool_id, firm, ceiling, variant, region, week, CASE WHEN firm THEN 0 ELSE age END, units, count(*)
FROM stepped WHERE units > 0 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3 NULLS LAST, 4, 5, 6, 7, 8
"""


def _add_signals(found: dict[int, _Demand], *, now: datetime) -> None:
    """Persons who only looked, voted or put it in a cart, at the strongest of these.

    An event without a shopper key cannot be told from its repetition, so it counts in rollups and not here. A vote
    weighs as a search: both say what is wanted and promise nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SIGNALS,
            {
                "pools": list(found),
                "since": now - timedelta(days=SIGNAL_DAYS),
                "now": now,
                "ages": list(AGE_STARTS[1:]),
                "known": _member_keys(list(found), now=now),
            },
        )
        rows = cursor.fetchall()
    for pool_id, kind, region, age, units_each, persons in rows:
        found[pool_id].groups.append(
            DemandGroup(kind=kind, persons=persons, units_each=units_each, age_days=AGE_MIDDLES[age], region=region)
        )


_SIGNALS = """
WITH known AS (
    SELECT (one ->> 0)::bigint AS pool_id, one ->> 1 AS person_key FROM jsonb_array_elements(%(known)s::jsonb) AS one
), seen AS (
    SELECT DISTINCT ON (s.pool_id, s.person_key) s.pool_id, s.region,
        CASE s.kind WHEN 'cart' THEN 'cart' WHEN 'view' THEN 'view' ELSE 'search' END AS kind,
        CASE WHEN s.kind = 'cart' THEN s.units ELSE 1 END AS units,
        width_bucket(greatest(0, extract(day FROM %(now)s - s.occurred_at))::int, %(ages)s::int[]) AS age
    FROM demand_signal s
    WHERE s.pool_id = ANY(%(pools)s::bigint[]) AND s.person_key <> ''
        AND s.occurred_at >= %(since)s AND s.occurred_at <= %(now)s
        AND NOT EXISTS (SELECT 1 FROM known k WHERE k.pool_id = s.pool_id AND k.person_key = s.person_key)
    ORDER BY s.pool_id, s.person_key, CASE s.kind WHEN 'cart' THEN 0 WHEN 'view' THEN 2 ELSE 1 END, s.occurred_at DESC
)
SELECT pool_id, kind, region, age, units, count(*) FROM seen GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""


def _member_keys(pools: Sequence[int], *, now: datetime) -> str:
    """JSON pairs (pool, shopper key) of members who let their signals be joined to them; they count by their wish."""
    members: dict[int, set[int]] = defaultdict(set)
    rows = User.objects.filter(signals_consent=True, wishes__membership__pool__in=pools)
    for pool_id, person_id in rows.values_list("wishes__membership__pool_id", "person_id"):
        members[pool_id].add(person_id)
    if not members:
        return "[]"
    since = now - timedelta(days=SIGNAL_DAYS + 90)
    salts = [bytes(row.secret) for row in ShopperSalt.objects.filter(starts_at__gte=since)]
    return json.dumps(
        [
            [pool_id, shopper_key(salt, f"person:{person}")]
            for pool_id, persons in members.items()
            for person in sorted(persons)
            for salt in salts
        ]
    )
