"""An acceptance opens a campaign; rivals lapse; a campaign that came to nothing gives the capacity back."""

from __future__ import annotations

from datetime import datetime

from demand import locking
from demand.campaigning import service as campaigning
from manufacturers.models import CapacityWindow, Counter, Proposal, ProposalState, ProposalVersion, Release
from manufacturers.negotiating import reads
from manufacturers.offering.reads import booked_window_ids, fee_permille
from manufacturers.offering.steps import free
from manufacturers.proposing import reads as proposing
from manufacturers.proposing import steps


def open_for(*, proposal_id: int, now: datetime) -> int | None:
    """Open the campaign of an accepted proposal, link it, and lapse its rivals; the campaign's key.

    Two calls, each with its own transaction and each safe to repeat: demand opens the campaign, unique on its source
    key; then the link and the rivals. ``None`` where the proposal ended meanwhile.
    """
    before = reads.subject(proposal_id, now=now)
    if before.proposal.state != ProposalState.ACCEPTED:
        return before.proposal.campaign_id
    if before.proposal.campaign_id is None:
        opened = _open(before, now=now)
        _link(proposal_id, opened, now=now)
        return opened
    _lapse_rivals(before.proposal, now=now)
    return before.proposal.campaign_id


def _open(before: reads.Subject, *, now: datetime) -> int:
    proposal, version, offer = before.proposal, before.version, before.proposal.offer
    return campaigning.open_campaign(
        source_key=reads.source_key(proposal.pk, version.number),
        pool_id=proposal.pool_id,
        maker_name=str(offer.maker)[:120],
        maker_record=reads.record_of(offer.maker_id),
        batch={name: version.terms[name] for name in ("trial", "trial_units") if name in version.terms},
        specification=version.specification,
        max_price_minor=version.delivered_minor,
        tiers=[(units, delivered) for units, _price, delivered in version.ladder],
        freight_minor=version.terms.get("freight_minor", offer.freight_minor),
        vat_permille=version.terms.get("vat_permille", offer.vat_permille),
        fee_permille=version.terms.get("fee_permille", fee_permille(offer.category_id)),
        variants=[
            campaigning.VariantOffer(
                key=line.variant_key,
                values=line.variant,
                adder_minor=line.adder_minor,
                min_units=line.min_units,
                max_units=line.max_units,
            )
            for line in version.lines.all()
        ],
        min_units=version.min_units,
        max_units=version.max_units,
        lot_multiple=version.terms.get("lot_multiple", offer.lot_multiple),
        promised_from=version.window_from,
        promised_to=version.window_to,
        return_terms=version.terms.get("return_terms", offer.return_terms),
        now=now,
    ).campaign_id


def _link(proposal_id: int, campaign_id: int, *, now: datetime) -> None:
    with locking.transaction():
        proposal = locking.lock((Proposal, [proposal_id])).get(Proposal, proposal_id)
        if proposal is None:
            return
        Proposal.objects.filter(pk=proposal_id, campaign__isnull=True).update(campaign_id=campaign_id, updated_at=now)
    _lapse_rivals(proposal, now=now)


def _lapse_rivals(winner: Proposal, *, now: datetime) -> None:
    """Every other proposal for the pool ends and its capacity is free, so that no demand is sold twice."""
    with locking.transaction():
        keys = proposing.rivals_of(winner)
        locked = locking.lock((CapacityWindow, booked_window_ids(keys)), (Proposal, keys))
        for rival in locked.all(Proposal):
            if rival.state not in steps.ENDABLE:
                continue
            Counter.objects.filter(proposal=rival, state=Counter.State.OPEN).update(
                state=Counter.State.REFUSED, answered_at=now
            )
            steps.end(rival, ProposalState.LAPSED, "proposal.lapsed", now=now, tell_of="maker.lapsed")


def close_for(*, proposal_id: int, now: datetime) -> bool:
    """The campaign missed its minimum or was cancelled: the proposal is closed and its capacity free.

    One transaction; locks the capacity windows, the proposal, its release. A release that still waited for a sample
    goes; one that was sent stays, and the proposal with it. Whether anything changed.
    """
    with locking.transaction():
        known = list(Release.objects.filter(proposal_id=proposal_id).values_list("pk", flat=True))
        locked = locking.lock(
            (CapacityWindow, booked_window_ids([proposal_id])), (Proposal, [proposal_id]), (Release, known)
        )
        proposal = locked.get(Proposal, proposal_id)
        if proposal is None or proposal.state not in (ProposalState.ACCEPTED, ProposalState.RELEASED):
            return False
        for release in locked.all(Release):
            if release.state != Release.State.WAITS_FOR_SAMPLE:
                return False
            release.delete()
        free(proposal, now)
        steps.move(proposal, ProposalState.CLOSED, now=now)
        steps.tell_maker(proposal, "maker.campaign_missed", key="closed", now=now)
    return True


def finish_for(*, proposal_id: int, now: datetime) -> bool:
    """Everything is delivered and no claim is open: the proposal is closed, its release done; whether it changed.

    One transaction; locks the proposal, its release.
    """
    with locking.transaction():
        known = list(Release.objects.filter(proposal_id=proposal_id).values_list("pk", flat=True))
        locked = locking.lock((Proposal, [proposal_id]), (Release, known))
        proposal = locked.get(Proposal, proposal_id)
        if proposal is None or proposal.state != ProposalState.RELEASED:
            return False
        Release.objects.filter(pk__in=known).exclude(state=Release.State.DONE).update(state=Release.State.DONE)
        steps.move(proposal, ProposalState.CLOSED, now=now)
    return True


def ask_consent_for(*, counter_id: int, now: datetime) -> int | None:
    """Put an agreed counter of a running campaign to everyone it binds; the round's key. Silence is no."""
    counter = Counter.objects.select_related("proposal", "from_version", "to_version").get(pk=counter_id)
    campaign_id, after = counter.proposal.campaign_id, counter.to_version
    if campaign_id is None or after is None:
        return None
    reason, changes = consent_changes(counter.from_version, after)
    return campaigning.ask_consent(
        campaign_id=campaign_id, source_key=f"counter:{counter_id}", reason=reason, changes=changes, now=now
    )


def consent_changes(before: ProposalVersion, after: ProposalVersion) -> tuple[str, dict[str, object]]:
    """Why shoppers must be asked again, and what would change for them; an empty reason where nothing gets worse."""
    reason, changes = "", {}
    if after.specification != before.specification:
        reason, changes["specification"] = "specification", after.specification
    if after.window_to > before.window_to:
        reason = "date"
        changes |= {"promised_from": after.window_from.isoformat(), "promised_to": after.window_to.isoformat()}
    if after.delivered_minor > before.delivered_minor:
        reason, changes["max_price_minor"] = "price", after.delivered_minor
    if reason and after.ladder != before.ladder:
        changes["tiers"] = [[units, delivered] for units, _price, delivered in after.ladder]
    if reason and after.min_units != before.min_units:
        changes["min_units"] = after.min_units
    return reason, changes
