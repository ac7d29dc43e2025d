"""The only way from a manufacturer's member to a row. Absent and another maker's answer alike: :class:`NotThere`."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from demand.access import Visitor, signed_in
from demand.errors import DomainError, NotThere
from demand.models import Claim, ClaimPhoto
from manufacturers.models import (
    Line,
    Lot,
    MakerMember,
    Offer,
    Plan,
    ProductionOrder,
    Proposal,
    Release,
    ThreadMessage,
)


class NotYourRole(DomainError):
    """A member who may look but not decide tried to decide."""

    code = "NOT_YOUR_ROLE"
    message = _("Your role here is to look on. Ask the owner of your company's account to do this.")


def member(visitor: Visitor) -> MakerMember:
    """The membership a portal page is shown for; everyone else gets 404."""
    if not signed_in(visitor):
        raise NotThere
    found = MakerMember.objects.select_related("maker", "user").filter(user=visitor, maker__active=True).first()
    if found is None:
        raise NotThere
    return found


def may_decide(of: MakerMember) -> MakerMember:
    """The same member, if their role accepts, counters and declines."""
    if of.role != MakerMember.Role.OWNER:
        raise NotYourRole
    return of


def may_plan(of: MakerMember) -> MakerMember:
    """The same member, if their role plans and reports."""
    if of.role == MakerMember.Role.VIEWER:
        raise NotYourRole
    return of


def proposal(of: MakerMember, public_id: UUID) -> Proposal:
    """A proposal that was sent to the member's maker; drafts are staff's."""
    rows = Proposal.objects.select_related("offer__maker", "offer__category", "pool__category")
    found = rows.filter(offer__maker=of.maker, public_id=public_id).exclude(state="draft").first()
    if found is None:
        raise NotThere
    return found


def offer(of: MakerMember, public_id: UUID) -> Offer:
    found = Offer.objects.select_related("category", "family").filter(maker=of.maker, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def line(of: MakerMember, public_id: UUID) -> Line:
    found = Line.objects.filter(maker=of.maker, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def plan(of: MakerMember, public_id: UUID) -> Plan:
    found = Plan.objects.filter(maker=of.maker, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def production_order(of: MakerMember, public_id: UUID) -> ProductionOrder:
    rows = ProductionOrder.objects.select_related("release__proposal", "family")
    found = rows.filter(release__maker=of.maker, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def release(of: MakerMember, public_id: UUID) -> Release:
    found = Release.objects.select_related("proposal").filter(maker=of.maker, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def lot(of: MakerMember, plan_id: int, order: UUID) -> Lot:
    """The lot of an order in a plan of the member's maker."""
    rows = Lot.objects.select_related("order__release__proposal__pool", "order__family", "line")
    found = rows.filter(plan__maker=of.maker, plan_id=plan_id, order__public_id=order).first()
    if found is None:
        raise NotThere
    return found


def attachment(of: MakerMember, proposal_id: UUID, message_id: int) -> ThreadMessage:
    """A message with an attachment in the thread of a proposal that was sent to the member's maker."""
    rows = ThreadMessage.objects.filter(pk=message_id, attachment__isnull=False)
    found = rows.filter(proposal__public_id=proposal_id, proposal__offer__maker=of.maker).first()
    if found is None:
        raise NotThere
    return found


def claim(of: MakerMember, public_id: UUID) -> Claim:
    """A claim about something the member's maker delivered; never who made it."""
    campaigns = Proposal.objects.filter(offer__maker=of.maker, campaign__isnull=False).values("campaign_id")
    found = Claim.objects.filter(commitment__campaign_id__in=campaigns, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def claim_photo_at(of: MakerMember, public_id: UUID, place: int) -> ClaimPhoto:
    """The photo of such a claim at a place, counted from 0."""
    photos = list(ClaimPhoto.objects.filter(claim=claim(of, public_id)).order_by("pk"))
    found = photos[place] if place < len(photos) else None
    if found is None:
        raise NotThere
    return found
