"""Staff and makers get nowhere with one factor; shoppers are never asked for a second."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from config.roles import role
from demand.models import User
from demand.web import demo_logins
from manufacturers.models import Maker, MakerMember
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def mira(db: None) -> User:
    user = person("mira")
    maker = Maker.objects.create(code="maker-a", city="Suzhou", region="CN-JS", created_at=NOW)
    MakerMember.objects.create(maker=maker, user=user, created_at=NOW)
    return user


@pytest.mark.parametrize("path", ["/admin/", "/maker/", "/"])
def test_staff_without_a_second_factor_are_led_to_its_set_up(client: Client, sam: User, path: str) -> None:
    client.force_login(sam)
    assert client.get(path).headers["Location"] == "/accounts/2fa/totp/activate/"


@pytest.mark.parametrize("path", ["/maker/", "/"])
def test_makers_without_a_second_factor_are_led_to_its_set_up(client: Client, mira: User, path: str) -> None:
    client.force_login(mira)
    assert client.get(path).headers["Location"] == "/accounts/2fa/totp/activate/"


def test_a_session_that_did_not_pass_it_is_asked_and_then_led_on(client: Client, sam: User) -> None:
    demo_logins.enrol_totp(sam, SECRET)
    client.force_login(sam)
    answer = client.get("/admin/demand/?a=1")
    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Fadmin%2Fdemand%2F%3Fa%3D1"
    answer = client.post(answer.headers["Location"], {"code": "000000"})
    assert answer.status_code == 200
    assert client.get("/admin/").status_code == 302
    code = demo_logins.totp_now(sam)
    answer = client.post("/accounts/2fa/reauthenticate/?next=%2Fadmin%2F", {"code": code, "next": "/admin/"})
    assert answer.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_api_refuses_a_browser_with_one_factor(client: Client, mira: User) -> None:
    client.force_login(mira)
    answer = client.get("/api/v1/plan")
    assert (answer.status_code, answer.json()["code"]) == (403, "SECOND_FACTOR_NEEDED")


def test_posts_are_refused_too(client: Client, mira: User) -> None:
    demo_logins.enrol_totp(mira, SECRET)
    client.force_login(mira)
    answer = client.post("/maker/proposals/x/accept/")
    assert answer.headers["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_a_shopper_is_never_asked(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert client.get("/").status_code == 200
    assert client.get("/accounts/2fa/").status_code == 200


def test_a_former_member_is_a_shopper(client: Client, mira: User) -> None:
    Maker.objects.update(active=False)
    client.force_login(mira)
    assert client.get("/").status_code == 200


def test_setting_it_up(client: Client, sam: User) -> None:
    client.force_login(sam)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    demo = User.objects.create_user(email="other@example.com")
    demo_logins.enrol_totp(demo, secret)
    answer = client.post("/accounts/2fa/totp/activate/", {"code": demo_logins.totp_now(demo)})
    assert answer.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert Authenticator.objects.filter(user=sam, type="totp").exists()


def test_nobody_signs_in_through_the_admins_own_form(client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_roles(client: Client, rf: object, mira: User, ana: User, sam: User) -> None:
    def shown(user: User) -> dict[str, str]:
        request = rf.get("/")  # type: ignore[attr-defined]
        request.user = user
        return role(request)

    as_role: Callable[[User], dict[str, str]] = shown
    assert (as_role(mira), as_role(ana), as_role(sam)) == ({"role": "maker"}, {}, {})


def test_one_factor_of_another_account_counts_for_nothing(client: Client, sam: User, ana: User) -> None:
    sign_in_fully(client, ana)
    session = client.session
    session["_auth_user_id"] = str(sam.pk)
    session["_auth_user_hash"] = sam.get_session_auth_hash()
    session.save()
    assert client.get("/admin/").status_code == 302
