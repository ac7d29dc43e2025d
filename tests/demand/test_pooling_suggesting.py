"""New words that many wishes share, as staff meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from demand.estimating import service as estimating
from demand.models import Finding, UnknownWord
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import crowd
from tests.signing_in import sign_in_fully

OLED = "gaming laptop 17 inch with oled, under 7000"


@pytest.mark.usefixtures("catalogue")
def test_words_many_share_become_a_suggestion_with_examples_until_staff_decide() -> None:
    crowd(6, text=OLED, name="oled", now=NOW)
    crowd(6, text="office laptop 14 inch, under 4000", name="plain", now=NOW)
    assert pooling.suggest_specifications(claimed_by="t", now=NOW) == 1
    found = Finding.objects.get(kind="words")
    assert (found.subject, found.evidence["people"], found.evidence["examples"]) == ("oled", 6, [OLED])
    assert found.evidence["needs"]["use"] == {"any": ["gaming"]}

    crowd(2, text=OLED, name="late", now=NOW)
    assert pooling.suggest_specifications(claimed_by="t", now=NOW + timedelta(days=1)) == 0
    found.refresh_from_db()
    assert found.evidence["people"] == 8
    estimating.settle_finding(finding_id=found.pk, state="dismissed")
    crowd(2, text=OLED, name="later", now=NOW)
    assert pooling.suggest_specifications(claimed_by="t", now=NOW + timedelta(days=2)) == 0
    found.refresh_from_db()
    assert (found.state, found.evidence["people"]) == ("dismissed", 8)


@pytest.mark.usefixtures("catalogue")
def test_a_few_people_or_a_word_staff_set_aside_suggest_nothing() -> None:
    crowd(4, text=OLED, name="few", now=NOW)
    assert pooling.suggest_specifications(claimed_by="t", now=NOW) == 0
    crowd(4, text=OLED, name="more", now=NOW)
    UnknownWord.objects.create(text="oled", category=None, state="ignored")
    assert pooling.suggest_specifications(claimed_by="t", now=NOW) == 0


@pytest.mark.usefixtures("catalogue")
def test_staff_see_the_words_and_what_else_is_asked(client: Client) -> None:
    crowd(6, text=OLED, name="oled", now=NOW)
    pooling.suggest_specifications(claimed_by="t", now=NOW)
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    found = Finding.objects.get(kind="words")
    page = client.get(reverse("admin:demand_finding_change", args=[found.pk])).content.decode()
    assert "oled ·" in page
    assert OLED in page
