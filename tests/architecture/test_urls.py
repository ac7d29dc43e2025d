"""Every URL × every role is decided: the tables say what each gets; a URL that stands in none fails.

Rows belong to ana (shopper) and maker A (mira). Ben, noor and sam get to them nowhere but where the table says so,
and absent and not yours answer alike. A row reads GET, POST (without content); one word is for all, six are for
anonymous, ana, ben, mira, noor and sam. "login" leads to signing in, "302" elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.cast import ROLES, World, world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

DECIDED: dict[str, tuple[str, str]] = {
    "health_live": ("200", "405"),
    "api:openapi-json": ("200", "200"),
    "api:openapi-view": ("200", "200"),
    "api:record_signals": ("405", "401"),
    "api:plan": ("401 404 404 200 404 404", "405"),
    "api:proposals": ("401 404 404 200 200 404", "405"),
    "api:proposal": ("401 404 404 200 404 404", "405"),
    "api:api-root": ("404", "404"),
    "account_login": ("200 302 302 302 302 302", "200 302 302 302 302 302"),
    "account_logout": ("302 200 200 200 200 200", "302"),
    "account_inactive": ("200", "405"),
    "account_signup": ("200 302 302 302 302 302", "200 302 302 302 302 302"),
    "account_reauthenticate": ("login 403 403 403 403 403", "login 403 403 403 403 403"),
    "account_email": ("login 200 200 200 200 200", "login 302 302 302 302 302"),
    "account_email_verification_sent": ("login 302 302 302 302 302", "login 302 302 302 302 302"),
    "account_change_password": ("login 302 302 302 302 302", "login 302 302 302 302 302"),
    "account_set_password": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "account_reset_password": ("200", "200"),
    "account_confirm_login_code": ("login 302 302 302 302 302", "login 302 302 302 302 302"),
    "account_verify_phone": ("login 302 302 302 302 302", "login 302 302 302 302 302"),
    "account_change_phone": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "account_reset_password_from_key_done": ("200", "405"),
    "account_reset_password_done": ("200", "405"),
    "account_request_login_code": ("200 302 302 302 302 302", "200 302 302 302 302 302"),
    "mfa_index": ("login 200 200 200 200 200", "login 405 405 405 405 405"),
    "mfa_authenticate": ("login 302 302 302 302 302", "login 302 302 302 302 302"),
    "mfa_reauthenticate": ("login 403 403 403 403 403", "login 403 403 403 403 403"),
    "mfa_activate_totp": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "mfa_deactivate_totp": ("login 404 404 404 404 404", "login 404 404 404 404 404"),
    "mfa_view_recovery_codes": ("login 404 404 404 404 404", "login 405 405 405 405 405"),
    "mfa_generate_recovery_codes": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "mfa_download_recovery_codes": ("login 404 404 404 404 404", "login 404 404 404 404 404"),
    "mfa_list_webauthn": ("login 200 200 200 200 200", "login 405 405 405 405 405"),
    "mfa_add_webauthn": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "mfa_reauthenticate_webauthn": ("login 403 403 403 403 403", "login 403 403 403 403 403"),
    "set_language": ("302", "302"),
    "manufacturers:inbox": ("login 404 404 200 200 404", "405"),
    "manufacturers:proposals_csv": ("404 404 404 200 200 404", "405"),
    "manufacturers:proposal": ("404 404 404 200 404 404", "405"),
    "manufacturers:proposal_accept": ("405", "404 404 404 302 404 404"),
    "manufacturers:proposal_decline": ("405", "404 404 404 422 404 404"),
    "manufacturers:proposal_counter": ("405", "404 404 404 422 404 404"),
    "manufacturers:proposal_message": ("405", "404 404 404 422 404 404"),
    "manufacturers:proposal_file": ("404 404 404 200 404 404", "405"),
    "manufacturers:proposal_csv": ("404 404 404 200 404 404", "405"),
    "manufacturers:proposal_json": ("404 404 404 200 404 404", "405"),
    "manufacturers:plan": ("404 404 404 200 200 404", "405"),
    "manufacturers:plan_csv": ("404 404 404 200 404 404", "405"),
    "manufacturers:plan_xlsx": ("404 404 404 200 404 404", "405"),
    "manufacturers:plan_ics": ("404 404 404 200 404 404", "405"),
    "manufacturers:plan_json": ("404 404 404 200 404 404", "405"),
    "manufacturers:what_if": ("405", "404 404 404 422 422 404"),
    "manufacturers:what_if_adopt": ("405", "404 404 404 302 404 404"),
    "manufacturers:what_if_drop": ("405", "404 404 404 302 404 404"),
    "manufacturers:lot": ("404 404 404 200 404 404", "405"),
    "manufacturers:move": ("405", "404 404 404 302 404 404"),
    "manufacturers:undo_move": ("405", "404 404 404 302 404 404"),
    "manufacturers:freeze": ("405", "404 404 404 302 404 404"),
    "manufacturers:offers": ("404 404 404 200 200 404", "405"),
    "manufacturers:offer_new": ("404 404 404 302 302 404", "404 404 404 302 302 404"),
    "manufacturers:offer": ("404 404 404 200 404 404", "404 404 404 422 404 404"),
    "manufacturers:offer_state": ("405", "404"),
    "manufacturers:capacity": ("404 404 404 200 404 404", "404 404 404 302 404 404"),
    "manufacturers:calendar": ("404 404 404 200 200 404", "404 404 404 422 422 404"),
    "manufacturers:exception_drop": ("405", "404 404 404 302 302 404"),
    "manufacturers:line_new": ("404 404 404 200 200 404", "404 404 404 422 422 404"),
    "manufacturers:line": ("404 404 404 200 404 404", "404 404 404 422 404 404"),
    "manufacturers:order": ("404 404 404 200 404 404", "404 404 404 422 404 404"),
    "manufacturers:releases": ("404 404 404 200 200 404", "405"),
    "manufacturers:release": ("404 404 404 200 404 404", "405"),
    "manufacturers:release_csv": ("404 404 404 200 404 404", "405"),
    "manufacturers:release_ack": ("405", "404 404 404 302 404 404"),
    "manufacturers:claims": ("404 404 404 200 200 404", "404"),
    "manufacturers:claim_photo": ("404 404 404 200 404 404", "405"),
    "manufacturers:market": ("404 404 404 200 200 404", "405"),
    "manufacturers:market_csv": ("404 404 404 200 200 404", "405"),
    "demand:home": ("200", "405"),
    "demand:pools": ("200", "405"),
    "demand:pool": ("200", "405"),
    "demand:pool_join": ("405", "422"),
    "demand:wish_new": ("200", "200"),
    "demand:wish_read": ("405", "200"),
    "demand:wish": ("404 200 404 404 404 404", "405"),
    "demand:wish_edit": ("404 200 404 404 404 404", "404 200 404 404 404 404"),
    "demand:wish_correct": ("405", "404 302 404 404 404 404"),
    "demand:wish_preorder": ("login 405 405 405 405 405", "login 422 404 404 404 404"),
    "demand:wish_withdraw": ("404 200 404 404 404 404", "404 302 404 404 404 404"),
    "demand:wish_restore": ("405", "404 302 404 404 404 404"),
    "demand:wish_claim": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
    "demand:my_wishes": ("login 200 200 200 200 200", "login 405 405 405 405 405"),
    "demand:campaign": ("200", "405"),
    "demand:campaign_join": ("login 405 405 405 405 405", "login 302 302 302 302 302"),
    "demand:commitment": ("login 200 404 404 404 404", "login 405 405 405 405 405"),
    "demand:commitment_confirm": ("login 405 405 405 405 405", "login 422 404 404 404 404"),
    "demand:commitment_more": ("login 405 405 405 405 405", "login 422 404 404 404 404"),
    "demand:commitment_refuse": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
    "demand:commitment_leave": ("login 200 404 404 404 404", "login 302 404 404 404 404"),
    "demand:commitment_consent": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
    "demand:commitment_mend": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
    "demand:commitment_claim": ("login 200 404 404 404 404", "login 200 404 404 404 404"),
    "demand:claim_photo": ("login 200 404 404 404 200", "login 405 405 405 405 405"),
    "demand:notices": ("login 200 200 200 200 200", "login 405 405 405 405 405"),
    "demand:notices_read": ("login 405 405 405 405 405", "login 302 302 302 302 302"),
    "demand:notice_open": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
    "demand:settings": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "demand:settings_data": ("login 405 405 405 405 405", "login 200 200 200 200 200"),
    "demand:settings_leave": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "demand:addresses": ("login 200 200 200 200 200", "login 405 405 405 405 405"),
    "demand:address_new": ("login 200 200 200 200 200", "login 200 200 200 200 200"),
    "demand:address_edit": ("login 200 404 404 404 404", "login 200 404 404 404 404"),
    "demand:address_retire": ("login 405 405 405 405 405", "login 302 404 404 404 404"),
}
# Whose answer hangs on the state of the machine, not on who asks; tests/architecture/test_settings.py looks at it.
BY_STATE = {"health_ready"}
# Keys of people's own passkeys and of letters that allauth sent: allauth looks them up among one's own.
UNREACHABLE = {"account_reset_password_from_key", "mfa_remove_webauthn", "mfa_edit_webauthn"}
# The staff site by the last word of an address's name: what sam may get, for rows that are not there. A model's own
# rules decide between two answers. Whoever is not staff is sent to sign in.
STAFF = {
    "add": {"200", "403"},
    "ask": {"200"},
    "autocomplete": {"403"},
    "change": {"200", "302"},
    "changelist": {"200"},
    "csv": {"200"},
    "decide": {"404"},
    "delete": {"302", "403"},
    "done": {"200"},
    "events": {"200"},
    "export": {"200", "403"},
    "history": {"302"},
    "index": {"200"},
    "jsi18n": {"200"},
    "key": {"404"},
    "list": {"200"},
    "market": {"200"},
    "new": {"200"},
    "queue": {"200"},
    "search": {"200"},
    "site": {"404"},
    "watch": {"404"},
}
# Where signing in and out of the staff site leads: anonymous, ana, mira, sam.
DOORS = {"login": "login 403 403 302", "logout": "302 302 302 405"}
ANYWHERE = {
    "object_id": "0",
    "decision_name": "none",
    "event_id": 0,
    "key": 0,
    "content_type_id": "0",
    "app_label": "demand",
}


def routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address of the site with its full name."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from routes(one, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name}", one


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves no trace, so that no answer hangs on the one before."""
    block = transaction.atomic()
    # As Django marks the blocks of its own test cases: services may open their outermost transaction within.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def answer(response: HttpResponse) -> str:
    if response.status_code == 302 and response["Location"].startswith(("/accounts/login/", "/admin/login/")):
        return "login"
    return str(response.status_code)


def asked(world: World, role: str, method: str, url: str) -> str:
    client = world.clients[role]
    cookies = copy(client.cookies)
    try:
        with undone():
            return answer(getattr(client, method)(url))
    finally:
        client.cookies = cookies


def each(decided: str) -> list[str]:
    words = decided.split()
    return words * len(ROLES) if len(words) == 1 else words


def test_every_route_is_decided() -> None:
    names = {name for name, _route in routes() if not name.startswith("admin:")}
    assert names - BY_STATE - UNREACHABLE == set(DECIDED)


def test_every_role_gets_what_was_decided() -> None:
    cast = world()
    wrong = []
    for name, decided in DECIDED.items():
        url = reverse(name, kwargs=cast.by_route.get(name))
        for method, wanted in zip(("get", "post"), decided, strict=True):
            got = [asked(cast, role, method, url) for role in ROLES]
            if got != each(wanted):
                wrong.append(f"{name} {method}: {' '.join(got)} instead of {wanted}")
    assert wrong == []


def staff_addresses() -> Iterator[tuple[str, str]]:
    """The last word of each staff address's name, and the address."""
    for name, route in routes():
        if name.startswith("admin:") and not name.endswith(":None"):
            arguments = {key: ANYWHERE[key] for key in route.pattern.regex.groupindex}
            yield name.rpartition("_" if "_" in name else ":")[2], reverse(name, kwargs=arguments)


def test_the_staff_site_is_for_staff() -> None:
    cast = world()
    wrong = []
    for word, url in staff_addresses():
        strangers = [asked(cast, role, "get", url) for role in ("anonymous", "ana", "mira")]
        staff = asked(cast, "sam", "get", url)
        if word in DOORS:
            right = [*strangers, staff] == DOORS[word].split()
        else:
            right = strangers == ["login"] * 3 and staff in STAFF.get(word, set())
        if not right:
            wrong.append(f"{url}: {' '.join(strangers)} {staff}")
    assert wrong == []
