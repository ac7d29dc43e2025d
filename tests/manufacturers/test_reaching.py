"""Orders over all specifications: whom they serve beyond their pool, which pool they are put for, what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from demand.models import Earmark, Policy
from manufacturers.models import Proposal, ProposalState, ProposalVersion
from manufacturers.negotiating import service as negotiating
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import reads
from manufacturers.proposing.choosing import _rooms, choose
from manufacturers.proposing.guests import fits_pool, within
from manufacturers.proposing.kernel import BulkOrder
from manufacturers.proposing.reaching import problem_over
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, laptop

pytestmark = pytest.mark.django_db

SMALL = {"min": 13, "max": 13, "unit": "inch"}
LARGE = {"min": 14, "max": 14, "unit": "inch"}


def order_of(offer_id: int, volume_permille: int) -> BulkOrder:
    return BulkOrder(
        offer_id=str(offer_id),
        specification={},
        tier=0,
        unit_price=1,
        volume_permille=volume_permille,
        line_ids=(),
    )


def wants(**must: Any) -> dict[str, Any]:
    return {"must": must, "nice": {}}


def market() -> Any:
    return reads.market_of(laptop().pk, today=NOW.date())


def test_two_pools_too_small_alone_are_served_by_one_order() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15)

    done = deals.propose()

    version = ProposalVersion.objects.get()
    assert (done.drafted, done.sent) == (1, 1)
    assert version.specification == {"use": {"any": ["office"]}, "screen_size": SMALL}
    assert (version.units, version.min_units) == (30, 20)
    assert version.evidence["guests"] == {"people": 15, "units": 15}
    assert version.evidence["estimate"]["units"] == 30
    assert version.terms["support"]["reach"] == 30


def test_members_take_what_is_made_and_who_would_not_is_not_counted() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    deals.wish_for(deals.pool_of({"use": {"any": ["study"]}}), 15)
    touch = deals.pool_of({"screen_size": SMALL})
    deals.wish_for(touch, 15, needs=wants(screen_size=SMALL, touch={"is": True}))

    assert deals.propose().drafted == 0


def test_what_is_out_is_not_counted_on_twice() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15)
    deals.propose()
    first = Proposal.objects.get()

    again = deals.propose()

    assert (again.drafted, again.lapsed) == (0, 0)
    assert Proposal.objects.get() == first


def test_whom_an_order_counts_on_is_earmarked_until_its_proposal_ends() -> None:
    maker = deals.maker_with()
    mira = deals.mira(maker)
    host, guests = deals.pool_of(), deals.pool_of({"screen_size": SMALL})
    wishes = [*deals.wish_for(host, 18), *deals.wish_for(guests, 15)]
    deals.propose()
    proposal = Proposal.objects.get()
    assert {row.wish_id for row in Earmark.objects.filter(pool=proposal.pool)} == {wish.pk for wish in wishes}

    deals.propose()
    assert Earmark.objects.count() == 33

    negotiating.decline(
        proposal_id=proposal.pk, member_id=mira.pk, seen_revision=proposal.revision, reason="price", now=NOW
    )
    deals.drained()
    assert not Earmark.objects.exists()


def test_a_run_killed_before_it_sends_has_earmarked_already(monkeypatch: pytest.MonkeyPatch) -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15)

    def killed(**_asked: Any) -> None:
        assert Earmark.objects.count() == 30
        raise KeyboardInterrupt

    monkeypatch.setattr("manufacturers.proposing.service.send", killed)
    with pytest.raises(KeyboardInterrupt):
        deals.propose()
    monkeypatch.undo()

    assert deals.propose().sent == 1
    assert Earmark.objects.count() == 30


def test_a_proposal_whose_guests_went_lapses() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    guests = deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15)
    deals.propose()
    for wish in guests:
        wish.state = "withdrawn"
        wish.save(update_fields=["state"])

    assert deals.propose().lapsed == 1


def test_what_a_maker_declined_is_not_put_to_it_again_for_another_pool() -> None:
    maker = deals.maker_with()
    mira = deals.mira(maker)
    deals.wish_for(deals.pool_of(), 18)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15)
    deals.propose()
    proposal = Proposal.objects.get()
    negotiating.decline(
        proposal_id=proposal.pk, member_id=mira.pk, seen_revision=proposal.revision, reason="price", now=NOW
    )

    assert deals.propose().drafted == 0
    assert market().banned == frozenset({(proposal.offer_id, proposal.pool_id)})


def test_a_pool_under_k_is_a_guest_and_never_a_home() -> None:
    deals.maker_with()
    assert Policy.objects.filter(category__isnull=True, k=5).exists()
    deals.wish_for(deals.pool_of(), 19)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 4)

    deals.propose()

    version = ProposalVersion.objects.get()
    assert version.proposal.pool.people == 19
    assert version.units == 25
    assert "guests" not in version.evidence


def test_of_one_specification_and_two_makers_each_pool_has_one_order() -> None:
    deals.maker_with(DescribedOffer(values=deals.offer(), units_per_week=20))
    deals.maker_with(DescribedOffer(values=deals.offer(code="b-slim"), units_per_week=20), code="maker-b")
    deals.wish_for(deals.pool_of(), 120)

    deals.propose()

    assert Proposal.objects.filter(state=ProposalState.SENT).count() == 1


def test_orders_and_lines_are_disjoint_and_every_home_takes_what_is_made() -> None:
    deals.maker_with()
    other = deals.offer(code="b-slim", makes=deals.offer().makes | {"use": {"any": ["study"]}})
    deals.maker_with(DescribedOffer(values=other, units_per_week=200), code="maker-b")
    for specification in ({}, {"use": {"any": ["office"]}}, {"use": {"any": ["study"]}}, {"screen_size": LARGE}):
        deals.wish_for(deals.pool_of(specification), 24)

    seen = market()
    found = choose(seen, seed=0, patience=4)

    pools = {pool.pool_id: pool.specification for pool in seen.pools}
    assert len(found.blueprints) == 2
    assert not found.lines[0] & found.lines[1]
    assert len({one.pool_id for one in found.blueprints}) == 2
    for one in found.blueprints:
        assert fits_pool(one.specification, pools[one.pool_id])
        for index in found.of(one):
            must = seen.lines[index].needs["must"]
            assert all(within(one.specification[name], wanted) for name, wanted in must.items())


def test_an_order_counts_on_more_than_its_minimum_where_that_is_to_be_had() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 40)
    bare, safe = (problem_over(market(), margin=margin) for margin in (0.0, 1.0))
    assert bare is not None
    assert safe is not None
    least = bare.offers[0].moq

    assert safe.offers[0].moq > least
    assert [tier.min_units for tier in safe.offers[0].tiers] > [tier.min_units for tier in bare.offers[0].tiers]
    (blueprint,) = choose(market(), seed=0, patience=4).blueprints
    assert blueprint.min_units == least
    assert blueprint.chance_permille > 750


def test_what_reaches_only_the_bare_minimum_is_proposed_where_nothing_else_is() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 22)
    safe = problem_over(market(), margin=1.0)
    assert safe is not None
    assert sum(line.units * market().chances.of(line) for line in market().lines) < 1000 * safe.offers[0].moq

    assert len(choose(market(), seed=0, patience=4).blueprints) == 1


def test_a_makers_lots_all_go_to_its_orders() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 1)
    side = replace(market().offers[0], free_units=47)
    orders = [order_of(side.offer.pk, volume) for volume in (18_400, 13_200, 11_900)]

    assert _rooms(orders, {side.offer.pk: side}) == [20, 15, 10]


@pytest.mark.parametrize(
    ("decided", "wanted", "holds"),
    [
        ({"any": ["a"]}, {"any": ["a", "b"]}, True),
        ({"any": ["a", "b"]}, {"any": ["a"]}, False),
        ({"any": ["a"]}, {"not": ["b"]}, True),
        ({"not": ["b"]}, {"not": ["b"]}, False),
        ({"is": True}, {"is": True}, True),
        ({"is": True}, {"is": False}, False),
        (SMALL, {"min": 12, "max": None, "unit": "inch"}, True),
        (SMALL, {"min": 12, "max": None, "unit": "cm"}, False),
        ({"min": 12, "max": 14, "unit": "inch"}, SMALL, False),
        ({"min": None, "max": None, "unit": "inch"}, SMALL, False),
    ],
)
def test_a_decided_constraint_is_within_a_wanted_one(
    decided: dict[str, Any], wanted: dict[str, Any], holds: bool
) -> None:
    assert within(decided, wanted) is holds


def test_a_wish_that_must_come_earlier_is_no_guest() -> None:
    deals.maker_with()
    deals.wish_for(deals.pool_of(), 15)
    soon = NOW.date() + timedelta(days=10)
    deals.wish_for(deals.pool_of({"screen_size": SMALL}), 15, needed_by=soon)

    assert deals.propose().drafted == 0
