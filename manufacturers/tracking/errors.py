"""Refusals of tracking, each named as a fact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class TooManyUnits(DomainError):
    """More units are reported than the step before reached."""

    code = "TOO_MANY_UNITS"
    message = _("At most %(most)s units can be reported here.")


class NotReported(DomainError):
    """A step is reported before the one it needs."""

    code = "STEP_MISSING"
    message = _("Report the step before this one first.")


class TrialNotFinished(DomainError):
    """The order waits until the trial batch of its release was finished without a quality hold."""

    code = "TRIAL_NOT_FINISHED"
    message = _("The trial batch comes first: it must be reported finished, without a quality hold.")


class KeyUsed(DomainError):
    """The same idempotency key was used for another report."""

    code = "KEY_USED"
    message = _("This report was already sent with other values. Reload the page and report again.")
