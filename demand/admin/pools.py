"""Pools, who is in them, what staff decided about them, and what shoppers see of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin import EmptyFieldListFilter
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
)

from demand.estimating import service as estimating
from demand.models import (
    DemandCell,
    Pool,
    PoolDay,
    PoolDecision,
    PoolMembership,
    PoolSnapshot,
    PoolState,
    PoolTerms,
    PoolTier,
)
from demand.pooling import service as pooling
from demand.pooling.reads.problem import cells_of_pool
from demand.staff import (
    BAD,
    GOOD,
    PLAIN,
    WATCH,
    Decision,
    DecisionForm,
    PlainForm,
    StaffAdmin,
    StaffInline,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenSupply, SpokenValues, code_words, needs_words, origin_words, supply_words
from demand.templatetags.wishmill import money

STATES = {"draft": WATCH, "open": PLAIN, "campaign": GOOD, "done": GOOD, "dropped": BAD}
MOST_GROUPS = 100


class SplitForm(DecisionForm):
    """Which groups of needs leave the pool together."""

    cells = forms.TypedMultipleChoiceField(
        label=_("Groups that belong together and apart from the rest"),
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ("cells", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.rows:
            self.fields["cells"].choices = _groups(self.rows[0])  # type: ignore[attr-defined]


def _groups(pool: Pool) -> list[tuple[int, str]]:
    """The demand cells of a pool, most wanted first."""
    cells = cells_of_pool(pool.pk).order_by("-units", "pk")
    return [
        (
            cell.pk,
            ngettext("%(needs)s · %(price)s · %(units)d unit", "%(needs)s · %(price)s · %(units)d units", cell.units)
            % {
                "needs": needs_words(pool.category.code, {**cell.needs["must"], **cell.needs["nice"]}),
                "price": gettext("at most %(price)s each") % {"price": money(cell.rung_minor)}
                if cell.rung_minor
                else gettext("any price"),
                "units": cell.units,
            },
        )
        for cell in cells[:MOST_GROUPS]
    ]


class MergeForm(DecisionForm):
    """Which of the two pools stays."""

    into = forms.TypedChoiceField(label=_("Which one stays?"), coerce=int, widget=UnfoldAdminRadioSelectWidget)
    field_order = ("into", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [(pool.pk, pool_words(pool)) for pool in self.rows]  # type: ignore[attr-defined]


class FactorForm(DecisionForm):
    """By how much what is expected of a pool is multiplied."""

    factor = forms.DecimalField(
        label=_("Factor"),
        help_text=_("0.8 expects a fifth less than was computed, 1.5 half as much again."),
        min_value=0,
        max_value=10,
        max_digits=5,
        decimal_places=3,
        initial=Decimal(1),
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.05"}),
    )
    field_order = ("factor", "reason")


def pool_words(pool: Pool) -> str:
    """A pool's key and what it is for."""
    return f"#{pool.pk} {needs_words(pool.category.code, pool.specification)}"


def split(pool: Pool, taken: Taken) -> None:
    pooling.split_pool(
        pool_id=pool.pk, cell_ids=taken.values["cells"], reason=taken.reason, by_id=taken.by_id, now=taken.now
    )


def merge(pools: list[Pool], taken: Taken) -> None:
    into = taken.values["into"]
    other = next(pool.pk for pool in pools if pool.pk != into)
    pooling.merge_pools(from_id=other, into_id=into, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def lock(pool: Pool, taken: Taken) -> None:
    pooling.lock_pool(pool_id=pool.pk, locked=True, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def unlock(pool: Pool, taken: Taken) -> None:
    pooling.lock_pool(pool_id=pool.pk, locked=False, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def open_draft(pool: Pool, taken: Taken) -> None:
    pooling.open_draft(pool_id=pool.pk, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def drop_draft(pool: Pool, taken: Taken) -> None:
    pooling.drop_draft(pool_id=pool.pk, reason=taken.reason, by_id=taken.by_id, now=taken.now)


def override(pool: Pool, taken: Taken) -> None:
    estimating.override(
        pool_id=pool.pk,
        factor_permille=int(taken.values["factor"] * 1000),
        reason=taken.reason,
        by_id=taken.by_id,
        now=taken.now,
    )


def undo(decision: PoolDecision, taken: Taken) -> None:
    pooling.undo_decision(decision_id=decision.pk, by_id=taken.by_id, now=taken.now)


class TermsInline(StaffInline):
    model = PoolTerms
    verbose_name_plural = _("Offer terms")
    fields = ("min_units", "lead_days", "makers", "state", "updated_at")
    in_codes = {"state": supply_words}


@register(Pool)
class PoolAdmin(StaffAdmin):
    list_display = ("named", "category", "standing", "kept", "people", "units", "firm_units", "updated_at")
    list_filter = ("state", "locked", "category")
    search_fields = ("search_text", "public_id__startswith")
    list_select_related = ("category",)
    date_hierarchy = "created_at"
    ordering = ("-people", "-pk")
    inlines = (TermsInline,)
    exported = ("id", "public_id", "category__code", "state", "people", "units", "firm_units", "locked", "created_at")
    standing = state_column(STATES)
    in_codes = {"note": origin_words}
    decisions = (
        Decision(
            name="open",
            label=_("Open to everyone"),
            explains=_(
                "Shoppers see the pool and can join it, although nobody is in it yet; wishes that fit go into it. You "
                "can take this back under “Decisions about pools” until somebody has joined."
            ),
            perform=open_draft,
            offered=lambda pool: pool.state == PoolState.DRAFT,
        ),
        Decision(
            name="drop",
            label=_("Dismiss the draft"),
            explains=_(
                "The draft is never shown, and what it was made from counts as dealt with. You can take this back "
                "under “Decisions about pools”."
            ),
            perform=drop_draft,
            offered=lambda pool: pool.state == PoolState.DRAFT,
            grave=True,
        ),
        Decision(
            name="split",
            label=_("Split"),
            explains=_("The groups you choose are parted from the rest for good; pooling runs again at once."),
            perform=split,
            form=SplitForm,
            offered=lambda pool: pool.state == PoolState.OPEN,
            exactly=1,
        ),
        Decision(
            name="merge",
            label=_("Merge two pools"),
            explains=_("One pool takes all wishes of the other, whose links lead on to it. Later poolings keep it so."),
            perform=merge,
            form=MergeForm,
            offered=lambda pool: pool.state in (PoolState.OPEN, PoolState.CAMPAIGN),
            together=True,
            exactly=2,
            grave=True,
        ),
        Decision(
            name="lock",
            label=_("Lock"),
            explains=_("Pooling leaves specification and members as they are until the lock is taken off."),
            perform=lock,
            offered=lambda pool: pool.state == PoolState.OPEN and not pool.locked,
        ),
        Decision(
            name="unlock",
            label=_("Take the lock off"),
            explains=_("The next pooling may change this pool again."),
            perform=unlock,
            form=PlainForm,
            offered=lambda pool: pool.state == PoolState.OPEN and pool.locked,
        ),
        Decision(
            name="override",
            label=_("Correct the estimate"),
            explains=_(
                "What is expected of this pool is multiplied by your factor until it is undone. The computed "
                "estimate stays beside it, and an earlier correction ends."
            ),
            perform=override,
            form=FactorForm,
            offered=lambda pool: pool.state in (PoolState.OPEN, PoolState.CAMPAIGN),
        ),
    )

    def words_for(self, row: Any) -> str:
        return gettext("%(pool)s – %(people)d people, %(units)d units") % {
            "pool": pool_words(row),
            "people": row.people,
            "units": row.units,
        }

    @column(_("locked"), ordering="locked", tones={"yes": WATCH})
    def kept(self, row: Pool) -> tuple[str, str]:
        return ("yes", gettext("locked")) if row.locked else ("", "–")

    @column(pgettext_lazy("column", "pool"), ordering="pk")
    def named(self, row: Pool) -> str:
        return pool_words(row)


@register(PoolDecision)
class PoolDecisionAdmin(StaffAdmin):
    list_display = ("kind", "category", "about", "reason", "by", "created_at", "in_force")
    list_filter = ("kind", ("undone_at", EmptyFieldListFilter), "category")
    search_fields = ("reason", "by__email")
    list_select_related = ("category", "by")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    exported = ("id", "kind", "category__code", "payload", "reason", "by__email", "created_at", "undone_at")
    decisions = (
        Decision(
            name="undo",
            label=_("Undo"),
            explains=_("Later poolings no longer keep this decision; pooling runs again at once."),
            perform=undo,
            form=PlainForm,
            offered=lambda decision: decision.undone_at is None,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{row.get_kind_display()} · {row.category} · {row.reason}"

    @column(_("about"))
    def about(self, row: PoolDecision) -> str:
        named = {name: value for name, value in row.payload.items() if isinstance(value, int)}
        return ", ".join(f"{code_words(name)} #{value}" for name, value in named.items())

    @column(_("in force"), ordering="undone_at", tones={"yes": GOOD, "no": WATCH})
    def in_force(self, row: PoolDecision) -> tuple[str, str]:
        return ("yes", gettext("in force")) if row.undone_at is None else ("no", gettext("undone"))


@register(PoolMembership)
class PoolMembershipAdmin(StaffAdmin):
    list_display = ("wish", "in_pool", "units", "firm_units", "why", "joined_at")
    list_filter = (("reason", SpokenValues), "pool__category")
    search_fields = ("wish__text", "pool__search_text")
    list_select_related = ("wish", "pool__category")
    date_hierarchy = "joined_at"
    ordering = ("-joined_at", "-pk")
    exported = ("id", "wish__id", "pool__id", "units", "firm_units", "reason", "joined_at")

    @column(pgettext_lazy("column", "reason"), ordering="reason")
    def why(self, row: PoolMembership) -> str:
        return code_words(row.reason)

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: PoolMembership) -> str:
        return pool_words(row.pool)


@register(DemandCell)
class DemandCellAdmin(StaffAdmin):
    list_display = ("wanted", "rung", "week", "persons", "units", "firm_units", "updated_at")
    list_filter = ("category",)
    search_fields = ("needs_hash__startswith",)
    list_select_related = ("category",)
    ordering = ("-units", "-pk")
    exported = ("id", "category__code", "needs", "rung_minor", "week", "persons", "units", "firm_units")

    @column(_("wanted"), ordering="category")
    def wanted(self, row: DemandCell) -> str:
        return needs_words(row.category.code, {**row.needs["must"], **row.needs["nice"]})

    @column(_("at most"), ordering="rung_minor")
    def rung(self, row: DemandCell) -> str:
        return money(row.rung_minor) or "–"


@register(PoolDay)
class PoolDayAdmin(StaffAdmin):
    list_display = ("in_pool", *(field.name for field in PoolDay._meta.fields if field.name not in ("id", "pool")))
    list_select_related = ("pool__category",)
    search_fields = ("pool__search_text",)
    ordering = ("-pk",)

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: PoolDay) -> str:
        return pool_words(row.pool)


@register(PoolSnapshot)
class PoolSnapshotAdmin(StaffAdmin):
    list_display = ("in_pool", "hour", "people", "units")
    list_select_related = ("pool__category",)
    search_fields = ("pool__search_text",)
    date_hierarchy = "hour"
    ordering = ("-hour", "-pk")

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: PoolSnapshot) -> str:
        return pool_words(row.pool)


class TierInline(StaffInline):
    model = PoolTier
    fields = ("min_units", "price_minor", "firm_units")


@register(PoolTerms)
class PoolTermsAdmin(StaffAdmin):
    list_display = ("in_pool", "state", "min_units", "firm_units", "lead_days", "makers", "updated_at")
    list_filter = (("state", SpokenSupply), "pool__category")
    list_select_related = ("pool__category",)
    search_fields = ("pool__search_text",)
    ordering = ("-updated_at", "-pk")
    inlines = (TierInline,)
    in_codes = {"state": supply_words}
    exported = ("id", "pool__id", "state", "min_units", "firm_units", "lead_days", "makers")

    @column(pgettext_lazy("column", "pool"), ordering="pool")
    def in_pool(self, row: PoolTerms) -> str:
        return pool_words(row.pool)


@register(PoolTier)
class PoolTierAdmin(StaffAdmin):
    list_display = ("in_pool", "min_units", "price", "firm_units")
    list_select_related = ("terms__pool__category",)
    search_fields = ("terms__pool__search_text",)
    ordering = ("-pk",)

    @column(pgettext_lazy("column", "pool"), ordering="terms__pool")
    def in_pool(self, row: PoolTier) -> str:
        return pool_words(row.terms.pool)

    @column(_("price"), ordering="price_minor")
    def price(self, row: PoolTier) -> str:
        return money(row.price_minor)
