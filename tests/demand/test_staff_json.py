"""What rows keep as JSON or in codes, as staff read it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from demand import outbox
from demand.collecting.drafts import WishDraft
from demand.models import AttributeValue, CatalogRevision, Pool, User, Wish
from demand.pooling import service as pooling
from demand.staff_codes import CODES
from demand.staff_json import name_of, told
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def plain(value: Any, field: str) -> str:
    """The words alone, without the fold that shows what is stored."""
    text = re.sub(r"<details>.*</details>", "", str(told(value, field=field)), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ({"screen_size": {"min": 17, "max": 17, "unit": "inch"}}, "specification", "screen size 17″"),
        ({"use": {"any": ["gaming"]}}, "specification", "use gaming"),
        ({"*": 4000, "HK": 12000}, "freight_minor", "everywhere else ¥40 Hong Kong ¥120"),
        ([[20, 10000, 11000]], "ladder", "from 20 units ¥100, delivered ¥110"),
        ({"accepted_permille": 680}, "maker_record", "accepted 68 %"),
        ({"region": {"CN-SH": 0.6, "HK": 0.25}}, "shares", "region Shanghai 60 %, Hong Kong 25 %"),
        ({"region": {"": 0.5, "CN-SH": 0.5}}, "shares", "region Shanghai 50 %, not said, or others 50 %"),
        (
            {"week": {"2026-03-09": 0.6, "2026-03-02": 0.4}, "variant": {"colour=red": 1.0}},
            "shares",
            "week Mon 2 March 40 %, Mon 9 March 60 % variant colour red 100 %",
        ),
        ({"region": [["CN-SH", 120], ["others", 5]]}, "spread", "region Shanghai: 120 others: 5"),
        ([{"attribute": "use", "constraint": {"any": ["gaming"]}}], "evidence", "attribute use, wanted gaming"),
        ({"plan_id": 15, "text": "<b>"}, "payload", "plan #15 text &lt;b&gt;"),
        ({}, "changes", "–"),
    ],
)
def test_json_is_said_in_words(value: Any, field: str, words: str) -> None:
    with override("en"):
        assert plain(value, field) == words


def test_a_variant_is_named_by_its_values() -> None:
    with override("zh-hans"):
        assert name_of("black|gaming") == "黑色 · 游戏"


def test_every_consumer_says_what_it_does() -> None:
    assert set(outbox._consumers) - set(CODES) == set()


def test_a_row_names_other_rows_as_their_lists_do(client: Client, ana: User) -> None:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    pooling.place(draft=WishDraft(text="17 inch gaming laptop, to Shanghai"), user_id=ana.pk, now=NOW)
    membership = Wish.objects.get().membership
    page = client.get(reverse("admin:demand_poolmembership_change", args=[membership.pk])).content.decode()
    assert f"#{Pool.objects.get().pk} Laptop · screen size 17″ · gaming" in page
    page = client.get(reverse("admin:demand_wish_change", args=[Wish.objects.get().pk])).content.decode()
    assert "Shanghai" in page


def test_names_live_no_longer_than_their_page(client: Client, ana: User) -> None:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    pooling.place(draft=WishDraft(text="17 inch gaming laptop, to Shanghai"), user_id=ana.pk, now=NOW)
    page = client.get(reverse("admin:demand_wish_changelist"))
    assert (page.status_code, "17″ · gaming" in page.content.decode()) == (200, True)
    AttributeValue.objects.filter(code="gaming").update(names={"en": "play"})
    CatalogRevision.objects.create(version="renamed", document={}, created_at=NOW)
    with override("en"):
        assert name_of("gaming") == "play"
