"""The catalogue in force and its compiled reader; labels of what was read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings

from demand.models import (
    Attribute,
    AttributeValue,
    CatalogRevision,
    Category,
    UnknownWord,
    localised,
)
from demand.reading.kernel.catalogue import Catalogue
from demand.reading.kernel.reader import Reader


def catalog_version() -> str:
    """The version in force; empty before the first import."""
    return CatalogRevision.objects.order_by("-pk").values_list("version", flat=True).first() or ""


def current_reader() -> Reader:
    """The reader of the catalogue in force, compiled once per process and version (one small query a call)."""
    return _reader(catalog_version())


def current_catalogue() -> Catalogue:
    """The catalogue in force; an empty one before the first import."""
    return current_reader().catalogue


@lru_cache(maxsize=2)
def _reader(version: str) -> Reader:
    document = CatalogRevision.objects.filter(version=version).values_list("document", flat=True).first()
    return Reader(
        Catalogue.from_dict(document or {"categories": [], "attributes": []}), exponent=settings.CURRENCY_EXPONENT
    )


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


def unknown_words(*, most: int = 200) -> list[UnknownWord]:
    """Words that wishes use and the vocabulary lacks, most used first."""
    rows = UnknownWord.objects.filter(state=UnknownWord.State.OPEN).select_related("category", "closest_value")
    return list(rows.order_by("-wishes", "pk")[:most])
