"""Acceptances that meet: real commits on two connections. First the race with the locks off, then what the locks do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, models

from demand import locking
from demand.errors import DomainError
from demand.models import Policy
from manufacturers.models import CapacityBooking, CapacityWindow, Counter, MakerMember, Proposal
from manufacturers.negotiating import service as negotiating
from manufacturers.negotiating.errors import ProposalChanged
from manufacturers.offering.descriptions import DescribedOffer
from manufacturers.proposing import reads, service, steps
from manufacturers.proposing.choosing import choose
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, laptop, member_of

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = 2


@pytest.fixture(autouse=True)
def policy() -> None:
    Policy.objects.get_or_create(category=None, version=1, defaults={"created_at": NOW})


def meet(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each on its own connection; their results, or the refusals they met."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=10)
            return call()
        except (DomainError, IntegrityError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(run, call) for call in calls]]


def drafted(pool_specification: dict[str, Any], offer_id: int) -> Proposal:
    """A draft for one offer and the pool of a specification, as a run would make it."""
    market = reads.market_of(laptop().pk, today=NOW.date())
    only = [side for side in market.offers if side.offer.pk == offer_id]
    pools = [pool for pool in market.pools if dict(pool.specification) == pool_specification]
    keys = {pool.pool_id for pool in pools}
    lines = tuple(line for line in market.lines if line.pool_id in keys)
    narrowed = replace(market, offers=tuple(only), pools=tuple(pools), lines=lines)
    (blueprint,) = choose(narrowed, seed=0, seconds=1.0).blueprints
    proposal = Proposal.objects.create(offer_id=offer_id, pool_id=blueprint.pool_id, created_at=NOW, updated_at=NOW)
    steps.write_version(proposal, blueprint, number=1, now=NOW)
    return proposal


def put_out(proposal: Proposal) -> Proposal:
    service.send(proposal_id=proposal.pk, expires_at=NOW + timedelta(days=7), now=NOW)
    proposal.refresh_from_db()
    return proposal


def rivals() -> list[tuple[Proposal, MakerMember]]:
    """Proposals of maker A (mira) and maker B (noor) for the same forty people, both out."""
    a = deals.maker_with()
    b = deals.maker_with(DescribedOffer(values=deals.offer(code="b-slim"), units_per_week=100), code="maker-b")
    deals.wish_for(deals.pool_of(), 40)
    out = [put_out(drafted(deals.OFFICE, maker.offers.get().pk)) for maker in (a, b)]
    return list(zip(out, [deals.mira(a), member_of(b, "noor")], strict=True))


def accepting(proposal: Proposal, member: MakerMember) -> Callable[[], Any]:
    return lambda: negotiating.accept(
        proposal_id=proposal.pk, member_id=member.pk, seen_revision=proposal.revision, now=NOW
    )


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read before either writes, and nothing holds what they read."""
    read_by_both = Barrier(BOTH)

    def read_only(*wanted: tuple[type[models.Model], Collection[int]]) -> locking.Locked:
        found = locking.Locked()
        for model, keys in wanted:
            for row in model._default_manager.filter(pk__in=keys).order_by("pk"):
                found.add(row)
        read_by_both.wait(timeout=10)
        return found

    monkeypatch.setattr(locking, "lock", read_only)


def test_control_without_locks_both_makers_pass_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = rivals()
    without_locks(monkeypatch)
    results = meet(*(accepting(*pair) for pair in pairs))

    # Neither saw the other: only the database's last line of defence stopped the second, and not as a fact to act on.
    assert sorted(type(result).__name__ for result in results) == ["AcceptedProposal", "IntegrityError"]


def test_of_two_makers_one_gets_the_demand() -> None:
    pairs = rivals()

    results = meet(*(accepting(*pair) for pair in pairs))

    assert sorted(type(result).__name__ for result in results) == ["AcceptedProposal", "PoolTaken"]
    assert Proposal.objects.filter(state="accepted").count() == 1
    assert CapacityBooking.objects.filter(state="bound").values("proposal").distinct().count() == 1


def test_two_people_of_one_maker_accept_once() -> None:
    (proposal, mira), _noor = rivals()
    colleague = member_of(mira.maker, "mo")

    results = meet(accepting(proposal, mira), accepting(proposal, colleague))

    assert sorted(type(result).__name__ for result in results) == ["AcceptedProposal", "ProposalChanged"]
    assert sum(CapacityBooking.objects.filter(state="bound").values_list("units", flat=True)) == 60


def test_the_last_capacity_is_reserved_once() -> None:
    maker = deals.maker_with(DescribedOffer(values=deals.offer(valid_to=date(2026, 11, 8)), units_per_week=60))
    study = {"use": {"any": ["study"]}}
    deals.wish_for(deals.pool_of(), 40)
    deals.wish_for(deals.pool_of(study), 40)
    offer_id = maker.offers.get().pk
    drafts = [drafted(wanted, offer_id) for wanted in (deals.OFFICE, study)]

    results = meet(
        *(
            lambda proposal=proposal: service.send(proposal_id=proposal.pk, expires_at=NOW + timedelta(days=7), now=NOW)
            for proposal in drafts
        )
    )

    assert sorted(type(result).__name__ for result in results) == ["CapacityTaken", "SentProposal"]
    assert list(CapacityWindow.objects.filter(booked__gt=0).values_list("booked", "units")) == [(60, 60)]
    assert sorted(Proposal.objects.values_list("state", flat=True)) == ["draft", "sent"]


def countering(proposal: Proposal, member: MakerMember) -> Callable[[], Any]:
    return lambda: negotiating.counter(
        proposal_id=proposal.pk,
        member_id=member.pk,
        seen_revision=proposal.revision,
        changes={"unit_price_minor": 10_900},
        now=NOW,
    )


def test_control_without_locks_counter_and_acceptance_both_pass_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    (proposal, mira), _noor = rivals()
    without_locks(monkeypatch)

    results = meet(accepting(proposal, mira), countering(proposal, mira))

    # Both saw it out. Only the revision, written at the end, undid the second, and not as what had happened.
    assert [type(result).__name__ for result in results].count("Changed") == 1


def test_a_counter_crosses_an_acceptance_and_one_of_them_holds() -> None:
    (proposal, mira), _noor = rivals()

    results = meet(accepting(proposal, mira), countering(proposal, mira))

    refused = [result for result in results if isinstance(result, ProposalChanged)]
    proposal.refresh_from_db()
    assert len(refused) == 1
    assert (proposal.state, Counter.objects.count()) in (("accepted", 0), ("countered", 1))
