"""Makers side by side for staff, and another one asked instead of the planned one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from manufacturers.models import Offer, Proposal, ProposalCandidate
from manufacturers.negotiating import service as negotiating
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import reads, service
from manufacturers.proposing.choosing import choose
from manufacturers.proposing.comparing import compare
from manufacturers.proposing.errors import CannotMake, PoolTaken
from tests.demand.conftest import person
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, laptop, member_of

pytestmark = pytest.mark.django_db


def two_makers() -> None:
    """Maker A asks 102.00 for forty, maker B 107.00 and takes ten days longer; both can make them."""
    deals.maker_with()
    dearer = deals.offer(code="b-slim", tiers=((20, 10_500), (50, 9_500)), lead_days=20)
    deals.maker_with(DescribedOffer(values=dearer, units_per_week=100), code="maker-b")
    deals.wish_for(deals.pool_of(), 40)


def rows() -> list[tuple[str, int, bool, bool, int]]:
    found = ProposalCandidate.objects.order_by("rank").select_related("offer")
    return [(row.offer.code, row.rank, row.chosen, row.reached, row.unit_price_minor) for row in found]


def test_makers_stand_side_by_side_and_a_run_again_writes_them_anew() -> None:
    two_makers()
    deals.propose()
    assert rows() == [("a-slim", 1, True, True, 10_200), ("b-slim", 2, False, True, 10_700)]
    first, second = ProposalCandidate.objects.order_by("rank")
    assert (first.min_units, first.units) == (20, 40)
    assert second.surplus_minor < first.surplus_minor
    assert (second.window_to - first.window_to).days == 10

    Proposal.objects.update(state="lapsed")
    deals.propose()
    assert len(rows()) == 2


def test_what_is_out_keeps_what_was_compared() -> None:
    two_makers()
    deals.propose()
    Offer.objects.filter(code="b-slim").update(state="paused")
    deals.propose()
    assert [row[0] for row in rows()] == ["a-slim", "b-slim"]


def test_alone_an_offer_comes_to_what_the_kernel_finds() -> None:
    two_makers()
    deals.wish_for(deals.pool_of({"use": {"any": ["study"]}}), 60, ceiling_minor=11_200)
    market = reads.market_of(laptop().pk, today=NOW.date())
    compared = 0
    for pool in market.pools:
        for one in compare(market, pool):
            alone = replace(
                market,
                pools=(pool,),
                offers=(one.side,),
                lines=tuple(line for line in market.lines if line.pool_id == pool.pool_id),
            )
            planned = choose(alone, seed=0, seconds=1.0).blueprints
            assert one.reached == bool(planned)
            if planned:
                assert one.blueprint == planned[0]
            compared += 1
    assert compared == 4


def test_staff_put_a_pool_to_another_maker_and_a_new_run_keeps_it() -> None:
    two_makers()
    sam = person("sam", is_staff=True)
    deals.propose()
    other = ProposalCandidate.objects.get(chosen=False)
    asked: dict[str, Any] = {"pool_id": other.pool_id, "offer_id": other.offer_id, "by_id": sam.pk, "now": NOW}

    key = service.draft_for(**asked)
    assert service.draft_for(**asked) == key
    deals.propose()

    draft = Proposal.objects.get(pk=key)
    assert (draft.state, draft.asked_by, draft.version) == ("draft", sam, 1)
    assert draft.versions.get().evidence["estimate"]["units"] == 40

    service.send(proposal_id=key, expires_at=NOW + service.ANSWER_TIME, now=NOW)
    draft.refresh_from_db()
    noor = member_of(draft.offer.maker, "noor")
    negotiating.accept(proposal_id=key, member_id=noor.pk, seen_revision=draft.revision, now=NOW)
    negotiating.open_for(proposal_id=key, now=NOW)
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["accepted", "lapsed"]
    assert service.draft_for(**asked) == key
    with pytest.raises(PoolTaken):
        service.draft_for(**(asked | {"offer_id": ProposalCandidate.objects.get(chosen=True).offer_id}))


def test_an_offer_that_does_not_fit_is_refused() -> None:
    two_makers()
    pool = deals.pool_of({"use": {"any": ["gaming"]}})
    with pytest.raises(CannotMake):
        service.draft_for(pool_id=pool.pk, offer_id=Offer.objects.all()[0].pk, by_id=person("sam").pk, now=NOW)
    assert not Proposal.objects.exists()
