"""What the pages of a campaign and of one's own place in it show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.campaigning import reads as campaigning
from demand.campaigning.kernel import LeaveTerms
from demand.campaigning.reads import CampaignView, VariantView
from demand.campaigning.service import leaving_terms
from demand.collecting.reads import addresses_of
from demand.models import Campaign, CampaignProgress, Commitment
from demand.pooling.reads import pages
from demand.pooling.reads.cards import k_by_category
from demand.regions import region_name
from demand.templatetags.wishmill import day, money, units
from demand.web import paying, presenting, standing
from demand.web.forms import ConfirmForm, MoreForm
from demand.web.presenting import Words

OUT = ("refused", "left")
OPEN_ANSWERS = ("asked", "announced", "queued", *OUT)


def title_of(campaign: Campaign, said: Words) -> str:
    return said.title(campaign.specification or campaign.pool.specification, campaign.pool.category.code)


def campaign_page(campaign: Campaign, *, region: str, said: Words, now: datetime) -> dict[str, Any]:
    """Context of ``demand/campaign.html``; firm units under k are not told."""
    view = campaigning.campaign_view(campaign, region=region)
    k = k_by_category().get(campaign.pool.category_id, campaign.policy.k)
    shown = campaign.firm_units if view.people >= k and campaign.firm_units >= k else 0
    return {
        "campaign": campaign,
        "title": title_of(campaign, said),
        "record": record(campaign),
        "facts": said.facts(campaign.specification or campaign.pool.specification),
        "unit_minor": view.unit_minor,
        "progress": _progress(view, shown),
        "ladder": _ladder(view, shown),
        "variants": [_variant(one, said) for one in view.variants],
        "includes": includes(region),
        "is_open": campaign.state == "open" and campaign.closes_at > now,
        "terms": terms_of(campaign),
        "steps": progress_steps(view),
        "state_text": state_text(campaign),
    }


def record(campaign: Campaign) -> str:
    """What the maker's finished orders say; empty while none is finished."""
    said = campaign.maker_record
    if said.get("on_time_permille") is None:
        return ""
    return ngettext(
        "%(count)s order finished so far, %(percent)s on time",
        "%(count)s orders finished so far, %(percent)s on time",
        said["releases"],
    ) % {"count": said["releases"], "percent": _percent(said["on_time_permille"])}


def includes(region: str) -> str:
    """What the price includes, with the region its freight is for."""
    if region:
        return _("Includes VAT, freight to %(region)s and the platform fee.") % {"region": region_name(region)}
    return _("Includes VAT, freight and the platform fee.")


def _progress(view: CampaignView, shown: int) -> dict[str, Any]:
    ahead = next((tier for tier in view.tiers if tier[0] > max(shown, view.campaign.min_units)), None)
    return {
        "firm_units": shown,
        "few_firm": shown == 0 and view.campaign.firm_units > 0,
        "minimum_units": view.campaign.min_units,
        "price_minor": view.unit_minor,
        "next_units": None if ahead is None else ahead[0],
        "next_price_minor": None if ahead is None else ahead[1],
        "next_missing_units": None if ahead is None else ahead[0] - shown,
        "people": view.people,
    }


def _ladder(view: CampaignView, shown: int) -> list[dict[str, Any]]:
    return [
        {
            "min_units": minimum,
            "price_minor": price,
            "reached": shown >= minimum,
            "more_units": None if shown >= minimum else minimum - shown,
        }
        for minimum, price, _reached in view.tiers
    ]


def _variant(view: VariantView, said: Words) -> dict[str, Any]:
    return {
        "id": view.id,
        "label": said.variant(view.values),
        "unit_minor": view.unit_minor,
        "left": min(view.left_units, 20) if view.left_units < 20 else None,
        "is_on": view.is_on,
        "min_units": view.min_units,
    }


def terms_of(campaign: Campaign) -> list[str]:
    """What is said before anyone confirms: the money, leaving, returns."""
    policy = campaign.policy
    fees = {
        "late": _percent(policy.late_leave_fee_permille),
        "released": _percent(policy.released_leave_fee_permille),
        "days": policy.late_days_free,
    }
    terms = [
        _("Nothing is charged unless the minimum is reached by %(day)s.") % {"day": day(campaign.closes_at)},
        _("The price is a maximum: when more join, everyone pays the lower price."),
        *paying.batch_terms(campaign),
        _(
            "You leave free of charge until the order locks. After that leaving costs %(late)s, unless your place is"
            " taken over; once the maker has the order %(released)s. Free again when delivery is %(days)s days late."
        )
        % fees,
    ]
    terms += paying.deposit_terms(campaign)
    if policy.notice_hours:
        terms.append(
            _("In the last %(hours)s hours nothing worse can be put to you; you may still join, take more, or leave.")
            % {"hours": policy.notice_hours}
        )
    if campaign.lot_multiple > 1:
        terms.append(
            _("Made in lots of %(lot)s. What is missing in the last one goes to those who allow it, one each in turn.")
            % {"lot": units(campaign.lot_multiple)}
        )
    returns = campaign.return_terms or {}
    if returns.get("returnable") is False or returns.get("days") == 0:
        terms.append(_("Made to order: it cannot be returned because you changed your mind."))
    elif returns.get("days"):
        terms.append(_("You can return it within %(days)s days of delivery.") % {"days": returns["days"]})
    terms.append(_("If something is wrong, tell us within 7 days of delivery; it is replaced or refunded."))
    return terms


def _percent(permille: int) -> str:
    return f"{permille / 10:g} %"


def state_text(campaign: Campaign) -> tuple[str, str]:
    """Kind and words of a campaign's badge."""
    return {
        "open": ("good", _("open until %(day)s") % {"day": day(campaign.closes_at)}),
        "consent": ("warn", _("shoppers are asked again")),
        "locked": ("good", _("minimum reached")),
        "released": ("good", _("with the maker")),
        "production": ("good", _("in production")),
        "shipped": ("good", _("on its way")),
        "delivered": ("good", _("delivered")),
        "missed": ("bad", _("minimum missed")),
        "cancelled": ("bad", _("cancelled")),
    }[campaign.state]


def progress_steps(view: CampaignView) -> list[dict[str, Any]]:
    """What the maker reported, oldest first."""
    names = {
        "planned": _("In the production plan"),
        "started": _("Production started"),
        "finished": _("Production finished"),
        "quality_hold": _("Quality check"),
        "shipped": _("On its way"),
        "delivered": _("Delivered"),
        "delayed": _("Delayed"),
        "trial": _("Trial batch in order"),
    }
    return [
        {
            "label": names[row.kind],
            "state": "done",
            "date": row.happened_at,
            "note": row.note or _first_made(row) or _expected(row.expected_from, row.expected_to),
        }
        for row in view.progress
    ]


def _first_made(row: CampaignProgress) -> str:
    """How many a trial batch was, and that more come."""
    if row.kind != CampaignProgress.Kind.TRIAL:
        return ""
    said = ngettext("%(n)s unit is made; the rest follows.", "%(n)s units are made; the rest follows.", row.units)
    return said % {"n": units(row.units)}


def _expected(first: date | None, last: date | None) -> str:
    if last is None:
        return ""
    if first is None or first == last:
        return _("Expected by %(day)s.") % {"day": day(last)}
    return _("Expected %(first)s – %(last)s.") % {"first": day(first), "last": day(last)}


def confirm_form(place: Commitment, data: Any, *, said: Words, initial: Mapping[str, Any] | None = None) -> ConfirmForm:
    """The form of a place with the versions that are on and the shopper's addresses."""
    campaign = place.campaign
    variants = [(row.pk, said.variant(row.values)) for row in campaign.variants.all() if row.state == "on"]
    addresses = [
        (row.pk, f"{row.recipient}, {row.street}, {row.city}, {region_name(row.region)}")
        for row in addresses_of(place.user_id)
    ]
    return ConfirmForm(data, variants=variants, addresses=addresses, initial=dict(initial or {}))


def _whole(text: Any, most: int) -> int | None:
    shown = str(text or "")
    return int(shown) if shown.isdecimal() and len(shown) < 18 and 1 <= int(shown) <= most else None


def place_page(
    place: Commitment, *, chosen: Mapping[str, Any], now: datetime, form: ConfirmForm | MoreForm | None = None
) -> dict[str, Any]:
    """Context of ``demand/commitment.html``. ``chosen`` may hold units, spare, variant and address to show the total
    for.
    """
    said = presenting.words()
    addresses = list(addresses_of(place.user_id))
    address = next((one for one in addresses if str(one.pk) == str(chosen.get("address", ""))), None)
    address = address or place.address or next(iter(addresses), None)
    region = address.region if address is not None else place.wish.region
    view = campaigning.campaign_view(place.campaign, region=region)
    on = [one for one in view.variants if one.is_on]
    variant = next((one for one in on if str(one.id) == str(chosen.get("variant", ""))), None)
    variant = variant or next((one for one in on if one.id == place.variant_id), None) or next(iter(on), None)
    count = _whole(chosen.get("units"), 100_000) or place.units
    campaign = place.campaign
    spare = _spare(place, chosen)
    total = None if variant is None else variant.unit_minor * (count + spare)
    own = pages.with_pools([place.wish])[0]
    deciding, taken = _decision(place, now)
    context = {
        "place": place,
        "campaign": campaign,
        "title": title_of(campaign, said),
        "record": record(campaign),
        "facts": said.facts(campaign.specification or campaign.pool.specification),
        "standing": standing.of_place(own, place),
        "steps": standing.timeline(own, place),
        "progress_steps": progress_steps(view),
        "deciding": deciding,
        **_beside(own, campaign, taken, said),
        "again": place.state in OUT,
        "sold_out": variant is not None and count > variant.left_units,
        "unit_minor": None if variant is None else variant.unit_minor,
        "total_minor": total,
        "variant_label": "" if place.variant is None else said.variant(place.variant.values),
        "address": address,
        "region_name": "" if address is None else region_name(address.region),
        "terms": terms_of(campaign),
        "includes": includes(region),
        "ladder": _ladder(view, campaign.firm_units if view.people >= campaign.policy.k else 0),
        "round": _round(view, place, now),
        **paying.of_place(place, chosen=chosen, form=form, includes=includes(region), now=now),
        "can_leave": place.state == "confirmed" and campaign.state in ("open", "locked", "released", "production"),
        "can_claim": place.state == "delivered",
        "claim": _claim(place),
        "addresses_url": reverse("demand:addresses"),
    }
    if deciding:
        start = {
            "key": uuid.uuid4().hex, "revision": place.revision, "shown_total": total, "units": count, "spare": spare,
            "variant": None if variant is None else variant.id, "address": None if address is None else address.pk,
        }  # fmt: skip
        if isinstance(form, ConfirmForm):
            # The total shown again is the one of now, so that a second press confirms what is read.
            form.data = dict(form.data.items()) | {"shown_total": str(total or ""), "revision": str(place.revision)}
        asked = form if isinstance(form, ConfirmForm) else confirm_form(place, None, said=said, initial=start)
        context["form"] = asked
    return context


def _decision(place: Commitment, now: datetime) -> tuple[bool, Commitment | None]:
    """Whether the shopper can decide now, and the place elsewhere that keeps them from it."""
    campaign = place.campaign
    if campaign.state != "open" or campaign.closes_at <= now or place.state not in OPEN_ANSWERS:
        return False, None
    taken = campaigning.place_elsewhere(place)
    return taken is None, taken


def _beside(own: pages.OwnWish, campaign: Campaign, taken: Commitment | None, said: Words) -> dict[str, Any]:
    """The shopper's own group where the offer was made for another one, and the offer they have a place in already."""
    pool = None if own.membership is None else own.membership.pool
    guest = pool is not None and pool.pk != campaign.pool_id
    return {
        "guest_of": said.title(pool.specification, campaign.pool.category.code) if guest and pool is not None else "",
        "taken": taken,
        "taken_title": "" if taken is None else title_of(taken.campaign, said),
    }


def _spare(place: Commitment, chosen: Mapping[str, Any]) -> int:
    """How many more units the total shown allows for."""
    if place.campaign.lot_multiple < 2:
        return 0
    if "spare" not in chosen:
        return place.spare_units
    return _whole(chosen["spare"], 100_000) or 0


def _round(view: CampaignView, place: Commitment, now: datetime) -> dict[str, Any] | None:
    """The open consent round with what would change, and this shopper's answer so far."""
    asked = view.round
    if asked is None or asked.state != "open" or asked.closes_at <= now or place.state != "confirmed":
        return None
    answer = campaigning.consent_of(place, asked)
    return {"closes_at": asked.closes_at, "lines": _changes(view.campaign, asked.changes), "agreed": answer}


def _changes(campaign: Campaign, changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    if "max_price_minor" in changes:
        price = changes["max_price_minor"]
        lines.append({"label": _("Price each"), "old": campaign.max_price_minor, "new": price, "kind": "money"})
    for name, label in (("promised_from", _("Earliest delivery")), ("promised_to", _("Latest delivery"))):
        if name in changes:
            when = date.fromisoformat(changes[name])
            lines.append({"label": label, "old": getattr(campaign, name), "new": when, "kind": "day"})
    if "min_units" in changes:
        lines.append({"label": _("Minimum"), "old": campaign.min_units, "new": changes["min_units"], "kind": "units"})
    if "closes_at" in changes:
        when = datetime.fromisoformat(changes["closes_at"])
        lines.append({"label": _("Open until"), "old": campaign.closes_at, "new": when, "kind": "day"})
    if "specification" in changes:
        said = presenting.words()
        new = said.facts(changes["specification"])
        old = dict(said.facts(campaign.specification))
        lines += [{"label": label, "old": old.get(label), "new": one} for label, one in new if old.get(label) != one]
    return lines


def _claim(place: Commitment) -> dict[str, Any] | None:
    row = campaigning.claim_of(place)
    if row is None:
        return None
    decisions = {
        "replace": _("It is replaced."),
        "part_refund": _("%(amount)s is refunded.") % {"amount": money(row.refund_minor)},
        "refund": _("%(amount)s is refunded.") % {"amount": money(row.refund_minor)},
        "refused": _("The claim was not accepted."),
    }
    return {
        "row": row,
        "photos": list(row.photos.order_by("pk").values_list("pk", flat=True)),
        "decision": decisions.get(row.decision, ""),
    }


def leave_page(place: Commitment, *, now: datetime) -> dict[str, Any]:
    """What leaving costs now, and why, before the button."""
    terms = leaving_terms(place.campaign, place, now=now)
    return {
        "place": place,
        "title": title_of(place.campaign, presenting.words()),
        "terms": terms,
        "reason": leave_reason(terms),
        "possible": place.state == "confirmed",
        "held_minor": place.charged_minor or place.total_minor,
        "back_minor": max(0, (place.charged_minor or 0) - terms.fee_minor),
        "units_text": units(place.units),
    }


def leave_reason(terms: LeaveTerms) -> str:
    return {
        "before_lock": _("The order is not locked yet, so leaving is free."),
        "late_delivery": _("Delivery is late, so leaving is free."),
        "taken_over": _("Somebody in the queue takes your place, so leaving is free."),
        "minimum_holds": _("The minimum holds without you, so leaving is free."),
        "after_lock": _("The order is locked and nobody takes your place, so leaving costs this fee."),
        "after_release": _("The maker has the order, so leaving costs this fee."),
    }[terms.reason]


def left_sentence(fee_minor: int) -> str:
    if fee_minor:
        return _("You left. The fee is %(fee)s; the rest goes back to you.") % {"fee": money(fee_minor)}
    return _("You left free of charge.")
