"""What the page of a production order shows."""

from __future__ import annotations

from dataclasses import dataclass

from manufacturers.models import Lot, Milestone, ProductionOrder
from manufacturers.tracking.reads import reported_units

STEPS = ("started", "finished", "shipped", "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """An order with its lot in the current plan, its reports, and units reported of each kind."""

    order: ProductionOrder
    lot: Lot | None
    milestones: tuple[Milestone, ...]
    reported: dict[str, int]

    @property
    def left(self) -> dict[str, int]:
        """Units of each step that are still to be reported."""
        return {kind: max(0, self.order.units - self.reported.get(kind, 0)) for kind in STEPS}


def order_page(order: ProductionOrder) -> OrderPage:
    """Three queries."""
    rows = Milestone.objects.filter(order=order).select_related("by").order_by("-happened_at", "-pk")
    units = reported_units([order.pk])
    return OrderPage(
        order=order,
        lot=Lot.objects.filter(order=order, plan__state="current").select_related("line").first(),
        milestones=tuple(rows),
        reported={kind: count for (_order, kind), count in units.items()},
    )
