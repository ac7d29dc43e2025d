"""Releases become orders, orders a plan; what is fixed stays, and what cannot be planned is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from demand.models import Notice, OutboxEvent, Run
from manufacturers.models import CalendarException, Line, LineRate, Lot, Maker, Offer, Plan, ProductionOrder, Release
from manufacturers.offering import service as offering
from manufacturers.planning import reads, service, steps
from manufacturers.planning.errors import DoesNotFit, NotAcknowledged, PlanMoved
from manufacturers.planning.kernel.splitting import parts_of
from manufacturers.planning.reads_pages import setting
from manufacturers.planning.service.by_hand import try_move
from tests.manufacturers.makers import DAY_SHIFT, NOW, family, maker_a, member_of, offer_values, release, store_a

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def make_order(units: int, *, key: str, due: date = date(2026, 11, 20)) -> ProductionOrder:
    made = service.orders_for_release(release_id=release(Offer.objects.get(), units, due_on=due, key=key).pk, now=NOW)
    return ProductionOrder.objects.get(pk=made.order_ids[0])


def plan_now(maker: Maker, now: datetime = NOW) -> service.Planned:
    return service.replan(maker_id=maker.pk, seed=1, seconds=0.2, now=now)


def lot_of(order: ProductionOrder) -> Lot:
    return Lot.objects.get(order=order, plan__state="current")


@pytest.mark.parametrize(
    ("units", "most", "multiple", "parts"),
    [
        (100, 400, 5, [100]),
        (1000, 400, 5, [335, 335, 330]),
        (400, 400, 5, [400]),
        (401, 403, 5, [205, 196]),
        (7, 2, 5, [5, 2]),
    ],
)
def test_a_large_release_is_split_in_the_lot_multiple(units: int, most: int, multiple: int, parts: list[int]) -> None:
    assert parts_of(units, most=most, multiple=multiple) == parts


def test_orders_are_made_once() -> None:
    store_a()
    made = release(Offer.objects.get(), 1000, due_on=date(2026, 11, 20))
    first = service.orders_for_release(release_id=made.pk, now=NOW)
    assert first.new
    assert not service.orders_for_release(release_id=made.pk, now=LATER).new
    rows = list(ProductionOrder.objects.order_by("part").values_list("part", "units", "due_at"))
    assert rows == [(1, 335, at(21, 0)), (2, 335, at(21, 0)), (3, 330, at(21, 0))]
    assert Maker.objects.get().plan_dirty_at == NOW


def test_only_an_acknowledged_release_is_planned() -> None:
    store_a()
    made = release(Offer.objects.get(), 50, due_on=date(2026, 11, 20))
    Release.objects.update(state="sent")
    with pytest.raises(NotAcknowledged):
        service.orders_for_release(release_id=made.pk, now=NOW)
    assert ProductionOrder.objects.count() == 0


def test_a_plan_stands_in_working_time_and_is_told() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    order = make_order(150, key="one", due=date(2026, 11, 3))
    planned = plan_now(maker)
    lot = lot_of(order)
    assert (planned.version, planned.lots, planned.late, planned.set_aside) == (1, 1, 0, {})
    assert lot.line.code == "L1"
    # 15 hours of work, ten of them on each working day, ending by midnight of the 3rd.
    assert lot.ends_at <= at(3, 18)
    assert Maker.objects.get().plan_dirty_at is None
    assert OutboxEvent.objects.get(topic="plan.changed").payload == {"maker_id": maker.pk, "plan_id": planned.plan_id}
    assert list(Notice.objects.values_list("user_id", "kind", "params")) == [
        (mira.user_id, "maker.plan", {"version": 1})
    ]
    run = Run.objects.get(stage="planning")
    assert (run.state, run.subject, run.counts["lots"]) == ("done", "maker-a", 1)
    assert run.problem is not None


def test_planning_again_supersedes_and_keeps_what_is_near() -> None:
    maker = store_a()
    first = make_order(150, key="one", due=date(2026, 11, 3))
    plan_now(maker)
    before = lot_of(first)
    second = make_order(50, key="two", due=date(2026, 11, 2))
    planned = plan_now(maker, LATER)
    after = lot_of(first)
    assert planned.version == 2
    assert list(Plan.objects.order_by("version").values_list("state", flat=True)) == ["superseded", "current"]
    assert (after.starts_at, after.ends_at, after.line_id) == (before.starts_at, before.ends_at, before.line_id)
    assert after.frozen
    late = lot_of(second)
    assert late.late_minutes > 0
    assert late.late_reason == "frozen"


def test_an_order_that_no_line_makes_is_named_and_the_rest_planned() -> None:
    maker = store_a()
    stuck, good = make_order(50, key="one"), make_order(50, key="two")
    ProductionOrder.objects.filter(pk=stuck.pk).update(family=family(maker, "gaming"))
    LineRate.objects.filter(family__code="gaming").delete()
    planned = plan_now(maker)
    assert planned.set_aside == {stuck.pk: "NO_LINE"}
    stuck.refresh_from_db()
    assert (stuck.state, stuck.problem) == ("set_aside", "NO_LINE")
    assert lot_of(good).units == 50
    LineRate.objects.create(line=Line.objects.get(code="L2"), family=family(maker, "gaming"), units_per_hour=5)
    assert plan_now(maker, LATER).set_aside == {}
    stuck.refresh_from_db()
    assert (stuck.state, stuck.problem) == ("planned", "")


def test_every_bad_order_is_named_with_its_cause_and_the_rest_planned() -> None:
    maker = store_a()
    member_of(maker, "mira")
    held = [make_order(50, key=key) for key in ("stands", "overlaps")]
    plan_now(maker)
    where = lot_of(held[0])
    stretch = {"line": where.line, "starts_at": at(16, 8), "ends_at": at(16, 13), "changeover_start": at(16, 8)}
    Lot.objects.filter(plan=where.plan).update(frozen=True, **stretch)
    ProductionOrder.objects.filter(pk__in=[order.pk for order in held]).update(state="started")
    good, late, closed = (make_order(50, key=key) for key in ("good", "late", "closed"))
    ProductionOrder.objects.filter(pk=late.pk).update(deadline_at=NOW + timedelta(hours=2))
    ProductionOrder.objects.filter(pk=closed.pk).update(family=family(maker, "gaming"))
    LineRate.objects.filter(line__code="L1", family__code="gaming").delete()
    Line.objects.get(code="L2").shifts.all().delete()
    planned = plan_now(maker, LATER)
    assert planned.set_aside == {held[1].pk: "FROZEN", late.pk: "DEADLINE", closed.pk: "NO_HOURS"}
    assert set(Lot.objects.filter(plan=planned.plan_id).values_list("order_id", flat=True)) == {held[0].pk, good.pk}
    named = [(row.pk, row.state, row.problem) for row in setting(maker).set_aside]
    assert sorted(named) == [
        (held[1].pk, "started", "FROZEN"),
        (late.pk, "set_aside", "DEADLINE"),
        (closed.pk, "set_aside", "NO_HOURS"),
    ]
    Lot.objects.filter(order=held[0]).delete()
    ProductionOrder.objects.filter(pk=held[0].pk).update(state="finished")
    assert plan_now(maker, LATER).set_aside == {late.pk: "DEADLINE", closed.pk: "NO_HOURS"}
    assert [row.pk for row in setting(maker).set_aside if row.state == "started"] == []


def test_no_lot_and_no_changeover_begins_in_the_past() -> None:
    maker = store_a()
    order = make_order(20, key="one", due=date(2026, 11, 4))
    ProductionOrder.objects.filter(pk=order.pk).update(family=family(maker, "gaming"), due_at=at(4, 9))
    LineRate.objects.filter(line__code="L2").delete()
    plan_now(maker, at(4, 8, 30))
    lot = lot_of(order)
    assert lot.changeover_start == at(4, 8, 30)
    assert (lot.starts_at, lot.ends_at) == (at(4, 9, 30), at(4, 13, 30))
    assert (lot.late_minutes, lot.late_reason) == (270, "late_release")


def test_a_promise_is_later_where_the_line_is_full() -> None:
    maker = store_a(offers=(maker_a().offers[0].__class__(values=offer_values(lead_days=1), units_per_week=100),))
    offer = Offer.objects.get()
    assert reads.promise(offer_id=offer.pk, units=100, now=NOW) == date(2026, 11, 3)
    assert reads.promise(offer_id=offer.pk, units=200, now=NOW) == date(2026, 11, 3)
    make_order(300, key="one", due=date(2026, 11, 2))
    plan_now(maker)
    assert reads.promise(offer_id=offer.pk, units=100, now=NOW) == date(2026, 11, 5)
    LineRate.objects.all().delete()
    assert reads.promise(offer_id=offer.pk, units=1, now=NOW) is None


def test_a_large_order_is_promised_in_the_parts_that_lines_share() -> None:
    store_a(offers=(maker_a().offers[0].__class__(values=offer_values(lead_days=1), units_per_week=100),))
    offer = Offer.objects.get()
    # 800 units are 80 hours of L1 alone, eight working days; ten units an hour and ten hours a day
    assert reads.promise(offer_id=offer.pk, units=800, now=NOW) == date(2026, 11, 11)
    LineRate.objects.create(line=Line.objects.get(code="L2"), family=family(offer.maker, "slim"), units_per_hour=10)
    assert reads.promise(offer_id=offer.pk, units=800, now=NOW) == date(2026, 11, 6)


def test_the_lead_time_is_the_least() -> None:
    store_a()
    assert reads.promise(offer_id=Offer.objects.get().pk, units=20, now=NOW) == date(2026, 11, 12)


def test_a_lot_moved_by_hand_stays_there() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    order = make_order(50, key="one")
    plan_now(maker)
    lot = lot_of(order)
    place: dict[str, Any] = {"plan_id": lot.plan_id, "lot_id": lot.pk, "line_id": lot.line_id, "starts_at": at(23, 8)}
    assert try_move(now=LATER, **place).after.late == 1
    assert Plan.objects.count() == 1
    moved = service.move_lot(member_id=mira.pk, now=LATER, **place)
    assert moved.difference > 0
    assert lot_of(order).starts_at == at(23, 8)
    plan_now(maker, LATER + timedelta(hours=1))
    held = lot_of(order)
    assert (held.starts_at, held.frozen, held.late_reason) == (at(23, 8), True, "frozen")
    with pytest.raises(PlanMoved):
        service.move_lot(member_id=mira.pk, now=LATER, **place)
    service.freeze(member_id=mira.pk, plan_id=held.plan_id, lot_id=held.pk, frozen=False, now=LATER)
    plan_now(maker, LATER + timedelta(hours=2))
    assert lot_of(order).ends_at <= at(21, 0)


def test_a_move_that_cannot_be_is_refused_with_its_reason() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    lot_order = make_order(50, key="one")
    plan_now(maker)
    lot = lot_of(lot_order)
    other = Line.objects.get(code="L2")
    with pytest.raises(DoesNotFit):
        service.move_lot(
            member_id=mira.pk, plan_id=lot.plan_id, lot_id=lot.pk, line_id=other.pk, starts_at=at(23, 8), now=LATER
        )
    assert Plan.objects.count() == 1


def test_a_what_if_shift_is_compared_adopted_and_dropped() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    make_order(150, key="one", due=date(2026, 11, 2))
    plan_now(maker)
    line = Line.objects.get(code="L1")
    Maker.objects.update(frozen_hours=0)
    extra = service.AddedShift(line_id=line.pk, starts_at=at(2, 18), ends_at=at(2, 23))
    changes = service.Changes(title="Evening", shifts=(extra,))
    now = NOW - timedelta(hours=1)
    tried = service.what_if(member_id=mira.pk, changes=changes, seed=1, seconds=0.2, now=now)
    assert (tried.late_before, tried.late_after) == (1, 0)
    assert CalendarException.objects.filter(working=True).count() == 0
    other = service.what_if(member_id=mira.pk, changes=service.Changes(), seed=1, seconds=0.1, now=now)
    assert other.late_after == 1
    assert service.drop(member_id=mira.pk, plan_id=other.plan_id)
    assert not service.drop(member_id=mira.pk, plan_id=other.plan_id)
    assert service.adopt(member_id=mira.pk, plan_id=tried.plan_id, now=LATER)
    assert not service.adopt(member_id=mira.pk, plan_id=tried.plan_id, now=LATER)
    assert Plan.objects.get(state="current").pk == tried.plan_id
    assert CalendarException.objects.get(working=True).ends_at == at(2, 23)


def test_a_what_if_line_and_order_stand_beside_the_plan_only() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    make_order(50, key="one")
    plan_now(maker)
    changes = service.Changes(
        lines_like=(Line.objects.get(code="L1").pk,),
        orders=(service.AddedOrder(family_id=family(maker, "slim").pk, units=100, due_at=at(2, 18)),),
    )
    tried = service.what_if(member_id=mira.pk, changes=changes, seed=1, seconds=0.2, now=NOW)
    assert Plan.objects.get(pk=tried.plan_id).changes["lots"]
    assert ProductionOrder.objects.count() == 1
    assert service.adopt(member_id=mira.pk, plan_id=tried.plan_id, now=LATER)
    assert sorted(Line.objects.values_list("code", flat=True)) == ["L1", "L1-2", "L2"]
    assert Maker.objects.get().plan_dirty_at == LATER


def test_pages_show_load_materials_trace_and_difference() -> None:
    maker = store_a()
    order = make_order(150, key="one", due=date(2026, 11, 3))
    plan_now(maker)
    plan = Plan.objects.get()
    loads = {load.line: load for load in reads.weekly_load(plan) if load.week == date(2026, 11, 2)}
    assert (loads["L1"].work_minutes, loads["L1"].changeover_minutes, loads["L1"].open_minutes) == (900, 0, 3000)
    assert [(x.week, x.name, x.milli) for x in reads.material_needs(plan)] == [
        (date(2026, 11, 2), "Display panel", 150_000)
    ]
    traced = reads.trace(lot_of(order))
    assert (traced.release, traced.variants, traced.people, traced.units) == ("R-one", {"plain": 150}, 30, 40)
    make_order(50, key="two")
    plan_now(maker, LATER)
    changes = reads.difference(Plan.objects.get(state="current"), plan)
    assert [(x.line_before, x.line_after) for x in changes] == [(None, "L1")]


def test_a_change_while_solving_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = store_a()
    make_order(50, key="one")
    real = steps.solve
    calls: list[int] = []

    def meanwhile(*arguments: object, **named: object) -> object:
        if not calls:
            make_order(30, key="two")
        calls.append(1)
        Maker.objects.filter(plan_dirty_at=NOW).update(plan_dirty_at=NOW + timedelta(seconds=len(calls) == 1))
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "solve", meanwhile)
    assert plan_now(maker).lots == 2
    assert len(calls) == 2


def test_offerings_shift_makes_the_plan_stale() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    plan_now(maker)
    offering.save_shifts(member_id=mira.pk, line_id=Line.objects.get(code="L1").pk, shifts=DAY_SHIFT, now=LATER)
    assert Maker.objects.get().plan_dirty_at == LATER


def test_a_move_that_is_undone_leaves_nothing_behind() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    orders = [make_order(50, key="one"), make_order(50, key="two")]
    plan_now(maker)
    Maker.objects.update(frozen_hours=0)
    before = [(lot.line_id, lot.starts_at, lot.frozen) for lot in map(lot_of, orders)]
    lot = max(map(lot_of, orders), key=lambda one: one.starts_at)
    service.move_lot(
        member_id=mira.pk, plan_id=lot.plan_id, lot_id=lot.pk, line_id=lot.line_id, starts_at=at(23, 8), now=LATER
    )
    moved = lot_of(lot.order)
    assert (moved.frozen, moved.starts_at) == (True, at(23, 8))
    service.undo_move(member_id=mira.pk, plan_id=moved.plan_id, now=LATER)
    assert [(lot.line_id, lot.starts_at, lot.frozen) for lot in map(lot_of, orders)] == before
    with pytest.raises(PlanMoved):
        service.undo_move(member_id=mira.pk, plan_id=moved.plan_id, now=LATER)


def test_undo_claims_no_better_bound_than_before() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    orders = [make_order(90, key=str(number), due=date(2026, 11, 3)) for number in range(4)]
    plan_now(maker)
    Maker.objects.update(frozen_hours=0)
    known = Plan.objects.get(state="current").bound
    lot = max(map(lot_of, orders), key=lambda one: one.starts_at)
    values: dict[str, Any] = {"lot_id": lot.pk, "line_id": lot.line_id, "starts_at": at(23, 8)}
    moved = service.move_lot(member_id=mira.pk, plan_id=lot.plan_id, now=LATER, **values)
    service.undo_move(member_id=mira.pk, plan_id=moved.plan_id or 0, now=LATER)
    undone = Plan.objects.get(state="current")
    assert (undone.status, undone.bound <= known) == ("feasible", True)


def test_a_move_that_cannot_be_names_what_stands_in_its_way() -> None:
    maker = store_a()
    mira = member_of(maker, "mira")
    first, second = make_order(50, key="one"), make_order(50, key="two")
    plan_now(maker)
    Maker.objects.update(frozen_hours=0)
    stands, lot = lot_of(first), lot_of(second)
    service.freeze(member_id=mira.pk, plan_id=lot.plan_id, lot_id=stands.pk, frozen=True, now=LATER)
    gaming = Line.objects.get(code="L2")
    for line, when, reason in (
        (gaming.pk, at(9, 8), "line L2 does not make this product family"),
        (stands.line_id, stands.starts_at + timedelta(hours=1), "lot R-one-1 is fixed there"),
    ):
        with pytest.raises(DoesNotFit, match=reason):
            try_move(plan_id=lot.plan_id, lot_id=lot.pk, line_id=line, starts_at=when, now=LATER)
