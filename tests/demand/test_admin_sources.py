"""Sources of signals on the staff site: a key is shown once, renewed and stopped; each says how fresh it is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from demand.collecting import service as collecting
from demand.models import SignalSource
from tests.demand.conftest import person
from tests.signing_in import sign_in_fully

KEY = re.compile(r'value="(wm_[\w-]+)"')


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    return client


def sends(key: str) -> int:
    event = {"event_id": "e1", "kind": "search", "query": "lamp", "occurred_at": timezone.now().isoformat()}
    headers = {"Authorization": f"Bearer {key}"}
    return int(Client().post(reverse("api:record_signals"), [event], "application/json", headers=headers).status_code)


def made(boss: Client, name: str = "shop") -> Any:
    return boss.post(reverse("admin:demand_signalsource_new"), {"name": name, "events_per_minute": 1000})


def key_of(answer: Any) -> str:
    found = KEY.search(answer.content.decode())
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    return found[1]


def test_a_new_source_sends_with_the_key_that_is_shown_once(boss: Client) -> None:
    key = key_of(made(boss))
    assert sends(key) != 401
    source = SignalSource.objects.get(name="shop")
    assert source.events_per_minute == 1000
    assert key not in boss.get(reverse("admin:demand_signalsource_change", args=[source.pk])).content.decode()

    again = made(boss)
    assert "Another source has this name." in again.content.decode()


def test_a_new_key_ends_the_one_before(boss: Client) -> None:
    old = key_of(made(boss))
    page = reverse("admin:demand_signalsource_key", args=[SignalSource.objects.get(name="shop").pk])
    assert "ends at once" in boss.get(page).content.decode()
    new = key_of(boss.post(page))
    assert sends(old) == 401
    assert sends(new) != 401


def test_a_stopped_source_is_refused_until_it_is_taken_up_again(boss: Client) -> None:
    key = key_of(made(boss))
    source = SignalSource.objects.get(name="shop")
    page = reverse("admin:demand_signalsource_decide", args=["stop"]) + f"?ids={source.pk}"
    assert boss.post(page, {"reason": "floods"}).status_code == 302
    assert sends(key) == 401
    page = reverse("admin:demand_signalsource_decide", args=["resume"]) + f"?ids={source.pk}"
    assert boss.post(page).status_code == 302
    assert sends(key) != 401


def test_the_list_says_how_fresh_each_source_is(boss: Client) -> None:
    now = timezone.now()
    source, _key = collecting.create_source(name="shop", now=now)
    events = [
        {
            "event_id": f"e{hours}",
            "kind": "search",
            "query": "lamp",
            "occurred_at": (now - timedelta(hours=hours)).isoformat(),
        }
        for hours in (1, 2, 30)
    ]
    collecting.record_signals(source_id=source.pk, events=[*events, {"kind": "sneeze"}], now=now)
    page = boss.get(reverse("admin:demand_signalsource_changelist")).content.decode()
    assert "2 (1)" in page


def test_files_and_the_site_have_no_key_to_renew(boss: Client) -> None:
    source_id = collecting.named_source(name="site", now=timezone.now())
    assert boss.get(reverse("admin:demand_signalsource_key", args=[source_id])).status_code == 404
    with pytest.raises(collecting.WithoutKey):
        collecting.set_active(source_id=source_id, active=False)
    assert made(boss, "").status_code == 200


def test_who_may_only_look_makes_no_key(client: Client, db: None) -> None:
    sign_in_fully(client, person("guest", is_staff=True))
    assert made(client).status_code == 403
