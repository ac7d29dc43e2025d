"""Addresses, settings, one's data and leaving; who sees them."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demand.campaigning.departing import close_account, my_data
from demand.collecting.drafts import WishDraft
from demand.collecting.service.people import (
    AddressValues,
    InvalidAddress,
    TooManyAddresses,
    retire_address,
    save_address,
)
from demand.errors import NotThere
from demand.models import Address, Pool, User, Wish
from demand.pooling.service import place
from tests.demand.conftest import NOW

pytestmark = pytest.mark.django_db
HOME = AddressValues(
    recipient="Ana Lin", phone="+8613800138000", region="CN-SH", city="浦东新区", street="世纪大道 100 号 3-201"
)


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def form(values: AddressValues, **changes: str) -> dict[str, str]:
    return {name: getattr(values, name) for name in AddressValues.__slots__} | changes


def test_an_address_is_stored_once(ana: User) -> None:
    first = save_address(user_id=ana.pk, values=HOME, now=NOW)
    assert save_address(user_id=ana.pk, values=HOME, now=NOW) == first
    assert Address.objects.count() == 1


def test_a_changed_address_takes_the_place_of_the_old_one(ana: User) -> None:
    old = save_address(user_id=ana.pk, values=HOME, now=NOW)
    new = save_address(user_id=ana.pk, values=replace(HOME, city="徐汇区"), replaces=old, now=NOW)
    assert Address.objects.get(pk=old).retired_at == NOW
    assert list(Address.objects.filter(retired_at=None).values_list("pk", "city")) == [(new, "徐汇区")]
    assert Address.objects.get(pk=old).city == "浦东新区"


def test_saving_it_unchanged_keeps_it(ana: User) -> None:
    old = save_address(user_id=ana.pk, values=HOME, now=NOW)
    assert save_address(user_id=ana.pk, values=HOME, replaces=old, now=NOW) == old
    assert Address.objects.get().retired_at is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", ""),
        ("phone", ""),
        ("region", ""),
        ("city", ""),
        ("street", ""),
        ("street", "x" * 201),
        ("invoice_tax_number", "12-34"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence_and_is_not_stored(ana: User, field: str, value: str) -> None:
    values = replace(HOME, invoice_title="Lin & Co", **{field: value})
    with pytest.raises(InvalidAddress) as refusal:
        save_address(user_id=ana.pk, values=values, now=NOW)
    assert list(refusal.value.errors) == [field]
    assert not Address.objects.exists()


def test_a_tax_number_needs_a_title(ana: User) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        save_address(user_id=ana.pk, values=replace(HOME, invoice_tax_number="91310000XXXX"), now=NOW)
    assert list(refusal.value.errors) == ["invoice_title"]


def test_nobody_replaces_or_removes_what_is_not_theirs(ana: User, ben: User) -> None:
    old = save_address(user_id=ana.pk, values=HOME, now=NOW)
    with pytest.raises(NotThere):
        save_address(user_id=ben.pk, values=HOME, replaces=old, now=NOW)
    with pytest.raises(NotThere):
        retire_address(user_id=ben.pk, address_id=old, now=NOW)
    assert Address.objects.get().retired_at is None
    retire_address(user_id=ana.pk, address_id=old, now=NOW)
    retire_address(user_id=ana.pk, address_id=old, now=NOW)
    assert Address.objects.get().retired_at == NOW


def test_twenty_addresses_are_enough(ana: User) -> None:
    for number in range(20):
        save_address(user_id=ana.pk, values=replace(HOME, street=f"{number}"), now=NOW)
    with pytest.raises(TooManyAddresses):
        save_address(user_id=ana.pk, values=replace(HOME, street="20"), now=NOW)


def test_settings_are_saved_and_the_page_speaks_the_language(client: Client, ana: User) -> None:
    client.force_login(ana)
    answer = client.post("/me/", {"name": "Ana", "language": "en", "region": "CN-SH", "by_mail": "on", "by_sms": "on"})
    assert answer.headers["Location"] == "/me/"
    assert client.cookies["django_language"].value == "en"
    ana.refresh_from_db()
    assert (ana.name, ana.language, ana.notice_channels, ana.signals_consent) == ("Ana", "en", ["mail"], False)
    answer = client.post("/me/", {"name": "x" * 81, "language": "fr", "region": "MOON"})
    assert answer.status_code == 200
    ana.refresh_from_db()
    assert (ana.name, ana.language) == ("Ana", "en")


def test_address_pages(client: Client, ana: User, ben: User) -> None:
    client.force_login(ana)
    answer = client.post("/me/addresses/new/?next=/my/", form(HOME, phone="138 0013 8000", next="/my/"))
    assert answer.headers["Location"] == "/my/"
    stored = Address.objects.get()
    assert (stored.user_id, stored.phone) == (ana.pk, "+8613800138000")
    answer = client.post("/me/addresses/new/", form(HOME, city="", phone="12", next="https://evil.example/"))
    page = answer.content.decode()
    assert 'id="id_phone_error"' in page
    assert "evil.example" not in page
    assert "浦东新区" in client.get("/me/addresses/").content.decode()
    other = Client()
    other.force_login(ben)
    for path in (f"/me/addresses/{stored.public_id}/", f"/me/addresses/{uuid4()}/"):
        assert other.get(path).status_code == 404
        assert other.post(path + "remove/").status_code == 404
    client.post(f"/me/addresses/{stored.public_id}/", form(HOME, city="徐汇区"))
    assert list(Address.objects.filter(retired_at=None).values_list("city", flat=True)) == ["徐汇区"]


def test_my_data_is_mine_alone(client: Client, catalogue: str, ana: User, ben: User) -> None:
    place(draft=WishDraft(text="想要一台17寸游戏本"), user_id=ana.pk, now=NOW)
    place(draft=WishDraft(text="想要一台扫地机器人"), user_id=ben.pk, now=NOW)
    save_address(user_id=ana.pk, values=HOME, now=NOW)
    client.force_login(ana)
    answer = client.post("/me/data/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wishmill-my-data.json"'
    kept = json.loads(answer.content)
    assert kept["account"]["email"] == "ana@example.com"
    assert [one["text"] for one in kept["wishes"]] == ["想要一台17寸游戏本"]
    assert [one["street"] for one in kept["addresses"]] == ["世纪大道 100 号 3-201"]
    assert "password" not in kept["account"]


def test_my_data_takes_as_many_queries_for_many_rows(ana: User) -> None:
    with CaptureQueriesContext(connection) as few:
        my_data(user_id=ana.pk)
    for number in range(15):
        save_address(user_id=ana.pk, values=replace(HOME, street=f"{number}"), now=NOW)
    with CaptureQueriesContext(connection) as many:
        my_data(user_id=ana.pk)
    assert len(few) == len(many)


def test_leaving_withdraws_wishes_and_forgets_the_person(client: Client, catalogue: str, ana: User) -> None:
    place(draft=WishDraft(text="想要一台17寸游戏本"), user_id=ana.pk, now=NOW)
    save_address(user_id=ana.pk, values=HOME, now=NOW)
    client.force_login(ana)
    assert client.post("/me/leave/").status_code == 200
    assert Wish.objects.get().state == "open"
    assert client.post("/me/leave/", {"sure": "yes"}).headers["Location"] == "/"
    assert "_auth_user_id" not in client.session
    ana.refresh_from_db()
    assert (ana.email, ana.name, ana.is_active) == (f"{ana.public_id.hex}@deleted.invalid", "", False)
    assert (Wish.objects.get().state, Pool.objects.get().people) == ("withdrawn", 0)
    assert not Address.objects.exists()
    assert close_account(user_id=ana.pk, now=NOW).withdrawn == 0


@pytest.mark.parametrize("path", ["/me/", "/me/addresses/", "/me/addresses/new/", "/me/leave/", "/notices/"])
def test_ones_account_is_for_who_signed_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"
