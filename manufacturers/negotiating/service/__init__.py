"""What happens in negotiating: one function per thing, one transaction each. Everything is called from here."""

from __future__ import annotations

from manufacturers.negotiating.service.campaigns import ask_consent_for, close_for, open_for
from manufacturers.negotiating.service.deciding import (
    DECLINE_REASONS,
    AcceptedProposal,
    accept,
    decline,
    expire_due,
)
from manufacturers.negotiating.service.releasing import (
    Released,
    acknowledge_release,
    approve_risk,
    approve_sample,
    release,
)

__all__ = [
    "DECLINE_REASONS",
    "AcceptedProposal",
    "Released",
    "accept",
    "acknowledge_release",
    "approve_risk",
    "approve_sample",
    "ask_consent_for",
    "close_for",
    "decline",
    "expire_due",
    "open_for",
    "release",
]
