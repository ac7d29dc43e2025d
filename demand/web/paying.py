"""What the page of one's own place says of its money beyond the total: more units, the last lot, deposit and rest."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.campaigning import holding, steps
from demand.campaigning import reads as campaigning
from demand.campaigning.service import leaving_terms
from demand.models import MAX_UNITS, Campaign, Commitment, Hold
from demand.templatetags.wishmill import money, units
from demand.web.forms import MoreForm


def of_place(
    place: Commitment, *, chosen: Mapping[str, Any], form: forms.Form | None, includes: str, now: datetime
) -> dict[str, Any]:
    """The part of a place page's context that speaks of money."""
    holds = campaigning.holds_of(place)
    campaign = place.campaign
    unmended = holding.unmended(holds) if place.state in ("confirmed", "delivered") else []
    return {
        "by_lots": campaign.lot_multiple > 1,
        "most_minor": place.total_minor if campaign.final_price_minor is not None else steps.most_total(place),
        "lot_text": _lot_text(place),
        "balance_text": _balance_text(place, holds),
        "failed_hold": unmended[0] if unmended else None,
        "unpaid_text": _unpaid_text(place, unmended, now),
        "more": _more(place, chosen=chosen, form=form, includes=includes, now=now),
    }


def _lot_text(place: Commitment) -> str:
    if place.filled_units:
        text = ngettext(
            "%(units)s of them more than you asked for: it filled the last lot",
            "%(units)s of them more than you asked for: they filled the last lot",
            place.filled_units,
        )
        return text % {"units": units(place.filled_units)}
    if place.spare_units and place.state in ("announced", "queued", "confirmed"):
        if place.campaign.final_price_minor is None:
            return _("and up to %(units)s more if they fill the last lot") % {"units": units(place.spare_units)}
        return _("none was needed to fill the last lot")
    return ""


def _balance_text(place: Commitment, holds: list[Hold]) -> str:
    """What is charged after the deposit, and when; empty where the whole is held at once."""
    policy = place.campaign.policy
    if policy.hold_permille >= 1000 or place.state != "confirmed":
        return ""
    balance = next((one for one in reversed(holds) if one.purpose == Hold.Purpose.BALANCE), None)
    if balance is not None:
        return money(balance.amount_minor)
    most = place.total_minor if place.campaign.final_price_minor is not None else steps.most_total(place)
    held = sum(one.due_minor or one.amount_minor for one in holds if one.state in holding.ALIVE)
    return _("%(rest)s at most, charged %(moment)s") % {
        "rest": money(max(0, (most or 0) - held)),
        "moment": moment_of(place.campaign),
    }


def _unpaid_text(place: Commitment, unmended: list[Hold], now: datetime) -> str:
    """What follows if a refused payment is not mended."""
    if not unmended:
        return ""
    if place.state == "delivered":
        return _("You have received it, so this is still to be paid. We try it again, or you do so here.")
    if all(one.purpose == Hold.Purpose.MORE for one in unmended):
        return _("Otherwise you keep what you had before.")
    fee = leaving_terms(place.campaign, place, now=now).fee_minor
    if fee:
        return _("Otherwise your place is given up, for a fee of %(fee)s.") % {"fee": money(fee)}
    return _("Otherwise your place is given up, free of charge.")


def moment_of(campaign: Campaign) -> str:
    """When the balance after a deposit is charged."""
    if campaign.policy.balance_at == "shipment":
        return _("when it is shipped")
    return _("when the maker gets the order")


def batch_terms(campaign: Campaign) -> list[str]:
    """Whether it is a trial batch, or the second order after one."""
    trial, before = campaign.batch.get("trial"), campaign.batch.get("trial_units")
    if trial:
        said = _(
            "This is a trial batch, from %(first)s on. If it goes well the maker is asked for %(then)s more; nobody is"
            " bound to that without being asked again."
        )
        first, then = units(trial["first_units"]), units(trial["then_units"])
        scale = _("If at least twice as many are ordered, %(first)s are made and looked at before the rest is.")
        return [said % {"first": first, "then": then}, scale % {"first": first}]
    if before:
        return [_("The trial batch was delivered and went well; this is the second order, on the same terms.")]
    return []


def deposit_terms(campaign: Campaign) -> list[str]:
    """What is said of a deposit before anyone confirms; nothing where the whole is held."""
    policy = campaign.policy
    if policy.hold_permille >= 1000:
        return []
    said = _(
        "%(share)s of the total is held now and charged when the order locks; the rest %(moment)s. If the rest is"
        " refused you have %(days)s days to mend it; then your place is given up on the terms of leaving."
    )
    share = f"{policy.hold_permille / 10:g} %"
    return [said % {"share": share, "moment": moment_of(campaign), "days": policy.hold_repair_days}]


def _more(
    place: Commitment, *, chosen: Mapping[str, Any], form: forms.Form | None, includes: str, now: datetime
) -> dict[str, Any] | None:
    """The form to take more of a confirmed place, where that is possible."""
    campaign, price = place.campaign, place.unit_price_minor or 0
    open_now = campaign.state == "open" and campaign.closes_at > now and place.state == "confirmed"
    if not open_now or place.variant is None:
        return None
    left = campaigning.room(campaign, place.variant)
    if left < 1 or campaigning.queued_units(campaign.pk):
        return None
    said = str(chosen.get("units", ""))
    count = int(said) if said.isdecimal() and len(said) < 9 else place.units + 1
    count = max(place.units + 1, min(count, place.units + left, MAX_UNITS))
    total = price * (count + place.spare_units)
    shown = {"revision": place.revision, "shown_total": total}
    if isinstance(form, MoreForm):
        form.data = dict(form.data.items()) | {name: str(value) for name, value in shown.items()}
    else:
        form = MoreForm(None, initial=shown | {"key": uuid.uuid4().hex, "units": count})
    return {"form": form, "total_minor": total, "promise": includes}
