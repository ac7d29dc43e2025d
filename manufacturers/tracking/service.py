"""Milestones: what makers report, what shoppers are shown of it, and what it says of the maker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.campaigning import service as campaigning
from demand.errors import InvalidValue, NotThere
from demand.models import Claim, Commitment
from manufacturers.models import (
    Maker,
    MakerMember,
    Milestone,
    ProductionOrder,
    Proposal,
    Release,
    Reliability,
)
from manufacturers.offering import steps as offering
from manufacturers.offering.service.members import planner
from manufacturers.offering.steps import today_of
from manufacturers.tracking import reads
from manufacturers.tracking.errors import KeyUsed, NotReported, TooManyUnits, TrialNotFinished

# The step that a report's units are counted against.
_NEEDS = {"shipped": "finished", "delivered": "shipped"}
_STATE_OF = {
    "started": "started",
    "finished": "finished",
    "shipped": "shipped",
    "delivered": "delivered",
}
_WHOLE = ("finished", "shipped", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report as it was stored; ``new`` is false for a repeat. ``open_units`` are left to report of this step."""

    milestone_id: int
    order_state: str
    open_units: int
    new: bool


def report(
    *,
    order_id: int,
    member_id: int,
    kind: str,
    units: int,
    expected_on: date | None,
    note: str,
    idempotency_key: str,
    now: datetime,
) -> Reported:
    """Store what a maker reports of an order; parts add up, and the order's state only moves forward.

    What waits for a trial is let go when that was finished without a quality hold, or ``passed`` after one; it waits
    again where a hold comes later, unless it was started.

    One transaction; locks the release, its orders, then the maker. ``finished``, ``shipped`` and ``delivered`` are
    reached when the reported units make up the order; a release whose orders are all delivered is done. The same
    ``idempotency_key`` again returns the first answer. Writes ``milestone.reported`` and asks for a new plan.

    Raises ``InvalidValue`` with its field, :class:`TooManyUnits`, :class:`NotReported`, :class:`TrialNotFinished`,
    :class:`KeyUsed`, ``NotThere``.
    """
    _check(kind, units, expected_on, note, idempotency_key, today_of(now))
    with locking.transaction():
        member = planner(member_id)
        order, orders = _locked(order_id, member)
        known = Milestone.objects.filter(order=order, idempotency_key=idempotency_key).first()
        if known is not None:
            if (known.kind, known.units) != (kind, units):
                raise KeyUsed
            return _answer(order, known, new=False)
        _check_step(order, kind)
        _check_units(order, kind, units)
        milestone = Milestone.objects.create(
            order=order,
            kind=kind,
            units=units,
            expected_on=expected_on,
            note=note.strip(),
            idempotency_key=idempotency_key,
            by_id=member.user_id,
            happened_at=now,
        )
        _advance(order, kind)
        _let_go(order, orders)
        _finish_release(order, orders)
        offering.ask_replan(member.maker, now)
        outbox.write(
            "milestone.reported",
            aggregate="order",
            aggregate_id=order.pk,
            payload={"milestone_id": milestone.pk, "order_id": order.pk},
            now=now,
        )
        return _answer(order, milestone, new=True)


def _check(kind: str, units: int, expected_on: date | None, note: str, key: str, today: date) -> None:
    if kind not in Milestone.Kind.values:
        raise InvalidValue(_("Choose what happened."), field="kind")
    if units < 1:
        raise InvalidValue(_("Report at least one unit."), field="units")
    if not key or len(key) > 64:
        raise InvalidValue(_("This report cannot be told from another one. Reload the page."), field="idempotency_key")
    if len(note.strip()) > 300:
        raise InvalidValue(_("At most 300 characters, please."), field="note")
    if kind == "delayed" and (expected_on is None or expected_on < today):
        raise InvalidValue(_("Give the new date, today or later."), field="expected_on")


def _locked(order_id: int, member: MakerMember) -> tuple[ProductionOrder, list[ProductionOrder]]:
    release_id = (
        ProductionOrder.objects.filter(pk=order_id, release__maker_id=member.maker_id)
        .values_list("release_id", flat=True)
        .first()
    )
    if release_id is None:
        raise NotThere
    keys = ProductionOrder.objects.filter(release_id=release_id).values_list("pk", flat=True)
    locked = locking.lock((Release, [release_id]), (ProductionOrder, list(keys)), (Maker, [member.maker_id]))
    order = locked.get(ProductionOrder, order_id)
    if order is None:
        raise NotThere
    return order, locked.all(ProductionOrder)


def _check_step(order: ProductionOrder, kind: str) -> None:
    if order.waits and kind in _STATE_OF:
        raise TrialNotFinished(field="kind")
    if kind == "passed" and not (order.trial and reads.held_since([order.pk])):
        raise NotReported(field="kind")


def _check_units(order: ProductionOrder, kind: str, units: int) -> None:
    """Parts never add up to more than the order, nor to more than the step before."""
    reported = reads.reported_units([order.pk])
    most = order.units
    if kind in _WHOLE:
        before = _NEEDS.get(kind)
        most = (reported[order.pk, before] if before else order.units) - reported[order.pk, kind]
        if before and not reported[order.pk, before]:
            raise NotReported(field="kind")
    if units > most:
        raise TooManyUnits(field="units", most=most)


def _advance(order: ProductionOrder, kind: str) -> None:
    state = _STATE_OF.get(kind)
    if state in _WHOLE and reads.reported_units([order.pk])[order.pk, kind] < order.units:
        state = "started"
    if state and reads.FORWARD.index(state) > reads.FORWARD.index(order.state):
        ProductionOrder.objects.filter(pk=order.pk).update(state=state, problem="")
        order.state = state


def _let_go(order: ProductionOrder, orders: list[ProductionOrder]) -> None:
    """After a report of a trial: what follows it waits, or no longer does."""
    if not order.trial:
        return
    trials = [one.pk for one in orders if one.trial]
    units = reads.reported_units(trials)
    made = all(units[one.pk, "finished"] >= one.units for one in orders if one.trial)
    rest = ProductionOrder.objects.filter(release_id=order.release_id, trial=False, state__in=["planned", "set_aside"])
    rest.update(waits=not made or reads.held_since(trials))


def _finish_release(order: ProductionOrder, orders: list[ProductionOrder]) -> None:
    units = reads.reported_units(one.pk for one in orders)
    if all(units[one.pk, "delivered"] >= one.units for one in orders):
        Release.objects.filter(pk=order.release_id).exclude(state=Release.State.DONE).update(state=Release.State.DONE)


def _answer(order: ProductionOrder, milestone: Milestone, *, new: bool) -> Reported:
    reported = reads.reported_units([order.pk])[order.pk, str(milestone.kind)]
    return Reported(
        milestone_id=milestone.pk,
        order_state=str(order.state),
        open_units=max(0, order.units - reported),
        new=new,
    )


def pass_on(*, milestone_id: int, now: datetime) -> bool:
    """Show shoppers what a report means; whether it was news. The transaction is ``record_progress``'s."""
    progress = reads.progress_of(milestone_id)
    return progress is not None and _record(progress, now)


def pass_on_plan(*, plan_id: int, now: datetime) -> int:
    """Show shoppers what a new plan means; how many steps were news. One transaction a step, each safe to repeat."""
    return sum(_record(progress, now) for progress in reads.progress_of_plan(plan_id))


def _record(progress: reads.Progress, now: datetime) -> bool:
    return campaigning.record_progress(
        campaign_id=progress.campaign_id,
        source_key=progress.source_key,
        kind=progress.kind,
        units=progress.units,
        happened_at=progress.happened_at,
        expected_from=progress.expected_from,
        expected_to=progress.expected_to,
        note=progress.note,
        now=now,
    )


def compute_reliability(*, maker_id: int, now: datetime) -> bool:
    """Compute what a maker's finished releases say, in permille; False, with the old figures kept, while none is.

    On time: delivered by the release's last day. Accepted: of the proposals that were decided or expired. Claimed: of
    the commitments delivered. Quality: without a claim of damage or of another specification.
    """
    with locking.transaction():
        locking.lock((Maker, [maker_id]))
        done = Release.objects.filter(maker_id=maker_id, state=Release.State.DONE)
        delivered = done.filter(orders__milestones__kind="delivered")
        total = done.count()
        if not total:
            return False
        last = delivered.annotate(last=Max("orders__milestones__happened_at")).values_list("last", "due_on")
        on_time = sum(today_of(moment) <= due for moment, due in last)
        Reliability.objects.update_or_create(
            maker_id=maker_id,
            defaults={
                "releases": total,
                "on_time_permille": on_time * 1000 // total,
                "accepted_permille": _accepted(maker_id),
                "computed_at": now,
                **_claimed(list(done.values_list("proposal__campaign_id", flat=True))),
            },
        )
    return True


def _accepted(maker_id: int) -> int | None:
    rows = Proposal.objects.filter(offer__maker_id=maker_id)
    yes = rows.filter(state__in=["accepted", "released", "closed"]).count()
    no = rows.filter(state__in=["declined", "expired"]).count()
    return yes * 1000 // (yes + no) if yes + no else None


def _claimed(campaigns: list[int | None]) -> dict[str, int | None]:
    delivered = Commitment.objects.filter(campaign_id__in=campaigns, state="delivered").count()
    if not delivered:
        return {"claimed_permille": None, "quality_permille": None}
    claims = Claim.objects.filter(commitment__campaign_id__in=campaigns, commitment__state="delivered")
    bad = claims.filter(kind__in=[Claim.Kind.DAMAGED, Claim.Kind.NOT_AS_SPECIFIED]).count()
    return {
        "claimed_permille": claims.count() * 1000 // delivered,
        "quality_permille": 1000 - bad * 1000 // delivered,
    }
