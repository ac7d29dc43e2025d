"""Files read in: the right rows once however often, the wrong ones by file, line and field."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from demand.collecting import service as collecting
from demand.collecting.rows import UnusableFile
from demand.collecting.service import Imported
from demand.models import OutboxEvent, QuarantinedSignal, RejectedWish, Signal, User, Wish
from tests.demand.conftest import NOW

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "17寸游戏本", "ceiling": 7000, "quantity": 2, "shopper": "s1", "region": "CN-SH"},
    {"id": "b", "text": "静音轻薄本", "kind": "preorder", "email": "ana@example.com", "ceiling": "6999.50"},
    {"id": "c", "text": "yoga mat", "quantity": 10**9},
    {"id": "d", "text": "", "shopper": "s2"},
    {"id": "e", "text": "desk lamp", "needed_by": "2026-03-01"},
    {"id": "f", "text": "desk lamp", "needed_by": "next week"},
    {"id": "g", "text": "desk lamp", "shopper": "s1"},
]


def written(path: Path, rows: list[dict[str, Any]], *extra: str) -> Path:
    path.write_text("\n".join([json.dumps(row, ensure_ascii=False) for row in rows] + list(extra)))
    return path


def wishes(path: Path) -> Imported:
    return collecting.import_wishes(path_or_rows=path, source="file", now=NOW, today=NOW.date())


def test_right_rows_go_in_once_and_wrong_ones_are_named(tmp_path: Path, ana: User) -> None:
    path = written(tmp_path / "w.jsonl", ROWS, "{not json", '{"id": "a", "text": "said twice"}')

    done = wishes(path)

    assert (done.stored, done.repeated) == (3, 1)
    assert [(one.line, one.field, one.reason) for one in done.rejected] == [
        (3, "quantity", "QUANTITY_TOO_LARGE"),
        (4, "text", "TEXT_EMPTY"),
        (5, "needed_by", "DATE_PAST"),
        (6, "needed_by", "BAD_DATE"),
        (8, "", "UNREADABLE_ROW"),
    ]
    assert str(done.rejected[0]).startswith(f"{path}:3: quantity: ")
    rows = list(
        Wish.objects.order_by("source_key").values_list("source_key", "kind", "ceiling_minor", "quantity", "user_id")
    )
    assert rows == [
        ("a", "interest", 700_000, 2, None),
        ("b", "preorder", 699_950, 1, ana.pk),
        ("g", "interest", None, 1, None),
    ]
    assert RejectedWish.objects.count() == 5
    assert OutboxEvent.objects.get(topic="wishes.imported").payload == {"source": "file", "wishes": 3}


def test_reading_a_file_again_stores_nothing_more(tmp_path: Path, ana: User) -> None:
    path = written(tmp_path / "w.jsonl", ROWS)
    wishes(path)

    again = wishes(path)

    assert (again.stored, again.repeated, len(again.rejected)) == (0, 3, 4)
    assert (Wish.objects.count(), RejectedWish.objects.count()) == (3, 4)
    assert OutboxEvent.objects.filter(topic="wishes.imported").count() == 1


@pytest.mark.django_db
def test_one_shopper_of_a_source_is_one_person_across_files(tmp_path: Path) -> None:
    wishes(written(tmp_path / "one.jsonl", [ROWS[0], ROWS[6]]))
    wishes(written(tmp_path / "two.jsonl", [{"id": "h", "text": "kettle", "shopper": "s1"}]))

    persons = set(Wish.objects.values_list("person_id", flat=True))
    assert len(persons) == 1
    assert None not in persons


@pytest.mark.django_db
def test_a_repaired_row_goes_in_and_is_marked(tmp_path: Path) -> None:
    wishes(written(tmp_path / "w.jsonl", [ROWS[2]]))

    done = wishes(written(tmp_path / "w.jsonl", [{**ROWS[2], "quantity": 3}]))

    assert done.stored == 1
    assert RejectedWish.objects.get().replayed_at == NOW


@pytest.mark.django_db
def test_csv_rows_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_bytes(
        b"\xef\xbb\xbftext,quantity,ceiling\r\n"
        b'"a kettle,\r\nquiet",2,"1,200"\r\n'
        b"lamp,many,\r\n"
        b"chair\r\n"
        b"\xff\xfe desk,1,\r\n"
        b"stool,,0\r\n"
    )

    done = wishes(path)

    assert done.stored == 1
    wish = Wish.objects.get()
    assert (wish.quantity, wish.ceiling_minor) == (2, 120_000)
    assert [(one.line, one.field, one.reason) for one in done.rejected] == [
        (4, "quantity", "NOT_A_NUMBER"),
        (5, "", "UNREADABLE_ROW"),
        (6, "text", "BAD_ENCODING"),
        (7, "ceiling", "CEILING_NOT_POSITIVE"),
    ]


@pytest.mark.parametrize("content", [None, "", "text,text\na,b\n"])
@pytest.mark.django_db
def test_a_file_of_no_use_is_refused_whole(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "w.csv"
    if content is not None:
        path.write_text(content)

    with pytest.raises(UnusableFile):
        wishes(path)


@pytest.mark.django_db
def test_a_list_of_searches_is_a_stream_of_signals(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("query_id,query,query_class\n0,salon chair,Massage Chairs\n1,smart coffee table,\n2,,\n")

    first = collecting.import_signals(path=path, source="wands", now=NOW)
    again = collecting.import_signals(path=path, source="wands", now=NOW)

    assert (first.stored, again.stored, again.repeated) == (2, 0, 2)
    assert [(one.line, one.field, one.reason) for one in first.rejected] == [(4, "query", "MISSING")]
    assert list(Signal.objects.order_by("event_id").values_list("kind", "query", "need")) == [
        ("search", "salon chair", "Massage Chairs"),
        ("search", "smart coffee table", ""),
    ]
    assert QuarantinedSignal.objects.count() == 1


@pytest.mark.django_db
def test_events_without_an_id_are_told_apart_by_content_and_place(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    at = NOW.isoformat()
    path.write_text(f"occurred_at,kind,query\n{at},search,mat\n{at},search,mat\n{at},search,lamp\n")

    assert collecting.import_signals(path=path, source="shop", now=NOW).stored == 3
    assert collecting.import_signals(path=path, source="shop", now=NOW).repeated == 3


@pytest.mark.django_db
def test_commands_end_with_one_line_of_json(tmp_path: Path) -> None:
    path = written(tmp_path / "w.jsonl", [ROWS[0], {"text": "x", "quantity": 0}])
    out, err = StringIO(), StringIO()

    call_command("import_wishes", str(path), stdout=out, stderr=err)

    answer = json.loads(out.getvalue().splitlines()[-1])
    assert (answer["stored"], answer["repeated"], answer["rejected"]) == (1, 0, 1)
    assert f"{path}:2: quantity" in err.getvalue()


@pytest.mark.parametrize(
    ("command", "content"),
    [
        ("import_wishes", None),
        ("import_signals", "colour\nred\n"),
        ("import_catalog", "{"),
        ("import_catalog", '{"categories": 3}'),
    ],
)
@pytest.mark.django_db
def test_a_command_leaves_with_2_and_a_sentence(tmp_path: Path, command: str, content: str | None) -> None:
    path = tmp_path / "in.csv"
    if content is not None:
        path.write_text(content)
    err = StringIO()

    with pytest.raises(SystemExit) as left:
        call_command(command, str(path), stdout=StringIO(), stderr=err)

    assert left.value.code == 2
    assert err.getvalue().startswith(str(path))
    assert not Signal.objects.exists()
