"""Reading texts once each, and the wishes that wait for it in bulk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from demand import locking, outbox, runs
from demand.models import Category, ReadText, UnknownWord
from demand.reading import reads, steps
from demand.reading.kernel.closeness import closest
from demand.reading.kernel.reader import Reader
from demand.reading.kernel.reading import Reading

CHUNK = 2000
MOST_REMEMBERED = 100_000
"""Distinct texts of one run whose rows are kept ready: about 1.5 kB each."""
Version = tuple[str, str]
"""Of the catalogue and of the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A text's reading, and whether it had been read before."""

    reading: Reading
    from_cache: bool


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def understand(*, texts: Sequence[str], today: date, now: datetime) -> list[Understood]:
    """Read texts with the catalogue in force, each distinct text once; readings are kept for the next time.

    A kept reading that resolved a date relative to its day is read again on another day. Opens its own short
    transaction for what is new.
    """
    reader = reads.current_reader()
    hashes = [text_hash(text) for text in texts]
    known = _kept(set(hashes), reader, today)
    new = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
    fresh = dict(zip(new, reader.read_many(new.values(), today=today), strict=True))
    _keep(fresh, reader, today=today, now=now)
    return [
        Understood(reading=known[key], from_cache=True)
        if key in known
        else Understood(reading=fresh[key], from_cache=False)
        for key in hashes
    ]


def _kept(hashes: set[str], reader: Reader, today: date) -> dict[str, Reading]:
    version = reader.catalogue.version
    rows = ReadText.objects.filter(text_hash__in=hashes, catalog_version=version, reader_version=reader.version)
    return {
        key: Reading.from_json(data)
        for key, data in rows.values_list("text_hash", "reading")
        if data["needed_by"] is None or data.get("read_on") == today.isoformat()
    }


def _keep(fresh: Mapping[str, Reading], reader: Reader, *, today: date, now: datetime) -> None:
    if not fresh:
        return
    rows = [
        {"text_hash": key, "reading": reading.to_json() | {"read_on": today.isoformat()}}
        for key, reading in sorted(fresh.items())
    ]
    with locking.transaction(), connection.cursor() as cursor:
        cursor.execute(_KEEP, [reader.catalogue.version, reader.version, now, json.dumps(rows, ensure_ascii=False)])


_KEEP = """
INSERT INTO demand_read_text (text_hash, catalog_version, reader_version, reading, created_at)
SELECT n.text_hash, %s, %s, n.reading, %s FROM jsonb_to_recordset(%s::jsonb) AS n (text_hash text, reading jsonb)
ON CONFLICT (text_hash, catalog_version, reader_version) DO UPDATE SET reading = excluded.reading
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWishes:
    """What a bulk reading did. ``categories``: codes whose pools must be looked at again."""

    read: int
    without_category: int
    categories: tuple[str, ...]


def read_pending(
    *, today: date, claimed_by: str, now: datetime, shard: int = 0, shards: int = 1, requested_by_id: int | None = None
) -> ReadWishes:
    """Read every wish that waits, and those read by an older reader or catalogue unless their shopper settled them.

    Chunks of their own transactions; killed and begun again it goes on where it stopped. Several workers may each take
    a ``shard`` of ``shards``; the one that leaves nothing waiting asks to pool the categories that changed.
    """
    subject = f"{shard + 1}/{shards}" if shards > 1 else "*"
    with runs.recorded(
        stage="reading", subject=subject, now=now, claimed_by=claimed_by, requested_by_id=requested_by_id
    ) as note:
        reader = reads.current_reader()
        version = (reader.catalogue.version, reader.version)
        ids = reads.category_id_by_code()
        ready: dict[str, _Ready] = {}
        touched: set[str] = set()
        read = without = 0
        for chunk in _chunks(version, shard, shards):
            if len(ready) > MOST_REMEMBERED:
                ready.clear()
            new = list(dict.fromkeys(text for _pk, text in chunk if text not in ready))
            answers = understand(texts=new, today=today, now=now)
            ready |= {text: _ready(steps.resolve(one.reading), ids) for text, one in zip(new, answers, strict=True)}
            rows = [(pk, ready[text]) for pk, text in chunk]
            _store_chunk(rows, version=version, now=now)
            read += len(rows)
            without += sum(1 for _pk, one in rows if one.category is None)
            touched |= {one.category for _pk, one in rows if one.category is not None}
        note.counts = {"read": read, "without_category": without, "categories": sorted(touched)}
        note.status, note.input_revision = "done", version[0]
        if not _anything_waits(version):
            _ask_for_pools(now=now)
    return ReadWishes(read=read, without_category=without, categories=tuple(sorted(touched)))


_LIVE = "w.state IN ('open', 'asking')"
_NEW = f"{_LIVE} AND w.reading_state = 'pending'"
_STALE = f"{_LIVE} AND w.reading_state IN ('read', 'doubtful') AND (w.catalog_version, w.reader_version)"


def _waiting(version: Version) -> list[tuple[str, list[str], str]]:
    """Conditions of the wishes to read with the order of the index that each has: new ones, and those of another reader
    or catalogue that their shopper did not settle. They are always asked for in that order. Without it a planner whose
    statistics are those of the last large reading takes what waits for common, and looks through the whole table."""
    return [
        (_NEW, [], "w.id"),
        (f"{_STALE} < (%s, %s)", [*version], "w.catalog_version, w.reader_version"),
        (f"{_STALE} > (%s, %s)", [*version], "w.catalog_version, w.reader_version"),
    ]


def _anything_waits(version: Version) -> bool:
    with connection.cursor() as cursor:
        for condition, values, order in _waiting(version):
            cursor.execute(f"SELECT w.id FROM demand_wish w WHERE {condition} ORDER BY {order} LIMIT 1", values)
            if cursor.fetchone():
                return True
    return False


def _chunks(version: Version, shard: int, shards: int) -> Iterator[list[tuple[int, str]]]:
    """Keys and texts of the wishes that wait; a chunk waits no more once it is stored, which is before the next."""
    for condition, values, order in _waiting(version):
        # What waits by its key goes on after the last; of the others what is stored has left the condition.
        onwards = "w.id > %s" if condition == _NEW else "%s = 0"
        statement = (
            f"SELECT w.id, w.text FROM demand_wish w WHERE {condition} AND w.id %% %s = %s AND {onwards}"
            f" ORDER BY {order} LIMIT %s"
        )
        last, more = 0, True
        while more:
            with connection.cursor() as cursor:
                cursor.execute(statement, [*values, shards, shard, last, CHUNK])
                rows = cursor.fetchall()
            if rows:
                yield rows
            more = len(rows) == CHUNK
            last = rows[-1][0] if more and condition == _NEW else 0


def _store_chunk(rows: Iterable[tuple[int, _Ready]], *, version: Version, now: datetime) -> None:
    """Write readings set-based. What the shopper gave in fields of their own (price, quantity, …) stays."""
    document = ",".join(f'{{"id": {pk}, {one.fields}}}' for pk, one in rows)
    with locking.transaction(), connection.cursor() as cursor:
        cursor.execute(_STORE, [*version, now, f"[{document}]"])


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text's category and the JSON of its row without the braces, ready for every wish that says the same."""

    category: str | None
    fields: str


def _ready(one: steps.Resolved, ids: Mapping[str, int]) -> _Ready:
    fields = {
        "category_id": ids.get(one.category or ""),
        "needs": one.needs,
        "needs_hash": one.needs_hash,
        "reading": one.reading,
        "reading_state": "doubtful" if one.question else "read",
        "question": one.question,
        "quantity": one.quantity,
        "ceiling_minor": one.ceiling_minor,
        "needed_by": one.needed_by.isoformat() if one.needed_by else None,
        "language": one.language,
    }
    return _Ready(one.category, json.dumps(fields, ensure_ascii=False)[1:-1])


# A text that names a price in another currency asks for one in ours, which a field of its own may have given.
_ANSWERED = "n.question = 'max_price' AND n.ceiling_minor IS NULL AND w.ceiling_minor IS NOT NULL"

_STORE = f"""
UPDATE demand_wish w SET
    category_id = n.category_id, needs = n.needs, needs_hash = n.needs_hash, reading = n.reading,
    reading_state = CASE WHEN {_ANSWERED} THEN 'read' ELSE n.reading_state END,
    question = CASE WHEN {_ANSWERED} THEN '' ELSE n.question END,
    quantity = CASE WHEN w.quantity = 1 THEN n.quantity ELSE w.quantity END,
    ceiling_minor = coalesce(w.ceiling_minor, n.ceiling_minor), needed_by = coalesce(w.needed_by, n.needed_by),
    language = CASE WHEN w.language = '' THEN n.language ELSE w.language END,
    state = CASE WHEN n.category_id IS NULL THEN 'asking' ELSE 'open' END,
    kind = CASE WHEN n.category_id IS NULL OR coalesce(w.ceiling_minor, n.ceiling_minor) IS NULL
        THEN 'interest' ELSE w.kind END,
    auto_bind = w.auto_bind AND n.category_id IS NOT NULL AND coalesce(w.ceiling_minor, n.ceiling_minor) IS NOT NULL,
    catalog_version = %s, reader_version = %s, updated_at = %s
FROM jsonb_to_recordset(%s::jsonb) AS n (id bigint, category_id bigint, needs jsonb, needs_hash text, reading jsonb,
    reading_state text, question text, quantity int, ceiling_minor bigint, needed_by date, language text)
WHERE w.id = n.id AND w.state IN ('open', 'asking')
"""


def _ask_for_pools(*, now: datetime) -> None:
    """Ask to pool the categories of which a reading put wishes elsewhere, whichever worker read them."""
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE)
        ids = [int(key) for (key,) in cursor.fetchall()]
    with locking.transaction():
        for row in Category.objects.filter(pk__in=ids).order_by("pk"):
            outbox.write(
                "run.requested",
                aggregate="category",
                aggregate_id=row.pk,
                payload={"stage": "pooling", "subject": row.code, "requested_by_id": None},
                now=now,
            )


# A wish that its shopper placed or changed is in its cell already. Each category is asked until one is found, row by
# row: joined as tables, every wish there is would be read for the few that changed.
_ELSEWHERE = """
SELECT g.id FROM demand_category g CROSS JOIN LATERAL (
    SELECT 1 FROM demand_wish_to_count q
    CROSS JOIN LATERAL (SELECT id, category_id, state, seeded, needs_hash FROM demand_wish
        WHERE id = q.wish_id OFFSET 0) w
    LEFT JOIN LATERAL (SELECT cell_id FROM demand_counted_wish
        WHERE category_id = w.category_id AND wish_id = w.id OFFSET 0) k ON true
    LEFT JOIN LATERAL (SELECT category_id, needs_hash FROM demand_cell WHERE id = k.cell_id OFFSET 0) c ON true
    WHERE q.category_id = g.id AND (w.category_id IS DISTINCT FROM g.id OR (w.state = 'open' AND NOT w.seeded
        AND (c.category_id, c.needs_hash) IS DISTINCT FROM (w.category_id, w.needs_hash)))
    LIMIT 1) found
"""


def count_unknown_words(*, now: datetime, most: int = 500) -> int:
    """Count the words that open wishes use and the vocabulary lacks, most used first; how many are open.

    Counts are recomputed from the readings; what staff accepted or ignored stays so. Each word comes with the value it
    is closest to, by spelling or meaning, among those of its category.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [most])
        found = cursor.fetchall()
    rows = [
        UnknownWord(text=word[:60], category_id=category_id, wishes=n, closest_value_id=closest)
        for (word, category_id, n), closest in zip(found, _closest_values(found), strict=True)
    ]
    with locking.transaction():
        UnknownWord.objects.filter(state=UnknownWord.State.OPEN).update(wishes=0)
        UnknownWord.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["text", "category"], update_fields=["wishes"]
        )
    return UnknownWord.objects.filter(state=UnknownWord.State.OPEN, wishes__gt=0).count()


def _closest_values(found: Sequence[tuple[str, int | None, int]]) -> list[int | None]:
    names = reads.value_names()
    everything = {key: spelled for values in names.values() for key, spelled in values.items()}
    by_category: dict[int | None, list[int]] = {}
    for place, (_word, category_id, _n) in enumerate(found):
        by_category.setdefault(category_id, []).append(place)
    answers: list[int | None] = [None] * len(found)
    for category_id, places in by_category.items():
        values = names.get(category_id, {}) if category_id else everything
        for place, key in zip(places, closest([found[i][0] for i in places], values), strict=True):
            answers[place] = key
    return answers


_WORDS = """
SELECT word, w.category_id, count(DISTINCT w.id) AS n
FROM demand_wish w, jsonb_array_elements_text(w.reading -> 'unknown_words') AS word
WHERE w.state = 'open' AND length(word) BETWEEN 2 AND 60
GROUP BY word, w.category_id HAVING count(DISTINCT w.id) >= 3
ORDER BY n DESC, word LIMIT %s
"""
