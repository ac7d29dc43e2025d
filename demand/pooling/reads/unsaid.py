"""What the wishes of a category say that the vocabulary lacks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from demand.models import UnknownWord
from demand.pooling.kernel.suggesting import Said

MOST_TEXTS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """One text, and what the kernel compares of it."""

    text: str
    said: Said


def unsaid(category_id: int) -> list[Unsaid]:
    """Texts of open wishes with words the vocabulary lacks, those of most people first; two queries.

    Words that staff took up or set aside are left out.
    """
    settled = UnknownWord.objects.exclude(state=UnknownWord.State.OPEN)
    settled = settled.filter(Q(category_id=category_id) | Q(category=None))
    decided = set(settled.values_list("text", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, [category_id, MOST_TEXTS])
        rows = cursor.fetchall()
    found = [
        Said(words=_new(json.loads(words), decided), needs=json.loads(needs), people=people, language=language)
        for _text, words, needs, language, people in rows
    ]
    return [Unsaid(text=row[0], said=said) for row, said in zip(rows, found, strict=True) if said.words]


def _new(words: Iterable[str], decided: set[str]) -> frozenset[str]:
    return frozenset(word for word in words if word[:60] not in decided)


_TEXTS = """
SELECT w.text, (array_agg(w.reading -> 'unknown_words' ORDER BY w.id))[1], (array_agg(w.needs ORDER BY w.id))[1],
    (array_agg(w.language ORDER BY w.id))[1], count(DISTINCT coalesce(w.person_id, -w.id)) AS people
FROM demand_wish w
WHERE w.category_id = %s AND w.state = 'open' AND NOT w.seeded AND w.reading -> 'unknown_words' <> '[]'
GROUP BY w.text ORDER BY people DESC, min(w.id) LIMIT %s
"""
