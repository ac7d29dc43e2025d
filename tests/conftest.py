"""What every test shares: servers started when the first test with a database asks, and the cast (see CAST)."""

from __future__ import annotations

import pytest

from config import embedded


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Find or start PostgreSQL and Redis before the first test database is made; kernels' tests never need them."""
    embedded.ensure()
