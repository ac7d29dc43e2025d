"""The staff site's lists of manufacturers: one file for each noun."""

from __future__ import annotations

from manufacturers.admin import candidates, counters, makers, offers, production, proposals

__all__ = ["candidates", "counters", "makers", "offers", "production", "proposals"]
