"""Holds at the payment provider: each step called outside a transaction, recorded once with its ledger rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Subquery, Sum

from demand import locking
from demand.campaigning import holding, steps
from demand.campaigning.errors import PaymentMissing
from demand.campaigning.kernel import freight_of, parts_of, shared_by
from demand.campaigning.payments import GatewayAnswer, PaymentGateway, gateway
from demand.campaigning.service import answering, places
from demand.errors import NotThere
from demand.models import (
    Campaign,
    CampaignVariant,
    Commitment,
    CommitmentState,
    GatewayCall,
    Hold,
    LedgerEntry,
    LedgerTransfer,
)

Account = LedgerEntry.Account
# How often what is owed of a delivered place is tried before staff take it up.
TRIES = 3
PAID = (Account.MAKER_PAYABLE, Account.VAT, Account.FREIGHT, Account.PLATFORM_FEES)


class PaymentPending(RuntimeError):
    """The step before this one has not been carried out yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What a successful step moves: entries (account, minor units) that sum to zero."""

    kind: str
    entries: Sequence[tuple[str, int]]


def settle(*, hold_id: int, action: str, amount_minor: int, key: str, now: datetime) -> str:
    """Carry out one payment step (authorise, capture, release, refund) and record it; the hold's state afterwards.

    The provider is called outside any transaction with ``key``; hold, call and ledger are written in one. The same
    ``key`` again moves nothing. A step that no longer applies (a hold released before it was made) is skipped; one
    whose turn has not come (a refund before the capture) raises :class:`PaymentPending`, to be tried again.
    """
    hold = Hold.objects.select_related("commitment__user").filter(pk=hold_id).first()
    if hold is None:
        raise NotThere
    if not _applies(hold, action):
        return hold.state
    provider = gateway()
    answer = _call(provider, hold, action, amount_minor, key)
    with locking.transaction():
        locked = locking.lock((Hold, [hold_id])).get(Hold, hold_id)
        if locked is None or GatewayCall.objects.filter(idempotency_key=key).exists():
            return hold.state
        GatewayCall.objects.create(
            hold=locked,
            action=action,
            idempotency_key=key,
            amount_minor=amount_minor,
            succeeded=answer.succeeded,
            response={"reference": answer.reference, "failure": answer.failure},
            called_at=now,
        )
        _record(locked, action, amount_minor, answer, provider=provider.name, key=key, now=now)
        return Hold.objects.values_list("state", flat=True).get(pk=hold_id)


def _applies(hold: Hold, action: str) -> bool:
    allowed = {
        "authorise": (Hold.State.REQUESTED, Hold.State.FAILED),
        "capture": (Hold.State.HELD,),
        "release": (Hold.State.RELEASING,),
        "refund": (Hold.State.CAPTURED,),
    }
    before = {"capture": (Hold.State.REQUESTED,), "refund": (Hold.State.REQUESTED, Hold.State.HELD)}
    if hold.state in before.get(action, ()):
        raise PaymentPending
    return hold.state in allowed[action]


def _call(provider: PaymentGateway, hold: Hold, action: str, amount_minor: int, key: str) -> GatewayAnswer:
    if action == "authorise":
        payer = str(hold.commitment.user.public_id)
        return provider.authorise(amount_minor=amount_minor, currency=hold.currency, payer=payer, key=key)
    if not hold.provider_reference:
        return GatewayAnswer(succeeded=True, reference="")
    step = {"capture": provider.capture, "release": provider.release, "refund": provider.refund}[action]
    return step(reference=hold.provider_reference, amount_minor=amount_minor, key=key)


def _record(
    hold: Hold, action: str, amount_minor: int, answer: GatewayAnswer, *, provider: str, key: str, now: datetime
) -> None:
    if not answer.succeeded:
        _fail(hold, action, answer, now=now)
        return
    if action == "authorise":
        _update(hold, now=now, state=Hold.State.HELD, provider=provider, provider_reference=answer.reference)
        moved = Movement(kind="hold", entries=((Account.HELD, amount_minor), (Account.SHOPPER, -amount_minor)))
    elif action == "capture":
        _update(hold, now=now, state=Hold.State.CAPTURED, captured_minor=amount_minor)
        charged = F("charged_minor") + amount_minor
        Commitment.objects.filter(pk=hold.commitment_id).update(charged_minor=charged, updated_at=now)
        moved = Movement(kind="capture", entries=_captured(hold, amount_minor))
    elif action == "release":
        was_held = bool(hold.provider_reference)
        _update(hold, now=now, state=Hold.State.RELEASED)
        if not was_held:
            return
        moved = Movement(kind="release", entries=((Account.SHOPPER, amount_minor), (Account.HELD, -amount_minor)))
        steps.tell_all([hold.commitment], "hold.released", campaign=hold.commitment.campaign, key=key, now=now)
    else:
        whole = hold.refunded_minor + amount_minor >= hold.captured_minor
        state = Hold.State.REFUNDED if whole else Hold.State.CAPTURED
        _update(hold, now=now, state=state, refunded_minor=F("refunded_minor") + amount_minor)
        moved = Movement(kind="refund", entries=_refunded(hold.commitment_id, amount_minor))
    post(commitment_id=hold.commitment_id, key=key, currency=hold.currency, moved=moved, now=now)


def _captured(hold: Hold, captured_minor: int) -> tuple[tuple[str, int], ...]:
    """Capturing ends the hold: its parts go to whom they are due, what is not captured goes back to the shopper.

    A place that is captured in several steps comes to exactly its parts once the last is done.
    """
    done = LedgerEntry.objects.filter(
        transfer__commitment_id=hold.commitment_id, transfer__kind="capture", account__in=PAID
    )
    had = dict(done.values_list("account").annotate(n=Sum("amount_minor")).order_by("account"))
    due = shared_by(captured_minor, {name: part - had.get(name, 0) for name, part in _due_of(hold.commitment).items()})
    entries = [(str(Account.HELD), -hold.amount_minor), *due.items()]
    entries.append((str(Account.SHOPPER), hold.amount_minor - captured_minor))
    return tuple(entry for entry in entries if entry[1])


def _due_of(commitment: Commitment) -> dict[str, int]:
    """Who a place's total is made of, by account: the parts of the price that its shopper was shown."""
    campaign = commitment.campaign
    parts = parts_of(
        total_minor=commitment.total_minor or 0,
        units=commitment.units,
        freight_minor=freight_of(campaign.freight_minor, steps.region_of(commitment)),
        vat_permille=campaign.vat_permille,
        fee_permille=campaign.fee_permille,
    )
    return {
        str(Account.MAKER_PAYABLE): parts.maker_minor,
        str(Account.VAT): parts.vat_minor,
        str(Account.FREIGHT): parts.freight_minor,
        str(Account.PLATFORM_FEES): parts.fee_minor,
    }


def _refunded(commitment_id: int, amount_minor: int) -> tuple[tuple[str, int], ...]:
    """A refund takes from everyone who was paid in proportion to what they still have of this place."""
    paid = LedgerEntry.objects.filter(transfer__commitment_id=commitment_id, account__in=PAID)
    sums = paid.values_list("account").annotate(left=Sum("amount_minor")).order_by("account")
    taken = shared_by(amount_minor, {account: left for account, left in sums if left > 0})
    return (str(Account.SHOPPER), amount_minor), *((account, -part) for account, part in taken.items() if part)


def post(*, commitment_id: int, key: str, currency: str, moved: Movement, now: datetime) -> None:
    """Write one balanced transfer; unique on ``key``. Belongs in the caller's transaction."""
    transfer = LedgerTransfer.objects.create(
        key=key, kind=moved.kind, commitment_id=commitment_id, currency=currency, at=now
    )
    LedgerEntry.objects.bulk_create(
        [LedgerEntry(transfer=transfer, account=account, amount_minor=amount) for account, amount in moved.entries]
    )


def _update(hold: Hold, *, now: datetime, **fields: object) -> None:
    Hold.objects.filter(pk=hold.pk).update(updated_at=now, failure="", **fields)


def _fail(hold: Hold, action: str, answer: GatewayAnswer, *, now: datetime) -> None:
    """Keep the failure for staff; a hold that was refused leaves its shopper the policy's days to mend it."""
    failure = f"{action}: {answer.failure}"[:200]
    if action != "authorise":
        Hold.objects.filter(pk=hold.pk).update(failure=failure, failed_at=now, updated_at=now)
        return
    commitment = Commitment.objects.select_related("campaign__policy").get(pk=hold.commitment_id)
    mend_by = now + timedelta(days=commitment.campaign.policy.hold_repair_days)
    Hold.objects.filter(pk=hold.pk).update(
        state=Hold.State.FAILED, failure=failure, failed_at=now, mend_by=mend_by, updated_at=now
    )
    steps.tell_all(
        [commitment],
        "hold.owed" if commitment.state == CommitmentState.DELIVERED else "hold.failed",
        campaign=commitment.campaign,
        key=f"hold{hold.pk}",
        now=now,
        mend_on=mend_by.isoformat(),
        rest_minor=hold.amount_minor,
    )


def mend_hold(*, commitment_id: int, now: datetime) -> int:
    """Try what was refused of a place again with fresh holds; the first one's key. Raises :class:`PaymentMissing` if
    nothing was. Once the campaign is locked what is mended is captured too.
    """
    with locking.transaction():
        commitment = locking.lock((Commitment, [commitment_id])).get(Commitment, commitment_id)
        if commitment is None:
            raise NotThere
        holds = list(commitment.holds.order_by("pk"))
        failed = holding.unmended(holds)
        if not failed:
            alive = [one.pk for one in holds if one.state in holding.ALIVE]
            if not alive:
                raise PaymentMissing
            return alive[-1]
        if commitment.state not in (CommitmentState.CONFIRMED, CommitmentState.DELIVERED):
            raise PaymentMissing
        return _try_again(commitment, failed, now=now)


def _try_again(commitment: Commitment, failed: list[Hold], *, now: datetime) -> int:
    fresh = [holding.again(one, now=now) for one in failed]
    if commitment.campaign.final_price_minor is not None:
        holding.capture(commitment, now=now)
    return fresh[0].pk


def retry_unpaid(*, now: datetime, most: int = 200) -> int:
    """Try again what is owed of places that were delivered, once its days to be mended are over; how many places.

    A place that was delivered is not given up. Each part is tried ``TRIES`` times in all; then it waits for staff, who
    see it among the failed holds. One transaction each; safe to repeat.
    """
    same_part = Hold.objects.filter(commitment=OuterRef("commitment"), part=OuterRef("part"), state=Hold.State.FAILED)
    tries = same_part.order_by().values("part").annotate(n=Count("pk")).values("n")
    due = (
        Hold.objects.filter(state=Hold.State.FAILED, mend_by__lte=now, commitment__state=CommitmentState.DELIVERED)
        .annotate(tries=Subquery(tries))
        .filter(tries__lt=TRIES)
        .order_by("commitment_id")
    )
    keys = list(due.values_list("commitment_id", flat=True).distinct()[:most])
    for commitment_id in keys:
        with locking.transaction():
            commitment = locking.lock((Commitment, [commitment_id])).get(Commitment, commitment_id)
            if commitment is None or commitment.state != CommitmentState.DELIVERED:
                continue
            holds = holding.unmended(list(commitment.holds.order_by("pk")))
            failed = [one for one in holds if one.mend_by is not None and one.mend_by <= now]
            if failed:
                _try_again(commitment, failed, now=now)
    return len(keys)


def lapse_unmended(*, now: datetime, most: int = 200) -> int:
    """Free the places, or the added units, whose refused payment was not mended in time; how many places."""
    replaced = Hold.objects.filter(commitment=OuterRef("commitment"), part=OuterRef("part"), state__in=holding.ALIVE)
    due = (
        Hold.objects.filter(state=Hold.State.FAILED, mend_by__lte=now, commitment__state=CommitmentState.CONFIRMED)
        .exclude(Exists(replaced))
        .order_by("commitment_id")
    )
    keys = list(due.values_list("commitment_id", flat=True).distinct()[:most])
    for commitment_id in keys:
        _lapse(commitment_id, now=now)
    return len(keys)


def _lapse(commitment_id: int, *, now: datetime) -> None:
    """Without the payment for the place, or its balance, the place is given up on the terms of leaving; without the
    payment for added units only these are.
    """
    with locking.transaction():
        campaign, variant, commitment = places.locked_place(commitment_id, None)
        missing = [
            one for one in holding.unmended(list(commitment.holds.order_by("pk"))) if (one.mend_by or now) <= now
        ]
        if commitment.state != CommitmentState.CONFIRMED or not missing:
            return
        if all(one.purpose == Hold.Purpose.MORE for one in missing):
            _take_off(commitment, missing, campaign=campaign, variant=variant, now=now)
        else:
            _give_up(commitment, campaign=campaign, now=now)
    answering.move_queue(campaign_id=campaign.pk, now=now)


def _give_up(commitment: Commitment, *, campaign: Campaign, now: datetime) -> None:
    terms = answering.leaving_terms(campaign, commitment, now=now)
    commitment.state, commitment.left_at, commitment.fee_minor = CommitmentState.LAPSED, now, terms.fee_minor
    places.store(commitment, now=now)
    steps.free_place(commitment, campaign=campaign, now=now)
    holding.give_back(commitment, fee_minor=terms.fee_minor, now=now)
    steps.tell_all(
        [commitment], "campaign.unpaid", campaign=campaign, key="unmended", now=now, fee_minor=terms.fee_minor
    )


def _take_off(
    commitment: Commitment, missing: list[Hold], *, campaign: Campaign, variant: CampaignVariant, now: datetime
) -> None:
    less = sum(one.units for one in missing)
    each = (commitment.total_minor or 0) // commitment.units
    commitment.units -= less
    commitment.total_minor = each * commitment.units
    places.store(commitment, now=now)
    Campaign.objects.filter(pk=campaign.pk).update(firm_units=F("firm_units") - less, updated_at=now)
    CampaignVariant.objects.filter(pk=variant.pk).update(firm_units=F("firm_units") - less)
    for hold in missing:
        holding.let_go(hold, now=now)
    steps.tell_all([commitment], "campaign.less", campaign=campaign, key=f"less{missing[0].pk}", now=now, more=less)
