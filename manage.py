#!/usr/bin/env python
"""The one command line of Wishmill; finds or starts its own PostgreSQL and Redis when a command needs them."""

from __future__ import annotations

import os
import sys

from config import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    if "--help" not in sys.argv:
        embedded.ensure_for(sys.argv[1] if len(sys.argv) > 1 else None)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
