"""The portal's cast: maker A with mira signed in, and noor of maker B."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from manufacturers.models import Maker, Offer
from manufacturers.offering import service
from tests.manufacturers import portal
from tests.manufacturers.makers import maker_b, store_a
from tests.manufacturers.portal import signed_in


@pytest.fixture
def maker_a() -> Maker:
    portal.catalogue()
    made = store_a()
    Offer.objects.filter(maker=made).update(valid_to="2030-12-31")
    return made


@pytest.fixture
def mira(maker_a: Maker) -> Client:
    return signed_in(maker_a, "mira")


@pytest.fixture
def noor() -> Client:
    stored = service.store_maker(described=maker_b(), now=timezone.now())
    return signed_in(Maker.objects.get(pk=stored.maker_id), "noor")
