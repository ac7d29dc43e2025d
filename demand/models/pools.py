"""Demand cells, pools, who is in them, and the staff decisions that bind every later pooling."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from demand.models.catalog import Category
from demand.models.fields import minor_field, public_id_field
from demand.models.people import Person
from demand.models.wishes import Wish


class DemandCell(models.Model):
    """All wishes of a category with the same needs, price rung and week; what the kernels count instead of rows.

    ``persons`` counts persons once per cell. ``by_region`` and ``by_kind`` are unit counts within the cell.
    ``stale``: its counts were moved by single wishes since they were last summed. ``pool``, ``reason`` and
    ``reason_params`` are where the last pooling of the category put it and why; no reason: not looked at yet.
    """

    category = models.ForeignKey(
        Category,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # cell_once
    )
    needs_hash = models.CharField(max_length=64)
    needs = models.JSONField()
    rung_minor = minor_field(null=True)
    week = models.DateField(null=True)
    persons = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    firm_units = models.PositiveIntegerField(default=0)
    by_region = models.JSONField(default=dict)
    by_kind = models.JSONField(default=dict)
    stale = models.BooleanField(default=False, db_default=False)
    pool = models.ForeignKey("demand.Pool", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=24, default="", db_default="")
    reason_params = models.JSONField(default=dict, db_default={})
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_cell"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "needs_hash", "rung_minor", "week"], name="cell_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(firm_units__lte=models.F("units")), name="cell_firm_within_units"),
        ]
        indexes = [models.Index(fields=["category"], condition=Q(stale=True), name="cell_stale")]


class WishToCount(models.Model):
    """A wish that changed what it counts for in a category; a trigger of ``Wish`` writes one row a change.

    Rows are only added and deleted: a change that commits while its category is being counted keeps its row.
    """

    category_id = models.BigIntegerField()
    wish_id = models.BigIntegerField()

    class Meta:
        db_table = "demand_wish_to_count"
        indexes = [models.Index(fields=["category_id"], name="to_count_of_category")]


class CountedWish(models.Model):
    """Which demand cell a wish is in and what it adds to it; the cells are sums of these narrow rows.

    A wish that is placed or changed has its row at once, others when their category is counted. ``units`` 0: it is in a
    campaign, counts no more and keeps its cell. ``settled``: it stands where the cell's pool and reason say, or will
    with its cell. Keys without constraints: rows follow the wishes by ``WishToCount``, a million at a time.
    """

    pk = models.CompositePrimaryKey("category_id", "wish_id")
    category_id = models.BigIntegerField()
    wish_id = models.BigIntegerField()
    cell_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    units = models.PositiveIntegerField()
    firm_units = models.PositiveIntegerField()
    region = models.CharField(max_length=8)
    kind = models.CharField(max_length=8)
    settled = models.BooleanField()

    class Meta:
        db_table = "demand_counted_wish"
        indexes = [
            models.Index(fields=["cell_id", "person_id"], name="counted_of_person"),
            models.Index(fields=["category_id"], condition=Q(settled=False), name="counted_unsettled"),
            models.Index(fields=["category_id"], condition=Q(units=0), name="counted_in_campaign"),
        ]


class PoolState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("pool", "Draft")  # found by unmet demand or suggested; staff decide
    OPEN = "open", pgettext_lazy("pool", "Open")
    CAMPAIGN = "campaign", pgettext_lazy("pool", "In a campaign")
    DONE = "done", pgettext_lazy("pool", "Done")
    MERGED = "merged", pgettext_lazy("pool", "Merged")  # leads on to ``leads_to``
    EMPTY = "empty", pgettext_lazy("pool", "Empty")
    DROPPED = "dropped", pgettext_lazy("pool", "Dismissed")  # a draft that staff decided against; never shown


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    exclude=["people", "units", "firm_units", "stale", "updated_at"],
)
class Pool(models.Model):
    """Wishes that one production run could serve: a specification of shared attributes and a mix of variants.

    ``people``, ``units`` and ``firm_units`` are live totals kept with the memberships in one transaction; ``stale``: a
    wish in it was deleted, and the next pooling counts it again. ``kept_open`` marks a pool that staff opened from a
    draft: it is open and shown while nobody is in it yet. ``note`` says what it was drafted from, in a code
    (``searched:<searches>:<days>:<need>``).
    """

    public_id = public_id_field()
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="pools")
    specification = models.JSONField()
    spec_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=PoolState.choices, default=PoolState.OPEN)
    people = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    firm_units = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=False, db_default=False)
    locked = models.BooleanField(default=False)
    kept_open = models.BooleanField(default=False)
    leads_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    search_text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "demand_pool"
        constraints = [
            models.UniqueConstraint(
                fields=["category", "spec_hash"],
                condition=Q(state__in=["open", "campaign"], locked=False),
                name="pool_specification_once",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", leads_to__isnull=False) | (~Q(state="merged") & Q(leads_to__isnull=True)),
                name="pool_merged_leads_on",
            ),
            models.CheckConstraint(condition=Q(firm_units__lte=models.F("units")), name="pool_firm_within_units"),
        ]
        indexes = [
            models.Index(fields=["category", "-people", "-id"], condition=Q(state="open"), name="pool_popular"),
            models.Index(fields=["-people", "-id"], condition=Q(state="open"), name="pool_most_wanted"),
            models.Index(fields=["-created_at", "-id"], condition=Q(state="open"), name="pool_newest"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.search_text[:80]}"


class PoolMembership(models.Model):
    """A wish's place in a pool, with why it is there. Its history is the runs'.

    A million are written at a time, and the constraints of ``wish`` and ``person`` would lock, and so rewrite, as many
    wide rows. A deleted wish takes its place with it by a trigger of its own; persons are never deleted.
    """

    wish = models.OneToOneField(Wish, on_delete=models.DO_NOTHING, related_name="membership", db_constraint=False)
    pool = models.ForeignKey(
        Pool,
        on_delete=models.PROTECT,
        related_name="memberships",
        db_index=False,  # membership_person
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,  # membership_person
    )
    units = models.PositiveIntegerField()
    firm_units = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=24)
    reason_params = models.JSONField(default=dict)
    joined_at = models.DateTimeField()

    class Meta:
        db_table = "demand_pool_membership"
        indexes = [
            models.Index(fields=["pool", "person"], name="membership_person"),
            models.Index(fields=["pool", "joined_at"], name="membership_joined"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(firm_units__lte=models.F("units")), name="membership_firm_within_units")
        ]


class PoolDecision(models.Model):
    """What staff decided about pools; a constraint of every later pooling until it is undone.

    ``payload`` by kind: split {pool, left, right} · merge {from, into, cells} · pin {wish, cell, pool} · forbid
    {wish, cell, pool, apart} · lock {pool} · open, drop {pool} (a draft); ids are bigint keys, left, right, cells and
    apart are demand cells. A decision about a wish speaks of its cell; forbidden, it never meets what ``apart`` names,
    the cells in the pool then.
    """

    class Kind(models.TextChoices):
        SPLIT = "split", pgettext_lazy("pool decision", "Split")
        MERGE = "merge", pgettext_lazy("pool decision", "Merged")
        PIN = "pin", pgettext_lazy("pool decision", "Kept in")
        FORBID = "forbid", pgettext_lazy("pool decision", "Kept out")
        LOCK = "lock", pgettext_lazy("pool decision", "Locked")
        OPEN = "open", pgettext_lazy("pool decision", "Draft opened")
        DROP = "drop", pgettext_lazy("pool decision", "Draft dismissed")

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    payload = models.JSONField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        db_table = "demand_pool_decision"
        indexes = [
            models.Index(fields=["category", "id"], condition=Q(undone_at__isnull=True), name="decision_in_force")
        ]


class PoolDay(models.Model):
    """How a pool stood at the end of a day, for the growth line."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    people = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    firm_units = models.PositiveIntegerField()

    class Meta:
        db_table = "demand_pool_day"
        ordering = ["pool", "day"]
        constraints = [models.UniqueConstraint(fields=["pool", "day"], name="pool_day_once")]


class PoolSnapshot(models.Model):
    """The breakdowns of one pool as everyone outside staff may see them: one an hour, groups of k, rounded to 5.

    ``breakdown``: {"variants": {attr: {value: units}}, "regions": {region: units}, "weeks": {iso monday: units}, when
    it is needed, "prices": [[minor, units]…], "growth": [[iso day, people]…]}.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="snapshots")
    hour = models.DateTimeField()
    people = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    breakdown = models.JSONField()

    class Meta:
        db_table = "demand_pool_snapshot"
        constraints = [models.UniqueConstraint(fields=["pool", "hour"], name="pool_snapshot_once")]
        indexes = [models.Index(fields=["pool", "-hour"], name="snapshot_newest")]
