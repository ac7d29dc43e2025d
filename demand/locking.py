"""The one protocol for whatever is scarce: open the transaction, lock once and sorted, check, then write.

Rows are locked by (model rank, key), so that two services that touch the same rows wait for each other in one order
and cannot deadlock. Nothing slow happens inside: no solve, no mail, no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import connection, models
from django.db import transaction as database

Row = TypeVar("Row", bound=models.Model)

# Rising order of locking. Manufacturers add theirs (below 100) when the app is ready.
_RANK: dict[str, int] = {
    "demand.Wish": 100,
    "demand.Pool": 110,
    "demand.DemandCell": 120,
    "demand.PoolTerms": 130,
    "demand.Campaign": 140,
    "demand.CampaignVariant": 150,
    "demand.Commitment": 160,
    "demand.ConsentRound": 170,
    "demand.Hold": 180,
    "demand.Claim": 190,
    "demand.User": 200,
    "demand.UnknownWord": 210,
    "demand.QuarantinedSignal": 220,
    "demand.Finding": 230,
}

# Work that must end with the transaction of its effect (the receipt of an outbox consumer).
closing: ContextVar[Callable[[], None] | None] = ContextVar("closing", default=None)


def register_ranks(ranks: dict[str, int]) -> None:
    """Add the models of another app to the order; called once when that app is ready."""
    _RANK.update(ranks)


@contextmanager
def transaction() -> Iterator[None]:
    """The outermost transaction of a service. Ends, where one is open, with the receipt of the consumer it serves."""
    with database.atomic(durable=True):
        yield
        finish = closing.get()
        if finish is not None:
            finish()


class Locked:
    """Rows held for update until the transaction ends."""

    def __init__(self) -> None:
        self._rows: dict[tuple[type[models.Model], int], models.Model] = {}

    def add(self, row: models.Model) -> None:
        self._rows[type(row), row.pk] = row

    def get(self, model: type[Row], key: int) -> Row | None:
        """The row of ``model`` with this key, or ``None`` where it is absent."""
        row = self._rows.get((model, key))
        return row if isinstance(row, model) else None

    def all(self, model: type[Row]) -> list[Row]:
        """The rows of ``model`` by rising key."""
        return [row for row in self._rows.values() if isinstance(row, model)]


def lock(*wanted: tuple[type[models.Model], Collection[int]]) -> Locked:
    """Lock rows for update by (rank, key); absent rows are absent from the answer.

    Call it once in a transaction. Raises ``KeyError`` for a model without a rank: give it one above.
    """
    locked = Locked()
    for model, keys in sorted(wanted, key=lambda pair: _RANK[pair[0]._meta.label]):
        for row in _rows_for_update(model, keys):
            locked.add(row)
    return locked


def _rows_for_update(model: type[Row], keys: Collection[int]) -> list[Row]:
    queryset = model._default_manager.select_for_update(of=("self",))
    return list(queryset.filter(pk__in=sorted(set(keys))).order_by("pk"))


def advisory(name: str, *, shared: bool = False) -> None:
    """Hold the named lock until the transaction ends; for work that has no row to lock.

    ``shared``: beside others who share it, never beside one who does not.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
