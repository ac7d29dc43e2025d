"""From a proposal that is out to an acknowledged release, and every way it can end before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demand.campaigning import service as campaigning
from demand.models import Campaign, Commitment, OutboxEvent
from manufacturers.access import NotYourRole
from manufacturers.models import CapacityBooking, CapacityWindow, Proposal, ProposalVersion, Release, ReleaseLine
from manufacturers.negotiating import service as negotiating
from manufacturers.negotiating.errors import ProposalChanged, ProposalExpired, ReleaseNotSent
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import service as proposing
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def locked_campaign(count: int = 40) -> Proposal:
    """Everyone's opted-in pre-order bound, the campaign closed at its date."""
    proposal, _member = deals.accepted_proposal(count, auto_bind=True)
    campaigning.bind_due(now=NOW + 2 * DAY)
    campaigning.close(campaign_id=proposal.campaign_id or 0, now=NOW + 15 * DAY)
    return proposal


def test_an_acceptance_opens_a_campaign_at_the_proposals_price() -> None:
    proposal, _member = deals.accepted_proposal()

    campaign = Campaign.objects.get()
    assert proposal.campaign_id == campaign.pk
    assert campaign.source_key == f"proposal:{proposal.pk}:v1"
    assert (campaign.max_price_minor, campaign.min_units, campaign.max_units) == (11_872, 20, 60)
    assert Commitment.objects.count() == 40
    assert set(CapacityBooking.objects.values_list("state", flat=True)) == {"bound"}


def test_a_locked_campaign_is_released_with_exact_units() -> None:
    proposal = locked_campaign()

    done = negotiating.release(proposal_id=proposal.pk, now=NOW + 15 * DAY)

    release = Release.objects.get()
    assert (done.release_id, done.state, done.number) == (release.pk, "sent", "R-2026-00001")
    assert (release.units, release.risk_units, release.unit_price_minor) == (40, 0, 10_200)
    assert list(ReleaseLine.objects.values_list("variant_key", "units")) == [("black", 40)]
    assert Proposal.objects.get().state == "released"
    assert OutboxEvent.objects.filter(topic="release.made").count() == 1


def test_a_repeated_acceptance_returns_the_first() -> None:
    proposal = deals.sent_proposal()
    mira = deals.mira(proposal.offer.maker)

    first = negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW)
    second = negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW + DAY)

    assert first == second
    assert (first.booked_units, first.binding_until) == (60, NOW + 24 * DAY)
    assert OutboxEvent.objects.filter(topic="proposal.accepted").count() == 1


def test_an_older_view_an_expired_one_and_a_viewer_are_refused() -> None:
    proposal = deals.sent_proposal()
    mira = deals.mira(proposal.offer.maker)

    with pytest.raises(ProposalChanged):
        negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=1, now=NOW)
    with pytest.raises(ProposalExpired):
        negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW + 8 * DAY)
    mira.role = "viewer"
    mira.save(update_fields=["role"])
    with pytest.raises(NotYourRole):
        negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW)
    assert Proposal.objects.get().state == "sent"


def test_a_declined_proposal_frees_its_capacity_and_is_not_put_again() -> None:
    proposal = deals.sent_proposal()
    mira = deals.mira(proposal.offer.maker)

    for _twice in range(2):
        negotiating.decline(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, reason="price", now=NOW)
    again = deals.propose()

    assert Proposal.objects.get().state == "declined"
    assert set(CapacityBooking.objects.values_list("state", flat=True)) == {"freed"}
    assert (again.drafted, again.sent) == (0, 0)


def test_what_nobody_answered_expires_and_can_be_sent_again() -> None:
    proposal = deals.sent_proposal()

    assert (negotiating.expire_due(now=NOW + 7 * DAY), negotiating.expire_due(now=NOW + 7 * DAY)) == (1, 0)
    assert Proposal.objects.get().state == "expired"
    assert CapacityBooking.objects.filter(state="reserved").count() == 0
    mira = deals.mira(proposal.offer.maker)
    with pytest.raises(ProposalExpired):
        negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW + 7 * DAY)

    sent = proposing.resend(proposal_id=proposal.pk, now=NOW + 8 * DAY)

    assert sent.reserved_units == 60
    versions = list(ProposalVersion.objects.order_by("number").values_list("number", "window_to"))
    assert versions[1][1] - versions[0][1] == 8 * DAY


def test_rivals_lapse_when_the_campaign_opens() -> None:
    proposal = deals.sent_proposal()
    other = deals.maker_with(DescribedOffer(values=deals.offer(code="b-slim"), units_per_week=100), code="maker-b")
    rival = Proposal.objects.create(offer=other.offers.get(), pool=proposal.pool, created_at=NOW, updated_at=NOW)
    mira = deals.mira(proposal.offer.maker)
    negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW)

    negotiating.open_for(proposal_id=proposal.pk, now=NOW)
    negotiating.open_for(proposal_id=proposal.pk, now=NOW)

    rival.refresh_from_db()
    assert rival.state == "lapsed"
    assert Campaign.objects.count() == 1


def test_a_cancelled_campaign_closes_the_proposal_and_frees_its_capacity() -> None:
    proposal, _member = deals.accepted_proposal()
    campaigning.cancel(campaign_id=proposal.campaign_id or 0, now=NOW)

    assert negotiating.close_for(proposal_id=proposal.pk, now=NOW) is True
    assert negotiating.close_for(proposal_id=proposal.pk, now=NOW) is False
    assert Proposal.objects.get().state == "closed"
    assert set(CapacityBooking.objects.values_list("state", flat=True)) == {"freed"}
    assert set(CapacityWindow.objects.values_list("booked", flat=True)) == {0}


def test_units_short_of_a_lot_are_the_makers_risk_within_the_tolerance() -> None:
    proposal = locked_campaign(39)

    done = negotiating.release(proposal_id=proposal.pk, now=NOW + 15 * DAY)

    assert (done.units, done.short_of_lot) == (40, 1)
    assert Release.objects.get().risk_payer == "maker"


def test_beyond_the_tolerance_staff_say_who_pays() -> None:
    proposal = locked_campaign(36)
    sam = person("sam")

    waiting = negotiating.release(proposal_id=proposal.pk, now=NOW + 15 * DAY)
    assert (waiting.release_id, waiting.short_of_lot, Release.objects.count()) == (None, 4, 0)

    done = negotiating.approve_risk(proposal_id=proposal.pk, payer="platform", by_id=sam.pk, now=NOW + 15 * DAY)
    assert (done.units, done.short_of_lot) == (40, 4)
    assert Release.objects.get().risk_payer == "platform"


def test_a_sample_holds_the_release_back_and_it_is_acknowledged_once() -> None:
    maker = deals.maker_with(DescribedOffer(values=deals.offer(sample_days=7), units_per_week=100))
    proposal, mira = deals.accepted_proposal(maker=maker, auto_bind=True)
    campaigning.bind_due(now=NOW + 2 * DAY)
    campaigning.close(campaign_id=proposal.campaign_id or 0, now=NOW + 15 * DAY)
    waits = negotiating.release(proposal_id=proposal.pk, now=NOW + 15 * DAY)
    assert (waits.state, OutboxEvent.objects.filter(topic="release.made").count()) == ("sample", 0)
    with pytest.raises(ReleaseNotSent):
        negotiating.acknowledge_release(release_id=waits.release_id or 0, member_id=mira.pk, now=NOW + 15 * DAY)

    negotiating.approve_sample(proposal_id=proposal.pk, by_id=person("sam").pk, now=NOW + 16 * DAY)
    for _twice in range(2):
        negotiating.acknowledge_release(release_id=waits.release_id or 0, member_id=mira.pk, now=NOW + 17 * DAY)

    release = Release.objects.get()
    assert (release.state, release.acknowledged_by) == ("acknowledged", mira.user)
    # Wednesday 18 November and two working days.
    assert release.acknowledge_by == NOW + 18 * DAY
    assert OutboxEvent.objects.filter(topic="release.made").count() == 1
    assert OutboxEvent.objects.filter(topic="release.acknowledged").count() == 1


def test_the_outbox_carries_an_acceptance_to_its_campaign() -> None:
    proposal = deals.sent_proposal()
    mira = deals.mira(proposal.offer.maker)
    negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=2, now=NOW)

    deals.drained()

    proposal.refresh_from_db()
    assert proposal.campaign == Campaign.objects.get()
