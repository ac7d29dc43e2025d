"""What happens in reading. Everything is called from here."""

from __future__ import annotations

from demand.reading.service.catalog import ImportedCatalog, accept_word, ignore_word, import_catalog, store_revision
from demand.reading.service.learning import LearntCategories, learn_categories
from demand.reading.service.texts import ReadWishes, Understood, count_unknown_words, read_pending, understand

__all__ = [
    "ImportedCatalog",
    "LearntCategories",
    "ReadWishes",
    "Understood",
    "accept_word",
    "count_unknown_words",
    "ignore_word",
    "import_catalog",
    "learn_categories",
    "read_pending",
    "store_revision",
    "understand",
]
