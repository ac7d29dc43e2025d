"""One module per `manage.py solve NAME`; none of them opens a connection."""

from __future__ import annotations


class BadFile(Exception):
    """An input file that cannot be used: one line naming file, field and what was expected."""
