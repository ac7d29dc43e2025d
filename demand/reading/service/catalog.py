"""The catalogue as rows: import from a file, additions by staff, a revision document after each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demand import locking, outbox
from demand.errors import NotThere
from demand.models import (
    Alias,
    Attribute,
    AttributeValue,
    CatalogRevision,
    Category,
    CategoryAttribute,
    UnknownWord,
)
from demand.reading.kernel.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCatalog:
    """What is in force after an import, and how many entries it retired."""

    version: str
    categories: int
    attributes: int
    values: int
    retired: int
    changed: bool


def import_catalog(*, document: Mapping[str, Any], now: datetime) -> ImportedCatalog:
    """Load a catalogue document (CONTRACTS.md): all or nothing; what it no longer names is retired, never deleted.

    Staff's aliases stay. The same document again changes nothing. ``catalog.changed`` makes wishes be read again.
    Raises ``CatalogueError`` naming the path of the first thing that is wrong.
    """
    Catalogue.from_dict(document)
    with locking.transaction():
        locking.advisory("catalog")
        attributes = _store_attributes(document["attributes"])
        values = _store_values(document["attributes"], attributes)
        categories = _store_categories(document["categories"], attributes)
        retired = _retire(document, now=now)
        _store_aliases(document, categories, attributes, values, now=now)
        version, changed = _revise(now=now)
    return ImportedCatalog(
        version=version,
        categories=len(categories),
        attributes=len(attributes),
        values=len(values),
        retired=retired,
        changed=changed,
    )


def _store_attributes(items: list[Mapping[str, Any]]) -> dict[str, Attribute]:
    Attribute.objects.bulk_create(
        [
            Attribute(
                code=item["code"],
                kind=item["kind"],
                unit=item.get("unit", "") if item["kind"] == "quantity" else "",
                scope=item["scope"],
                names=item["names"],
            )
            for item in items
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["kind", "unit", "scope", "names", "retired_at"],
    )
    return {row.code: row for row in Attribute.objects.filter(code__in=[item["code"] for item in items])}


def _store_values(
    items: list[Mapping[str, Any]], attributes: Mapping[str, Attribute]
) -> dict[tuple[str, str], AttributeValue]:
    AttributeValue.objects.bulk_create(
        [
            AttributeValue(
                attribute=attributes[item["code"]], code=value["code"], names=value["names"], position=position
            )
            for item in items
            for position, value in enumerate(item.get("values", []))
        ],
        update_conflicts=True,
        unique_fields=["attribute", "code"],
        update_fields=["names", "position", "retired_at"],
    )
    rows = AttributeValue.objects.filter(attribute__in=attributes.values()).select_related("attribute")
    return {(row.attribute.code, row.code): row for row in rows}


def _store_categories(items: list[Mapping[str, Any]], attributes: Mapping[str, Attribute]) -> dict[str, Category]:
    Category.objects.bulk_create(
        [Category(code=item["code"], names=item["names"], position=index) for index, item in enumerate(items)],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["names", "position", "retired_at"],
    )
    categories = {row.code: row for row in Category.objects.filter(code__in=[item["code"] for item in items])}
    for item in items:
        parent = categories.get(item.get("parent") or "")
        Category.objects.filter(pk=categories[item["code"]].pk).update(parent=parent)
    CategoryAttribute.objects.filter(category__in=categories.values()).delete()
    CategoryAttribute.objects.bulk_create(
        [
            CategoryAttribute(category=categories[item["code"]], attribute=attributes[code], position=position)
            for item in items
            for position, code in enumerate(item["attributes"])
        ]
    )
    return categories


def _retire(document: Mapping[str, Any], *, now: datetime) -> int:
    attributes = [item["code"] for item in document["attributes"]]
    retired = (
        Category.objects.filter(retired_at__isnull=True)
        .exclude(code__in=[item["code"] for item in document["categories"]])
        .update(retired_at=now)
    )
    retired += Attribute.objects.filter(retired_at__isnull=True).exclude(code__in=attributes).update(retired_at=now)
    for item in document["attributes"]:
        named = [value["code"] for value in item.get("values", [])]
        rows = AttributeValue.objects.filter(attribute__code=item["code"], retired_at__isnull=True)
        retired += rows.exclude(code__in=named).update(retired_at=now)
    return retired


def _store_aliases(
    document: Mapping[str, Any],
    categories: Mapping[str, Category],
    attributes: Mapping[str, Attribute],
    values: Mapping[tuple[str, str], AttributeValue],
    *,
    now: datetime,
) -> None:
    wanted: list[Alias] = []
    for item in document["categories"]:
        wanted += [Alias(category=categories[item["code"]], language=a, text=b) for a, b in _aliases(item)]
    for item in document["attributes"]:
        wanted += [Alias(attribute=attributes[item["code"]], language=a, text=b) for a, b in _aliases(item)]
        for value in item.get("values", []):
            row = values[item["code"], value["code"]]
            wanted += [Alias(value=row, language=a, text=b) for a, b in _aliases(value)]
    Alias.objects.filter(source=Alias.Source.FILE, retired_at__isnull=True).update(retired_at=now)
    Alias.objects.bulk_create(
        wanted,
        update_conflicts=True,
        unique_fields=["category", "attribute", "value", "language", "text"],
        update_fields=["retired_at"],
        batch_size=1000,
    )


def _aliases(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = [(language, text) for language, texts in item.get("aliases", {}).items() for text in texts]
    return list(dict.fromkeys(pairs))


def store_revision(*, now: datetime) -> str:
    """Write the catalogue's rows down as the document in force (after staff changed a row); its version."""
    with locking.transaction():
        locking.advisory("catalog")
        return _revise(now=now)[0]


def _revise(*, now: datetime) -> tuple[str, bool]:
    document = _document()
    version = Catalogue.from_dict(document).version
    newest = CatalogRevision.objects.order_by("-pk").values_list("version", flat=True).first()
    if newest == version:
        return version, False
    CatalogRevision.objects.filter(version=version).delete()
    row = CatalogRevision.objects.create(version=version, document=document, created_at=now)
    outbox.write("catalog.changed", aggregate="catalog", aggregate_id=row.pk, payload={"version": version}, now=now)
    return version, True


def _document() -> dict[str, Any]:
    aliases: dict[tuple[str, int], dict[str, list[str]]] = {}
    for alias in Alias.objects.filter(retired_at__isnull=True).order_by("pk"):
        kind, key = next(
            (kind, key)
            for kind, key in (
                ("category", alias.category_id),
                ("attribute", alias.attribute_id),
                ("value", alias.value_id),
            )
            if key is not None
        )
        aliases.setdefault((kind, key), {}).setdefault(alias.language, []).append(alias.text)
    values: dict[int, list[dict[str, Any]]] = {}
    for value in AttributeValue.objects.filter(retired_at__isnull=True).order_by("attribute", "position", "pk"):
        values.setdefault(value.attribute_id, []).append(
            {"code": value.code, "names": value.names, "aliases": aliases.get(("value", value.pk), {})}
        )
    return {
        "categories": [
            {
                "code": row.code,
                "parent": row.parent.code if row.parent and row.parent.retired_at is None else None,
                "names": row.names,
                "aliases": aliases.get(("category", row.pk), {}),
                "attributes": [
                    link.attribute.code for link in row.category_attributes.all() if link.attribute.retired_at is None
                ],
            }
            for row in Category.objects.filter(retired_at__isnull=True)
            .select_related("parent")
            .prefetch_related("category_attributes__attribute")
            .order_by("position", "pk")
        ],
        "attributes": [
            {
                "code": row.code,
                "kind": row.kind,
                **({"unit": row.unit} if row.unit else {}),
                "scope": row.scope,
                "names": row.names,
                "aliases": aliases.get(("attribute", row.pk), {}),
                "values": values.get(row.pk, []),
            }
            for row in Attribute.objects.filter(retired_at__isnull=True).order_by("pk")
        ],
    }


def accept_word(*, word_id: int, value_id: int, by_id: int, now: datetime) -> str:
    """Make an unknown word an alias of a value; wishes that contain it are read again. The catalogue's version.

    Repeating it changes nothing. Raises :class:`NotThere` for an unknown word or value.
    """
    with locking.transaction():
        locking.advisory("catalog")
        word = locking.lock((UnknownWord, [word_id])).get(UnknownWord, word_id)
        value = AttributeValue.objects.filter(pk=value_id, retired_at__isnull=True).first()
        if word is None or value is None:
            raise NotThere
        language = "en" if word.text.isascii() else "zh-hans"
        Alias.objects.bulk_create(
            [Alias(value=value, language=language, text=word.text, source=Alias.Source.STAFF)],
            update_conflicts=True,
            unique_fields=["category", "attribute", "value", "language", "text"],
            update_fields=["retired_at", "source"],
        )
        UnknownWord.objects.filter(pk=word.pk).update(
            state=UnknownWord.State.ACCEPTED, closest_value=value, decided_by_id=by_id, decided_at=now
        )
        return _revise(now=now)[0]


def ignore_word(*, word_id: int, by_id: int, now: datetime) -> None:
    """Take a word off the list without making it vocabulary. Repeating it changes nothing."""
    with locking.transaction():
        if locking.lock((UnknownWord, [word_id])).get(UnknownWord, word_id) is None:
            raise NotThere
        UnknownWord.objects.filter(pk=word_id).update(
            state=UnknownWord.State.IGNORED, decided_by_id=by_id, decided_at=now
        )
