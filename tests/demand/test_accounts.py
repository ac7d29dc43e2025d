"""Signing up and in by a code, and what an account keeps of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory

from demand.models import User
from demand.web import demo_logins
from demand.web.phones import e164
from tests.demand.conftest import NOW
from tests.demand.sms import KeptSender

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _senders(settings: Any) -> None:
    settings.SMS_SENDER = "tests.demand.sms.KeptSender"
    KeptSender.outbox.clear()
    cache.clear()


def mailed_code() -> str:
    found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found.group()


def texted_code() -> str:
    found = re.search(r"\d{6}", KeptSender.outbox[-1][1])
    assert found, KeptSender.outbox
    return found.group()


def signed_in(client: Client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def ask_for_code(client: Client, login: str) -> None:
    answer = client.post("/accounts/login/", {"login": login})
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"].startswith("/accounts/login/code/confirm/")


def enter(client: Client, code: str) -> str:
    answer = client.post("/accounts/login/code/confirm/", {"code": code})
    return str(answer.headers.get("Location", ""))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013-8000", "+8613800138000"),
        ("86 138 0013 8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("+86 (138) 0013.8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("021 6234 5678", "+862162345678"),
        ("+886 912 345 678", "+886912345678"),
        ("+65 8123 4567", "+6581234567"),
        ("0912345678", None),
        ("12345", None),
        ("+86 12800138000", None),
        ("+0123456789", None),
        ("call me", None),
        ("", None),
    ],
)
def test_a_phone_number_has_one_spelling(typed: str, number: str | None) -> None:
    assert e164(typed) == number


def test_signing_up_by_mail_stores_a_verified_account(client: Client) -> None:
    client.cookies["django_language"] = "zh-hant"
    answer = client.post("/accounts/signup/", {"contact": "Dora@Example.org", "name": "Dora", "region": "TW"})
    assert answer["Location"] == "/accounts/confirm-email/"
    dora = User.objects.get()
    assert (dora.email, dora.phone, dora.name, dora.region) == ("dora@example.org", None, "Dora", "TW")
    assert (dora.language, dora.has_usable_password(), dora.is_verified) == ("zh-hant", False, False)
    answer = client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert answer["Location"] == "/"
    dora.refresh_from_db()
    assert dora.email_verified_at is not None
    assert signed_in(client) == dora
    assert client.cookies["device"]["httponly"]


def test_signing_up_by_phone_needs_no_mail(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"contact": "138 0013 8000"})
    assert answer["Location"] == "/accounts/phone/verify/"
    assert KeptSender.outbox[-1][0] == "+8613800138000"
    answer = client.post("/accounts/phone/verify/", {"code": texted_code()})
    assert answer["Location"] == "/"
    eve = User.objects.get()
    assert (eve.email, eve.phone) == (None, "+8613800138000")
    assert eve.phone_verified_at is not None
    assert eve.is_verified
    assert signed_in(client) == eve
    assert mail.outbox == []


def test_two_accounts_without_an_address_stay_apart(client: Client) -> None:
    for number in ("13800138000", "13900139000"):
        client.post("/accounts/signup/", {"contact": number})
        client.logout()
    assert User.objects.filter(email=None).count() == 2


@pytest.mark.parametrize("contact", ["", "nobody", "a@b", "12345", "dora@example.org, eve@example.org"])
def test_a_contact_that_is_none_gets_a_sentence(client: Client, contact: str) -> None:
    answer = client.post("/accounts/signup/", {"contact": contact})
    assert answer.status_code == 200
    assert 'id="id_contact_error"' in answer.content.decode()
    assert not User.objects.exists()


def test_an_account_that_exists_is_not_made_twice_nor_revealed(client: Client, ana: User) -> None:
    answer = client.post("/accounts/signup/", {"contact": "ana@example.com"})
    assert answer["Location"] == "/accounts/confirm-email/"
    assert "has one" in str(mail.outbox[-1].body)
    User.objects.filter(pk=ana.pk).update(phone="+8613800138000", phone_verified_at=NOW)
    other = Client()
    answer = other.post("/accounts/signup/", {"contact": "13800138000"})
    assert answer["Location"] == "/accounts/phone/verify/"
    assert not re.search(r"\d{6}", KeptSender.outbox[-1][1])
    assert User.objects.count() == 1


def test_signing_in_by_a_mailed_code(client: Client, ana: User) -> None:
    ask_for_code(client, "ANA@example.com")
    assert enter(client, "000000") == ""
    assert signed_in(client) is None
    assert enter(client, mailed_code()) == "/"
    assert signed_in(client) == ana
    row = EmailAddress.objects.get()
    assert (row.email, row.primary, row.verified) == ("ana@example.com", True, True)
    assert client.cookies["django_language"].value == "zh-hans"


def test_a_code_proves_an_address_that_staff_typed(client: Client) -> None:
    User.objects.create_user(email="cora@example.org")
    ask_for_code(client, "cora@example.org")
    enter(client, mailed_code())
    assert User.objects.get().email_verified_at is not None
    assert len(mail.outbox) == 1


def test_signing_in_by_a_texted_code(client: Client) -> None:
    eve = User.objects.create_user(phone="+8613800138000")
    ask_for_code(client, "0086 138 0013 8000")
    assert enter(client, texted_code()) == "/"
    eve.refresh_from_db()
    assert eve.phone_verified_at is not None
    assert signed_in(client) == eve


def test_an_unknown_login_is_told_by_mail_only(client: Client) -> None:
    ask_for_code(client, "nobody@example.org")
    assert "No account has it" in str(mail.outbox[-1].body)
    ask_for_code(Client(), "13900139000")
    assert not re.search(r"\d{6}", KeptSender.outbox[-1][1])


def test_a_blocked_account_stays_out(client: Client, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)
    ask_for_code(client, "ana@example.com")
    assert signed_in(client) is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)"])
def test_next_leads_nowhere_else(client: Client, ana: User, elsewhere: str) -> None:
    ask_for_code(client, "ana@example.com")
    answer = client.post("/accounts/login/code/confirm/", {"code": mailed_code(), "next": elsewhere})
    assert answer["Location"] == "/"


def test_next_leads_back(client: Client, ana: User) -> None:
    answer = client.post("/accounts/login/", {"login": "ana@example.com", "next": "/my/"})
    assert answer["Location"] == "/accounts/login/code/confirm/?next=%2Fmy%2F"
    answer = client.post("/accounts/login/code/confirm/", {"code": mailed_code(), "next": "/my/"})
    assert answer["Location"] == "/my/"


def test_a_password_is_optional_and_guessing_it_is_stopped(client: Client, ana: User) -> None:
    ana.set_password("three quiet otters")
    ana.save(update_fields=["password"])
    answer = client.post("/accounts/login/", {"login": "ana@example.com", "password": "three quiet otters"})
    assert answer["Location"] == "/"
    request = RequestFactory().post("/accounts/login/")
    for _ in range(8):
        assert authenticate(request, email="ana@example.com", password="guess") is None
    assert authenticate(request, email="ana@example.com", password="three quiet otters") is None
    ben = User.objects.create_user(email="ben@example.com", password="seven loud herons")
    assert authenticate(request, email="ben@example.com", password="seven loud herons") == ben


def test_changing_the_address_keeps_the_account_in_step(client: Client, ana: User) -> None:
    ask_for_code(client, "ana@example.com")
    enter(client, mailed_code())
    client.post("/accounts/email/", {"email": "ana@new.example", "action_add": ""})
    ana.refresh_from_db()
    assert ana.email == "ana@example.com"
    client.post("/accounts/confirm-email/", {"code": mailed_code()})
    ana.refresh_from_db()
    assert ana.email == "ana@new.example"
    assert ana.email_verified_at is not None
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("ana@new.example", True)]


def test_changing_the_phone_waits_for_its_code(client: Client, ana: User) -> None:
    client.force_login(ana)
    client.post("/accounts/phone/change/", {"phone": "138 0013 8000"})
    ana.refresh_from_db()
    assert ana.phone is None
    client.post("/accounts/phone/verify/", {"code": texted_code()})
    ana.refresh_from_db()
    assert ana.phone == "+8613800138000"
    assert ana.phone_verified_at is not None


def test_demo_codes_are_off_by_default(client: Client, ana: User) -> None:
    ask_for_code(client, "ana@example.com")
    assert enter(client, demo_logins.demo_code(ana)) == ""
    assert signed_in(client) is None


def test_a_demo_code_lets_in_its_own_demo_account_only(client: Client, settings: Any, ana: User, ben: User) -> None:
    settings.DEMO_CODES = True
    ask_for_code(client, "ana@example.com")
    assert enter(client, demo_logins.demo_code(ben)) == ""
    assert enter(client, demo_logins.demo_code(ana)) == "/"
    assert signed_in(client) == ana
    dora = User.objects.create_user(email="dora@example.org")
    other = Client()
    ask_for_code(other, "dora@example.org")
    assert enter(other, demo_logins.demo_code(dora)) == ""
    assert re.fullmatch(r"\d{6}", demo_logins.demo_code(ana))


def test_an_authenticator_of_the_demo_shows_the_standard_code(ana: User) -> None:
    demo_logins.enrol_totp(ana, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    # RFC 6238, appendix B: time 59 s, SHA-1, the last six of 94287082.
    assert demo_logins.totp_now(ana, at=59) == "287082"
    demo_logins.enrol_totp(ana, SECRET)
    assert demo_logins.totp_now(ana, at=59) != "287082"


def test_an_enrolled_account_is_asked_for_its_second_factor(client: Client, ana: User) -> None:
    demo_logins.enrol_totp(ana, SECRET)
    ask_for_code(client, "ana@example.com")
    assert enter(client, mailed_code()) == "/accounts/2fa/authenticate/"
    assert signed_in(client) is None
    answer = client.post("/accounts/2fa/authenticate/", {"code": demo_logins.totp_now(ana)})
    assert answer["Location"] == "/"
    assert signed_in(client) == ana
