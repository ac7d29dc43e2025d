"""Makers side by side: what each could offer a pool, and another one asked instead of the planned one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from demand.staff import GOOD, PLAIN, WATCH, Decision, PlainForm, StaffAdmin, Taken, column, register
from demand.staff_words import needs_words
from demand.templatetags.wishmill import money
from manufacturers.admin.makers import permille
from manufacturers.models import ProposalCandidate
from manufacturers.proposing import service as proposing


def draft(candidate: ProposalCandidate, taken: Taken) -> None:
    proposing.draft_for(pool_id=candidate.pool_id, offer_id=candidate.offer_id, by_id=taken.by_id, now=taken.now)


@register(ProposalCandidate)
class ProposalCandidateAdmin(StaffAdmin):
    list_display = (
        "for_what", "rank", "maker", "standing", "price", "delivered", "minimum", "expected", "chance", "window_to",
        "surplus", "on_time", "accepted", "claimed", "quality",
    )  # fmt: skip
    list_filter = ("chosen", "reached", "offer__maker", "offer__category")
    search_fields = ("pool__id", "pool__search_text", "offer__title", "offer__maker__code")
    list_select_related = ("offer__maker__reliability", "pool__category")
    ordering = ("-pool_id", "rank", "pk")
    exported = (
        "pool__id", "rank", "offer__maker__code", "offer__code", "chosen", "reached", "unit_price_minor",
        "delivered_minor", "min_units", "units", "low_units", "high_units", "chance_permille", "surplus_minor",
        "window_to", "quality_permille",
    )  # fmt: skip
    decisions = (
        Decision(
            name="draft",
            label=_("Draft for this maker"),
            explains=_("A draft for this maker stands beside the planned one. Nothing is sent until you send it."),
            perform=draft,
            form=PlainForm,
            offered=lambda one: not one.chosen and one.pool.state == "open",
        ),
    )

    def words_for(self, row: Any) -> str:
        return gettext("%(maker)s at %(price)s for %(pool)s") % {
            "maker": row.offer.maker,
            "price": money(row.unit_price_minor),
            "pool": self.for_what(row),
        }

    @column(_("for"), ordering="pool")
    def for_what(self, row: ProposalCandidate) -> str:
        return f"#{row.pool_id} {needs_words(row.pool.category.code, row.pool.specification)}"

    @column(_("maker"), ordering="offer__maker")
    def maker(self, row: ProposalCandidate) -> str:
        return str(row.offer.maker)

    @column(_("state"), ordering="chosen", tones={"chosen": GOOD, "could": PLAIN, "short": WATCH})
    def standing(self, row: ProposalCandidate) -> tuple[str, str]:
        if row.chosen:
            return "chosen", gettext("planned")
        return ("could", gettext("could make it")) if row.reached else ("short", gettext("minimum not reached"))

    @column(_("price before VAT"), ordering="unit_price_minor")
    def price(self, row: ProposalCandidate) -> str:
        return money(row.unit_price_minor)

    @column(_("delivered price"), ordering="delivered_minor")
    def delivered(self, row: ProposalCandidate) -> str:
        return money(row.delivered_minor)

    @column(_("minimum"), ordering="min_units")
    def minimum(self, row: ProposalCandidate) -> str:
        return f"{row.min_units:,}"

    @column(_("expected units"), ordering="units")
    def expected(self, row: ProposalCandidate) -> str:
        return f"{row.units:,} ({row.low_units:,}–{row.high_units:,})"

    @column(_("chance of the minimum"), ordering="chance_permille")
    def chance(self, row: ProposalCandidate) -> str:
        return permille(row.chance_permille)

    @column(_("left to shoppers"), ordering="surplus_minor")
    def surplus(self, row: ProposalCandidate) -> str:
        return money(row.surplus_minor)

    @column(_("on time"))
    def on_time(self, row: ProposalCandidate) -> str:
        return permille(_record(row, "on_time_permille"))

    @column(_("accepted"))
    def accepted(self, row: ProposalCandidate) -> str:
        return permille(_record(row, "accepted_permille"))

    @column(_("claimed"))
    def claimed(self, row: ProposalCandidate) -> str:
        return permille(_record(row, "claimed_permille"))

    @column(_("quality"), ordering="quality_permille")
    def quality(self, row: ProposalCandidate) -> str:
        measured = _record(row, "quality_permille")
        return permille(row.quality_permille if measured is None else min(measured, row.quality_permille))


def _record(row: ProposalCandidate, name: str) -> int | None:
    """A figure of the maker's record; ``None`` while there is none."""
    record = getattr(row.offer.maker, "reliability", None)
    return None if record is None else getattr(record, name)
