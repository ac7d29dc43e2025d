"""Pools and offers become proposals: expected units, reserved capacity, kept, lapsed, and the terms pools show."""

from __future__ import annotations

import pytest

from demand.models import PoolTerms, PoolTier
from manufacturers.models import CapacityBooking, Proposal, ProposalVersion
from tests.manufacturers import deals

pytestmark = pytest.mark.django_db


def test_forty_preorders_become_one_proposal_that_is_sent() -> None:
    proposal = deals.sent_proposal()

    version = ProposalVersion.objects.get(proposal=proposal)
    assert (proposal.state, proposal.version, proposal.revision) == ("sent", 1, 2)
    assert (version.units, version.min_units, version.max_units) == (40, 20, 60)
    assert (version.low_units, version.high_units) == (36, 40)
    assert (version.unit_price_minor, version.delivered_minor) == (10_200, 11_872)
    assert version.ladder == [[20, 10_200, 11_872], [50, 9_200, 10_708]]
    assert version.specification == {"use": {"any": ["office"]}, "screen_size": {"min": 13, "max": 13, "unit": "inch"}}
    bookings = CapacityBooking.objects.filter(proposal=proposal, state="reserved")
    assert sum(bookings.values_list("units", flat=True)) == 60


def test_terms_are_delivered_prices_with_their_firm_units() -> None:
    deals.sent_proposal()

    terms = PoolTerms.objects.get()
    assert (terms.min_units, terms.lead_days, terms.makers, terms.state) == (20, 10, 1, "proposed")
    assert list(PoolTier.objects.values_list("min_units", "price_minor", "firm_units")) == [
        (20, 11_872, 40),
        (50, 10_708, 40),
    ]


def test_running_again_changes_nothing() -> None:
    deals.sent_proposal()

    again = deals.propose()

    assert (again.drafted, again.sent, again.lapsed) == (0, 0, 0)
    assert ProposalVersion.objects.count() == 1
    assert Proposal.objects.get().state == "sent"
