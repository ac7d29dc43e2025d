"""Rows by COPY stand as the ORM would have written them, all or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from demand.copying import copy_rows
from demand.models import Person, User, Wish

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def _wish(number: int, **more: object) -> dict[str, object]:
    return {
        "text": f"杯子 {number}",
        "source": "copied",
        "source_key": str(number),
        "created_at": NOW,
        "updated_at": NOW,
    } | more


def test_copied_rows_equal_rows_of_the_orm() -> None:
    made = Wish.objects.create(**_wish(0, reading={"a": '"quoted" \\ back', "b": [1, None]}))
    (key,) = copy_rows(Wish, [_wish(1, reading={"a": '"quoted" \\ back', "b": [1, None]})])
    rows = {row["id"]: row for row in Wish.objects.filter(source="copied").values()}
    apart = {"id", "text", "source_key", "public_id"}
    assert {k: v for k, v in rows[key].items() if k not in apart} == {
        k: v for k, v in rows[made.pk].items() if k not in apart
    }
    assert rows[key]["text"] == "杯子 1"


def test_keys_come_in_the_order_of_rows_and_the_orm_goes_on_after_them() -> None:
    keys = copy_rows(Person, [{"created_at": NOW}] * 50)
    assert keys == sorted(keys)
    assert Person.objects.create(created_at=NOW).pk > keys[-1]


def test_a_default_that_is_computed_differs_from_row_to_row() -> None:
    persons = copy_rows(Person, [{"created_at": NOW}] * 3)
    rows = [{"email": f"{i}@example.test", "name": "n", "person_id": key} for i, key in enumerate(persons)]
    keys = copy_rows(User, rows)
    assert len(set(User.objects.filter(pk__in=keys).values_list("public_id", flat=True))) == 3


def test_one_bad_row_leaves_none() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(Wish, [_wish(1), _wish(1)])
    assert not Wish.objects.filter(source="copied").exists()


def test_nothing_to_copy_and_a_column_that_does_not_exist() -> None:
    assert copy_rows(Wish, []) == []
    with pytest.raises(ValueError, match="Wish has no column 'colour'"):
        copy_rows(Wish, [_wish(1, colour="red")])
