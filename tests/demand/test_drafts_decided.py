"""Staff open or dismiss the draft pools that unmet demand made, and take it back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from demand import access
from demand.collecting.drafts import WishDraft
from demand.errors import InvalidValue, NotThere
from demand.estimating import service as estimating
from demand.models import Category, Finding, Pool, PoolDecision, User
from demand.pooling import service as pooling
from demand.pooling.reads import pages
from demand.pooling.service.staff import AlreadyPooled, NoDraft, PeopleJoined
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully

GAMING = {"use": {"any": ["gaming"]}}


@pytest.fixture
def boss(catalogue: None) -> User:
    return person("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def draft(boss: User) -> Pool:
    category = Category.objects.get(code="laptop")
    pool = Pool.objects.create(
        category=category, specification=GAMING, spec_hash="unmet:x", state="draft", created_at=NOW, updated_at=NOW
    )
    Finding.objects.create(
        kind="unmet",
        category=category,
        subject="use=gaming",
        starts_on=NOW.date(),
        evidence={"needs": GAMING},
        pool=pool,
        found_at=NOW,
    )
    return pool


def opened(pool: Pool, boss: User) -> int:
    return pooling.open_draft(pool_id=pool.pk, reason="many ask", by_id=boss.pk, now=NOW)


def test_an_opened_draft_is_shown_and_stays_through_poolings(draft: Pool, boss: User, ana: User) -> None:
    with pytest.raises(NotThere):
        access.pool(ana, draft.public_id)
    opened(draft, boss)
    pooling.rebuild_category(category="laptop", seed=1, claimed_by="t", now=NOW)
    draft.refresh_from_db()
    assert (draft.state, Finding.objects.get().state) == ("open", "taken")
    assert access.pool(ana, draft.public_id) == draft
    assert [card.public_id for card in pages.growing(limit=5)] == [draft.public_id]


def test_a_wish_that_fits_goes_into_an_opened_draft_and_leaves_it_open(draft: Pool, boss: User, ana: User) -> None:
    opened(draft, boss)
    placed = pooling.place(draft=WishDraft(text="gaming laptop"), user_id=ana.pk, now=NOW)
    assert placed.pool_public_id == draft.public_id
    with pytest.raises(PeopleJoined):
        pooling.undo_decision(decision_id=PoolDecision.objects.get().pk, by_id=boss.pk, now=NOW)
    assert PoolDecision.objects.get().undone_at is None
    pooling.withdraw(wish_id=placed.wish_id, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.people) == ("open", 0)


@pytest.mark.parametrize(("decide", "state", "finding"), [("open", "open", "taken"), ("drop", "dropped", "dismissed")])
def test_a_decision_about_a_draft_can_be_taken_back(
    draft: Pool, boss: User, decide: str, state: str, finding: str
) -> None:
    act = pooling.open_draft if decide == "open" else pooling.drop_draft
    decision = act(pool_id=draft.pk, reason="why", by_id=boss.pk, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, Finding.objects.get().state) == (state, finding)
    with pytest.raises(NoDraft):
        act(pool_id=draft.pk, reason="again", by_id=boss.pk, now=NOW)
    for _repeated in range(2):
        pooling.undo_decision(decision_id=decision, by_id=boss.pk, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.kept_open, Finding.objects.get().state) == ("draft", False, "open")


def test_a_draft_for_what_is_pooled_already_is_not_opened(draft: Pool, boss: User, ana: User) -> None:
    placed = pooling.place(draft=WishDraft(text="gaming laptop"), user_id=ana.pk, now=NOW)
    assert placed.pool_public_id is not None
    other = Pool.objects.get(public_id=placed.pool_public_id)
    Pool.objects.filter(pk=draft.pk).update(specification=other.specification)
    with pytest.raises(AlreadyPooled, match=str(other.pk)):
        opened(draft, boss)


def test_a_decision_needs_a_reason(draft: Pool, boss: User) -> None:
    with pytest.raises(InvalidValue):
        pooling.drop_draft(pool_id=draft.pk, reason=" ", by_id=boss.pk, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, Finding.objects.get().state) == ("draft", "open")


@pytest.mark.parametrize(("name", "state"), [("open", "open"), ("dismiss", "dropped")])
def test_the_finding_s_page_decides_about_its_draft(
    draft: Pool, boss: User, client: Client, name: str, state: str
) -> None:
    sign_in_fully(client, boss)
    page = reverse("admin:demand_finding_decide", args=[name]) + f"?ids={Finding.objects.get().pk}"
    assert "use=gaming" not in client.get(page).content.decode()
    assert client.post(page, {"reason": "many ask"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == state


def test_a_need_nobody_understood_gets_the_category_that_staff_choose_and_is_opened(
    boss: User, ana: User, client: Client
) -> None:
    row = Finding.objects.create(
        kind="unmet", subject="Beds", starts_on=NOW.date(), evidence={"searches": 6, "days": 28}, found_at=NOW
    )
    laptop = Category.objects.get(code="laptop")
    sign_in_fully(client, boss)
    page = client.get(reverse("admin:demand_finding_change", args=[row.pk])).content.decode()
    assert "Draft a pool for it" in page
    assert "Open its draft to everyone" not in page

    choice = reverse("admin:demand_finding_decide", args=["draft"]) + f"?ids={row.pk}"
    assert f'<option value="{laptop.pk}">Laptop</option>' in client.get(choice).content.decode()
    refused = client.post(choice, {"reason": "many ask"})
    assert (refused.status_code, Pool.objects.count()) == (200, 0)
    assert client.post(choice, {"reason": "many ask", "category": laptop.pk}).status_code == 302
    opening = reverse("admin:demand_finding_decide", args=["open"]) + f"?ids={row.pk}"
    assert client.post(opening, {"reason": "many ask"}).status_code == 302

    pool = Pool.objects.get()
    assert (pool.state, pool.category_id) == ("open", laptop.pk)
    row.refresh_from_db()
    assert row.pool_id == pool.pk
    assert access.pool(ana, pool.public_id).pk == pool.pk


def test_a_finding_without_a_draft_is_settled_and_asked_again(boss: User) -> None:
    row = Finding.objects.create(kind="burst", subject="x", starts_on=NOW.date(), found_at=NOW)
    for state in ("taken", "dismissed", "open"):
        estimating.settle_finding(finding_id=row.pk, state=state)
        row.refresh_from_db()
        assert row.state == state
    with pytest.raises(NotThere):
        estimating.settle_finding(finding_id=0, state="open")
