"""What shoppers do in a campaign, at the total their button shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from demand import outbox
from demand.campaigning import service as campaigning
from demand.campaigning.payments import GatewayAnswer, SandboxGateway
from demand.campaigning.steps import price_of
from demand.models import Address, Commitment, LedgerEntry, LedgerTransfer
from tests.demand import market
from tests.demand.conftest import NOW

PAID = ("maker_payable", "vat", "freight", "platform_fees")
DAY = timedelta(days=1)


class AnotherCard(SandboxGateway):
    """A payer whose card is never refused."""

    def authorise(self, *, amount_minor: int, currency: str, payer: str, key: str) -> GatewayAnswer:
        return GatewayAnswer(succeeded=True, reference=f"other-{key}")


def places() -> list[Commitment]:
    return list(Commitment.objects.order_by("pk"))


def confirm(place: Commitment, *, units: int = 1, spare: int = 0, now: datetime = NOW, key: str = "") -> Any:
    """Confirm a place in the version it was asked about."""
    place.refresh_from_db()
    assert place.variant is not None
    home = Address.objects.filter(user=place.user).first() or market.address(place.user, now=NOW)
    return campaigning.confirm(
        commitment_id=place.pk,
        seen_revision=place.revision,
        variant_id=place.variant.pk,
        units=units,
        spare_units=spare,
        address_id=home.pk,
        shown_total_minor=(units + spare) * price_of(place.campaign, place.variant, home.region),
        idempotency_key=key or f"c{place.pk}:{place.revision}",
        now=now,
    )


def more(place: Commitment, *, units: int, now: datetime = NOW, key: str = "", shown: int | None = None) -> Any:
    """Raise a place to ``units`` in all."""
    place.refresh_from_db()
    price = place.unit_price_minor or 0
    return campaigning.raise_units(
        commitment_id=place.pk,
        seen_revision=place.revision,
        units=units,
        shown_total_minor=price * (units + place.spare_units) if shown is None else shown,
        idempotency_key=key or f"m{place.pk}:{place.revision}",
        now=now,
    )


def drain(now: datetime = NOW) -> None:
    """Every payment step that is due, and what follows from it."""
    outbox.drain(now=lambda: now)


def balanced() -> None:
    """Each transfer sums to zero."""
    for transfer in LedgerTransfer.objects.prefetch_related("entries"):
        assert sum(entry.amount_minor for entry in transfer.entries.all()) == 0


def received(place: Commitment) -> int:
    """What everyone who is paid has of a place."""
    rows = LedgerEntry.objects.filter(transfer__commitment=place, account__in=PAID)
    return sum(rows.values_list("amount_minor", flat=True))
