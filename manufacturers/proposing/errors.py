"""Refusals of proposing, each named as a fact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class NotADraft(DomainError):
    """Only a draft, or one that expired, can be sent."""

    code = "NOT_A_DRAFT"
    message = _("This proposal is already out or decided; it cannot be sent.")


class PoolTaken(DomainError):
    """The pool has an accepted proposal or a campaign; the same demand is never sold twice."""

    code = "POOL_TAKEN"
    message = _("Another maker was faster: this demand is already taken.")


class ProposalDecided(DomainError):
    """The proposal was accepted or ended; it cannot be withdrawn."""

    code = "PROPOSAL_DECIDED"
    message = _("This proposal is already decided.")


class CannotMake(DomainError):
    """The offer does not fit what the pool asks for, or has too little room for its minimum."""

    code = "CANNOT_MAKE"
    message = _("This maker cannot make it, or has too little room for the minimum.")
