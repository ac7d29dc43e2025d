"""The catalogue in force and its compiled reader; labels of what was read."""

from __future__ import annotations

import gc
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery

from demand.models import (
    Attribute,
    AttributeValue,
    CatalogRevision,
    Category,
    CategoryAttribute,
    CategoryModel,
    ReadingLabel,
    ReadingState,
    UnknownWord,
    Wish,
    WishState,
    localised,
)
from demand.reading.kernel import meaning
from demand.reading.kernel.catalogue import Catalogue
from demand.reading.kernel.learned import CategoryModel as LearntModel
from demand.reading.kernel.reader import Reader


def catalog_version() -> str:
    """The version in force; empty before the first import."""
    return CatalogRevision.objects.order_by("-pk").values_list("version", flat=True).first() or ""


def current_reader() -> Reader:
    """The reader of the catalogue and the learnt model in force, compiled once per process and version (one small
    query a call)."""
    model = Subquery(CategoryModel.objects.filter(in_force=True).values("version")[:1])
    row = CatalogRevision.objects.order_by("-pk").annotate(model=model).values_list("version", "model").first()
    version, learnt = row or ("", None)
    reader = _reader(version)
    return reader.with_model(_model(learnt)) if learnt else reader


def wake() -> None:
    """Load what reading needs beside the database, about 1.6 s of work: before a process forks, or answers people."""
    meaning.encode(["thing"])


def reader_version() -> str:
    """The version that readings are kept under: of the reader and of what it learnt."""
    return current_reader().version


@lru_cache(maxsize=2)
def _model(version: str) -> LearntModel | None:
    row = CategoryModel.objects.filter(version=version).first()
    if row is None:
        return None
    return LearntModel(version=row.version, classes=tuple(row.classes), weights=bytes(row.weights))


def category_labels(*, most: int = 20_000) -> list[tuple[str, str | None]]:
    """(text, category's code or ``None``) of wishes whose shopper set or confirmed it, newest first."""
    label = ReadingLabel.objects.filter(wish=OuterRef("pk"), field="category")
    settled = Wish.objects.filter(Q(reading_state=ReadingState.CONFIRMED) | Exists(label), seeded=False)
    rows = settled.exclude(state=WishState.HIDDEN).order_by("-pk")
    return list(rows.values_list("text", "category__code")[:most])


def current_catalogue() -> Catalogue:
    """The catalogue in force; an empty one before the first import. Compiles no reader."""
    return _catalogue(catalog_version())


@lru_cache(maxsize=2)
def _catalogue(version: str) -> Catalogue:
    document = CatalogRevision.objects.filter(version=version).values_list("document", flat=True).first()
    return Catalogue.from_dict(document or {"categories": [], "attributes": []})


@lru_cache(maxsize=2)
def _reader(version: str) -> Reader:
    reader = Reader(_catalogue(version), exponent=settings.CURRENCY_EXPONENT)
    # Half a million objects live as long as the process now. To look through them for garbage took .25 s a time, in
    # every page or pooling that it fell to. Those of a catalogue before it are looked through once more.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return reader


def category_id_by_code() -> dict[str, int]:
    """Keys of the categories in force by code."""
    return dict(Category.objects.filter(retired_at__isnull=True).values_list("code", "pk"))


@lru_cache(maxsize=8)
def _labels(version: str, language: str) -> dict[str, Any]:
    attributes = {row.code: row for row in Attribute.objects.all()}
    values = AttributeValue.objects.select_related("attribute").order_by("pk")
    return {
        "category": {row.code: localised(row.names, language, row.code) for row in Category.objects.all()},
        "attribute": {code: localised(row.names, language, code) for code, row in attributes.items()},
        "kind": {code: row.kind for code, row in attributes.items()},
        "scope": {code: row.scope for code, row in attributes.items()},
        "unit": {code: row.unit for code, row in attributes.items()},
        "value": {(row.attribute.code, row.code): localised(row.names, language, row.code) for row in values},
    }


def labels(language: str) -> dict[str, Any]:
    """Names of categories, attributes and values in a language; built once per process, catalogue and language."""
    return _labels(catalog_version(), language)


def value_names() -> dict[int, dict[int, list[str]]]:
    """Names and wordings of the values in force by key, for each category by key."""
    rows = AttributeValue.objects.filter(retired_at__isnull=True).prefetch_related("aliases").order_by("pk")
    names: dict[int, dict[int, list[str]]] = {}
    for row in rows:
        spelled = [*map(str, row.names.values()), *(a.text for a in row.aliases.all() if a.retired_at is None)]
        names.setdefault(row.attribute_id, {})[row.pk] = spelled
    found: dict[int, dict[int, list[str]]] = {}
    for category_id, attribute_id in CategoryAttribute.objects.values_list("category_id", "attribute_id"):
        found.setdefault(category_id, {}).update(names.get(attribute_id, {}))
    return found


def unknown_words(*, most: int = 200) -> list[UnknownWord]:
    """Words that wishes use and the vocabulary lacks, most used first."""
    rows = UnknownWord.objects.filter(state=UnknownWord.State.OPEN).select_related("category", "closest_value")
    return list(rows.order_by("-wishes", "pk")[:most])
