"""From a proposal that is out to an acknowledged release, and every way it can end before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demand.campaigning import service as campaigning
from demand.models import Campaign, Commitment, OutboxEvent
from manufacturers.models import CapacityBooking, Proposal, Release, ReleaseLine
from manufacturers.negotiating import service as negotiating
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW

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
