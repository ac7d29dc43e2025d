"""One currency a deployment: the first start decides, another one is refused over existing data."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from demand.models import Deployment


@pytest.mark.django_db
def test_the_first_start_decides_and_another_currency_is_refused(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("prepare")
    settings.CURRENCY = "EUR"

    with pytest.raises(SystemExit) as stopped:
        call_command("prepare")

    assert stopped.value.code == 2
    assert "amounts are stored in CNY" in capsys.readouterr().err
    assert Deployment.objects.get().currency == "CNY"
