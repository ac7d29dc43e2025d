"""The staff site's lists of supply: what they cost however long they are, where sentences lead, what staff decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import countables, market_state
from demand.models import User
from demand.staff import StaffAdmin
from manufacturers.models import (
    CapacityWindow,
    Counter,
    Lot,
    Maker,
    MakerMember,
    Offer,
    ProductionOrder,
    Proposal,
    ProposalVersion,
    Release,
)
from tests.manufacturers import portal
from tests.manufacturers.deals import sent_proposal
from tests.manufacturers.makers import member_of, store_a
from tests.signing_in import sign_in_fully

DAY = timedelta(days=1)


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    user = User.objects.create_user(email="boss@example.com", name="boss", is_staff=True, is_superuser=True)
    sign_in_fully(client, user)
    return client


def address(model: Any, page: str = "changelist", *arguments: object) -> str:
    return reverse(f"admin:manufacturers_{model._meta.model_name}_{page}", args=arguments)


def counter(version: ProposalVersion, member: MakerMember, number: int) -> Counter:
    return Counter(
        proposal=version.proposal,
        from_version=version,
        round=number,
        changes={"unit_price_minor": 9_500},
        note="dearer",
        by=member.user,
        created_at=timezone.now(),
    )


def more(maker: Maker, count: int, key: str) -> None:
    """So many further proposals, counters, releases, orders and lots."""
    now = timezone.now()
    offer = Offer.objects.get(maker=maker)
    for number in range(count):
        portal.proposal(offer, f"{key}-{number}", now=now)
        portal.release(offer, f"{key}-{number}", now=now)
    member = MakerMember.objects.get(maker=maker)
    versions = ProposalVersion.objects.select_related("proposal").filter(
        proposal__state="sent", proposal__counters=None
    )
    Counter.objects.bulk_create([counter(version, member, 1) for version in versions])
    maker.plans.all().update(state="superseded", version=2)
    portal.plan(maker, count, now=now, key=f"{key}-plan")


@pytest.mark.parametrize(
    "dense", [Proposal, ProposalVersion, Counter, Release, ProductionOrder, Lot, Offer, CapacityWindow]
)
def test_the_lists_are_registered_for_supply(boss: Client, dense: Any) -> None:
    assert boss.get(address(dense)).status_code == 200


def test_lists_ask_the_same_at_2_and_200_rows(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StaffAdmin, "list_per_page", 500)
    portal.catalogue()
    maker = store_a()
    member_of(maker, "mira")
    costs: dict[str, list[int]] = {}
    for count in (2, 198):
        more(maker, count, str(count))
        for model in (Proposal, ProposalVersion, Counter, Release, ProductionOrder, Lot):
            boss.get(address(model))
            with CaptureQueriesContext(connection) as asked:
                shown = boss.get(address(model)).context["cl"].result_list
            assert len(shown) >= count
            costs.setdefault(model.__name__, []).append(len(asked))
    assert all(few == many for few, many in costs.values()), costs
    with CaptureQueriesContext(connection) as asked:
        boss.get(reverse("admin:index"))
    assert len(asked) <= 30


def test_a_sentence_leads_to_exactly_what_it_counts(boss: Client) -> None:
    now = timezone.now()
    portal.catalogue()
    offer = Offer.objects.get(maker=store_a())
    for number, days in enumerate((1, 9, 9)):
        portal.proposal(offer, f"p{number}", now=now, expires_at=now + days * DAY)
        portal.release(offer, f"r{number}", now=now)
        Release.objects.filter(number=f"R-r{number}").update(acknowledge_by=now + (days - 5) * DAY)
    state = market_state.read(now=now)
    leads = {name: link for name, _sentence, link, _tone, _needs in countables.countables(now)}
    for name in ("proposals_expiring", "releases_silent"):
        assert state.counts[name] == 1
        assert boss.get(leads[name]).context["cl"].result_count == 1, name


def test_staff_take_a_sent_proposal_back_and_say_why(boss: Client) -> None:
    proposal = sent_proposal()
    page = address(Proposal, "decide", "withdraw") + f"?ids={proposal.pk}"
    assert "Take back" in boss.get(page).content.decode()
    assert boss.post(page, {"reason": ""}).status_code == 200
    assert boss.post(page, {"reason": "the pool split"}).status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == "lapsed"
    assert "None of the chosen rows" in boss.get(page).content.decode()


def test_staff_see_what_a_counter_changes_and_what_it_costs(boss: Client) -> None:
    maker = store_a()
    portal.catalogue()
    version = portal.proposal(Offer.objects.get(maker=maker), "one", now=timezone.now()).versions.get()
    row = counter(version, member_of(maker, "mira"), 1)
    row.changes |= {"min_units": 400, "lines": {"black": 300}}
    row.effect = {
        "units": [1200, 900],
        "surplus_minor": [500_000, 180_000],
        "delivered_minor": [10_000, 10_600],
        "chance_permille": [910, 700],
        "reaches_minimum": False,
    }
    row.save()
    page = boss.get(address(Counter)).content.decode()
    assert "price before VAT ¥90 → ¥95, minimum 500 → 400, black ≤ 300" in page
    assert "expected units 1,200 → 900, left to shoppers ¥5,000 → ¥1,800, delivered price ¥100 → ¥106" in page
    assert "chance of the minimum 91 % → 70 %, minimum not reached" in page
