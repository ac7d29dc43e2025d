"""The payment provider as an adapter: four idempotent calls, and the sandbox that is built in.

Outbox consumers call it with the event's id in the idempotency key, outside any transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """What the provider said. ``failure`` is a sentence for staff, empty on success."""

    succeeded: bool
    reference: str
    failure: str = ""


class PaymentGateway(Protocol):
    """A provider that holds, captures, releases and refunds; the same key twice acts once."""

    name: str

    def authorise(self, *, amount_minor: int, currency: str, payer: str, key: str) -> GatewayAnswer: ...

    def capture(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer: ...

    def release(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer: ...

    def refund(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer: ...


class SandboxGateway:
    """Moves no money and says yes, except to amounts whose last three digits are 402: those are refused.

    Stateless: its reference is derived from the key, so a repeated call gets the same answer.
    """

    name = "sandbox"

    def authorise(self, *, amount_minor: int, currency: str, payer: str, key: str) -> GatewayAnswer:
        if amount_minor % 1000 == 402:
            return GatewayAnswer(succeeded=False, reference="", failure="declined by the sandbox (amount ends in 402)")
        return GatewayAnswer(succeeded=True, reference=f"sandbox-{currency.lower()}-{key}")

    def capture(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer:
        return GatewayAnswer(succeeded=True, reference=reference)

    def release(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer:
        return GatewayAnswer(succeeded=True, reference=reference)

    def refund(self, *, reference: str, amount_minor: int, key: str) -> GatewayAnswer:
        return GatewayAnswer(succeeded=True, reference=reference)


def gateway() -> PaymentGateway:
    """The provider of this deployment (setting ``PAYMENT_GATEWAY``, a dotted class)."""
    made: PaymentGateway = import_string(getattr(settings, "PAYMENT_GATEWAY", f"{__name__}.SandboxGateway"))()
    return made
