"""Queries of pooling: the kernel's problem, and what pages and other stages show of pools."""

from __future__ import annotations

from demand.pooling.reads.titles import title, words

__all__ = ["title", "words"]
