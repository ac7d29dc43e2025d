"""The catalogue as the reader sees it: categories, attributes and values with their names in every language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["choice", "quantity", "flag"]


class CatalogueError(ValueError):
    """The catalogue file is not in the agreed shape; the message begins with the path inside the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceValue:
    """One value of a choice attribute; ``surfaces`` are its names and aliases in all languages."""

    code: str
    names: tuple[tuple[str, str], ...]
    surfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute; ``unit`` only for a quantity, ``values`` only for a choice."""

    code: str
    kind: Kind
    unit: str | None
    shared: bool
    names: tuple[tuple[str, str], ...]
    surfaces: tuple[str, ...]
    values: tuple[ChoiceValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category; ``attributes`` are codes in the order of the file."""

    code: str
    parent: str | None
    names: tuple[tuple[str, str], ...]
    surfaces: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All categories and attributes of one catalogue; ``version`` changes whenever anything read here changes."""

    categories: tuple[Category, ...]
    attributes: tuple[Attribute, ...]
    version: str

    @classmethod
    def from_dict(cls, data: object) -> Catalogue:
        """Build from the content of a catalogue file (CONTRACTS.md).

        Raises
        ------
        CatalogueError
            Naming the path of the first thing that is wrong, e.g. ``attributes[3].unit: expected a text``.
        """
        root = _mapping(data, "catalogue")
        attributes = tuple(_attribute(item, where) for where, item in _items(root, "attributes", ""))
        categories = tuple(_category(item, where) for where, item in _items(root, "categories", ""))
        _unique([item.code for item in attributes], "attributes")
        _unique([item.code for item in categories], "categories")
        known = {item.code for item in attributes}
        codes = {item.code for item in categories}
        for index, category in enumerate(categories):
            for attribute in category.attributes:
                if attribute not in known:
                    raise CatalogueError(f"categories[{index}].attributes: {attribute!r} is not among the attributes")
            if category.parent is not None and category.parent not in codes:
                raise CatalogueError(f"categories[{index}].parent: {category.parent!r} is not among the categories")
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return cls(categories=categories, attributes=attributes, version=hashlib.sha256(text.encode()).hexdigest())

    def attribute(self, code: str) -> Attribute:
        """The attribute with this code; ``KeyError`` when there is none."""
        for attribute in self.attributes:
            if attribute.code == code:
                return attribute
        raise KeyError(code)


def _attribute(data: Any, where: str) -> Attribute:
    item = _mapping(data, where)
    kind = _text(item, "kind", where)
    if kind not in ("choice", "quantity", "flag"):
        raise CatalogueError(f"{where}.kind: {kind!r}, expected choice, quantity or flag")
    scope = _text(item, "scope", where)
    if scope not in ("shared", "variant"):
        raise CatalogueError(f"{where}.scope: {scope!r}, expected shared or variant")
    values = tuple(_value(value, at) for at, value in _items(item, "values", where, needed=kind == "choice"))
    if kind == "choice" and not values:
        raise CatalogueError(f"{where}.values: a choice needs at least one value")
    _unique([value.code for value in values], f"{where}.values")
    checked: Kind = "choice" if kind == "choice" else "quantity" if kind == "quantity" else "flag"
    return Attribute(
        code=_text(item, "code", where), kind=checked, unit=_text(item, "unit", where) if kind == "quantity" else None,
        shared=scope == "shared", names=_names(item, where), surfaces=_surfaces(item, where), values=values,
    )  # fmt: skip


def _value(data: Any, where: str) -> ChoiceValue:
    item = _mapping(data, where)
    return ChoiceValue(code=_text(item, "code", where), names=_names(item, where), surfaces=_surfaces(item, where))


def _category(data: Any, where: str) -> Category:
    item = _mapping(data, where)
    parent = item.get("parent")
    if parent is not None and not isinstance(parent, str):
        raise CatalogueError(f"{where}.parent: expected a code or null")
    codes = item.get("attributes", [])
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise CatalogueError(f"{where}.attributes: expected a list of attribute codes")
    _unique(codes, f"{where}.attributes")
    return Category(code=_text(item, "code", where), parent=parent, names=_names(item, where),
                    surfaces=_surfaces(item, where), attributes=tuple(codes))  # fmt: skip


def _names(item: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    names = item.get("names")
    if not isinstance(names, Mapping) or not names:
        raise CatalogueError(f"{where}.names: expected an object of language → name with at least one name")
    for language, name in names.items():
        if not isinstance(name, str) or not name.strip():
            raise CatalogueError(f"{where}.names.{language}: expected a text")
    return tuple(sorted(names.items()))


def _surfaces(item: Mapping[str, Any], where: str) -> tuple[str, ...]:
    aliases = item.get("aliases") or {}
    if not isinstance(aliases, Mapping):
        raise CatalogueError(f"{where}.aliases: expected an object of language → list")
    found = [name for _, name in _names(item, where)]
    for language in sorted(aliases):
        listed = aliases[language]
        if not isinstance(listed, list) or not all(isinstance(alias, str) for alias in listed):
            raise CatalogueError(f"{where}.aliases.{language}: expected a list of texts")
        found.extend(listed)
    return tuple(dict.fromkeys(surface.strip() for surface in found if surface.strip()))


def _items(item: Mapping[str, Any], key: str, where: str, *, needed: bool = True) -> list[tuple[str, Any]]:
    path = f"{where}.{key}" if where else key
    listed = item.get(key)
    if listed is None and not needed:
        return []
    if not isinstance(listed, list):
        raise CatalogueError(f"{path}: expected a list")
    return [(f"{path}[{index}]", entry) for index, entry in enumerate(listed)]


def _mapping(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise CatalogueError(f"{where}: expected an object")
    return data


def _text(item: Mapping[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{where}.{key}: expected a text")
    return value


def _unique(codes: list[str], where: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise CatalogueError(f"{where}: {code!r} stands twice")
        seen.add(code)
