"""What the demo prints at the end: what was read, pooled, proposed, accepted and planned, and how to log in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import translation

from demand.demo.people import CAST
from demand.models import Campaign, Commitment, Pool, User, Wish
from demand.pooling.reads.titles import title
from demand.web import demo_logins
from manufacturers.models import Lot, Plan, Proposal, ProposalVersion

MOST = 12


def tell(*, address: str | None, seconds: Mapping[str, float]) -> dict[str, Any]:
    """Print the market to standard output; the figures as one plain dictionary."""
    with translation.override("en"):
        return _tell(address, seconds)


def _tell(address: str | None, seconds: Mapping[str, float]) -> dict[str, Any]:
    read = Wish.objects.filter(reading_state__in=["read", "doubtful", "confirmed", "corrected"]).count()
    asking = Wish.objects.filter(state="asking").count()
    pools = Pool.objects.filter(state__in=["open", "campaign"]).count()
    _say(f"\nWishes   {read:,} read, {asking:,} with a question open")
    _say(f"Pools    {pools:,}")
    proposals = _tell_proposals()
    campaigns = _tell_campaigns()
    lots = _tell_plans()
    _say(
        f"\nTook     loading {seconds['loading']:.0f} s, pipeline {seconds['pipeline']:.0f} s,"
        f" people's parts {seconds['people']:.0f} s"
    )
    if address:
        _tell_logins(address)
    return {
        "wishes": read,
        "asking": asking,
        "pools": pools,
        "proposals": proposals,
        "campaigns": campaigns,
        "lots": lots,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "address": address,
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _money(minor: int | None) -> str:
    if minor is None:
        return "—"
    return f"{settings.CURRENCY} {minor / 10**settings.CURRENCY_EXPONENT:,.{settings.CURRENCY_EXPONENT}f}"


def _tell_proposals() -> dict[str, int]:
    states = dict(Proposal.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))
    _say(f"\nProposals {', '.join(f'{n} {state}' for state, n in states.items()) or 'none'}")
    newest = ProposalVersion.objects.order_by("proposal_id", "-number").distinct("proposal_id")
    rows = ProposalVersion.objects.filter(pk__in=newest.values("pk")).select_related(
        "proposal__offer__maker", "proposal__pool__category"
    )
    for version in rows.order_by("proposal__state", "-units", "pk")[:MOST]:
        proposal = version.proposal
        name = title(proposal.pool.category.code, proposal.pool.specification, "en")
        _say(
            f"  {proposal.state:<9} {name[:46]:<46} {version.units:>6,} units ({version.low_units:,}–"
            f"{version.high_units:,})  from {version.min_units:,} at {_money(version.unit_price_minor)}"
            f" = {_money(version.delivered_minor)} delivered  {proposal.offer.maker}"
        )
    return states


def _tell_campaigns() -> dict[str, int]:
    states = dict(Campaign.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))
    _say(f"\nCampaigns {', '.join(f'{n} {state}' for state, n in states.items()) or 'none'}")
    for campaign in Campaign.objects.select_related("pool__category").order_by("pk")[:MOST]:
        people = Commitment.objects.filter(campaign=campaign, state="confirmed").count()
        name = title(campaign.pool.category.code, campaign.pool.specification, "en")
        _say(
            f"  {campaign.state:<10} {name[:46]:<46} {campaign.firm_units:,} of {campaign.min_units:,} units,"
            f" {people:,} shoppers, {_money(campaign.final_price_minor or campaign.max_price_minor)}"
        )
    return states


def _tell_plans() -> int:
    lots = Lot.objects.filter(plan__state=Plan.State.CURRENT).select_related(
        "plan__maker", "order__release", "order__family", "line"
    )
    _say("\nProduction plan")
    for lot in lots.order_by("plan__maker", "starts_at", "pk")[:MOST]:
        late = f"  late {lot.late_minutes} min ({lot.late_reason})" if lot.late_minutes else "  on time"
        _say(
            f"  {lot.plan.maker}  line {lot.line}  {lot.starts_at:%a %d %b %H:%M} – {lot.ends_at:%a %d %b %H:%M} UTC"
            f"  {lot.units:,} units, {lot.order.release.number}{late}"
        )
    if not lots:
        _say("  nothing is released yet")
    return len(lots)


def _tell_logins(address: str) -> None:
    _say(f"\nLook at  {address}/ (shoppers)   {address}/maker/ (manufacturers)   {address}/admin/ (staff)")
    tell_codes()


def tell_codes() -> None:
    """How each person of the cast signs in now; authenticator codes change every 30 seconds (``make codes``)."""
    for one in CAST:
        user = User.objects.filter(email=one.email).first()
        if user is None:
            continue
        second = "" if one.role == "shopper" else f"   then authenticator code {demo_logins.totp_now(user)}"
        _say(f"  {one.username:<5} {one.role:<13} {one.email:<18} sign-in code {demo_logins.demo_code(user)}{second}")
    _say("  Authenticator codes change every 30 seconds; `make codes` prints fresh ones.")
