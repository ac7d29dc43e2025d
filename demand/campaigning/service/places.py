"""What the services that change one shopper's place share: lock it, store it, say how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.db.models import F

from demand import locking
from demand.campaigning import steps
from demand.campaigning.errors import AddressMissing, PlaceElsewhere, VariantGone
from demand.errors import Changed, NotThere
from demand.models import Address, Campaign, CampaignVariant, CommandResult, Commitment

# The constraint that a wish has one place that binds or waits, whatever campaigns ask it.
SOLD_ONCE = "commitment_wish_sold_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a shopper's place stands after an answer. ``total_minor``: the most it may cost, spare units included."""

    commitment_id: int
    state: str
    units: int
    total_minor: int


def locked_place(commitment_id: int, variant_id: int | None) -> tuple[Campaign, CampaignVariant, Commitment]:
    """Campaign, variant (the place's own, unless another is named) and place, locked in that order.

    Raises :class:`NotThere`, :class:`VariantGone`.
    """
    known = Commitment.objects.filter(pk=commitment_id).values_list("campaign_id", "variant_id").first()
    if known is None:
        raise NotThere
    wanted = variant_id or known[1]
    rows = locking.lock((Campaign, [known[0]]), (CampaignVariant, [wanted or 0]), (Commitment, [commitment_id]))
    campaign, commitment = rows.get(Campaign, known[0]), rows.get(Commitment, commitment_id)
    variant = rows.get(CampaignVariant, wanted or 0)
    if campaign is None or commitment is None:
        raise NotThere
    if variant is None:
        raise VariantGone(field="variant")
    commitment.campaign = campaign
    return campaign, variant, commitment


def locked_commitment(commitment_id: int) -> Commitment:
    """A place alone, locked."""
    commitment = locking.lock((Commitment, [commitment_id])).get(Commitment, commitment_id)
    if commitment is None:
        raise NotThere
    return commitment


def repeated(user_id: int, key: str, command: str) -> Answered | None:
    """The place as it stands, if this command was carried out under this key before."""
    done = CommandResult.objects.filter(actor_id=user_id, key=key, command=command).first()
    return None if done is None else answered(Commitment.objects.get(pk=done.result["commitment_id"]))


def remember(commitment: Commitment, key: str, command: str, *, now: datetime) -> None:
    """Keep that a command was carried out, so that its repeat is answered and not done again."""
    CommandResult.objects.create(
        actor_id=commitment.user_id,
        key=key,
        command=command,
        result={"commitment_id": commitment.pk},
        created_at=now,
    )


def checked_address(user_id: int, address_id: int | None) -> Address:
    """A shopper's own address that is in use."""
    address = Address.objects.filter(pk=address_id or 0, user_id=user_id, retired_at__isnull=True).first()
    if address is None:
        raise AddressMissing(field="address")
    return address


def store(commitment: Commitment, *, now: datetime) -> None:
    """Write a locked commitment's new state with the next revision.

    Raises :class:`PlaceElsewhere` where another campaign took the same wish at the same moment.
    """
    try:
        _write(commitment, now=now)
    except IntegrityError as error:
        if SOLD_ONCE not in str(error):
            raise
        raise PlaceElsewhere from error


def _write(commitment: Commitment, *, now: datetime) -> None:
    changed = Commitment.objects.filter(pk=commitment.pk, revision=commitment.revision).update(
        state=commitment.state,
        variant=commitment.variant,
        address=commitment.address,
        units=commitment.units,
        spare_units=commitment.spare_units,
        unit_price_minor=commitment.unit_price_minor,
        total_minor=commitment.total_minor,
        fee_minor=commitment.fee_minor,
        binds_at=commitment.binds_at,
        queued_at=commitment.queued_at,
        confirmed_at=commitment.confirmed_at,
        left_at=commitment.left_at,
        revision=F("revision") + 1,
        updated_at=now,
    )
    if changed != 1:
        raise Changed
    commitment.revision += 1


def answered(commitment: Commitment) -> Answered:
    """How a place stands."""
    return Answered(
        commitment_id=commitment.pk,
        state=commitment.state,
        units=commitment.units,
        total_minor=steps.most_total(commitment),
    )
