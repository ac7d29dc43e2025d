"""What the page of a production order shows."""

from __future__ import annotations

from dataclasses import dataclass

from manufacturers.models import Lot, Milestone, ProductionOrder
from manufacturers.tracking.reads import held_since, reported_units

STEPS = ("started", "finished", "shipped", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """An order with its lot in the current plan, its reports, and units reported of each kind.

    ``rest_units`` wait for this trial, ``trials`` are what this order waits for; ``held`` since a trial was stopped.
    """

    order: ProductionOrder
    rest_units: int
    trials: tuple[ProductionOrder, ...]
    held: bool
    lot: Lot | None
    milestones: tuple[Milestone, ...]
    reported: dict[str, int]

    @property
    def left(self) -> dict[str, int]:
        """Units of each step that are still to be reported."""
        return {kind: max(0, self.order.units - self.reported.get(kind, 0)) for kind in STEPS}


def order_page(order: ProductionOrder) -> OrderPage:
    """Four queries, and one for a trial."""
    rows = Milestone.objects.filter(order=order).select_related("by").order_by("-happened_at", "-pk")
    units = reported_units([order.pk])
    others = ProductionOrder.objects.filter(release_id=order.release_id).exclude(pk=order.pk).order_by("part")
    beside = list(others) if order.trial or order.waits else []
    return OrderPage(
        order=order,
        rest_units=sum(one.units for one in beside if one.waits) if order.trial else 0,
        trials=tuple(one for one in beside if one.trial) if order.waits else (),
        held=order.trial and held_since([order.pk]),
        lot=Lot.objects.filter(order=order, plan__state="current").select_related("line").first(),
        milestones=tuple(rows),
        reported={kind: count for (_order, kind), count in units.items()},
    )
