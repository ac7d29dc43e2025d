"""A wish at once: read, counted, pooled; changed, withdrawn, claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from demand.collecting import service as collecting
from demand.collecting.drafts import InvalidDraft, WishDraft
from demand.models import DemandCell, OutboxEvent, Pool, PoolMembership, ReadText, User, Wish
from demand.pooling import service as pooling
from demand.pooling.service.changing import WishLocked
from demand.reading import service as reading
from tests.demand.conftest import NOW, person

LAPTOP = WishDraft(text="想要一台17寸游戏本,预算7000以内,不要红色,两台")


@pytest.mark.usefixtures("catalogue")
def test_a_wish_is_read_counted_and_pooled_at_once(ana: User) -> None:
    placed = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)

    wish = Wish.objects.select_related("category").get(pk=placed.wish_id)
    assert wish.category is not None
    assert (wish.category.code, wish.quantity, wish.ceiling_minor, wish.state) == ("laptop", 2, 700_000, "open")
    assert wish.needs["must"]["use"] == {"any": ["gaming"]}
    cell = DemandCell.objects.get()
    assert (cell.units, cell.persons, cell.firm_units, cell.rung_minor) == (2, 1, 0, 700_000)
    pool = Pool.objects.get()
    assert (pool.people, pool.units, pool.firm_units) == (1, 2, 0)
    assert placed.pool_public_id == pool.public_id
    assert "17" in pool.search_text
    assert OutboxEvent.objects.filter(topic="wish.placed", aggregate_id=wish.pk).count() == 1


@pytest.mark.usefixtures("catalogue")
def test_the_same_want_in_another_language_meets_in_one_pool(ana: User, ben: User) -> None:
    pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)
    second = pooling.place(draft=WishDraft(text="17 inch gaming laptop please, up to 6500"), user_id=ben.pk, now=NOW)

    assert second.people == 2
    assert Pool.objects.get().units == 3


@pytest.mark.usefixtures("catalogue")
def test_one_person_counts_once_in_a_pool(ana: User) -> None:
    pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)
    again = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)

    assert (again.people, again.units) == (1, 4)
    assert ReadText.objects.count() == 1


@pytest.mark.usefixtures("catalogue")
def test_a_repeated_request_places_once(ana: User) -> None:
    first = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW, idempotency_key="k1")
    second = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW, idempotency_key="k1")

    assert first.wish_id == second.wish_id
    assert Wish.objects.count() == 1


@pytest.mark.usefixtures("catalogue")
def test_text_nobody_can_read_becomes_a_question(ana: User) -> None:
    placed = pooling.place(draft=WishDraft(text="🎁🎁🎁"), user_id=ana.pk, now=NOW)

    assert (placed.state, placed.question, placed.pool_public_id) == ("asking", "category", None)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (WishDraft(text=""), "text"),
        (WishDraft(text="x" * 10_001), "text"),
        (replace(LAPTOP, quantity=10**9), "quantity"),
        (replace(LAPTOP, ceiling_minor=0), "ceiling"),
        (replace(LAPTOP, needed_by=date(2026, 3, 1)), "needed_by"),
        (replace(LAPTOP, text="gaming laptop under 900 USD"), "ceiling"),
        (replace(LAPTOP, kind="preorder", ceiling_minor=700_000), "confirmed"),
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_what_cannot_be_used_gets_a_sentence_beside_its_field(ana: User, draft: WishDraft, field: str) -> None:
    with pytest.raises(InvalidDraft) as refused:
        pooling.place(draft=draft, user_id=ana.pk, now=NOW)

    assert list(refused.value.errors) == [field]
    assert Wish.objects.count() == 0


@pytest.mark.usefixtures("catalogue")
def test_a_correction_moves_the_wish_and_its_counts(ana: User) -> None:
    placed = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)

    moved = pooling.correct(
        wish_id=placed.wish_id,
        seen_revision=placed.revision,
        corrections={"needs.use": {"level": "must", "constraint": {"any": ["office"]}}, "quantity": 1},
        now=NOW,
    )

    wish = Wish.objects.get(pk=placed.wish_id)
    assert wish.needs["must"]["use"] == {"any": ["office"]}
    assert (wish.quantity, wish.reading_state, wish.revision) == (1, "corrected", 2)
    assert sum(DemandCell.objects.values_list("units", flat=True)) == 1
    assert moved.units == 1
    assert sorted(Pool.objects.values_list("state", "units")) == [("empty", 0), ("open", 1)]


@pytest.mark.usefixtures("catalogue")
def test_a_withdrawn_wish_stops_counting(ana: User) -> None:
    placed = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)

    pooling.withdraw(wish_id=placed.wish_id, now=NOW)
    pooling.withdraw(wish_id=placed.wish_id, now=NOW)

    assert Wish.objects.get().state == "withdrawn"
    assert not PoolMembership.objects.exists()
    assert DemandCell.objects.get().units == 0


@pytest.mark.usefixtures("catalogue")
def test_a_draft_counts_once_it_is_claimed(ana: User) -> None:
    draft = pooling.place(draft=LAPTOP, user_id=None, claim_hash="c1", now=NOW)
    assert (draft.state, draft.pool_public_id) == ("draft", None)

    (claimed,) = pooling.claim(claim_hash="c1", user_id=ana.pk, now=NOW)

    assert (claimed.state, claimed.people) == ("open", 1)
    assert pooling.claim(claim_hash="c1", user_id=ana.pk, now=NOW) == ()


@pytest.mark.parametrize("state", ["withdrawn", "hidden"])
def test_a_draft_of_nobody_is_taken_back_like_any_other_wish(ana: User, state: str) -> None:
    """It used to break the rule that a wish without an account is a draft."""
    wish_id = pooling.place(draft=LAPTOP, user_id=None, claim_hash="c1", now=NOW).wish_id
    for _again in range(2):
        if state == "hidden":
            pooling.hide(wish_id=wish_id, reason="an advertisement", now=NOW)
        else:
            pooling.withdraw(wish_id=wish_id, now=NOW)
    wish = Wish.objects.get(pk=wish_id)
    assert (wish.state, wish.text) == (state, LAPTOP.text)
    assert pooling.claim(claim_hash="c1", user_id=ana.pk, now=NOW) == ()
    pooling.unhide(wish_id=wish_id, now=NOW)
    assert Wish.objects.get(pk=wish_id).state == "draft"
    assert len(pooling.claim(claim_hash="c1", user_id=ana.pk, now=NOW)) == 1


@pytest.mark.usefixtures("catalogue")
def test_a_preorder_is_firm_and_a_confirmed_wish_is_locked(ana: User) -> None:
    placed = pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)
    firm = pooling.make_preorder(
        wish_id=placed.wish_id, seen_revision=1, ceiling_minor=690_000, needed_by=None, auto_bind=True, now=NOW
    )
    assert firm.pool_public_id is not None
    assert Pool.objects.get(public_id=firm.pool_public_id).firm_units == 2

    Wish.objects.filter(pk=placed.wish_id).update(state="committed")
    with pytest.raises(WishLocked):
        pooling.withdraw(wish_id=placed.wish_id, now=NOW)


@pytest.mark.usefixtures("catalogue")
def test_rebuilding_agrees_with_what_was_counted_one_by_one(ana: User, ben: User) -> None:
    for user, text in (
        (ana, LAPTOP.text),
        (ben, "17 inch gaming laptop, max 6500"),
        (person("cat"), "静音轻薄本 14寸"),
    ):
        pooling.place(draft=WishDraft(text=text), user_id=user.pk, now=NOW)
    before = sorted(
        DemandCell.objects.values_list("needs_hash", "rung_minor", "persons", "units", "by_region"), key=str
    )

    rebuilt = pooling.rebuild_category(category="laptop", seed=0, claimed_by="t", now=NOW)

    after = sorted(DemandCell.objects.values_list("needs_hash", "rung_minor", "persons", "units", "by_region"), key=str)
    assert after == before
    assert (rebuilt.wishes, rebuilt.cells) == (3, 3)
    assert sum(Pool.objects.values_list("units", flat=True)) == 4
    assert PoolMembership.objects.count() == 3


def imported(*rows: dict[str, object]) -> None:
    """Wishes of a file, read as far as a reader could."""
    collecting.import_wishes(path_or_rows=list(rows), source="file", now=NOW, today=NOW.date())
    reading.read_pending(today=NOW.date(), claimed_by="t", now=NOW)


@pytest.mark.usefixtures("catalogue")
def test_an_imported_wish_without_account_counts_once_its_reading_is_settled() -> None:
    imported({"id": "a", "text": "something nice for the evening", "shopper": "s1"})
    wish = Wish.objects.get()

    settled = pooling.correct(wish_id=wish.pk, seen_revision=wish.revision, corrections={"category": "laptop"}, now=NOW)

    assert (settled.state, settled.people, settled.units) == ("open", 1, 1)
    assert pooling.claim(claim_hash=wish.claim_hash, user_id=person("eve").pk, now=NOW) == ()
    pooling.withdraw(wish_id=wish.pk, now=NOW)
    assert pooling.unhide(wish_id=wish.pk, now=NOW).state == "open"


@pytest.mark.usefixtures("catalogue")
def test_an_imported_preorder_stays_firm_when_staff_settle_it(ana: User) -> None:
    imported({"id": "b", "text": "17 inch gaming laptop", "kind": "preorder", "email": ana.email, "ceiling": 7000})
    Wish.objects.update(reading_state="doubtful")
    wish = Wish.objects.get()
    assert wish.kind == "preorder"

    pooling.correct(wish_id=wish.pk, seen_revision=wish.revision, corrections={"quantity": 2}, now=NOW)

    assert Pool.objects.get(people=1).firm_units == 2


@pytest.mark.usefixtures("catalogue")
def test_a_seeded_wish_stays_in_its_pool_and_never_counts(ana: User) -> None:
    pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)
    seeded = pooling.place(draft=LAPTOP, user_id=None, seeded=True, now=NOW)

    assert (seeded.state, seeded.units) == ("open", 2)


@pytest.mark.usefixtures("catalogue")
def test_price_steps_answer_for_a_price_that_was_said_in_another_currency(ana: User) -> None:
    draft = replace(
        LAPTOP, text="17 inch gaming laptop under 900 USD", ceiling_minor=None, steps=((2, 650_000), (5, 600_000))
    )
    placed = pooling.place(draft=draft, user_id=ana.pk, now=NOW)
    stored = Wish.objects.get(pk=placed.wish_id)
    assert (stored.quantity, stored.ceiling_minor, stored.question) == (2, 650_000, "")
