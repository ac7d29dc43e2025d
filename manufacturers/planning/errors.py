"""Refusals of planning, each named as a fact, and why orders were set aside and lots are late."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError

SET_ASIDE: dict[str, str | Promise] = {
    "NO_LINE": _("No active line can make this product family."),
    "NO_HOURS": _("The lines that can make it have too few working hours in their calendar."),
    "DEADLINE": _("Even alone it could not be ready by its deadline."),
    "FROZEN": _("It is fixed at a place that the calendar or another fixed lot does not allow."),
    "TRIAL": _("The trial batch that it waits for cannot be planned."),
    "JOINT_DEADLINE": _("No place was found for it that keeps every deadline and every fixed lot."),
}
LATE: dict[str, str | Promise] = {
    "late_release": _("It was released too late: even alone on its best line it could not be on time."),
    "trial": _("It waits until the trial batch was made and looked at."),
    "frozen": _("Lots that are fixed stand before it."),
    "changeover": _("Changeovers before it take the time it needed."),
    "capacity": _("The line is full before it."),
}


class NotAcknowledged(DomainError):
    """Only a release that the maker acknowledged is planned."""

    code = "RELEASE_NOT_ACKNOWLEDGED"
    message = _("This release must be acknowledged before it can be planned.")


class PlanMoved(DomainError):
    """Orders, calendars or the plan changed while a plan was being made; a new one is asked for."""

    code = "PLAN_MOVED"
    message = _("The plan changed meanwhile. Look at it again, then decide.")


class PlanBroken(DomainError):
    """A solved plan breaks a rule; it was not stored."""

    code = "PLAN_BROKEN"
    message = _("No plan could be made that keeps every rule: %(rules)s")


class DoesNotFit(DomainError):
    """A lot cannot stand where it was put."""

    code = "DOES_NOT_FIT"
    message = _("It cannot stand there: %(reason)s")
