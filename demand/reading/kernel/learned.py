"""What shoppers' corrections teach about categories, for texts in which no word names one.

A multinomial logistic regression (scikit-learn) on the encoder's numbers of a text's essence; "no category" is a class
of its own. It is asked only where words decide nothing, speaks only when sure, and is adopted only when it makes more
of the texts right that it was not fitted on. Nothing needs it: without a model the nearest category by meaning counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .meaning import Vectors, encode

SURE = 0.6
FEWEST, FOLDS = 40, 5
"""Fewer labelled texts than this are not learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryModel:
    """Classes (a category's code, or ``None`` for no category) and, for each, 512 weights and a constant as
    little-endian float32; ``version`` names exactly these weights."""

    version: str
    classes: tuple[str | None, ...]
    weights: bytes

    def say(self, vector: Vectors) -> tuple[str | None, float]:
        """The likeliest class of one encoded text and its probability."""
        table = np.frombuffer(self.weights, dtype="<f4").reshape(len(self.classes), -1)
        logits = table[:, :-1] @ np.asarray(vector) + table[:, -1]
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        best = int(shares.argmax())
        return self.classes[best], round(float(shares[best]), 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A text's essence and the category a person gave it."""

    essence: str
    category: str | None


def fit(lessons: Sequence[Lesson]) -> CategoryModel | None:
    """The model of these lessons; ``None`` when all say the same. Equal lessons give an equal model."""
    from sklearn.linear_model import LogisticRegression

    names = sorted({lesson.category or "" for lesson in lessons})
    if len(names) < 2:
        return None
    vectors = encode([lesson.essence for lesson in lessons])
    learner = LogisticRegression(C=8.0, max_iter=300)
    learner.fit(vectors, [names.index(lesson.category or "") for lesson in lessons])
    coefficients, constants = learner.coef_, learner.intercept_
    if len(names) == 2:
        coefficients, constants = np.vstack([-coefficients, coefficients]) / 2, np.hstack([-constants, constants]) / 2
    table = np.hstack([coefficients, constants[:, None]]).astype("<f4")
    classes = tuple(name or None for name in names)
    digest = hashlib.sha256(json.dumps(names).encode() + table.tobytes()).hexdigest()
    return CategoryModel(version=digest[:12], classes=classes, weights=table.tobytes())


def folds(lessons: Sequence[Lesson]) -> list[tuple[list[Lesson], list[int]]]:
    """(lessons to fit on, places of those held out) of each fold; every lesson is held out once."""
    order = sorted(range(len(lessons)), key=lambda i: hashlib.sha256(lessons[i].essence.encode()).hexdigest())
    parts = [sorted(order[start::FOLDS]) for start in range(FOLDS)]
    return [([lesson for i, lesson in enumerate(lessons) if i not in set(part)], part) for part in parts]
