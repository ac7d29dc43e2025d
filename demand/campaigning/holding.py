"""What is held, captured and given back for a place, in parts. Steps: they open no transaction and take no lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Max

from demand import outbox
from demand.campaigning.kernel import poured
from demand.models import Commitment, Hold

ALIVE = (Hold.State.REQUESTED, Hold.State.HELD, Hold.State.CAPTURED)
UNCAPTURED = (Hold.State.REQUESTED, Hold.State.HELD)


def request(commitment: Commitment, *, now: datetime) -> Hold:
    """Hold the policy's share of the most a place may cost, its spare units included."""
    spare = commitment.spare_units * (commitment.unit_price_minor or 0)
    return _asked(
        commitment,
        Hold.Purpose.PLACE,
        part=0,
        amount_minor=_share(commitment, (commitment.total_minor or 0) + spare),
        now=now,
    )


def request_more(commitment: Commitment, *, units: int, price_minor: int, now: datetime) -> Hold:
    """Hold the policy's share of units that a shopper added to a confirmed place, as a part of its own.

    If it is refused, only these units are lost.
    """
    return _asked(
        commitment,
        Hold.Purpose.MORE,
        part=_next_part(commitment),
        amount_minor=_share(commitment, price_minor),
        units=units,
        now=now,
    )


def request_balance(commitment: Commitment, *, now: datetime) -> int:
    """Hold and capture what a place costs beyond its deposit; how much. 0 where nothing is left or it was asked for."""
    holds = list(Hold.objects.filter(commitment=commitment).order_by("pk"))
    if any(one.purpose == Hold.Purpose.BALANCE for one in holds):
        return 0
    due = sum(one.due_minor for one in holds if one.state in ALIVE)
    left = (commitment.total_minor or 0) - due - sum(one.amount_minor for one in unmended(holds))
    if left <= 0:
        return 0
    hold = _asked(commitment, Hold.Purpose.BALANCE, part=_next_part(commitment), amount_minor=left, now=now)
    capture(commitment, now=now)
    return int(hold.amount_minor)


def again(failed: Hold, *, now: datetime) -> Hold:
    """Try a refused part once more; what is to be mended from now on is the new try."""
    Hold.objects.filter(pk=failed.pk).update(mend_by=None, updated_at=now)
    return _asked(
        failed.commitment,
        Hold.Purpose(failed.purpose),
        part=failed.part,
        amount_minor=failed.amount_minor,
        units=failed.units,
        now=now,
    )


def unmended(holds: Sequence[Hold]) -> list[Hold]:
    """The newest refused hold of each part that nothing took the place of."""
    alive = {(one.commitment_id, one.part) for one in holds if one.state in ALIVE}
    newest = {(one.commitment_id, one.part): one for one in holds if one.state == Hold.State.FAILED}
    return [one for key, one in sorted(newest.items()) if key not in alive]


def _share(commitment: Commitment, price_minor: int) -> int:
    return max(1, price_minor * commitment.campaign.policy.hold_permille // 1000)


def _next_part(commitment: Commitment) -> int:
    return 1 + (Hold.objects.filter(commitment=commitment).aggregate(last=Max("part"))["last"] or 0)


def _asked(
    commitment: Commitment, purpose: Hold.Purpose, *, part: int, amount_minor: int, now: datetime, units: int = 0
) -> Hold:
    hold = Hold.objects.create(
        commitment=commitment,
        purpose=purpose,
        part=part,
        units=units,
        amount_minor=amount_minor,
        currency=settings.CURRENCY,
        provider="",
        created_at=now,
        updated_at=now,
    )
    ask(hold, "hold.requested", amount_minor, now=now)
    return hold


def capture(commitment: Commitment, *, now: datetime) -> None:
    """Ask for the capture of what a place costs and is not yet asked for, from its holds in order.

    A hold that nothing is due of goes back. Together never more than the place's total.
    """
    holds = list(Hold.objects.filter(commitment=commitment, state__in=ALIVE).order_by("part", "pk"))
    fresh = [one for one in holds if one.state in UNCAPTURED and not one.due_minor]
    left = (commitment.total_minor or 0) - sum(one.due_minor for one in holds)
    for hold, amount in zip(fresh, poured(max(0, left), [one.amount_minor for one in fresh]), strict=True):
        if amount:
            Hold.objects.filter(pk=hold.pk).update(due_minor=amount, updated_at=now)
            ask(hold, "hold.capture_requested", amount, now=now)
        else:
            let_go(hold, now=now)


def release(commitment_ids: list[int], *, now: datetime) -> int:
    """Ask for the release of every hold of these commitments that is alive and uncaptured; how many."""
    states = (*UNCAPTURED, Hold.State.FAILED)
    holds = list(Hold.objects.filter(commitment_id__in=commitment_ids, state__in=states).order_by("pk"))
    for hold in holds:
        let_go(hold, now=now)
    return len(holds)


def let_go(hold: Hold, *, now: datetime) -> None:
    """Give one hold back that was not captured."""
    Hold.objects.filter(pk=hold.pk).update(state=Hold.State.RELEASING, updated_at=now)
    ask(hold, "hold.release_requested", hold.amount_minor, now=now)


def paid(commitment: Commitment) -> int:
    """What was captured of a place and not refunded, or is about to be captured, in minor units."""
    return sum(_worth(one) for one in Hold.objects.filter(commitment=commitment, state__in=ALIVE))


def _worth(hold: Hold) -> int:
    if hold.state == Hold.State.CAPTURED:
        return int(hold.captured_minor - hold.refunded_minor)
    return int(hold.due_minor) if hold.state in UNCAPTURED else 0


def give_back(commitment: Commitment, *, fee_minor: int, now: datetime) -> int:
    """Release what is held and refund what was captured, less the fee; the refund in minor units.

    A hold that the fee is taken from and whose capture was asked for, but not carried out yet, is captured first: a
    release would let the fee go.
    """
    rows = Hold.objects.select_for_update().filter(commitment=commitment, state__in=(*ALIVE, Hold.State.FAILED))
    holds = list(rows.order_by("part", "pk"))
    refunded = 0
    for hold, kept in zip(holds, poured(fee_minor, [_worth(one) for one in holds]), strict=True):
        back = _worth(hold) - kept
        if hold.state != Hold.State.CAPTURED and not kept:
            let_go(hold, now=now)
        elif back:
            ask(hold, "hold.refund_requested", back, now=now)
            refunded += back
    return refunded


def refund(commitment: Commitment, amount_minor: int, *, now: datetime) -> int:
    """Ask for a refund of at most ``amount_minor`` of what was captured; how much was asked for."""
    rows = Hold.objects.select_for_update().filter(commitment=commitment, state=Hold.State.CAPTURED)
    holds = list(rows.order_by("part", "pk"))
    parts = poured(amount_minor, [_worth(one) for one in holds])
    for hold, part in zip(holds, parts, strict=True):
        if part:
            ask(hold, "hold.refund_requested", part, now=now)
    return sum(parts)


def ask(hold: Hold, topic: str, amount_minor: int, *, now: datetime) -> None:
    """Leave a payment step to the outbox."""
    outbox.write(
        topic,
        aggregate="hold",
        aggregate_id=hold.pk,
        payload={"hold_id": hold.pk, "amount_minor": amount_minor},
        now=now,
    )
