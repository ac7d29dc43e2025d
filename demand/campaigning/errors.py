"""What can be refused in a campaign, each named as a fact."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from demand.errors import DomainError


class CampaignClosed(DomainError):
    """The campaign no longer takes answers."""

    code = "CAMPAIGN_CLOSED"
    message = _("This is closed. Nothing was changed and nothing is charged.")


class PoolBusy(DomainError):
    """The pool already has an open campaign; the same demand is never sold twice."""

    code = "POOL_BUSY"
    message = _("This group already has an offer to decide on.")


class NotVerified(DomainError):
    """Firm demand needs a verified e-mail address or phone."""

    code = "NOT_VERIFIED"
    message = _("Confirm your e-mail address or phone first; then your answer counts.")


class TotalChanged(DomainError):
    """The total shown is not the total that would be charged."""

    code = "TOTAL_CHANGED"
    message = _("The total changed to %(total)s since you opened this page. Look again, then confirm.")


class VariantGone(DomainError):
    """The chosen version is not on offer (any more)."""

    code = "VARIANT_GONE"
    message = _("This version is not made any more. Choose another one.")


class AddressMissing(DomainError):
    """Delivery needs an address."""

    code = "ADDRESS_MISSING"
    message = _("Choose or add the address it should go to.")


class AlreadyDecided(DomainError):
    """The place was answered in another way before."""

    code = "ALREADY_DECIDED"
    message = _("You already decided about this. Look at it again to see how it stands.")


class PlaceElsewhere(DomainError):
    """The wish has a place in another campaign; it is never sold twice."""

    code = "PLACE_ELSEWHERE"
    message = _("This wish already has a place in another offer. Say no to that one, or leave it, then take this one.")


class ConsentClosed(DomainError):
    """The consent round is over; an answer does not count any more."""

    code = "CONSENT_CLOSED"
    message = _("The time to answer is over.")


class RoundUsed(DomainError):
    """A campaign asks its shoppers again at most once."""

    code = "ROUND_USED"
    message = _("These shoppers were already asked once. The change cannot be put to them again.")


class FillPhase(DomainError):
    """The campaign closes soon: only what helps everyone may change now."""

    code = "FILL_PHASE"
    message = _("In the last %(hours)s hours before closing only changes that help are possible.")


class OthersWait(DomainError):
    """Somebody queues for a place; nobody takes a second one before them."""

    code = "OTHERS_WAIT"
    message = _("Others wait for a place. Nobody takes more before they have theirs.")


class NoRoom(DomainError):
    """Fewer units are left than were asked for."""

    code = "NO_ROOM"
    message = _("Only %(left)s more can be made. Choose fewer.")


class ClaimTooLate(DomainError):
    """Claims are taken within seven days of delivery."""

    code = "CLAIM_TOO_LATE"
    message = _("Claims are possible within 7 days after delivery. Write to us if something else is wrong.")


class NotDelivered(DomainError):
    """A claim needs a delivery."""

    code = "NOT_DELIVERED"
    message = _("This was not delivered yet.")


class PaymentMissing(DomainError):
    """A payment step was asked for that has no hold to act on."""

    code = "PAYMENT_MISSING"
    message = _("There is no payment to do this with.")
