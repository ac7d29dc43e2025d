"""What happens in negotiating: one function per thing, one transaction each. Everything is called from here."""

from __future__ import annotations

from manufacturers.negotiating.service.campaigns import ask_consent_for, close_for, finish_for, open_for
from manufacturers.negotiating.service.countering import CounterMade, CounterReply, answer_counter, counter
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
from manufacturers.negotiating.service.thread import Attachment, post_message

__all__ = [
    "DECLINE_REASONS",
    "AcceptedProposal",
    "Attachment",
    "CounterMade",
    "CounterReply",
    "Released",
    "accept",
    "acknowledge_release",
    "answer_counter",
    "approve_risk",
    "approve_sample",
    "ask_consent_for",
    "close_for",
    "counter",
    "decline",
    "expire_due",
    "finish_for",
    "open_for",
    "post_message",
    "release",
]
