"""Offers and capacity in the portal: stored as typed, or refused beside the field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from manufacturers.models import CapacityWindow, Maker, Offer
from tests.manufacturers.portal import offer_of

pytestmark = pytest.mark.django_db


def offer_fields(**changed: Any) -> dict[str, Any]:
    return {
        "title": "Slim 15",
        "code": "slim-15",
        "family": "slim",
        "moq": 100,
        "lot_multiple": 10,
        "variant_min_units": 0,
        "lead_days": 30,
        "sample_days": 7,
        "vat_percent": "13",
        "deposit_percent": 30,
        "balance_trigger": "shipment",
        "quantity_tolerance_percent": 5,
        "opening_cost": "0",
        "tooling": "1200.50",
        "tooling_payer": "maker",
        "certificates": "CCC, ISO 9001",
        "valid_from": "2026-01-01",
        "valid_to": "2030-01-01",
        "materials": "Display panel, 1, pcs\nAluminium, 0.4, kg",
        "tier_units_0": 100,
        "tier_price_0": "2999.90",
        "tier_units_1": 500,
        "tier_price_1": "2799",
        "region_0": "*",
        "freight_0": "20",
        "makes_screen_size": "14, 15.6: 50",
        "makes_use__office": "on",
        "makes_use__gaming": "on",
        "cost_use__gaming": "80",
        "makes_rgb__true": "on",
    } | changed


def test_a_new_offer_is_stored_as_typed(maker_a: Maker, mira: Client) -> None:
    answer = mira.post("/maker/offers/new/?category=laptop", offer_fields())
    assert answer.status_code == 302, answer.content.decode()
    made = Offer.objects.get(code="slim-15")
    assert made.makes == {
        "screen_size": {"sizes": [14, 15.6], "unit": "inch"},
        "use": {"any": ["office", "gaming"]},
        "rgb": {"is": [True]},
    }
    assert made.value_cost == {"screen_size": {"15.6": 5000}, "use": {"gaming": 8000}}
    assert list(made.tiers.values_list("min_units", "unit_price_minor")) == [(100, 299_990), (500, 279_900)]
    assert (made.tooling_minor, made.vat_permille, made.freight_minor) == (120_050, 130, {"*": 2000})
    assert made.certificates == ["CCC", "ISO 9001"]
    assert list(made.materials.values_list("name", "milli_per_unit")) == [("Display panel", 1000), ("Aluminium", 400)]


def test_an_offer_survives_being_opened_and_stored(maker_a: Maker, mira: Client) -> None:
    mira.post("/maker/offers/new/?category=laptop", offer_fields())
    before = Offer.objects.get(code="slim-15")
    page = mira.get(f"/maker/offers/{before.public_id}/")
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in shown.items() if value is not None and value is not False and value != ""}
    answer = mira.post(f"/maker/offers/{before.public_id}/", typed | {"seen_revision": before.revision})
    assert answer.status_code == 302, answer.context["form"].errors
    after = Offer.objects.get(code="slim-15")
    for name in ("makes", "value_cost", "freight_minor", "moq", "tooling_minor", "certificates", "valid_to"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("moq", "0", "greater than or equal to 1"),
        ("code", "two words", "Write letters, digits, hyphens or underscores only"),
        ("tier_units_0", "200", "must begin at the minimum"),
        ("tier_price_1", "3500", "must not cost more"),
        ("valid_to", "2020-01-01", "must not be before the first"),
        ("makes_screen_size", "big", "Write numbers with commas"),
        ("materials", "steel", "write name, amount and unit"),
        ("title", "", "required"),
        ("region_1", "CN-GD", "needs a region and an amount"),
        ("region_0", "nowhere", "not one of the available choices"),
    ],
)
def test_a_wrong_offer_says_where(maker_a: Maker, mira: Client, field: str, value: str, said: str) -> None:
    answer = mira.post("/maker/offers/new/?category=laptop", offer_fields(**{field: value}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Offer.objects.filter(code="slim-15").exists()


def test_pausing_and_retiring(maker_a: Maker, mira: Client) -> None:
    address = f"/maker/offers/{offer_of(maker_a).public_id}/state/"
    for action, state in (("pause", "paused"), ("resume", "live"), ("retire", "retired")):
        assert mira.post(address, {"action": action}).status_code == 302
        assert offer_of(maker_a).state == state


def test_capacity_is_stored_by_week_or_not_at_all(maker_a: Maker, mira: Client) -> None:
    week = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    address = f"/maker/offers/{offer_of(maker_a).public_id}/capacity/"
    assert mira.post(address, {f"week-{week}": "70", "week-2026-99-99": "1"}).status_code == 422
    assert mira.post(address, {f"week-{week}": "70"}).status_code == 302
    row = CapacityWindow.objects.get(offer__maker=maker_a, week=week)
    assert row.units == 70
    CapacityWindow.objects.filter(pk=row.pk).update(booked=60)
    answer = mira.post(address, {f"week-{week}": "50"})
    assert answer.status_code == 422
    assert "already booked" in answer.content.decode()
