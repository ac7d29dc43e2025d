"""Writing a wish, correcting it, taking it back; a place in a campaign: what is stored and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from demand.campaigning import reads as campaigning
from demand.models import Commitment, User, Wish
from demand.reading import service as reading
from demand.web import claiming
from tests.demand import market

BACKEND = "django.contrib.auth.backends.ModelBackend"
GAMING = "17 inch gaming laptop, max 7000"


@pytest.fixture
def signed_in(client: Client, ana: User) -> Client:
    client.force_login(ana, backend=BACKEND)
    return client


def post(client: Client, name: str, *args: Any, **data: Any) -> Any:
    fields = {key.replace("__", "."): value for key, value in data.items()}
    return client.post(reverse(f"demand:{name}", args=args), fields)


def wish(client: Client, text: str, **data: Any) -> Any:
    return post(client, "wish_new", text=text, do="wish", **data)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("text", "fields", "sentence"),
    [
        ("", {}, "Say in your own words what you would like."),
        ("x" * 10_001, {}, "That is more than 10000 characters."),
        (GAMING, {"ceiling": "0"}, "Your highest price must be more than 0."),
        (GAMING, {"ceiling": "$900"}, "Prices here are in CNY."),
        (GAMING, {"ceiling": "cheap"}, "Write the price as a number, such as 6999."),
        (GAMING, {"needed_by": "2020-01-01"}, "This date is over."),
        (GAMING, {"quantity": "1000000000"}, "We can take up to 100000."),
        (GAMING, {"quantity": "0"}, "Say how many you want: 1 or more."),
        (GAMING, {"intent": "budget"}, "Say how much you want to spend in all."),
        (
            GAMING,
            {"step_units_0": "2", "step_price_0": "7000", "step_units_1": "1", "step_price_1": "6000"},
            "Each further",
        ),
    ],
)
def test_bad_input_gets_a_sentence_and_is_kept(
    signed_in: Client, text: str, fields: dict[str, str], sentence: str
) -> None:
    answer = wish(signed_in, text, **fields)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert all(f'value="{value}"' in page for value in fields.values() if value not in ("budget",))
    assert not Wish.objects.exists()


@pytest.mark.usefixtures("catalogue")
def test_a_price_in_another_currency_is_asked_for_before_the_wish_is_sent(client: Client) -> None:
    page = client.get(reverse("demand:wish_new"), {"text": "17 inch gaming laptop, up to 900 euros"}).content.decode()
    assert "Prices here are in CNY. Please say your highest price in CNY." in page
    assert "¥900" not in page

    page = client.get(reverse("demand:wish_new"), {"text": "17 inch gaming laptop, up to 7000"}).content.decode()
    assert "Prices here are in CNY" not in page


@pytest.mark.usefixtures("catalogue")
def test_the_page_of_an_imported_wish_asks_for_the_price_in_the_currency_used_here(
    signed_in: Client, ana: User
) -> None:
    wish(signed_in, GAMING)
    imported = Wish.objects.get()
    text = GAMING.replace("max 7000", "max 900 USD")
    Wish.objects.filter(pk=imported.pk).update(text=text, ceiling_minor=None, reading_state="pending")
    reading.read_pending(today=timezone.localdate(), claimed_by="t", now=timezone.now())
    address = reverse("demand:wish", args=[imported.public_id])
    assert "Please say your highest price in CNY." in signed_in.get(address).content.decode()

    imported.refresh_from_db()
    post(signed_in, "wish_correct", imported.public_id, revision=imported.revision, chip_change="ceiling_minor",
         chip__ceiling_minor="6500")  # fmt: skip

    imported.refresh_from_db()
    assert (imported.ceiling_minor, imported.question) == (6_500_00, "")
    assert "Please say your highest price" not in signed_in.get(address).content.decode()


@pytest.mark.usefixtures("catalogue")
def test_emoji_alone_become_a_wish_with_one_question(signed_in: Client) -> None:
    answer = wish(signed_in, "🙂🙂")
    assert answer.status_code == 302
    assert Wish.objects.get().state == "asking"
    assert "Answer one question" in signed_in.get(answer["Location"]).content.decode()

    asked = Wish.objects.get()
    chip = {"chip_change": "category", "chip__category": "laptop"}
    post(signed_in, "wish_correct", asked.public_id, revision=asked.revision, **chip)
    asked.refresh_from_db()
    assert (asked.state, asked.question) == ("open", "")


@pytest.mark.usefixtures("catalogue")
def test_what_was_set_by_chip_is_stored(signed_in: Client) -> None:
    page = post(signed_in, "wish_new", text=GAMING, chip_change="quantity", chip__quantity="3").content.decode()
    assert '<input type="hidden" name="set.quantity" value="3">' in page
    assert not Wish.objects.exists()

    wish(signed_in, GAMING, set__quantity="3", set__needs__use="", key="k")
    stored = Wish.objects.get()
    assert stored.quantity == 3
    assert "use" not in stored.needs["must"]


@pytest.mark.usefixtures("catalogue")
def test_a_draft_belongs_to_its_browser_until_it_is_claimed(client: Client, ana: User, ben: User) -> None:
    answer = wish(client, GAMING)
    assert claiming.COOKIE in answer.cookies
    draft = Wish.objects.get()
    assert (draft.state, client.get(answer["Location"]).status_code) == ("draft", 200)

    stranger = Client()
    stranger.force_login(ben, backend=BACKEND)
    assert stranger.get(answer["Location"]).status_code == 404

    client.force_login(ana, backend=BACKEND)
    post(client, "wish_claim", draft.public_id)
    draft.refresh_from_db()
    assert (draft.state, draft.user_id) == ("open", ana.pk)


@pytest.mark.usefixtures("catalogue")
def test_a_wish_is_taken_back_and_put_back(signed_in: Client, ana: User) -> None:
    own = market.wish_of(ana, GAMING, now=timezone.now())
    assert signed_in.get(reverse("demand:wish_withdraw", args=[own.public_id])).status_code == 200
    post(signed_in, "wish_withdraw", own.public_id)
    assert Wish.objects.get().state == "withdrawn"
    post(signed_in, "wish_restore", own.public_id)
    assert Wish.objects.get().state == "open"


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({"quantity": "2", "tolerance": "1"}, "¥21,000"),
        ({"quantity": "2", "tolerance": "1", "intent": "budget", "budget": "16000"}, "¥16,000"),
        ({"step_units_0": "1", "step_price_0": "7000", "step_units_1": "2", "step_price_1": "5500"}, "¥11,000"),
    ],
)
def test_a_preorder_says_the_most_it_may_come_to(signed_in: Client, fields: dict[str, str], most: str) -> None:
    shown = post(signed_in, "wish_new", text=GAMING, do="preorder", **fields).content.decode()
    assert f'<span class="amount">{most}</span>' in shown
    assert f"at most {most} is held" in shown


@pytest.mark.usefixtures("catalogue")
def test_the_most_of_a_preorder_follows_the_price_that_is_typed(signed_in: Client) -> None:
    placed = wish(signed_in, GAMING, quantity="2", tolerance="1")["Location"]
    assert '<span class="amount">¥21,000</span>' in signed_in.get(placed).content.decode()
    assert '<span class="amount">¥24,000</span>' in signed_in.get(placed, {"ceiling": "8000"}).content.decode()


@pytest.mark.usefixtures("catalogue")
def test_a_preorder_is_confirmed_on_screen_first(signed_in: Client) -> None:
    shown = post(signed_in, "wish_new", text=GAMING, do="preorder").content.decode()
    assert "Pre-order, at most" in shown
    assert "¥7,000" in shown
    refused = post(signed_in, "wish_new", text=GAMING, do="confirm")
    assert "Look at what we understood, and confirm it" in refused.content.decode()
    post(signed_in, "wish_new", text=GAMING, do="confirm", confirmed="on", auto_bind="on")
    stored = Wish.objects.get()
    assert (stored.kind, stored.auto_bind, stored.ceiling_minor) == ("preorder", True, 700_000)


@pytest.mark.usefixtures("catalogue")
def test_an_edited_wish_keeps_what_was_corrected(signed_in: Client, ana: User) -> None:
    own = market.wish_of(ana, GAMING, now=timezone.now())
    post(signed_in, "wish_edit", own.public_id, text="17 inch office laptop", do="wish", revision=1, quantity="4")
    own.refresh_from_db()
    assert (own.quantity, own.needs["must"]["use"]) == (4, {"any": ["office"]})
    late = post(signed_in, "wish_edit", own.public_id, text="anything", do="wish", revision=1)
    assert "This changed since you opened it." in late.content.decode()


@pytest.mark.usefixtures("catalogue")
def test_a_place_is_confirmed_at_the_total_shown_and_left(signed_in: Client, ana: User, ben: User) -> None:
    now = timezone.now()
    pool = market.crowd(2, text=GAMING, name="a", now=now)
    market.wish_of(ana, GAMING, now=now)
    offer = market.campaign(pool, now=now)
    place = Commitment.objects.get(campaign=offer, user=ana)
    to = market.address(ana, now=now)
    black = offer.variants.get(key="black")
    fields = {"key": "k", "revision": place.revision, "variant": black.pk, "units": 2, "address": to.pk}

    wrong = post(signed_in, "commitment_confirm", place.public_id, shown_total=1, **fields)
    assert "The total changed to ¥12,040" in wrong.content.decode()
    post(signed_in, "commitment_confirm", place.public_id, shown_total=1_204_000, **fields)
    place.refresh_from_db()
    assert (place.state, place.total_minor) == ("confirmed", 1_204_000)

    assert (
        "Leave free of charge"
        in signed_in.get(reverse("demand:commitment_leave", args=[place.public_id])).content.decode()
    )
    post(signed_in, "commitment_leave", place.public_id, revision=place.revision)
    place.refresh_from_db()
    assert place.state == "left"

    stranger = Client()
    stranger.force_login(ben, backend=BACKEND)
    assert stranger.get(reverse("demand:commitment", args=[place.public_id])).status_code == 404
    post(stranger, "campaign_join", offer.public_id, variant=black.pk)
    assert Commitment.objects.get(user=ben).state == "asked"


def test_the_way_of_a_wish_is_dated_where_its_shopper_is(ana: User) -> None:
    wish = Wish(user=ana, created_at=datetime(2026, 7, 25, 17, 30, tzinfo=UTC))
    with timezone.override("Asia/Shanghai"):
        first = campaigning.timeline(wish, None, None, terms="")[0]
    assert (first.kind, first.on) == ("wish", date(2026, 7, 26))
