"""What is learnt at night from what people corrected: a model of categories, and words worth knowing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from demand import locking, outbox, runs
from demand.models import CategoryModel
from demand.reading import reads
from demand.reading.kernel import learned
from demand.reading.kernel.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntCategories:
    """``lessons`` texts were learnt from; ``right`` of them would be right with the model when held out, ``before``
    are right as texts are read now. ``version`` is the model now in force, empty without one."""

    lessons: int
    right: int
    before: int
    adopted: bool
    version: str


def learn_categories(*, today: date, claimed_by: str, now: datetime) -> LearntCategories:
    """Fit the category model anew from labels; adopt it only if it makes more held-out texts right than now.

    Fitting runs outside any transaction. An adopted model is part of the reader's version: wishes that nobody
    confirmed or corrected are read again. Fewer labels than ``learned.FEWEST``, or the same model again, change
    nothing.
    """
    with runs.recorded(stage="learning", subject="*", now=now, claimed_by=claimed_by) as note:
        reader = reads.current_reader()
        labelled = reads.category_labels()
        essences = reader.essences([text for text, _ in labelled])
        lessons = [learned.Lesson(essence=e, category=c) for e, (_, c) in zip(essences, labelled, strict=True) if e]
        texts = [text for essence, (text, _) in zip(essences, labelled, strict=True) if essence]
        in_force = reader.model.version if reader.model else ""
        result = LearntCategories(lessons=len(lessons), right=0, before=0, adopted=False, version=in_force)
        if len(lessons) >= learned.FEWEST:
            result = _fit(reader, lessons, texts, in_force, today=today, now=now)
        note.counts = {"lessons": result.lessons, "right": result.right, "before": result.before}
        note.status, note.input_revision = ("adopted" if result.adopted else "kept"), reader.catalogue.version
    return result


def _fit(
    reader: Reader, lessons: list[learned.Lesson], texts: list[str], in_force: str, *, today: date, now: datetime
) -> LearntCategories:
    right = 0
    for teaching, held in learned.folds(lessons):
        readings = reader.with_model(learned.fit(teaching)).read_many([texts[i] for i in held], today=today)
        found = [one.category.value if one.category else None for one in readings]
        right += sum(code == lessons[i].category for code, i in zip(found, held, strict=True))
    plain = reader.with_model(None).read_many(texts, today=today)
    before = sum((r.category.value if r.category else None) == o.category for r, o in zip(plain, lessons, strict=True))
    model = learned.fit(lessons)
    better = model is not None and right > before and model.version != in_force
    if model is not None and better:
        _adopt(model, lessons=len(lessons), right=right, before=before, now=now)
    version = model.version if model is not None and better else in_force
    return LearntCategories(lessons=len(lessons), right=right, before=before, adopted=better, version=version)


def _adopt(model: learned.CategoryModel, *, lessons: int, right: int, before: int, now: datetime) -> None:
    with locking.transaction():
        locking.advisory("catalog")
        row, _made = CategoryModel.objects.update_or_create(
            version=model.version,
            defaults={
                "classes": list(model.classes),
                "weights": model.weights,
                "lessons": lessons,
                "right": right,
                "right_before": before,
                "created_at": now,
            },
        )
        CategoryModel.objects.exclude(pk=row.pk).filter(in_force=True).update(in_force=False)
        CategoryModel.objects.filter(pk=row.pk).update(in_force=True)
        payload = {"stage": "reading", "subject": "*", "requested_by_id": None}
        outbox.write("run.requested", aggregate="stage", aggregate_id=0, payload=payload, now=now)
