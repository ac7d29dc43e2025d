"""The only way from a manufacturer's member to a row. Absent and another maker's answer alike: :class:`NotThere`."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from demand.access import Visitor, signed_in
from demand.errors import DomainError, NotThere
from manufacturers.models import Line, MakerMember, Offer, Plan, ProductionOrder, Proposal, Release


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
