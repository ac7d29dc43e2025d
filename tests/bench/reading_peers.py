"""What the reader is measured against: the vocabulary looked up and nothing else, and the encoder and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from demand.reading.kernel import Catalogue, meaning
from demand.reading.kernel.folding import fold
from demand.reading.kernel.lexicon import Lexicon, longest

_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Read = tuple[str | None, dict[str, dict[str, Any]]]
"""A category and the needs, in the shape of the labelled files."""


class LookUp:
    """The longest name of a category that stands in the text, and every value of it that stands there too; a number
    goes to the first quantity whose unit follows it. No grammar, no spelling, no meaning."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._lexicon = Lexicon(catalogue)
        self._attributes = {attribute.code: attribute for attribute in catalogue.attributes}
        self._listed = {category.code: category.attributes for category in catalogue.categories}

    def read(self, text: str) -> Read:
        folded = fold(text)
        matches = longest(self._lexicon.find(folded.text, folded.cased))
        named = [t.code for m in matches for t in m.targets if t.kind == "category"]
        if not named:
            return None, {}
        needs: dict[str, dict[str, Any]] = {}
        for target in [t for m in matches for t in m.targets if t.attribute in self._listed[named[0]]]:
            if target.kind == "value":
                codes = needs.setdefault(target.attribute, {"any": []})["any"]
                codes.extend([target.code] if target.code not in codes else [])
            elif target.kind == "flag":
                needs[target.attribute] = {"is": True}
        return named[0], needs | self._quantities(named[0], folded.text)

    def _quantities(self, category: str, text: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for code in self._listed[category]:
            unit = self._attributes[code].unit
            if unit is None:
                continue
            for number in _NUMBER.finditer(text):
                if text[number.end() :].lstrip().startswith(fold(unit).text):
                    found[code] = {"min": float(number[0]), "max": float(number[0]), "unit": unit}
                    break
        return found


class Encoder:
    """The category whose name is nearest to the whole text, always one; no needs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._owners = [category.code for category in catalogue.categories for _ in category.surfaces]
        self._names = meaning.encode([s for category in catalogue.categories for s in category.surfaces])

    def read(self, texts: Sequence[str]) -> list[Read]:
        cosines = meaning.encode(texts) @ self._names.T
        return [(self._owners[int(best)], {}) for best in np.argmax(cosines, axis=1)]
