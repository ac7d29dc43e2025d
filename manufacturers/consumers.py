"""Which stage of manufacturers acts on which event of the outbox, demand's included."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import outbox, runs
from demand.campaigning import service as campaigning
from demand.outbox import Event
from demand.reading import reads as reading
from manufacturers.negotiating import reads as negotiations
from manufacturers.negotiating import service as negotiating
from manufacturers.planning import service as planning
from manufacturers.planning.reads import makers
from manufacturers.proposing import findings, second
from manufacturers.tracking import service as tracking

# Stage → the task that runs it for one subject (a maker's or category's code, or "*").
STAGE_TASKS = {
    "proposing": "manufacturers.propose_category",
    "planning": "manufacturers.replan",
    "reliability": "manufacturers.compute_reliability",
}
# What people may ask for and watch, over categories and over makers: each leaves a run row.
OVER_CATEGORIES = {"proposing": _("Proposing")}
OVER_MAKERS = {"planning": _("Planning")}


def register() -> None:
    """Called once when the app is ready."""
    runs.offer(OVER_CATEGORIES, over=reading.category_id_by_code)
    runs.offer(OVER_MAKERS, over=makers.codes)
    outbox.register(name="stages.manufacturers", topic="run.requested", handler=_run_stage)
    outbox.register(name="proposing.estimates", topic="estimates.made", handler=_propose)
    for end in ("lapsed", "declined", "expired"):
        outbox.register(name=f"proposing.{end}", topic=f"proposal.{end}", handler=_give_back)
    outbox.register(name="negotiating.accepted", topic="proposal.accepted", handler=_open, own_receipt=True)
    outbox.register(name="negotiating.agreed", topic="proposal.counter_agreed", handler=_ask_consent)
    outbox.register(name="negotiating.locked", topic="campaign.locked", handler=_release)
    outbox.register(name="negotiating.missed", topic="campaign.missed", handler=_close)
    outbox.register(name="negotiating.cancelled", topic="campaign.cancelled", handler=_close)
    outbox.register(name="negotiating.finished", topic="campaign.finished", handler=_finish)
    outbox.register(name="proposing.finding", topic="finding.made", handler=_judge)
    outbox.register(name="negotiating.released", topic="release.made", handler=_mark_released)
    outbox.register(name="planning.release", topic="release.acknowledged", handler=_make_orders)
    outbox.register(name="tracking.milestone", topic="milestone.reported", handler=_pass_on)
    outbox.register(name="tracking.plan", topic="plan.changed", handler=_pass_on_plan, own_receipt=True)
    outbox.register(name="planning.mending", topic="plan.changed", handler=_mend)


def _run_stage(event: Event, now: datetime) -> None:
    task = STAGE_TASKS.get(event.payload["stage"])
    if task is not None:
        outbox.dispatch(task, subject=event.payload["subject"], requested_by_id=event.payload.get("requested_by_id"))


def _propose(event: Event, now: datetime) -> None:
    outbox.dispatch("manufacturers.propose_category", subject=str(event.payload["category_id"]))


def _give_back(event: Event, now: datetime) -> None:
    """Whom an order counted on other campaigns may ask, unless another proposal for the pool still stands."""
    pool_id = event.payload["pool_id"]
    if not negotiations.stands_for(pool_id):
        campaigning.release_earmarks(pool_id=pool_id)


def _open(event: Event, now: datetime) -> None:
    negotiating.open_for(proposal_id=event.payload["proposal_id"], now=now)


def _ask_consent(event: Event, now: datetime) -> None:
    negotiating.ask_consent_for(counter_id=event.payload["counter_id"], now=now)


def _release(event: Event, now: datetime) -> None:
    """A campaign of another origin than a proposal has nobody to release to."""
    proposal_id = negotiations.of_campaign(event.payload["source_key"])
    if proposal_id is not None:
        negotiating.release(proposal_id=proposal_id, now=now)


def _close(event: Event, now: datetime) -> None:
    proposal_id = negotiations.of_campaign(event.payload["source_key"])
    if proposal_id is not None:
        negotiating.close_for(proposal_id=proposal_id, now=now)


def _finish(event: Event, now: datetime) -> None:
    proposal_id = negotiations.of_campaign(event.payload["source_key"])
    if proposal_id is not None:
        negotiating.finish_for(proposal_id=proposal_id, now=now)
        version = negotiations.agreed_version(proposal_id)
        second.propose_second(proposal_id=proposal_id, version=version, now=now)


def _judge(event: Event, now: datetime) -> None:
    findings.judge_finding(finding_id=event.payload["finding_id"], now=now)


def _mark_released(event: Event, now: datetime) -> None:
    if event.payload.get("campaign_id") is not None:
        campaigning.mark_released(campaign_id=event.payload["campaign_id"], now=now)


def _make_orders(event: Event, now: datetime) -> None:
    planning.orders_for_release(release_id=event.payload["release_id"], now=now)


def _pass_on(event: Event, now: datetime) -> None:
    tracking.pass_on(milestone_id=event.payload["milestone_id"], now=now)


def _pass_on_plan(event: Event, now: datetime) -> None:
    tracking.pass_on_plan(plan_id=event.payload["plan_id"], now=now)


def _mend(event: Event, now: datetime) -> None:
    outbox.dispatch("manufacturers.mend_plan", plan_id=event.payload["plan_id"])
