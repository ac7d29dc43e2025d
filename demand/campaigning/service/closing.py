"""How a campaign ends: notice, variants that miss, the minimum reached or missed, the one consent round."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet

from demand import locking
from demand.campaigning import holding, reads, steps
from demand.campaigning.errors import CampaignClosed
from demand.campaigning.kernel import reached_price
from demand.campaigning.service.consenting import ask_round, change, close_round, locked_campaign
from demand.campaigning.service.filling import fill_last_lot
from demand.models import (
    LIVE_STATES,
    Campaign,
    CampaignState,
    CampaignVariant,
    Commitment,
    CommitmentState,
    ConsentRound,
    Earmark,
    Hold,
    Policy,
    Wish,
    WishState,
)


def close_due(*, now: datetime) -> int:
    """Give notice of what closes soon, then close what is due; how many campaigns moved. One transaction each."""
    for campaign in reads.due_for_notice(now=now):
        _give_notice(campaign.pk, now=now)
    due = reads.due_to_close(now=now)
    for campaign_id in due:
        close(campaign_id=campaign_id, now=now)
    return len(due)


def _give_notice(campaign_id: int, *, now: datetime) -> None:
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        if campaign.notice_sent_at is not None or campaign.state != CampaignState.OPEN:
            return
        Campaign.objects.filter(pk=campaign.pk).update(notice_sent_at=now, updated_at=now)
        waiting = Commitment.objects.filter(campaign=campaign, state__in=["asked", "announced", "confirmed", "queued"])
        waiting = waiting.exclude(state=CommitmentState.ASKED, wish__state=WishState.COMMITTED)
        steps.tell_all(
            list(waiting.order_by("pk")),
            "campaign.closing",
            campaign=campaign,
            key="notice",
            now=now,
            closes_on=campaign.closes_at.isoformat(),
            short=max(0, campaign.min_units - campaign.firm_units),
        )


def close(*, campaign_id: int, now: datetime) -> str:
    """Decide a campaign whose time has come; its state afterwards. Not due, or decided before: nothing happens.

    One transaction; locks pool, campaign. Variants under their minimum drop first: the others go on, and shoppers of a
    dropped variant get the policy's days to choose again. Then the minimum decides.
    """
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        if campaign.state == CampaignState.CONSENT:
            return close_round(campaign, now=now)
        if campaign.state != CampaignState.OPEN or campaign.closes_at > now:
            return campaign.state
        if _drop_short_variants(campaign, now=now):
            return campaign.state
        if (
            campaign.firm_units >= campaign.min_units
            and not _on(campaign).filter(firm_units__lt=F("min_units")).exists()
        ):
            return _lock(campaign, now=now)
        return _miss(campaign, now=now)


def close_early(*, campaign_id: int, now: datetime, by_id: int | None = None, reason: str = "") -> str:
    """Staff close a campaign whose minimum is reached before its date; the notice still stands between.

    The closing date becomes now plus what is left of the policy's notice (from the opening on, nobody had less to
    decide than that). Repeating it changes nothing. Who closed it and why stand in ``campaign.changed``.

    Raises :class:`CampaignClosed` if the minimum is not reached.
    """
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        if campaign.state != CampaignState.OPEN or campaign.firm_units < campaign.min_units:
            raise CampaignClosed
        noticed = campaign.opens_at + timedelta(hours=campaign.policy.notice_hours)
        closes_at = min(campaign.closes_at, max(now, noticed))
        if closes_at < campaign.closes_at:
            change(campaign, now=now, closes_at=closes_at)
            steps.say(campaign, "campaign.changed", now=now, by_id=by_id, reason=reason)
    return close(campaign_id=campaign_id, now=now)


def _drop_short_variants(campaign: Campaign, *, now: datetime) -> bool:
    """Take variants under their minimum off; whether their shoppers now choose again (the campaign stays open).

    Where all are under it the one that most confirmed stays, so that the others' shoppers can make it reach its own.
    """
    ranked = _ranked(campaign)
    short = [row for row in ranked if row.firm_units < row.min_units]
    return _drop(campaign, short if len(short) < len(ranked) else short[1:], now=now)


def _shrink(campaign: Campaign, *, now: datetime) -> bool:
    """Keep only the variant that most confirmed; whether the others' shoppers now choose again."""
    return _drop(campaign, _ranked(campaign)[1:], now=now)


def _on(campaign: Campaign) -> QuerySet[CampaignVariant]:
    return CampaignVariant.objects.filter(campaign=campaign, state=CampaignVariant.State.ON).order_by("pk")


def _ranked(campaign: Campaign) -> list[CampaignVariant]:
    """The variants still on offer, locked, the most confirmed first."""
    return sorted(_on(campaign).select_for_update(), key=lambda row: (-row.firm_units, row.pk))


def _drop(campaign: Campaign, short: list[CampaignVariant], *, now: datetime) -> bool:
    """Take variants off, another being left; whether anyone had confirmed one of them and now chooses again."""
    if not short:
        return False
    CampaignVariant.objects.filter(pk__in=[row.pk for row in short]).update(state=CampaignVariant.State.DROPPED)
    left = _on(campaign).first()
    held = list(
        Commitment.objects.select_for_update(of=("self",))
        .filter(campaign=campaign, variant__in=short, state__in=["confirmed", "announced", "queued", "asked"])
        .order_by("pk")
    )
    firm = [one for one in held if one.state == CommitmentState.CONFIRMED]
    for commitment in firm:
        steps.free_place(commitment, campaign=campaign, now=now)
    holding.release([one.pk for one in firm], now=now)
    again = now + timedelta(days=campaign.policy.consent_days)
    Commitment.objects.filter(pk__in=[one.pk for one in held]).update(
        state=CommitmentState.ASKED,
        variant=left,
        confirmed_at=None,
        binds_at=None,
        queued_at=None,
        answer_by=again,
        revision=F("revision") + 1,
        updated_at=now,
    )
    if not firm:
        return False
    steps.tell_all(held, "campaign.variant_dropped", campaign=campaign, key=f"drop{campaign.revision}", now=now)
    change(campaign, now=now, closes_at=again)
    steps.say(campaign, "campaign.changed", now=now)
    return True


def _lock(campaign: Campaign, *, now: datetime) -> str:
    """The minimum is reached: everyone pays the deepest tier that was reached, and the exact order goes out."""
    fill_last_lot(campaign, now=now)
    tiers = [(tier.min_units, tier.price_minor) for tier in campaign.tiers.all()]
    price = reached_price(tiers=tiers, firm_units=campaign.firm_units, max_price_minor=campaign.max_price_minor)
    change(campaign, now=now, state=CampaignState.LOCKED, locked_at=now, final_price_minor=price)
    _lapse_unanswered(campaign, now=now)
    Earmark.objects.filter(pool_id=campaign.pool_id).delete()
    firm = reads.confirmed(campaign.pk)
    for commitment in firm:
        steps.charge(campaign, commitment, price_minor=price, now=now)
    steps.tell_all(firm, "campaign.locked", campaign=campaign, key="locked", now=now)
    if price < campaign.max_price_minor:
        steps.tell_all(firm, "campaign.cheaper", campaign=campaign, key="locked", now=now)
    steps.say(
        campaign,
        "campaign.locked",
        now=now,
        units=campaign.firm_units,
        final_price_minor=price,
        variants=reads.firm_by_variant(campaign.pk),
        by_region=reads.firm_by_region(campaign.pk),
    )
    return campaign.state


def _lapse_unanswered(campaign: Campaign, *, now: datetime) -> None:
    """Silence is no: whoever was only asked keeps the wish and loses nothing."""
    silent = list(Commitment.objects.filter(campaign=campaign, state__in=["asked", "announced"]).order_by("pk"))
    Commitment.objects.filter(pk__in=[one.pk for one in silent]).update(
        state=CommitmentState.LAPSED, binds_at=None, revision=F("revision") + 1, updated_at=now
    )
    steps.tell_all(_unserved(silent), "campaign.lapsed", campaign=campaign, key="lapsed", now=now)


def _unserved(places: list[Commitment]) -> list[Commitment]:
    """Those whose wish has no place in another campaign; the others need not hear what became of an invitation."""
    wishes = Wish.objects.filter(pk__in=[one.wish_id for one in places], state=WishState.COMMITTED)
    served = set(wishes.values_list("pk", flat=True))
    return [one for one in places if one.wish_id not in served]


def _miss(campaign: Campaign, *, now: datetime) -> str:
    """The minimum was missed: once, the policy may extend with fresh consent, or shrink to the variant that most want
    and let the others choose it; else, and the second time, everything is given back.
    """
    policy = campaign.policy
    if policy.on_missed == "shrink" and campaign.extended_at is None:
        change(campaign, now=now, extended_at=now)
        if _shrink(campaign, now=now):
            return campaign.state
    used = ConsentRound.objects.filter(campaign=campaign).exists()
    if policy.on_missed == "extend" and campaign.extended_at is None and not used and campaign.firm_units:
        closes_at = now + timedelta(days=policy.extension_days)
        ask_round(
            campaign,
            source_key=f"extend:{campaign.pk}",
            reason="extension",
            changes={"closes_at": closes_at.isoformat()},
            now=now,
        )
        return campaign.state
    _end(campaign, CampaignState.MISSED, "campaign.missed", now=now)
    return campaign.state


def _end(campaign: Campaign, state: CampaignState, topic: str, *, now: datetime, **said: Any) -> None:
    """End a campaign without production: holds are given back, wishes are open again, everyone is told.

    ``said`` goes into the outbox's payload.
    """
    touched = list(
        Commitment.objects.select_for_update(of=("self",))
        .filter(campaign=campaign, state__in=["asked", "announced", "queued", "confirmed"])
        .order_by("pk")
    )
    keys = [one.pk for one in touched]
    Commitment.objects.filter(pk__in=keys).update(
        state=CommitmentState.RETURNED, binds_at=None, revision=F("revision") + 1, updated_at=now
    )
    # Who was only asked here may have a place in another campaign, which stands.
    freed = [one.wish_id for one in touched if one.state == CommitmentState.CONFIRMED]
    Wish.objects.filter(pk__in=freed, state=WishState.COMMITTED).update(state=WishState.OPEN, updated_at=now)
    CampaignVariant.objects.filter(campaign=campaign).update(firm_units=0)
    holding.release(keys, now=now)
    for hold in Hold.objects.filter(commitment_id__in=keys, state=Hold.State.CAPTURED).order_by("pk"):
        holding.ask(hold, "hold.refund_requested", hold.captured_minor - hold.refunded_minor, now=now)
    change(campaign, now=now, state=state, firm_units=0)
    steps.reopen_pool(campaign.pool, now=now)
    Earmark.objects.filter(pool_id=campaign.pool_id).delete()
    steps.tell_all(_unserved(touched), topic, campaign=campaign, key="ended", now=now)
    steps.say(campaign, topic, now=now, **said)


def cancel(*, campaign_id: int, now: datetime, by_id: int | None = None, reason: str = "") -> str:
    """End a campaign before its release (staff, or the maker fell away); repeating it changes nothing.

    Who cancelled it (nobody: the product itself) and why stand in ``campaign.cancelled``.

    Raises :class:`CampaignClosed` once it is in production.
    """
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        if campaign.state in (CampaignState.CANCELLED, CampaignState.MISSED):
            return campaign.state
        if campaign.state not in (*LIVE_STATES, CampaignState.LOCKED):
            raise CampaignClosed
        _end(campaign, CampaignState.CANCELLED, "campaign.cancelled", now=now, by_id=by_id, reason=reason)
        return campaign.state


def mark_released(*, campaign_id: int, now: datetime) -> str:
    """The exact order went to the maker; leaving now costs the stated fee, the queue is over, and after a deposit the
    balance is charged where the policy says so. Repeating it changes nothing.
    """
    with locking.transaction():
        campaign = locked_campaign(campaign_id)
        if campaign.state == CampaignState.LOCKED:
            change(campaign, now=now, state=CampaignState.RELEASED)
            _end_queue(campaign, now=now)
            if campaign.policy.balance_at == Policy.BalanceAt.RELEASE:
                steps.ask_balances(campaign, reads.confirmed(campaign.pk), now=now)
        return campaign.state


def _end_queue(campaign: Campaign, *, now: datetime) -> None:
    """The exact order is out: who still waits for a place gets none, keeps the wish and may be asked by others."""
    waiting = list(Commitment.objects.filter(campaign=campaign, state=CommitmentState.QUEUED).order_by("pk"))
    Commitment.objects.filter(pk__in=[one.pk for one in waiting]).update(
        state=CommitmentState.LAPSED, revision=F("revision") + 1, updated_at=now
    )
    steps.tell_all(waiting, "campaign.queue_over", campaign=campaign, key="released", now=now)
