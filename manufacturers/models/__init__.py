"""The tables of manufacturers. One file per noun; everything is imported from here."""

from __future__ import annotations

from manufacturers.models.makers import (
    CalendarException,
    Changeover,
    Family,
    Line,
    LineRate,
    Maker,
    MakerMember,
    Reliability,
    Shift,
)
from manufacturers.models.offers import CapacityWindow, Material, Offer, OfferState, OfferTier
from manufacturers.models.production import (
    Lot,
    Milestone,
    Plan,
    ProductionOrder,
    Release,
    ReleaseLine,
)
from manufacturers.models.proposals import (
    OUT_STATES,
    CapacityBooking,
    Counter,
    Proposal,
    ProposalCandidate,
    ProposalLine,
    ProposalState,
    ProposalVersion,
    ThreadMessage,
)

__all__ = [
    "OUT_STATES",
    "CalendarException",
    "CapacityBooking",
    "CapacityWindow",
    "Changeover",
    "Counter",
    "Family",
    "Line",
    "LineRate",
    "Lot",
    "Maker",
    "MakerMember",
    "Material",
    "Milestone",
    "Offer",
    "OfferState",
    "OfferTier",
    "Plan",
    "ProductionOrder",
    "Proposal",
    "ProposalCandidate",
    "ProposalLine",
    "ProposalState",
    "ProposalVersion",
    "Release",
    "ReleaseLine",
    "Reliability",
    "Shift",
    "ThreadMessage",
]
