"""The one round in which everyone bound is asked again, and what a campaign's services share to move it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from demand import locking
from demand.campaigning import holding, reads, steps
from demand.campaigning.errors import CampaignClosed, ConsentClosed, FillPhase, RoundUsed
from demand.errors import NotThere
from demand.models import (
    Campaign,
    CampaignState,
    CampaignTier,
    Commitment,
    CommitmentState,
    Consent,
    ConsentRound,
    Pool,
)


def locked_campaign(campaign_id: int) -> Campaign:
    """The campaign, locked after its pool; raises ``NotThere``."""
    known = Campaign.objects.filter(pk=campaign_id).values_list("pool_id", flat=True).first()
    if known is None:
        raise NotThere
    campaign = locking.lock((Pool, [known]), (Campaign, [campaign_id])).get(Campaign, campaign_id)
    if campaign is None:
        raise NotThere
    return campaign


def change(campaign: Campaign, *, now: datetime, **fields: Any) -> None:
    """Write fields of a locked campaign with its next revision."""
    Campaign.objects.filter(pk=campaign.pk).update(revision=F("revision") + 1, updated_at=now, **fields)
    campaign.revision += 1
    for name, value in fields.items():
        setattr(campaign, name, value)


def ask_consent(*, campaign_id: int, source_key: str, reason: str, changes: Mapping[str, Any], now: datetime) -> int:
    """Put a change (price up, date later, specification) to everyone it binds; the round's key. Silence is no.

    ``changes`` may hold ``max_price_minor``, ``tiers`` ([units, price] pairs), ``min_units``, ``promised_from``,
    ``promised_to``, ``specification``, ``closes_at`` (ISO dates); they apply when the round closes. The same
    ``source_key`` returns the same round.

    Raises :class:`RoundUsed` if these shoppers were asked before, :class:`CampaignClosed` if it is not open,
    :class:`FillPhase` in its last hours.
    """
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        known = ConsentRound.objects.filter(campaign=campaign).first()
        if known is not None and known.source_key == source_key:
            return known.pk
        if known is not None:
            raise RoundUsed
        if campaign.state != CampaignState.OPEN:
            raise CampaignClosed
        if reads.filling(campaign, now=now):
            raise FillPhase(hours=campaign.policy.notice_hours)
        return ask_round(campaign, source_key=source_key, reason=reason, changes=changes, now=now)


def ask_round(campaign: Campaign, *, source_key: str, reason: str, changes: Mapping[str, Any], now: datetime) -> int:
    """Open the round of a locked campaign and tell everyone bound; its key."""
    closes_at = now + timedelta(days=campaign.policy.consent_days)
    asked = ConsentRound.objects.create(
        campaign=campaign,
        reason=reason,
        changes=dict(changes),
        source_key=source_key,
        opens_at=now,
        closes_at=closes_at,
    )
    change(campaign, now=now, state=CampaignState.CONSENT)
    kind = "campaign.extended" if reason == "extension" else "campaign.consent"
    steps.tell_all(
        reads.confirmed(campaign.pk),
        kind,
        campaign=campaign,
        key=source_key,
        now=now,
        answer_on=closes_at.isoformat(),
        closes_on=changes.get("closes_at", ""),
    )
    steps.say(campaign, "campaign.changed", now=now)
    return asked.pk


def answer_consent(*, commitment_id: int, agreed: bool, now: datetime) -> None:
    """A bound shopper's yes or no; until the round closes the last answer counts.

    Raises :class:`ConsentClosed` when no round is open for this place.
    """
    with locking.transaction():
        known = Commitment.objects.filter(pk=commitment_id).values_list("campaign_id", flat=True).first()
        if known is None:
            raise NotThere
        locked = locking.lock((Campaign, [known]), (Commitment, [commitment_id]))
        commitment = locked.get(Commitment, commitment_id)
        asked = ConsentRound.objects.filter(campaign_id=known, state=ConsentRound.State.OPEN).first()
        if commitment is None or asked is None or asked.closes_at <= now or commitment.state != "confirmed":
            raise ConsentClosed
        Consent.objects.update_or_create(
            round=asked, commitment=commitment, defaults={"agreed": agreed, "answered_at": now}
        )


def close_round(campaign: Campaign, *, now: datetime) -> str:
    """Count the answers: whoever did not agree leaves free; the change applies to the others."""
    asked = ConsentRound.objects.select_for_update().get(campaign=campaign)
    if asked.state != ConsentRound.State.OPEN or asked.closes_at > now:
        return campaign.state
    agreed = set(Consent.objects.filter(round=asked, agreed=True).values_list("commitment_id", flat=True))
    ConsentRound.objects.filter(pk=asked.pk).update(state=ConsentRound.State.CLOSED)
    firm = reads.confirmed(campaign.pk)
    gone = [one for one in firm if one.pk not in agreed]
    for commitment in gone:
        steps.free_place(commitment, campaign=campaign, now=now)
    Commitment.objects.filter(pk__in=[one.pk for one in gone]).update(
        state=CommitmentState.LAPSED, revision=F("revision") + 1, updated_at=now
    )
    holding.release([one.pk for one in gone], now=now)
    steps.tell_all(gone, "campaign.lapsed", campaign=campaign, key=asked.source_key, now=now)
    _apply(campaign, asked, [one for one in firm if one.pk in agreed], now=now)
    return campaign.state


def _apply(campaign: Campaign, asked: ConsentRound, staying: list[Commitment], *, now: datetime) -> None:
    """Put the agreed change in force and open again until the (new) closing date."""
    changes = asked.changes
    fields: dict[str, Any] = {"state": CampaignState.OPEN}
    closes_at = datetime.fromisoformat(changes["closes_at"]) if "closes_at" in changes else campaign.closes_at
    fields["closes_at"] = max(closes_at, now + timedelta(hours=1))
    if asked.reason == "extension":
        fields["extended_at"] = now
    for name in ("promised_from", "promised_to"):
        if name in changes:
            fields[name] = date.fromisoformat(changes[name])
    if "specification" in changes:
        fields["specification"] = changes["specification"]
    if "max_price_minor" in changes:
        fields["max_price_minor"] = changes["max_price_minor"]
    if "min_units" in changes:
        fields["min_units"] = min(changes["min_units"], campaign.max_units)
    change(campaign, now=now, **fields)
    if "tiers" in changes:
        CampaignTier.objects.filter(campaign=campaign).delete()
        CampaignTier.objects.bulk_create(
            [CampaignTier(campaign=campaign, min_units=least, price_minor=price) for least, price in changes["tiers"]]
        )
    if "max_price_minor" in changes:
        for commitment in staying:
            _hold_again(campaign, commitment, now=now)
    if asked.reason != "extension":
        _ask_afresh(campaign, now=now)
    steps.say(campaign, "campaign.changed", now=now)


def _ask_afresh(campaign: Campaign, *, now: datetime) -> None:
    """Who was announced or queued on the old terms is only asked on the new ones, at the new price."""
    waiting = (
        Commitment.objects.select_for_update(of=("self",))
        .filter(campaign=campaign, state__in=["announced", "queued", "asked"])
        .select_related("variant", "address", "wish", "campaign__policy")
        .order_by("pk")
    )
    told = []
    for one in waiting:
        unit = (
            one.unit_price_minor if one.variant is None else steps.price_of(campaign, one.variant, steps.region_of(one))
        )
        Commitment.objects.filter(pk=one.pk).update(
            state=CommitmentState.ASKED,
            unit_price_minor=unit,
            total_minor=None if unit is None else unit * one.units,
            binds_at=None,
            queued_at=None,
            answer_by=campaign.closes_at,
            revision=F("revision") + 1,
            updated_at=now,
        )
        if one.state != CommitmentState.ASKED:
            one.unit_price_minor, one.total_minor = unit, None if unit is None else unit * one.units
            told.append(one)
    until = {"answer_on": campaign.closes_at.isoformat()}
    steps.tell_all(told, "campaign.opened", campaign=campaign, key=f"again{campaign.revision}", now=now, **until)


def _hold_again(campaign: Campaign, commitment: Commitment, *, now: datetime) -> None:
    """Replace a place's hold by one of the agreed higher total."""
    if commitment.variant is None:
        return
    region = steps.region_of(commitment)
    unit = steps.price_of(campaign, commitment.variant, region)
    holding.release([commitment.pk], now=now)
    commitment.unit_price_minor, commitment.total_minor = unit, unit * commitment.units
    Commitment.objects.filter(pk=commitment.pk).update(
        unit_price_minor=unit, total_minor=unit * commitment.units, revision=F("revision") + 1, updated_at=now
    )
    holding.request(commitment, now=now)
