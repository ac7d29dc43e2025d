"""How the market stands and what needs a person: counts over both apps, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count, Min, Q, Sum

from config.celery import QUEUES
from demand import runs
from demand.models import (
    LIVE_STATES,
    Campaign,
    Claim,
    Finding,
    Hold,
    OutboxTask,
    Pool,
    PoolState,
    QuarantinedSignal,
    ReadingState,
    RejectedWish,
    Run,
    SamePerson,
    SignalSource,
    UnknownWord,
    Wish,
    WishState,
)
from manufacturers.models import OUT_STATES, Counter, Lot, Plan, ProductionOrder, Proposal, ProposalState, Release

SOON = timedelta(hours=24)
STAGES = ["reading", "pooling", "estimating", "proposing", "planning"]
MOST_CLOSING = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingCampaign:
    """A campaign that closes soon and how many units it is short of its minimum (0: reached)."""

    campaign_id: int
    short_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageHealth:
    """The newest ended run of a stage; ``None`` where it never ran."""

    stage: str
    run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFreshness:
    """When a source of signals last sent anything."""

    source_id: int
    name: str
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """Everything the dashboard says. ``counts`` by name; ``queues`` is ``None`` while the broker is away."""

    counts: Mapping[str, int]
    closing: tuple[ClosingCampaign, ...]
    oldest_unread: timedelta | None
    stages: tuple[StageHealth, ...]
    sources: tuple[SourceFreshness, ...]
    queues: Mapping[str, int] | None


def read(*, now: datetime) -> MarketState:
    """The state of the market at ``now``."""
    waiting = OutboxTask.objects.filter(state="waiting").aggregate(oldest=Min("event__created_at"))["oldest"]
    newest = runs.newest(stages=STAGES)
    closing = Campaign.objects.filter(state__in=LIVE_STATES, closes_at__lte=now + SOON).order_by("closes_at", "pk")
    sources = SignalSource.objects.filter(active=True).order_by("name", "pk")[:20]
    return MarketState(
        counts={**_standing(now), **_demand_work(), **_supply_work(now)},
        closing=tuple(
            ClosingCampaign(campaign_id=key, short_units=max(0, minimum - firm))
            for key, minimum, firm in closing.values_list("pk", "min_units", "firm_units")[:MOST_CLOSING]
        ),
        oldest_unread=None if waiting is None else max(now - waiting, timedelta(0)),
        stages=tuple(StageHealth(stage=stage, run=newest.get(stage)) for stage in STAGES),
        sources=tuple(
            SourceFreshness(source_id=row.pk, name=row.name, last_used_at=row.last_used_at) for row in sources
        ),
        queues=queue_lengths(),
    )


def _standing(now: datetime) -> dict[str, Any]:
    """How large the market is, and what was added today."""
    wishes = Wish.objects.aggregate(
        open=Count("pk", filter=Q(state__in=(WishState.OPEN, WishState.ASKING, WishState.COMMITTED), seeded=False)),
        new=Count("pk", filter=Q(created_at__gte=now - SOON)),
        doubtful=Count(
            "pk",
            filter=Q(reading_state=ReadingState.DOUBTFUL, state__in=(WishState.ASKING, WishState.OPEN)),
        ),
        unread=Count("pk", filter=Q(reading_state=ReadingState.PENDING)),
    )
    pools = Pool.objects.filter(state=PoolState.OPEN, people__gt=0).aggregate(pools=Count("pk"), units=Sum("units"))
    campaigns = Campaign.objects.filter(state__in=LIVE_STATES).count()
    return {
        "wishes_open": wishes["open"],
        "wishes_new": wishes["new"],
        "wishes_doubtful": wishes["doubtful"],
        "wishes_unread": wishes["unread"],
        "pools_open": pools["pools"],
        "pool_units": pools["units"] or 0,
        "campaigns_live": campaigns,
    }


def _demand_work() -> dict[str, int]:
    """What of demand waits for a person."""
    claims = Claim.objects.aggregate(
        ready=Count("pk", filter=Q(state=Claim.State.ANSWERED)), open=Count("pk", filter=Q(state=Claim.State.OPEN))
    )
    findings = Finding.objects.filter(state=Finding.State.OPEN).aggregate(
        bursts=Count("pk", filter=Q(kind="burst")), unmet=Count("pk", filter=Q(kind="unmet"))
    )
    return {
        "tasks_parked": OutboxTask.objects.filter(state="parked").count(),
        "holds_failed": Hold.objects.filter(state=Hold.State.FAILED, mend_by__isnull=False).count(),
        "claims_answered": claims["ready"],
        "claims_open": claims["open"],
        "same_person": SamePerson.objects.filter(state=SamePerson.State.OPEN).count(),
        "quarantined": QuarantinedSignal.objects.filter(state=QuarantinedSignal.State.OPEN).count(),
        "unknown_words": UnknownWord.objects.filter(state=UnknownWord.State.OPEN).count(),
        "rejected_wishes": RejectedWish.objects.filter(replayed_at__isnull=True).count(),
        "bursts": findings["bursts"],
        "unmet": findings["unmet"],
    }


def _supply_work(now: datetime) -> dict[str, int]:
    """What of supply waits for a person."""
    proposals = Proposal.objects.aggregate(
        drafts=Count("pk", filter=Q(state=ProposalState.DRAFT)),
        expiring=Count("pk", filter=Q(state__in=OUT_STATES, expires_at__lte=now + 2 * SOON)),
        out=Count("pk", filter=Q(state__in=OUT_STATES)),
    )
    releases = Release.objects.aggregate(
        samples=Count("pk", filter=Q(state=Release.State.WAITS_FOR_SAMPLE)),
        silent=Count("pk", filter=Q(state=Release.State.SENT, acknowledge_by__lt=now)),
    )
    late = Lot.objects.filter(plan__state=Plan.State.CURRENT, late_minutes__gt=0)
    return {
        "proposals_draft": proposals["drafts"],
        "proposals_expiring": proposals["expiring"],
        "proposals_out": proposals["out"],
        "counters_open": Counter.objects.filter(state=Counter.State.OPEN).count(),
        "samples": releases["samples"],
        "releases_silent": releases["silent"],
        "orders_aside": ProductionOrder.objects.filter(state=ProductionOrder.State.SET_ASIDE).count(),
        "lots_late": late.count(),
    }


def queue_lengths() -> dict[str, int] | None:
    """Jobs waiting in each queue of the broker."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        with client.pipeline(transaction=False) as pipe:
            for name in QUEUES:
                pipe.llen(settings.REDIS_PREFIX + name)
            return dict(zip(QUEUES, (int(length) for length in pipe.execute()), strict=True))
    except redis.RedisError:
        return None
    finally:
        client.close()
