"""Refusals of offering, each named as a fact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class CapacityTaken(DomainError):
    """Fewer units are free before the date than are asked for."""

    code = "CAPACITY_TAKEN"
    message = _("Only %(free)s of %(units)s units are free before %(before)s. Choose a later date or fewer units.")


class CapacityBooked(DomainError):
    """A week would get less capacity than is booked in it."""

    code = "CAPACITY_BOOKED"
    message = _("%(booked)s units are already booked in the week of %(week)s; it cannot have fewer.")


class OfferRetired(DomainError):
    """The offer was retired; retired offers stay as they are."""

    code = "OFFER_RETIRED"
    message = _("This offer was retired. Make a new one instead.")


class StillNeeded(DomainError):
    """Something that open work depends on would go."""

    code = "STILL_NEEDED"
    message = _("Work that is planned on this line must end first.")
