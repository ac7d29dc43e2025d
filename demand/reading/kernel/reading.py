"""What was understood from a text, with the places it was understood from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .needs import Needs, canonical, number

READER_VERSION = "4"
"""Changes whenever the same text could be read, or taken, differently; readings are cached under it."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing read: its value, the half-open spans of the original text it stands on, and a confidence 0..1."""

    value: Any
    spans: tuple[Span, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFound:
    """One need read: ``level`` is ``must`` or ``nice``; the constraint is canonical."""

    attribute: str
    level: str
    constraint: Mapping[str, Any]
    spans: tuple[Span, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood from one text. Prices are minor units, with the deployment's number of decimals, of
    ``currency_said`` (``None``: none was said, which means the deployment's); per unit but for ``total_price_minor``.

    ``question`` names the one field worth asking the shopper about (``category``, ``max_price``, ``quantity``) or is
    ``None``. ``unknown_words`` carry content but match nothing in the catalogue.
    """

    normalised: str
    language: str
    category: Found | None
    evidence: tuple[NeedFound, ...]
    max_price_minor: Found | None
    total_price_minor: Found | None
    currency_said: str | None
    quantity: Found
    needed_by: Found | None
    region: Found | None
    question: str | None
    unknown_words: tuple[str, ...]
    reader_version: str = READER_VERSION

    @property
    def needs(self) -> Needs:
        """Canonical needs, without their evidence."""
        parts: dict[str, dict[str, Any]] = {"must": {}, "nice": {}}
        for need in self.evidence:
            parts[need.level][need.attribute] = dict(need.constraint)
        return canonical(parts)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; ``from_json`` gives an equal reading back."""
        return {
            "normalised": self.normalised,
            "language": self.language,
            "category": _found_json(self.category),
            "evidence": [
                {
                    "attribute": need.attribute,
                    "level": need.level,
                    "constraint": dict(need.constraint),
                    "spans": [list(span) for span in need.spans],
                    "confidence": need.confidence,
                }
                for need in self.evidence
            ],
            "max_price_minor": _found_json(self.max_price_minor),
            "total_price_minor": _found_json(self.total_price_minor),
            "currency_said": self.currency_said,
            "quantity": _found_json(self.quantity),
            "needed_by": _found_json(self.needed_by),
            "region": _found_json(self.region),
            "question": self.question,
            "unknown_words": list(self.unknown_words),
            "reader_version": self.reader_version,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reading:
        """A reading from ``to_json``'s answer; ``KeyError`` when a part is missing."""
        needed_by = _found(data["needed_by"])
        if needed_by is not None:
            needed_by = Found(
                value=date.fromisoformat(needed_by.value), spans=needed_by.spans, confidence=needed_by.confidence
            )
        quantity = _found(data["quantity"])
        if quantity is None:
            raise KeyError("quantity")
        return cls(
            normalised=data["normalised"],
            language=data["language"],
            category=_found(data["category"]),
            evidence=tuple(
                NeedFound(
                    attribute=need["attribute"],
                    level=need["level"],
                    constraint=dict(need["constraint"]),
                    spans=_spans(need["spans"]),
                    confidence=need["confidence"],
                )
                for need in data["evidence"]
            ),
            max_price_minor=_found(data["max_price_minor"]),
            total_price_minor=_found(data["total_price_minor"]),
            currency_said=data["currency_said"],
            quantity=quantity,
            needed_by=needed_by,
            region=_found(data["region"]),
            question=data["question"],
            unknown_words=tuple(data["unknown_words"]),
            reader_version=data["reader_version"],
        )


def confidence(value: float) -> float:
    """A confidence as it is stored: within 0..1, two places."""
    return float(number(round(min(max(value, 0.0), 1.0), 2)))


def _found_json(found: Found | None) -> dict[str, Any] | None:
    if found is None:
        return None
    value = found.value.isoformat() if isinstance(found.value, date) else found.value
    return {"value": value, "spans": [list(span) for span in found.spans], "confidence": found.confidence}


def _found(data: Mapping[str, Any] | None) -> Found | None:
    if data is None:
        return None
    return Found(value=data["value"], spans=_spans(data["spans"]), confidence=data["confidence"])


def _spans(spans: list[list[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in spans)
