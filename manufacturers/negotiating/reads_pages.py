"""What the inbox, a proposal's page, releases and claims show; queries do not grow with rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from demand.models import Claim
from manufacturers.models import Counter, Proposal, ProposalVersion, Release, ThreadMessage

# What a filter of the inbox shows.
SHOWN = {
    "waiting": ("sent", "countered"),
    "going": ("accepted", "released"),
    "over": ("declined", "expired", "lapsed", "closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What waits for this maker, and how many proposals each filter shows."""

    to_answer: int
    countered: int
    releases: int
    claims: int
    by_filter: dict[str, int]


def counts(maker_id: int) -> Counts:
    """Three queries."""
    rows = Proposal.objects.filter(offer__maker_id=maker_id).exclude(state="draft")
    by_state = dict(rows.order_by("state").values_list("state").annotate(n=Count("pk")))
    return Counts(
        to_answer=by_state.get("sent", 0),
        countered=by_state.get("countered", 0),
        releases=Release.objects.filter(maker_id=maker_id, state="sent").count(),
        claims=claims_of(maker_id).filter(state="open").count(),
        by_filter={name: sum(by_state.get(state, 0) for state in states) for name, states in SHOWN.items()},
    )


def inbox(maker_id: int, *, shown: str, order: str) -> QuerySet[ProposalVersion]:
    """The newest versions of the proposals a filter shows, best fit or nearest deadline first; one query a page."""
    rows = ProposalVersion.objects.filter(
        proposal__offer__maker_id=maker_id, number=F("proposal__version"), proposal__state__in=SHOWN[shown]
    ).select_related("proposal__offer", "proposal__pool__category")
    asked = Case(When(proposal__state="sent", then=Value(0)), default=Value(1), output_field=IntegerField())
    if shown != "waiting":
        return rows.order_by("-proposal__updated_at", "-pk")
    if order == "deadline":
        return rows.order_by(asked, "proposal__expires_at", "-proposal__fit_permille", "pk")
    return rows.order_by(asked, "-proposal__fit_permille", "proposal__expires_at", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """A proposal with its versions (newest first, lines loaded), counters and thread."""

    proposal: Proposal
    version: ProposalVersion
    versions: tuple[ProposalVersion, ...]
    counters: tuple[Counter, ...]
    messages: tuple[ThreadMessage, ...]
    release: Release | None

    @property
    def open_counter(self) -> Counter | None:
        return next((row for row in self.counters if row.state == "open"), None)


def proposal_page(proposal: Proposal) -> ProposalPage:
    """Five queries. Attachments stay where they are."""
    rows = ProposalVersion.objects.filter(proposal=proposal).prefetch_related("lines").order_by("-number")
    versions = tuple(rows)
    counters = Counter.objects.filter(proposal=proposal).select_related("from_version").order_by("-round")
    thread = ThreadMessage.objects.filter(proposal=proposal).defer("attachment").select_related("author")
    return ProposalPage(
        proposal=proposal,
        version=next(row for row in versions if row.number == proposal.version),
        versions=versions,
        counters=tuple(counters),
        messages=tuple(thread.order_by("created_at", "pk")),
        release=Release.objects.filter(proposal=proposal).first(),
    )


def versions_for_export(maker_id: int) -> list[ProposalVersion]:
    """Every proposal a maker was sent, newest version with its lines; two queries."""
    rows = ProposalVersion.objects.filter(proposal__offer__maker_id=maker_id, number=F("proposal__version"))
    rows = rows.exclude(proposal__state="draft").select_related("proposal__offer", "proposal__pool__category")
    return list(rows.prefetch_related("lines").order_by("-proposal__updated_at", "-pk"))


def releases(maker_id: int) -> QuerySet[Release]:
    """Releases with what still waits first; those that wait for a sample are shown, not to be acknowledged."""
    waits = Case(When(state="sent", then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Release.objects.filter(maker_id=maker_id).select_related("proposal__pool__category", "proposal__offer")
    return rows.prefetch_related("lines", "orders").order_by(waits, "-created_at", "-pk")


def release_page(release: Release) -> Release:
    """The same release with its lines, orders and proposal loaded."""
    rows = Release.objects.select_related("proposal__pool__category", "proposal__offer", "maker")
    return rows.prefetch_related("lines", "orders__family", "orders__milestones").get(pk=release.pk)


def claims_of(maker_id: int) -> QuerySet[Claim]:
    """Claims about what a maker delivered."""
    campaigns = Proposal.objects.filter(offer__maker_id=maker_id, campaign__isnull=False).values("campaign_id")
    return Claim.objects.filter(commitment__campaign_id__in=campaigns)


def claims(maker_id: int, *, now: datetime) -> QuerySet[Claim]:
    """Those claims with photos (without their content), the ones to answer first. Nothing says who made them."""
    waits = Case(When(Q(state="open"), then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = claims_of(maker_id).select_related("commitment__campaign__pool__category", "commitment__variant")
    return rows.annotate(photo_count=Count("photos")).order_by(waits, "answer_by", "pk")
