"""Wishes from files: the right rows stored once however often the file is read, the wrong ones kept and named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection

from demand import locking, outbox
from demand.collecting.importing import RowInput, WrongField, row_input
from demand.collecting.rows import Row, rows_of
from demand.models import Person, RejectedWish, User, Wish
from demand.models.fields import needs_default

CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A row that was not stored: where it stands, the field, a stable reason and what was expected there."""

    file: str
    line: int
    field: str
    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field or 'row'}: {self.reason}; expected {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the rows: ``stored`` are new, ``repeated`` were there already."""

    stored: int
    repeated: int
    rejected: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usable:
    key: str
    shopper_hash: str
    values: RowInput


def import_wishes(
    *, path_or_rows: Path | str | Iterable[Mapping[str, Any]], source: str, now: datetime, today: date
) -> Imported:
    """Store wishes from a JSON-lines or CSV file, or from rows; they are read and pooled afterwards.

    Fields: ``text``, and optionally ``id``, ``kind``, ``quantity``, ``tolerance``, ``ceiling`` (major units),
    ``region``, ``needed_by``, ``email`` (of an account), ``shopper`` (the source's own name for a person) and
    ``created_at``. A row is
    the same by its id, else by its content, within the source. Chunks of their own transactions, each with its
    ``wishes.imported``: killed and begun again, what is missing goes in. A pre-order needs an account with a
    ceiling; without either it is kept as an interest. Raises :class:`UnusableFile`.
    """
    if isinstance(path_or_rows, str | Path):
        name, rows = str(path_or_rows), rows_of(Path(path_or_rows))
    else:
        name, rows = "rows", _given(path_or_rows)
    stored = repeated = 0
    rejected: list[RowProblem] = []
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        new, wrong = _store_chunk(chunk, name=name, source=source, now=now, today=today)
        stored, repeated = stored + new, repeated + len(chunk) - new - len(wrong)
        rejected += wrong
    return Imported(stored=stored, repeated=repeated, rejected=tuple(rejected))


def _given(rows: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for number, fields in enumerate(rows, start=1):
        yield Row(line=number, raw=json.dumps(dict(fields), ensure_ascii=False, default=str), fields=fields)


def _store_chunk(
    chunk: Sequence[Row], *, name: str, source: str, now: datetime, today: date
) -> tuple[int, list[RowProblem]]:
    keyed: dict[str, Row] = {}
    for row in chunk:
        keyed.setdefault(row_key(row), row)
    with locking.transaction():
        locking.advisory(f"wishes:{source}")
        held = set(Wish.objects.filter(source=source, source_key__in=list(keyed)).values_list("source_key", flat=True))
        usable, wrong = [], []
        for key, row in keyed.items():
            if key in held:
                continue
            try:
                values = row_input(row.fields, today=today, now=now)
            except WrongField as problem:
                wrong.append((key, row, problem))
            else:
                usable.append(_Usable(key=key, shopper_hash=_shopper_hash(source, values), values=values))
        _insert(usable, source=source, now=now)
        _keep_rejected(wrong, source=source, now=now)
        repaired = RejectedWish.objects.filter(source=source, source_key__in=[one.key for one in usable])
        repaired.filter(replayed_at__isnull=True).update(replayed_at=now)
        if usable:
            payload = {"source": source, "wishes": len(usable)}
            outbox.write("wishes.imported", aggregate="source", aggregate_id=0, payload=payload, now=now)
    return len(usable), [
        RowProblem(file=name, line=row.line, field=problem.field, reason=problem.reason, expected=problem.expected)
        for _key, row, problem in wrong
    ]


def row_key(row: Row) -> str:
    """The row's own id, else a hash of what it says."""
    given = row.fields.get("id") if row.fields is not None else None
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given).strip():
        plain = str(given).strip().encode("utf-8", "replace").decode().replace("\x00", "")
        if 0 < len(plain) <= 100:
            return plain
    said = json.dumps(row.fields, sort_keys=True, default=str) if row.fields is not None else row.raw
    return "sha256:" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _shopper_hash(source: str, values: RowInput) -> str:
    return hashlib.sha256(f"{source}\n{values.shopper}".encode()).hexdigest() if values.shopper else ""


def _insert(usable: Sequence[_Usable], *, source: str, now: datetime) -> None:
    """Copy the wishes in; their keys are known to be absent while the source's lock is held."""
    accounts = _accounts({one.values.email for one in usable if one.values.email})
    persons = _persons(source, {one.shopper_hash for one in usable if one.shopper_hash}, now=now)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in usable:
            copy.write_row(_columns(one, accounts.get(one.values.email), persons, source=source))


_COPY = """
COPY demand_wish (public_id, user_id, person_id, claim_hash, kind, state, text, language, source, source_key, seeded,
    needs, needs_hash, reading, reading_state, reader_version, catalog_version, question, intent, quantity, tolerance,
    ceiling_minor, region, needed_by, auto_bind, hidden_reason, revision, created_at, updated_at) FROM STDIN
"""


def _columns(
    one: _Usable, account: tuple[int, int] | None, persons: Mapping[str, int], *, source: str
) -> tuple[Any, ...]:
    values = one.values
    user_id, person_id = account if account is not None else (None, persons.get(one.shopper_hash))
    firm = values.kind == "preorder" and user_id is not None and values.ceiling_minor is not None
    said = (uuid4(), user_id, person_id, one.shopper_hash, "preorder" if firm else "interest", "open", values.text, "")
    unread = (source, one.key, False, json.dumps(needs_default()), "", "{}", "pending", "", "", "")
    wanted = ("quantity", values.quantity, values.tolerance, values.ceiling_minor, values.region, values.needed_by)
    return (*said, *unread, *wanted, False, "", 1, values.created_at, values.created_at)


def _accounts(emails: set[str]) -> dict[str, tuple[int, int]]:
    rows = User.objects.filter(email__in=emails, is_active=True, email_verified_at__isnull=False)
    return {email: (key, person) for email, key, person in rows.values_list("email", "pk", "person_id") if email}


def _persons(source: str, hashes: set[str], *, now: datetime) -> dict[str, int]:
    """One person for each shopper of the source, the one of their earlier rows where there are any."""
    rows = Wish.objects.filter(source=source, claim_hash__in=hashes, person__isnull=False)
    known = {shopper: person for shopper, person in rows.values_list("claim_hash", "person_id") if person is not None}
    absent = sorted(hashes - set(known))
    made = Person.objects.bulk_create([Person(created_at=now) for _shopper in absent])
    return known | {shopper: person.pk for shopper, person in zip(absent, made, strict=True)}


def _keep_rejected(wrong: Sequence[tuple[str, Row, WrongField]], *, source: str, now: datetime) -> None:
    RejectedWish.objects.bulk_create(
        [
            RejectedWish(
                source=source,
                source_key=key,
                raw=row.raw.replace("\x00", "\ufffd").encode("utf-8", "replace").decode(),
                reason=problem.reason,
                field=problem.field,
                received_at=now,
            )
            for key, row, problem in wrong
        ],
        ignore_conflicts=True,
    )
