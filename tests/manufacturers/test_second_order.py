"""A trial batch that went well brings the second order to the same maker on the terms agreed; nobody is bound twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from demand.models import Campaign, Claim, Commitment, Wish
from demand.web.paying import batch_terms
from manufacturers.models import Proposal, ProposalVersion
from manufacturers.negotiating import service as negotiating
from manufacturers.proposing import reads
from manufacturers.proposing.second import propose_second
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW

pytestmark = pytest.mark.django_db
TRIAL = {"first_units": 20, "then_units": 60}


def finished(*, left: int = 40, claims: int = 0, decision: str = "refund", trial: bool = True) -> Proposal:
    """A proposal of 40 pre-orders whose campaign delivered 20 of them; ``left`` more people want the same."""
    proposal, _mira = deals.accepted_proposal(40)
    version = ProposalVersion.objects.get(proposal=proposal, number=proposal.version)
    ProposalVersion.objects.filter(pk=version.pk).update(terms=version.terms | ({"trial": TRIAL} if trial else {}))
    assert proposal.campaign is not None
    places = list(Commitment.objects.filter(campaign=proposal.campaign).order_by("pk"))
    served = places[:20]
    Commitment.objects.filter(pk__in=[one.pk for one in served]).update(state="delivered")
    Commitment.objects.filter(pk__in=[one.pk for one in places[20:]]).update(state="refused")
    Wish.objects.all().update(state="fulfilled")
    for place in served[:claims]:
        Claim.objects.create(
            commitment=place,
            kind="damaged",
            text="x",
            state="decided",
            decision=decision,
            answer_by=NOW,
            created_at=NOW,
        )
    Campaign.objects.update(state="delivered", finished_at=NOW)
    pool = proposal.pool
    pool.people = pool.units = pool.firm_units = 0
    pool.state = "open"
    pool.save(update_fields=["state", "people", "units", "firm_units"])
    if left:
        deals.wish_for(pool, left)
    Proposal.objects.filter(pk=proposal.pk).update(state="closed")
    return Proposal.objects.get(pk=proposal.pk)


def second_of(trial: Proposal) -> int | None:
    return propose_second(proposal_id=trial.pk, version=trial.version, now=NOW + timedelta(days=1))


def test_the_second_order_goes_to_the_same_maker_on_the_agreed_terms_once() -> None:
    trial = finished()

    made = second_of(trial)
    again = second_of(trial)

    assert made == again
    assert Proposal.objects.count() == 2
    assert made is not None
    second = Proposal.objects.get(pk=made)
    assert (second.offer_id, second.pool_id, second.state) == (trial.offer_id, trial.pool_id, "sent")
    old, new = (reads.newest_version(one.pk, one.version) for one in (trial, second))
    assert (new.ladder, new.min_units, new.specification) == (old.ladder, old.min_units, old.specification)
    assert (new.unit_price_minor, new.delivered_minor) == (old.unit_price_minor, old.delivered_minor)
    assert (new.terms["second_of"], new.terms["trial_units"]) == (str(trial.public_id), 20)
    assert "trial" not in new.terms


def test_nobody_is_bound_to_the_second_order_without_being_asked() -> None:
    trial = finished()
    before = Commitment.objects.count()
    made = second_of(trial)
    assert Commitment.objects.count() == before
    assert made is not None
    second = Proposal.objects.get(pk=made)
    member = trial.offer.maker.members.get()
    negotiating.accept(proposal_id=second.pk, member_id=member.pk, seen_revision=second.revision, now=NOW)
    negotiating.open_for(proposal_id=second.pk, now=NOW)
    second.refresh_from_db()
    asked = Commitment.objects.filter(campaign=second.campaign)
    assert set(asked.values_list("state", flat=True)) == {"asked"}
    assert asked.count() == 40
    assert not asked.filter(wish__state="fulfilled").exists()
    assert second.campaign is not None
    assert batch_terms(second.campaign) == [
        "The trial batch was delivered and went well; this is the second order, on the same terms."
    ]


@pytest.mark.parametrize(
    ("given", "tips"),
    [
        ({"claims": 2}, True),
        ({"claims": 3}, False),
        ({"claims": 3, "decision": "refused"}, True),
        ({"left": 0}, False),
        ({"left": 12}, False),
        ({"trial": False}, False),
    ],
)
def test_when_a_trial_tips(given: dict[str, Any], tips: bool) -> None:
    assert (second_of(finished(**given)) is not None) == tips


def test_an_unfinished_trial_brings_nothing() -> None:
    trial = finished()
    Campaign.objects.update(finished_at=None)
    assert second_of(trial) is None
    assert Proposal.objects.count() == 1
