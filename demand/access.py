"""The only way from a person to a row of demand. Absent and not yours answer alike: :class:`NotThere`."""

from __future__ import annotations

from typing import TypeGuard
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from demand.errors import NotThere
from demand.models import Address, Campaign, ClaimPhoto, Commitment, Notice, Pool, PoolState, User, Wish

Visitor = User | AnonymousUser

_SEEN_POOLS = (PoolState.OPEN, PoolState.CAMPAIGN, PoolState.DONE, PoolState.MERGED, PoolState.EMPTY)


def signed_in(visitor: Visitor) -> TypeGuard[User]:
    """Whether the visitor has an account that may act."""
    return isinstance(visitor, User) and visitor.is_active


def is_staff(visitor: Visitor) -> bool:
    return signed_in(visitor) and visitor.is_staff


def pool(visitor: Visitor, public_id: UUID) -> Pool:
    """Any pool that was ever open, for everyone; drafts for staff only."""
    states = list(PoolState.values) if is_staff(visitor) else list(_SEEN_POOLS)
    found = Pool.objects.select_related("category", "leads_to").filter(public_id=public_id, state__in=states).first()
    if found is None:
        raise NotThere
    return found


def own_wish(visitor: Visitor, public_id: UUID, *, claim_hash: str = "") -> Wish:
    """A wish of one's own; an unclaimed draft by the secret that the browser which wrote it holds."""
    mine = Q(user=visitor) if signed_in(visitor) else Q(pk__in=[])
    if claim_hash:
        mine |= Q(user__isnull=True, claim_hash=claim_hash, state="draft")
    found = Wish.objects.select_related("category").filter(mine, public_id=public_id).exclude(state="hidden").first()
    if found is None:
        raise NotThere
    return found


def campaign(visitor: Visitor, public_id: UUID) -> Campaign:
    """A campaign's public face."""
    found = Campaign.objects.select_related("pool__category", "policy").filter(public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def own_commitment(visitor: Visitor, public_id: UUID) -> Commitment:
    """A place of one's own in a campaign."""
    if not signed_in(visitor):
        raise NotThere
    rows = Commitment.objects.select_related("campaign__pool__category", "campaign__policy", "wish", "variant")
    found = rows.filter(user=visitor, public_id=public_id).first()
    if found is None:
        raise NotThere
    return found


def own_address(visitor: Visitor, public_id: UUID) -> Address:
    if not signed_in(visitor):
        raise NotThere
    found = Address.objects.filter(user=visitor, public_id=public_id, retired_at__isnull=True).first()
    if found is None:
        raise NotThere
    return found


def own_notice(visitor: Visitor, notice_id: int) -> Notice:
    if not signed_in(visitor):
        raise NotThere
    found = Notice.objects.filter(user=visitor, pk=notice_id).first()
    if found is None:
        raise NotThere
    return found


def claim_photo(visitor: Visitor, photo_id: int) -> ClaimPhoto:
    """A photo of one's own claim; any for staff."""
    if not signed_in(visitor):
        raise NotThere
    rows = ClaimPhoto.objects.filter(pk=photo_id)
    found = (rows if visitor.is_staff else rows.filter(claim__commitment__user=visitor)).first()
    if found is None:
        raise NotThere
    return found
