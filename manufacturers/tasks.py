"""The jobs of manufacturers: read the clock, call one service. Each may run twice, late, or be killed at any line."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from demand.outbox import lane
from demand.runs import AlreadyRunning
from manufacturers.negotiating import service as negotiating
from manufacturers.planning import service as planning
from manufacturers.planning.reads.makers import to_plan
from manufacturers.proposing import findings
from manufacturers.proposing import service as proposing
from manufacturers.proposing.reads import to_propose
from manufacturers.tracking import service as tracking

PLAN_SECONDS = 2.0
MEND_SECONDS = 4.0
PROPOSE_SECONDS = 10.0


@shared_task(
    bind=True,
    name="manufacturers.propose_category",
    **lane("solve"),
    acks_late=True,
    soft_time_limit=540,
    time_limit=600,
)
def propose_category(
    self: Any, /, *, subject: str = "*", requested_by_id: int | None = None, **_from_newer_code: object
) -> None:
    """Find the bulk orders of one category, by code or key (``*``: of every category that has offers), and compare its
    bursts and unmet demand with its makers.
    """
    for category_id in to_propose(subject):
        try:
            proposing.propose_category(
                category_id=category_id,
                seed=0,
                seconds=PROPOSE_SECONDS,
                claimed_by=f"{self.request.id}",
                requested_by_id=requested_by_id,
                now=timezone.now(),
            )
        except AlreadyRunning:
            continue
        findings.judge_category(category_id=category_id, now=timezone.now())


@shared_task(
    name="manufacturers.expire_proposals", **lane("default"), acks_late=True, soft_time_limit=100, time_limit=120
)
def expire_proposals(**_from_newer_code: object) -> None:
    """Every minute: end what no maker answered in time; its capacity is free again."""
    negotiating.expire_due(now=timezone.now())


@shared_task(
    bind=True, name="manufacturers.replan", **lane("solve"), acks_late=True, soft_time_limit=540, time_limit=600
)
def replan(self: Any, /, *, subject: str = "*", requested_by_id: int | None = None, **_from_newer_code: object) -> None:
    """Plan one maker anew (``*``: every one whose plan is out of date). A maker that is up to date is left alone unless
    a person asked; one that is being planned reads the change itself or is found out of date again.
    """
    for maker_id in to_plan(subject=subject, asked=requested_by_id is not None):
        try:
            planning.replan(
                maker_id=maker_id,
                seed=0,
                seconds=PLAN_SECONDS,
                claimed_by=f"{self.request.id}:{maker_id}"[-64:],
                requested_by_id=requested_by_id,
                now=timezone.now(),
            )
        except AlreadyRunning:
            continue


@shared_task(name="manufacturers.mend_plan", **lane("solve"), acks_late=True, soft_time_limit=100, time_limit=120)
def mend_plan(*, plan_id: int, **_from_newer_code: object) -> None:
    """After a plan changed: what would bring its late lots on time."""
    planning.mend(plan_id=plan_id, seed=0, seconds=MEND_SECONDS, now=timezone.now())


@shared_task(
    name="manufacturers.compute_reliability", **lane("default"), acks_late=True, soft_time_limit=240, time_limit=300
)
def compute_reliability(*, subject: str = "*", **_from_newer_code: object) -> None:
    """Nightly: what finished releases say of each maker."""
    for maker_id in to_plan(subject=subject, asked=True):
        tracking.compute_reliability(maker_id=maker_id, now=timezone.now())
