"""A campaign of ours that is over teaches the next estimates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from demand import locking, outbox
from demand.models import Campaign, PastCampaign


def learn_from(*, campaign_id: int, now: datetime) -> bool:
    """Keep what each kind of demand of a locked or missed campaign came to; False when it was kept before.

    One line for each like wish of the pool: age and headroom at the opening, units asked for, units bought. A missed
    campaign's confirmations count as bought: people said yes, the number was too small. Persons who only looked teach
    nothing: who of them bought is not known, since a shopper's key is not joined to an account.
    """
    campaign = Campaign.objects.select_related("pool__category").filter(pk=campaign_id).first()
    if campaign is None:
        return False
    lines = _lines(campaign)
    with locking.transaction():
        made = PastCampaign.objects.bulk_create(
            [
                PastCampaign(
                    source_key=f"campaign:{campaign.pk}",
                    closed_on=now.date(),
                    category=campaign.pool.category.code,
                    specification=campaign.pool.spec_hash,
                    lines=lines,
                )
            ],
            ignore_conflicts=True,
        )
        history_grew(now=now)
    return bool(lines) and bool(made)


def history_grew(*, now: datetime) -> None:
    """Have the model of buying learn what closed, so that the next estimate need not. Inside a transaction."""
    outbox.write("history.grew", aggregate="past_campaign", aggregate_id=0, payload={}, now=now)


def _lines(campaign: Campaign) -> list[dict[str, Any]]:
    price = campaign.final_price_minor or campaign.max_price_minor
    asked = {
        "campaign": campaign.pk,
        "pool": campaign.pool_id,
        "opened": campaign.opens_at,
        "price": price,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WISHED, asked)
        rows = cursor.fetchall()
    return [
        {
            "kind": kind,
            "persons": persons,
            "units": int(units),
            "age_days": age,
            "headroom": None if headroom is None else float(headroom),
            "bought": min(int(bought), int(units)),
        }
        for kind, age, headroom, persons, units, bought in rows
    ]


# One person's strongest wish; what they bought is all they confirmed in this campaign.
_WISHED = """
WITH bought AS (
    SELECT wish_id, person_id, units FROM demand_commitment
    WHERE campaign_id = %(campaign)s AND confirmed_at IS NOT NULL AND state IN ('confirmed', 'returned', 'delivered')
), asked AS (
    SELECT DISTINCT ON (coalesce(w.person_id, -w.id)) w.id, coalesce(w.person_id, -w.id) AS person, w.quantity AS units,
        CASE w.kind WHEN 'preorder' THEN 'preorder' ELSE 'wish' END AS kind,
        greatest(0, extract(day FROM %(opened)s - w.created_at))::int AS age,
        round((w.ceiling_minor - %(price)s)::numeric / %(price)s, 2) AS headroom
    FROM demand_wish w LEFT JOIN demand_pool_membership m ON m.wish_id = w.id
    WHERE (m.pool_id = %(pool)s OR w.id IN (SELECT wish_id FROM bought)) AND NOT w.seeded AND w.created_at < %(opened)s
        AND w.state IN ('open', 'committed', 'fulfilled')
    ORDER BY coalesce(w.person_id, -w.id), (w.kind = 'preorder') DESC, w.ceiling_minor DESC NULLS LAST, w.id DESC
)
SELECT a.kind, a.age, a.headroom, count(*), sum(a.units), sum(least(coalesce(b.units, 0), a.units))
FROM asked a LEFT JOIN (SELECT coalesce(person_id, -wish_id) AS person, sum(units) AS units FROM bought GROUP BY 1) b
    ON b.person = a.person
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
