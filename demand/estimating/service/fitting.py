"""The model of buying, kept so that the next campaign that closes is one step of learning and no fit of them all."""

from __future__ import annotations

from datetime import datetime

from demand import locking
from demand.estimating.kernel import pack
from demand.estimating.past import Fitted, fitted
from demand.models import ConversionModel


def learn_rates(*, now: datetime) -> str:
    """Learn what campaigns that closed since taught, before the next estimate asks for it; the model's version."""
    learnt = fitted()
    keep_model(learnt, now=now)
    return learnt.version


def keep_model(learnt: Fitted, *, now: datetime) -> None:
    """A row for each model that estimates were made with; two processes may meet here.

    The first row of a history also keeps what learning goes on from; older ones let go of theirs.
    """
    if ConversionModel.objects.filter(version=learnt.version).exists():
        return
    known = ConversionModel.objects.filter(newest=learnt.newest, campaigns=learnt.rows, state__isnull=False).exists()
    with locking.transaction():
        ConversionModel.objects.bulk_create(
            [
                ConversionModel(
                    version=learnt.version,
                    campaigns=learnt.rows,
                    newest=learnt.newest,
                    parameters={"keep_rates": {name: learnt.keep_rate(name) for name in learnt.categories()}},
                    state=None if known else pack(learnt.model),
                    kept=[] if known else [[*place, units, learnt.kept[place]] for place, units in _places(learnt)],
                    fitted_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        ConversionModel.objects.filter(state__isnull=False, newest__lt=learnt.newest).update(state=None, kept=[])


def _places(learnt: Fitted) -> list[tuple[tuple[str, str], int]]:
    return sorted(learnt.preordered.items())
