"""The row that every run of a stage leaves, and how a run is taken over after its worker was killed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from demand import locking, outbox
from demand.errors import DomainError, InvalidValue
from demand.models import Run, RunProblem

KEEP_PROBLEM = timedelta(days=30)
ALL = "*"

_on_request: dict[str, str | Promise] = {}
_subjects: dict[str, Callable[[], Collection[str]]] = {}


class AlreadyRunning(DomainError):
    """Another worker is running this stage over this subject."""

    code = "ALREADY_RUNNING"
    message = _("This is being worked on right now. It will be up to date in a moment.")


@dataclass(slots=True)
class Recorder:
    """What a running stage notes down; stored with the run when it ends."""

    run_id: int
    status: str = ""
    objective: int | None = None
    bound: int | None = None
    input_hash: str = ""
    input_revision: str = ""
    counts: dict[str, Any] = field(default_factory=dict)
    problem: Any = None


@contextmanager
def recorded(
    *,
    stage: str,
    subject: str,
    now: datetime,
    claimed_by: str = "",
    seed: int = 0,
    limits: dict[str, Any] | None = None,
    time_limit_seconds: int = 300,
    requested_by_id: int | None = None,
) -> Iterator[Recorder]:
    """Keep a run row around the work: done, or failed with its error (which goes on to the caller).

    A row left running by the same ``claimed_by`` (the task was delivered again), or older than its time limit, is
    marked abandoned and taken over. Raises :class:`AlreadyRunning` while another worker is at it. Call it outside any
    transaction: the row must be seen by others.
    """
    run_id = _start(stage, subject, now, claimed_by, seed, limits or {}, time_limit_seconds, requested_by_id)
    note = Recorder(run_id=run_id)
    began = perf_counter()
    state, error = "failed", "stopped"
    try:
        yield note
        state, error = "done", ""
    except BaseException as failure:
        error = repr(failure)[:4000]
        raise
    finally:
        _finish(note, state=state, error=error, now=now, seconds=perf_counter() - began)


def _start(
    stage: str,
    subject: str,
    now: datetime,
    claimed_by: str,
    seed: int,
    limits: dict[str, Any],
    time_limit_seconds: int,
    requested_by_id: int | None,
) -> int:
    with locking.transaction():
        locking.advisory(f"run:{stage}:{subject}")
        other = Run.objects.filter(stage=stage, subject=subject, state=Run.State.RUNNING).first()
        if other is not None:
            same = bool(claimed_by) and other.claimed_by == claimed_by
            if not same and now < other.started_at + timedelta(seconds=other.time_limit_seconds):
                raise AlreadyRunning(stage=stage, subject=subject)
            Run.objects.filter(pk=other.pk, state=Run.State.RUNNING).update(
                state=Run.State.ABANDONED, finished_at=now, error="its worker was killed"
            )
        run = Run.objects.create(
            stage=stage,
            subject=subject,
            seed=seed,
            limits=limits,
            claimed_by=claimed_by,
            time_limit_seconds=time_limit_seconds,
            requested_by_id=requested_by_id,
            started_at=now,
        )
    return run.pk


def _finish(note: Recorder, *, state: str, error: str, now: datetime, seconds: float) -> None:
    with locking.transaction():
        Run.objects.filter(pk=note.run_id, state=Run.State.RUNNING).update(
            state=state,
            error=error,
            status=note.status,
            objective=note.objective,
            bound=note.bound,
            input_hash=note.input_hash,
            input_revision=note.input_revision,
            counts=note.counts,
            wall_seconds=seconds,
            finished_at=now + timedelta(seconds=seconds),
        )
        if note.problem is not None:
            packed = zlib.compress(json.dumps(note.problem, sort_keys=True, ensure_ascii=False).encode())
            RunProblem.objects.create(run_id=note.run_id, data=packed, expires_at=now + KEEP_PROBLEM)


def offer(stages: Mapping[str, str | Promise], *, over: Callable[[], Collection[str]]) -> None:
    """Name stages that people may ask to be run, with their name in words, and what gives the codes of the subjects
    they run over; called when an app is ready.
    """
    _on_request.update(stages)
    _subjects.update(dict.fromkeys(stages, over))


def offered() -> dict[str, str | Promise]:
    """The stages that people may ask for, by code."""
    return dict(_on_request)


def subjects() -> list[str]:
    """The codes that a run may be asked over, each once."""
    return sorted({code for over in set(_subjects.values()) for code in over()})


def request(*, stage: str, subject: str, by_id: int, now: datetime) -> int:
    """Ask for a run of a stage over a subject (a code, or "*"); the key of the event that asks.

    The run itself is made by a worker and leaves its row. Raises :class:`InvalidValue` for a stage nobody offers or a
    subject that the stage does not run over.
    """
    if stage not in _on_request:
        raise InvalidValue(_("Choose a stage."), field="stage")
    if subject.strip() != ALL and subject.strip() not in _subjects[stage]():
        raise InvalidValue(_("Name a category or a manufacturer by its code, or * for all."), field="subject")
    with locking.transaction():
        return outbox.write(
            "run.requested",
            aggregate="run",
            aggregate_id=by_id,
            payload={"stage": stage, "subject": subject.strip(), "requested_by_id": by_id},
            now=now,
        )


def newest(*, stages: list[str]) -> dict[str, Run]:
    """The newest finished run of each stage, by stage."""
    rows = Run.objects.filter(~Q(state=Run.State.RUNNING), stage__in=stages)
    return {row.stage: row for row in rows.order_by("stage", "-started_at", "-pk").distinct("stage")}


def forget_problems(*, now: datetime) -> int:
    """Drop kept problems past their date; how many."""
    with locking.transaction():
        return RunProblem.objects.filter(expires_at__lt=now).delete()[0]
