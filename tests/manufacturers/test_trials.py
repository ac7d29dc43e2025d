"""A trial batch before scale: made first, looked at, and only then the rest; from the deal to the shoppers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from demand.models import CampaignProgress
from manufacturers.models import Line, Lot, Maker, Milestone, Offer, ProductionOrder, Proposal, Release
from manufacturers.planning import kernel, service, trials
from manufacturers.planning.errors import DoesNotFit
from manufacturers.planning.reads import promise
from manufacturers.tracking import service as tracking
from manufacturers.tracking.errors import NotReported, TrialNotFinished
from tests.manufacturers.makers import NOW, campaign, member_of, release, store_a

pytestmark = pytest.mark.django_db(transaction=True)
LATER, DAY = NOW + timedelta(minutes=1), timedelta(days=1)
DUE = date(2026, 11, 27)


def made(first: int = 100, units: int = 500) -> list[ProductionOrder]:
    """The orders of a release with a trial, by part."""
    stored = release(Offer.objects.get(code="a-slim"), units, due_on=DUE)
    Release.objects.filter(pk=stored.pk).update(trial_units=first)
    Proposal.objects.filter(pk=stored.proposal_id).update(campaign=campaign(stored.proposal.pool, promised_to=DUE))
    keys = service.orders_for_release(release_id=stored.pk, now=NOW).order_ids
    return list(ProductionOrder.objects.filter(pk__in=keys).order_by("part"))


def replan(now: datetime = NOW) -> service.Planned:
    return service.replan(maker_id=Maker.objects.get().pk, seed=1, seconds=0.2, now=now)


def lot_of(order: ProductionOrder) -> Lot:
    return Lot.objects.get(order=order, plan__state="current")


def report(order: ProductionOrder, kind: str, units: int = 0) -> None:
    tracking.report(
        order_id=order.pk,
        member_id=order.release.maker.members.get().pk,
        kind=kind,
        units=units or order.units,
        expected_on=None,
        note="",
        idempotency_key=f"{order.pk}:{kind}:{Milestone.objects.count()}",
        now=LATER + timedelta(minutes=Milestone.objects.count()),
    )


def waiting() -> list[int]:
    return list(ProductionOrder.objects.filter(waits=True).order_by("part").values_list("part", flat=True))


def shown() -> list[tuple[str, int]]:
    """What shoppers see once every report was passed on, each twice."""
    for key in [*Milestone.objects.order_by("pk").values_list("pk", flat=True)] * 2:
        tracking.pass_on(milestone_id=key, now=LATER)
    return list(CampaignProgress.objects.order_by("happened_at", "pk").values_list("kind", "units"))


@pytest.mark.parametrize(
    ("units", "first", "multiple", "expected"),
    [(2000, 200, 1, 200), (2000, 198, 5, 200), (399, 200, 1, 0), (400, 200, 1, 200), (2000, 0, 5, 0), (10, 4, 8, 0)],
)
def test_a_trial_is_whole_lots_and_at_least_as_much_follows(
    units: int, first: int, multiple: int, expected: int
) -> None:
    assert trials.trial_units(units, first=first, multiple=multiple) == expected


def test_a_release_is_made_as_a_trial_and_a_rest_that_waits() -> None:
    store_a()
    rows = [(one.units, one.trial, one.waits) for one in made(100, 700)]
    assert rows == [(100, True, False), (300, False, True), (300, False, True)]
    trial, *rest = ProductionOrder.objects.order_by("part")
    assert trial.due_at < rest[0].due_at == rest[1].due_at


def test_the_rest_is_planned_behind_the_trial_and_a_look_at_it() -> None:
    store_a()
    trial, rest = made()
    replan()
    assert lot_of(rest).changeover_start >= lot_of(trial).ends_at + DAY
    assert not lot_of(trial).frozen


def test_a_trial_that_moves_takes_the_rest_along_and_undo_brings_it_back() -> None:
    mira = member_of(store_a(), "mira")
    Maker.objects.update(frozen_hours=0)
    trial, rest = made()
    replan()
    before = [(lot.line_id, lot.starts_at) for lot in (lot_of(trial), lot_of(rest))]
    lot = lot_of(trial)
    where: dict[str, Any] = {"line_id": lot.line_id, "starts_at": lot.starts_at + 7 * DAY}
    service.move_lot(member_id=mira.pk, plan_id=lot.plan_id, lot_id=lot.pk, **where, now=NOW)
    moved, behind = lot_of(trial), lot_of(rest)
    assert moved.starts_at == where["starts_at"]
    assert behind.changeover_start >= moved.ends_at + DAY
    assert (behind.late_minutes > 0) == (behind.ends_at > rest.due_at)
    service.undo_move(member_id=mira.pk, plan_id=moved.plan_id, now=NOW)
    assert [(lot.line_id, lot.starts_at) for lot in (lot_of(trial), lot_of(rest))] == before


def test_the_rest_cannot_be_put_before_its_trial() -> None:
    mira = member_of(store_a(), "mira")
    Maker.objects.update(frozen_hours=0)
    trial, rest = made()
    replan()
    lot = lot_of(rest)
    with pytest.raises(DoesNotFit, match="trial batch is not made and looked at"):
        service.move_lot(
            member_id=mira.pk,
            plan_id=lot.plan_id,
            lot_id=lot.pk,
            line_id=lot.line_id,
            starts_at=lot_of(trial).ends_at,
            now=NOW,
        )


def test_a_finished_trial_lets_the_rest_go() -> None:
    member_of(store_a(), "mira")
    trial, rest = made()
    replan()
    with pytest.raises(TrialNotFinished):
        report(rest, "started")
    report(trial, "started")
    report(trial, "finished", 60)
    assert waiting() == [2]
    report(trial, "finished", 40)
    assert waiting() == []
    assert lot_of(rest).starts_at > LATER + DAY / 2
    replan(LATER)
    assert lot_of(rest).starts_at < LATER + DAY / 2
    report(rest, "started")
    report(rest, "finished")
    assert shown() == [("started", 100), ("trial", 100), ("finished", 500)]


def test_a_held_trial_keeps_the_rest_until_somebody_says_it_is_in_order() -> None:
    member_of(store_a(), "mira")
    trial, rest = made()
    with pytest.raises(NotReported):
        report(trial, "passed")
    report(trial, "started")
    report(trial, "quality_hold", 10)
    report(trial, "finished")
    assert waiting() == [2]
    replan(LATER)
    assert lot_of(rest).changeover_start >= LATER + DAY
    assert shown() == [("started", 100), ("quality_hold", 10)]
    report(trial, "passed")
    assert waiting() == []
    assert shown()[-1] == ("trial", 100)
    report(trial, "quality_hold", 5)
    assert waiting() == [2]


def test_a_trial_that_cannot_be_planned_names_itself_to_its_rest() -> None:
    store_a()
    trial, rest = made()
    ProductionOrder.objects.filter(pk=trial.pk).update(deadline_at=NOW + timedelta(hours=1))
    assert replan().set_aside == {trial.pk: "DEADLINE", rest.pk: "TRIAL"}


def test_a_promise_counts_the_trial() -> None:
    store_a()
    offer = Offer.objects.get(code="a-slim")
    Offer.objects.update(lead_days=1)
    at_once = promise(offer_id=offer.pk, units=300, now=NOW)
    behind = promise(offer_id=offer.pk, units=300, first=100, now=NOW)
    assert (at_once, behind) == (date(2026, 11, 4), date(2026, 11, 5))


def test_only_what_has_not_begun_can_wait() -> None:
    store_a()
    _trial, rest = made()
    with pytest.raises(IntegrityError, match="production_order_waits_unstarted"):
        ProductionOrder.objects.filter(pk=rest.pk).update(state="started")


def test_where_the_first_search_keeps_the_order_nothing_is_held() -> None:
    order = kernel.Order(id="rest", family="a", release=2000, due=9000, minutes={"L": 60})
    first = kernel.Order(id="trial", family="a", release=0, due=9000, minutes={"L": 60})
    problem = kernel.PlanningProblem(
        lines=(kernel.Line(id="L", initial_family="a"),),
        families=("a",),
        changeover=kernel.Changeover(minutes=((0,),), cost=((0,),)),
        orders=(first, order),
    )
    lots = [kernel.Lot(order="trial", line="L", start=0, end=60, changeover_start=0)]
    for start, same in ((2000, True), (1400, False)):
        lot = kernel.Lot(order="rest", line="L", start=start, end=start + 60, changeover_start=start)
        behind = trials.behind_planned(problem, {"rest": ("trial",)}, kernel.Plan(lots=(*lots, lot)))
        assert (behind is problem) == same
    assert Line.objects.count() == 0
