"""New words that many wishes share, put before staff as a suggested specification with examples."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from demand import locking, runs
from demand.models import Category, Finding
from demand.pooling.kernel import words
from demand.pooling.kernel.suggesting import EXAMPLES, Suggestion, suggest
from demand.pooling.reads.unsaid import Unsaid, unsaid

LEAST_PEOPLE = 5
MOST_WORDS = 6


def suggest_specifications(*, claimed_by: str, now: datetime) -> int:
    """Look in every category for groups of wishes that share words the vocabulary lacks; how many findings are new.

    One finding for the same words a quarter; while nobody decided on it, it keeps up with the wishes. A transaction a
    category; killed and begun again it ends in the same state.
    """
    with runs.recorded(stage="suggesting", subject=runs.ALL, now=now, claimed_by=claimed_by) as note:
        made = 0
        for category in Category.objects.filter(retired_at__isnull=True).order_by("pk"):
            made += _suggest_for(category, now=now)
        note.status, note.counts = "done", {"new": made}
    return made


def _suggest_for(category: Category, *, now: datetime) -> int:
    rows = unsaid(category.pk)
    if sum(row.said.people for row in rows) < LEAST_PEOPLE:
        return 0
    groups = words.group([row.text for row in rows])
    found = suggest([row.said for row in rows], groups, least=LEAST_PEOPLE)
    day = timezone.localdate(now)
    quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    with locking.transaction():
        return sum(_keep(one, rows, category, quarter, now=now) for one in found)


def _keep(one: Suggestion, rows: list[Unsaid], category: Category, quarter: date, *, now: datetime) -> bool:
    evidence = {
        "words": list(one.words),
        "needs": one.needs,
        "people": one.people,
        "examples": [rows[at].text[:300] for at in one.texts[:EXAMPLES]],
    }
    row, made = Finding.objects.get_or_create(
        kind=Finding.Kind.WORDS,
        category=category,
        subject=", ".join(one.words[:MOST_WORDS])[:200],
        starts_on=quarter,
        defaults={"evidence": evidence, "found_at": now},
    )
    if not made:
        Finding.objects.filter(pk=row.pk, state=Finding.State.OPEN).update(evidence=evidence)
    return made
