"""After the lock: the exact order goes to the maker, a sample first where one is required, and is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.campaigning import reads as campaigning
from demand.errors import InvalidValue, NotThere
from demand.models import Campaign
from demand.notices import tell
from manufacturers.models import Proposal, ProposalState, ProposalVersion, Release, ReleaseLine
from manufacturers.negotiating import reads
from manufacturers.negotiating.errors import NotAccepted, NotReleasable, ReleaseNotSent
from manufacturers.negotiating.kernel import working_days_later
from manufacturers.offering.steps import today_of
from manufacturers.planning.trials import trial_units
from manufacturers.proposing import reads as proposing
from manufacturers.proposing import steps
from manufacturers.proposing.markets import up_to_lots

ACKNOWLEDGE_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """How a release stands. ``release_id`` is ``None`` while staff must say who pays for ``short_of_lot`` units."""

    release_id: int | None
    number: str
    state: str
    units: int
    short_of_lot: int


def release(*, proposal_id: int, now: datetime) -> Released:
    """Make the numbered order of a locked campaign: exact units by variant, filled up to whole lots.

    One transaction; locks the proposal. Units missing to a whole lot are made at the maker's risk while they are within
    the offer's quantity tolerance; beyond it nothing is released and staff are told. Where a sample is required the
    release waits for it. Called again it returns how it stands.

    Raises
    ------
    NotReleasable
        If the proposal has no locked campaign.
    """
    with locking.transaction():
        return _release(proposal_id, risk_units=None, payer="", now=now)


def approve_risk(*, proposal_id: int, payer: str, by_id: int, now: datetime) -> Released:
    """Staff decide who pays for the units that fill the last lot (``maker``, ``platform`` or ``shared``).

    Makes the release that waited; a repeat returns it. ``by_id`` is the member of staff. Raises :class:`InvalidValue`
    for an unknown payer and what :func:`release` raises.
    """
    if payer not in ("maker", "platform", "shared"):
        raise InvalidValue(_("Choose who pays."), field="payer")
    with locking.transaction():
        return _release(proposal_id, risk_units=0, payer=payer, now=now, by_id=by_id)


def _release(
    proposal_id: int, *, risk_units: int | None, payer: str, now: datetime, by_id: int | None = None
) -> Released:
    proposal = locking.lock((Proposal, [proposal_id])).get(Proposal, proposal_id)
    if proposal is None:
        raise NotThere
    known = Release.objects.filter(proposal=proposal).first()
    if known is not None:
        return _as_released(known)
    campaign = proposal.campaign
    if proposal.state != ProposalState.ACCEPTED or campaign is None or campaign.locked_at is None:
        raise NotReleasable
    version = proposing.newest_version(proposal.pk, reads.version_in_force(proposal))
    firm = campaigning.firm_by_variant(campaign.pk)
    units = sum(firm.values())
    if not units:
        raise NotReleasable
    short = up_to_lots(units, campaign.lot_multiple) - units
    tolerated = units * int(version.terms.get("quantity_tolerance_percent", 0)) // 100
    if short > tolerated and risk_units is None:
        _tell_staff(proposal, short=short, now=now)
        return Released(release_id=None, number="", state="waits_for_staff", units=units, short_of_lot=short)
    made = _make(proposal, version, campaign, firm, short=short, payer=payer or "maker", now=now)
    steps.move(proposal, ProposalState.RELEASED, now=now)
    if made.state == Release.State.SENT:
        _announce(made, proposal, now=now, by_id=by_id)
    return _as_released(made)


def _make(
    proposal: Proposal,
    version: ProposalVersion,
    campaign: Campaign,
    firm: Mapping[str, int],
    *,
    short: int,
    payer: str,
    now: datetime,
) -> Release:
    waits = version.terms.get("sample_days", 0) > 0 and proposal.sample_approved_at is None
    units = sum(firm.values())
    first = version.terms.get("trial", {}).get("first_units", 0)
    made = Release.objects.create(
        number=_next_number(now),
        proposal=proposal,
        maker_id=proposal.offer.maker_id,
        state=Release.State.WAITS_FOR_SAMPLE if waits else Release.State.SENT,
        units=units + short,
        risk_units=short,
        risk_payer=payer if short else "",
        trial_units=trial_units(units + short, first=first, multiple=campaign.lot_multiple),
        unit_price_minor=_reached(version, units),
        due_on=campaign.promised_to,
        by_region=campaigning.firm_by_region(campaign.pk),
        acknowledge_by=working_days_later(now, ACKNOWLEDGE_WORKING_DAYS),
        created_at=now,
    )
    values = {line.variant_key: line.variant for line in version.lines.all()}
    most = max(firm, key=lambda key: (firm[key], key))
    ReleaseLine.objects.bulk_create(
        [
            ReleaseLine(
                release=made,
                variant_key=key,
                variant=values.get(key, {}),
                units=count + (short if key == most else 0),
            )
            for key, count in sorted(firm.items())
        ]
    )
    return made


def _reached(version: ProposalVersion, units: int) -> int:
    """The maker's unit price of the deepest tier that the firm units reach."""
    return min(int(price) for least, price, _delivered in version.ladder if least <= max(units, version.min_units))


def _next_number(now: datetime) -> str:
    """``R-`` year ``-`` a number that rises by one; the lock lasts until the transaction ends."""
    prefix = f"R-{today_of(now).year}-"
    locking.advisory(f"release:{prefix}")
    last = Release.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True)
    return f"{prefix}{int(last[0].removeprefix(prefix)) + 1 if last else 1:05d}"


def _announce(made: Release, proposal: Proposal, *, now: datetime, by_id: int | None = None) -> None:
    outbox.write(
        "release.made",
        aggregate="release",
        aggregate_id=made.pk,
        payload={
            "release_id": made.pk,
            "maker_id": made.maker_id,
            "campaign_id": proposal.campaign_id,
            "by_id": by_id,
        },
        now=now,
    )
    steps.tell_maker(
        proposal,
        "maker.release",
        key=f"release:{made.pk}",
        now=now,
        number=made.number,
        units=made.units,
        answer_on=made.acknowledge_by.isoformat(),
    )


def _tell_staff(proposal: Proposal, *, short: int, now: datetime) -> None:
    params = {"pool_id": proposal.pool_id, "proposal": str(proposal.public_id), "units": short}
    tell(steps.messages(reads.staff_ids(), "staff.lot_short", params, proposal, "lot"), now=now)


def _as_released(row: Release) -> Released:
    return Released(release_id=row.pk, number=row.number, state=row.state, units=row.units, short_of_lot=row.risk_units)


def approve_sample(*, proposal_id: int, by_id: int, now: datetime) -> Released | None:
    """Staff approve the sample (photos and measurements were seen); a release that waited goes out.

    One transaction; locks the proposal, then its release. ``None`` where there is no release yet; repeating it changes
    nothing. Raises :class:`NotAccepted` for a proposal that was not accepted.
    """
    with locking.transaction():
        known = list(Release.objects.filter(proposal_id=proposal_id).values_list("pk", flat=True))
        locked = locking.lock((Proposal, [proposal_id]), (Release, known))
        proposal = locked.get(Proposal, proposal_id)
        if proposal is None:
            raise NotThere
        if proposal.state not in (ProposalState.ACCEPTED, ProposalState.RELEASED):
            raise NotAccepted
        if proposal.sample_approved_at is None:
            Proposal.objects.filter(pk=proposal.pk).update(sample_approved_at=now, updated_at=now)
        for waiting in locked.all(Release):
            if waiting.state == Release.State.WAITS_FOR_SAMPLE:
                waiting.state = Release.State.SENT
                waiting.acknowledge_by = working_days_later(now, ACKNOWLEDGE_WORKING_DAYS)
                waiting.save(update_fields=["state", "acknowledge_by"])
                _announce(waiting, proposal, now=now, by_id=by_id)
            return _as_released(waiting)
    return None


def acknowledge_release(*, release_id: int, member_id: int, now: datetime) -> Released:
    """The maker confirms the exact order; only then is it planned. Repeating it changes nothing.

    One transaction; locks the release. ``release.acknowledged`` goes to the outbox. It may be late: staff see that.
    Raises :class:`ReleaseNotSent` while it waits for a sample, ``NotThere`` for another maker's member.
    """
    known = Release.objects.select_related("proposal__offer").filter(pk=release_id).first()
    if known is None:
        raise NotThere
    with locking.transaction():
        made = locking.lock((Release, [release_id])).get(Release, release_id)
        if made is None:
            raise NotThere
        member = reads.deciding_member(member_id, known.proposal)
        if made.state == Release.State.WAITS_FOR_SAMPLE:
            raise ReleaseNotSent
        if made.state != Release.State.SENT:
            return _as_released(made)
        made.state, made.acknowledged_at, made.acknowledged_by = Release.State.ACKNOWLEDGED, now, member.user
        made.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        outbox.write(
            "release.acknowledged",
            aggregate="release",
            aggregate_id=made.pk,
            payload={"release_id": made.pk, "maker_id": made.maker_id},
            now=now,
        )
        return _as_released(made)
