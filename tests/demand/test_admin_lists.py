"""Every list of the staff site: who sees it, what it costs, and that rows change by decisions only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from demand.collecting.drafts import WishDraft
from demand.models import OutboxEvent, OutboxTask, Pool, Run, User, Wish
from demand.pooling import service as pooling
from demand.staff import StaffAdmin
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully

LISTS = sorted(
    (model for model, listed in admin.site._registry.items() if isinstance(listed, StaffAdmin)),
    key=lambda model: model._meta.label,
)
EDITED = {
    "demand.Alias",
    "demand.Attribute",
    "demand.AttributeValue",
    "demand.Category",
    "django_celery_beat.CrontabSchedule",
    "django_celery_beat.IntervalSchedule",
    "django_celery_beat.PeriodicTask",
}
# Raw events have a search of their own; history rows are shown by their subject; what pooling notes of single wishes
# between two counts is shown as the cells it counts.
UNLISTED = {
    "demand.CountedWish",
    "demand.Earmark",
    "demand.WishToCount",
    "demand.Signal",
    "demand.WishEvent",
    "demand.PoolEvent",
    "manufacturers.ProposalEvent",
    "manufacturers.PlanEvent",
}


def address(model: object, page: str = "changelist", *arguments: object) -> str:
    meta = model._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    return client


def test_every_model_of_both_apps_has_a_list() -> None:
    ours = {
        model._meta.label for name in ("demand", "manufacturers") for model in apps.get_app_config(name).get_models()
    }
    assert ours - {model._meta.label for model in LISTS} == UNLISTED


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_a_list_opens_sorts_and_searches(boss: Client, model: type) -> None:
    listed = admin.site._registry[model]
    assert boss.get(address(model)).status_code == 200
    if listed.search_fields:
        assert boss.get(address(model), {"q": "0b6f 12 x'"}).status_code == 200
    assert str(list(listed.ordering or ["-pk"])[-1]).lstrip("-") in {"pk", "hour", "starts_at"}


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_a_column_is_not_hidden_by_a_field_of_its_name(model: type) -> None:
    listed = admin.site._registry[model]
    fields = {field.name for field in model._meta.concrete_fields}  # type: ignore[attr-defined]
    assert [name for name in listed.list_display if name in fields and hasattr(listed, str(name))] == []


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_rows_are_not_added_or_deleted_by_hand(boss: Client, model: type) -> None:
    listed = admin.site._registry[model]
    request = boss.get(address(model)).wsgi_request
    assert not listed.has_delete_permission(request)
    assert listed.has_change_permission(request) == (model._meta.label in EDITED)  # type: ignore[attr-defined]


def test_lists_are_for_staff_with_the_permission(client: Client, ana: User, sam: User) -> None:
    page = address(Wish)
    assert client.get(page).status_code == 302
    sign_in_fully(client, ana)
    assert client.get(page).status_code == 302
    sign_in_fully(client, sam)
    assert client.get(page).status_code == 403
    sam.user_permissions.add(Permission.objects.get(codename="view_wish"))
    assert client.get(page).status_code == 200
    assert client.get(address(Wish, "decide", "hide") + "?ids=1").status_code == 403
    assert client.get(reverse("admin:demand_wish_queue")).status_code == 403


def test_secrets_are_nowhere_on_the_pages(boss: Client, ana: User) -> None:
    text = boss.get(address(User, "change", ana.pk)).content.decode()
    assert ana.password not in text


def wishes(count: int) -> None:
    first = Wish.objects.order_by("pk")[0]
    for number in range(count):
        first.pk, first.public_id, first.user = None, None, person(f"w{Wish.objects.count()}-{number}")
        first.public_id = Wish._meta.get_field("public_id").get_default()
        first.save(force_insert=True)


def events(count: int) -> None:
    made = OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic="x", aggregate="a", aggregate_id=1, created_at=NOW) for _ in range(count)]
    )
    OutboxTask.objects.bulk_create([OutboxTask(event=row, consumer="c", next_try_at=NOW) for row in made])


def run_rows(count: int) -> None:
    for number in range(count):
        asked = person(f"r{Run.objects.count()}-{number}")
        Run.objects.create(stage="pooling", state="done", started_at=NOW, finished_at=NOW, requested_by=asked)


@pytest.mark.usefixtures("catalogue")
def test_lists_ask_the_same_at_2_and_200_rows(boss: Client, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    pooling.place(draft=WishDraft(text="17 inch gaming laptop"), user_id=ana.pk, now=NOW)
    pool = Pool.objects.get()
    costs: dict[str, list[int]] = {}
    monkeypatch.setattr(StaffAdmin, "list_per_page", 250)
    for count in (1, 198):
        wishes(count)
        events(count)
        run_rows(count)
        Pool.objects.bulk_create(
            [
                Pool(
                    category=pool.category,
                    specification=pool.specification,
                    spec_hash=f"{count}-{number}",
                    created_at=NOW,
                    updated_at=NOW + timedelta(seconds=number),
                )
                for number in range(count)
            ]
        )
        for model in (Wish, Pool, Run, OutboxTask, User):
            boss.get(address(model))
            with CaptureQueriesContext(connection) as asked:
                shown = boss.get(address(model)).context["cl"].result_list
            assert len(shown) >= count
            costs.setdefault(model._meta.label, []).append(len(asked))
    assert all(few == many for few, many in costs.values()), costs
