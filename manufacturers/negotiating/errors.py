"""Refusals of negotiating, each named as a fact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class ProposalChanged(DomainError):
    """The proposal moved on since the person last saw it."""

    code = "PROPOSAL_CHANGED"
    message = _("This proposal changed since you opened it. Look at it again, then decide.")


class ProposalExpired(DomainError):
    """The time to answer is over; nothing is reserved any more."""

    code = "PROPOSAL_EXPIRED"
    message = _("The time to answer this proposal is over. Ask us to send it again.")


class CounterOpen(DomainError):
    """A counter-offer already waits for its answer."""

    code = "COUNTER_OPEN"
    message = _("Your counter-offer is being answered. Wait for the answer before you make another.")


class CounterAnswered(DomainError):
    """The counter-offer was answered in the other way before."""

    code = "COUNTER_ANSWERED"
    message = _("This counter-offer was already answered.")


class NotReleasable(DomainError):
    """There is no locked campaign to release an order from."""

    code = "NOT_RELEASABLE"
    message = _("There is nothing to release yet: the campaign is not locked.")


class NotAccepted(DomainError):
    """Only an accepted proposal has a sample to approve."""

    code = "NOT_ACCEPTED"
    message = _("This proposal was not accepted.")


class ReleaseNotSent(DomainError):
    """The release waits for its sample; it cannot be acknowledged yet."""

    code = "RELEASE_NOT_SENT"
    message = _("This release waits for its sample to be approved.")
