"""After the release: what the maker reports, and claims within seven days of delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.campaigning import holding, reads, steps
from demand.campaigning.errors import AlreadyDecided, ClaimTooLate, NotDelivered
from demand.errors import InvalidValue, NotThere
from demand.models import (
    Campaign,
    CampaignProgress,
    CampaignState,
    Claim,
    ClaimPhoto,
    Commitment,
    CommitmentState,
    Policy,
    Pool,
    PoolMembership,
    PoolState,
    Wish,
)

CLAIM_WINDOW = timedelta(days=7)
ANSWER_WORKING_DAYS = 3
MAX_PHOTOS = 6
MAX_PHOTO_BYTES = 4_000_000
PHOTO_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}

_STATE_OF = {
    "started": CampaignState.PRODUCTION,
    "finished": CampaignState.PRODUCTION,
    "quality_hold": CampaignState.PRODUCTION,
    "trial": CampaignState.PRODUCTION,
    "shipped": CampaignState.SHIPPED,
    "delivered": CampaignState.DELIVERED,
}
_ORDER = ("locked", "released", "production", "shipped", "delivered")


def record_progress(
    *,
    campaign_id: int,
    source_key: str,
    kind: str,
    units: int,
    happened_at: datetime,
    expected_from: date | None,
    expected_to: date | None,
    note: str,
    now: datetime,
) -> bool:
    """Show shoppers a step of production; whether it was new. Unique on ``source_key``; late reports never go back.

    One transaction; locks the campaign. Everyone with a firm place is told. ``units`` are those the report is about.
    """
    with locking.transaction():
        campaign = locking.lock((Campaign, [campaign_id])).get(Campaign, campaign_id)
        if campaign is None:
            raise NotThere
        _row, new = CampaignProgress.objects.get_or_create(
            source_key=source_key,
            defaults={
                "campaign": campaign,
                "kind": kind,
                "units": units,
                "happened_at": happened_at,
                "expected_from": expected_from,
                "expected_to": expected_to,
                "note": note,
            },
        )
        if not new:
            return False
        _advance(campaign, kind, expected_to, now=now)
        firm = reads.confirmed(campaign.pk)
        if kind == CampaignProgress.Kind.SHIPPED and campaign.policy.balance_at == Policy.BalanceAt.SHIPMENT:
            steps.ask_balances(campaign, firm, now=now)
        delayed = kind == CampaignProgress.Kind.DELAYED
        said, terms = _leaving(campaign, expected_to, now=now) if delayed else (f"progress.{kind}", {})
        steps.tell_all(
            firm,
            said,
            campaign=campaign,
            key=source_key,
            now=now,
            **terms,
            from_on=(expected_from or campaign.promised_from).isoformat(),
            to_on=(expected_to or campaign.promised_to).isoformat(),
        )
        if kind == CampaignProgress.Kind.DELIVERED:
            _deliver(campaign, firm, now=now)
        steps.say(campaign, "campaign.changed", now=now)
    return True


def _leaving(campaign: Campaign, expected_to: date | None, *, now: datetime) -> tuple[str, dict[str, object]]:
    """The notice of a delay, with the refund bracket it puts everyone in, as a share; the page names the amount."""
    policy, today = campaign.policy, now.date()
    if (max(today, expected_to or today) - campaign.promised_to).days >= policy.late_days_free:
        return "progress.delayed_free", {}
    locked = campaign.state == CampaignState.LOCKED
    permille = policy.late_leave_fee_permille if locked else policy.released_leave_fee_permille
    return "progress.delayed_fee", {"share": f"{permille / 10:g} %", "days": policy.late_days_free}


def _advance(campaign: Campaign, kind: str, expected_to: date | None, *, now: datetime) -> None:
    state = _STATE_OF.get(kind)
    ahead = state is not None and _ORDER.index(state) > (
        _ORDER.index(campaign.state) if campaign.state in _ORDER else len(_ORDER)
    )
    Campaign.objects.filter(pk=campaign.pk).update(
        state=state if ahead else campaign.state,
        expected_on=expected_to or campaign.expected_on,
        revision=F("revision") + 1,
        updated_at=now,
    )


def _deliver(campaign: Campaign, firm: list[Commitment], *, now: datetime) -> None:
    keys = [one.pk for one in firm]
    Commitment.objects.filter(pk__in=keys).update(
        state=CommitmentState.DELIVERED, revision=F("revision") + 1, updated_at=now
    )
    Wish.objects.filter(pk__in=[one.wish_id for one in firm]).update(state="fulfilled", updated_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """An uploaded photo; its type is decided by its first bytes, never by its name."""

    content: bytes


def file_claim(*, commitment_id: int, kind: str, text: str, photos: Sequence[Photo], now: datetime) -> Claim:
    """Take a shopper's claim within seven days of delivery; a second one returns the first.

    Raises :class:`NotDelivered`, :class:`ClaimTooLate`, or :class:`InvalidValue` for a text or photo it cannot take.
    """
    types = [_photo_type(photo) for photo in photos]
    if not text.strip():
        raise InvalidValue(_("Say in a few words what is wrong."), field="text")
    if kind not in Claim.Kind.values:
        raise InvalidValue(_("Choose what is wrong."), field="kind")
    if len(photos) > MAX_PHOTOS:
        raise InvalidValue(_("At most %(most)s photos, please."), field="photos", most=MAX_PHOTOS)
    with locking.transaction():
        commitment = locking.lock((Commitment, [commitment_id])).get(Commitment, commitment_id)
        if commitment is None:
            raise NotThere
        known = Claim.objects.filter(commitment=commitment).first()
        if known is not None:
            return known
        if commitment.state != CommitmentState.DELIVERED:
            raise NotDelivered
        delivered = CampaignProgress.objects.filter(campaign_id=commitment.campaign_id, kind="delivered").last()
        if delivered is not None and now > delivered.happened_at + CLAIM_WINDOW:
            raise ClaimTooLate
        claim = Claim.objects.create(
            commitment=commitment,
            kind=kind,
            text=text.strip()[:2000],
            answer_by=_working_days_on(now, ANSWER_WORKING_DAYS),
            created_at=now,
        )
        ClaimPhoto.objects.bulk_create(
            [
                ClaimPhoto(claim=claim, content_type=content_type, content=photo.content, created_at=now)
                for photo, content_type in zip(photos, types, strict=True)
            ]
        )
        steps.tell_all([commitment], "claim.received", campaign=commitment.campaign, key="claim", now=now)
        outbox.write(
            "claim.opened",
            aggregate="claim",
            aggregate_id=claim.pk,
            payload={"claim_id": claim.pk, "campaign_id": commitment.campaign_id},
            now=now,
        )
    return claim


def _photo_type(photo: Photo) -> str:
    if len(photo.content) > MAX_PHOTO_BYTES:
        raise InvalidValue(_("A photo may have at most 4 MB."), field="photos")
    for signature, content_type in PHOTO_SIGNATURES.items():
        if photo.content.startswith(signature):
            return content_type
    raise InvalidValue(_("Photos must be JPEG or PNG files."), field="photos")


def _working_days_on(start: datetime, days: int) -> datetime:
    """The moment ``days`` Monday-to-Friday days after ``start``."""
    moment = start
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < 5
    return moment


def finish_due(*, now: datetime) -> int:
    """End the campaigns that are delivered, whose time to claim is over and whose claims are decided; how many.

    One transaction each; locks the pool and the campaign. Its pool is done, or collects again where wishes are left in
    it. ``campaign.finished`` goes to the outbox. Safe to repeat.
    """
    return sum(_finish(campaign_id, now=now) for campaign_id in reads.due_to_finish(now=now, window=CLAIM_WINDOW))


def _finish(campaign_id: int, *, now: datetime) -> bool:
    with locking.transaction():
        pool_id = Campaign.objects.values_list("pool_id", flat=True).get(pk=campaign_id)
        locked = locking.lock((Pool, [pool_id]), (Campaign, [campaign_id]))
        campaign, pool = locked.get(Campaign, campaign_id), locked.get(Pool, pool_id)
        if campaign is None or pool is None or campaign.finished_at is not None:
            return False
        Campaign.objects.filter(pk=campaign.pk).update(finished_at=now, revision=F("revision") + 1, updated_at=now)
        left = PoolMembership.objects.filter(pool=pool, wish__state="open").exists()
        Pool.objects.filter(pk=pool.pk, state=PoolState.CAMPAIGN).update(
            state=PoolState.OPEN if left else PoolState.DONE, updated_at=now
        )
        campaign.revision += 1
        steps.say(campaign, "campaign.finished", now=now)
    return True


def answer_claim(*, claim_id: int, answer: str, now: datetime) -> None:
    """Keep the maker's answer; staff decide after it, or when its time is over. The same answer again is fine."""
    if not answer.strip():
        raise InvalidValue(_("Write an answer."), field="answer")
    with locking.transaction():
        claim = _locked_claim(claim_id)
        if claim.state == Claim.State.DECIDED:
            raise AlreadyDecided
        Claim.objects.filter(pk=claim.pk).update(
            state=Claim.State.ANSWERED, answer=answer.strip()[:2000], answered_at=now
        )


def decide_claim(*, claim_id: int, decision: str, refund_minor: int, by_id: int, now: datetime) -> None:
    """Staff's decision; a refund is asked of the provider. Repeating the same decision changes nothing.

    Raises :class:`AlreadyDecided` for a different decision, :class:`InvalidValue` for a refund above what was charged.
    """
    with locking.transaction():
        claim = _locked_claim(claim_id)
        if claim.state == Claim.State.DECIDED:
            if claim.decision != decision:
                raise AlreadyDecided
            return
        commitment = Commitment.objects.select_related("campaign").get(pk=claim.commitment_id)
        refund = holding.refund(commitment, _refund_for(commitment, decision, refund_minor), now=now)
        Claim.objects.filter(pk=claim.pk).update(
            state=Claim.State.DECIDED, decision=decision, refund_minor=refund, decided_by_id=by_id, decided_at=now
        )
        steps.tell_all(
            [commitment], "claim.decided", campaign=commitment.campaign, key="decided", now=now, decision=decision
        )


def _refund_for(commitment: Commitment, decision: str, refund_minor: int) -> int:
    if decision not in Claim.Decision.values:
        raise InvalidValue(_("Choose a decision."), field="decision")
    if decision == Claim.Decision.REFUND:
        return int(commitment.charged_minor)
    if decision != Claim.Decision.PART_REFUND:
        return 0
    if not 0 < refund_minor <= commitment.charged_minor:
        raise InvalidValue(_("A part refund is more than nothing and at most what was charged."), field="refund_minor")
    return refund_minor


def _locked_claim(claim_id: int) -> Claim:
    claim = locking.lock((Claim, [claim_id])).get(Claim, claim_id)
    if claim is None:
        raise NotThere
    return claim
