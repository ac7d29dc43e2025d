"""A proposal's blueprint beyond its page: its terms in words, and files to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from demand.downloads import csv_file
from demand.templatetags.wishmill import money
from manufacturers import access
from manufacturers.models import MakerMember, Proposal, ProposalVersion
from manufacturers.negotiating import reads_pages as reading
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.web import presenting
from manufacturers.web.frame import portal
from manufacturers.web.inbox import csv_lines


@portal()
def proposal_csv(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    version = reading.proposal_page(found).version
    rows = [
        [variant, units, least, most, presenting.major(version.unit_price_minor)]
        for variant, units, least, most in csv_lines(version, vocabulary())
    ]
    return csv_file(
        f"proposal-{found.public_id}.csv", ["variant", "units", "units_min", "units_max", "unit_price"], rows
    )


@portal()
def proposal_json(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    found = access.proposal(member, public_id)
    return JsonResponse(as_json(found, reading.proposal_page(found).version))


def as_json(found: Proposal, version: ProposalVersion) -> dict[str, Any]:
    """A proposal for other systems; money in minor units."""
    return {
        "id": str(found.public_id),
        "state": found.state,
        "revision": found.revision,
        "version": version.number,
        "offer": {"id": str(found.offer.public_id), "code": found.offer.code, "title": found.offer.title},
        "category": found.pool.category.code,
        "specification": version.specification,
        "units": version.units,
        "units_low": version.low_units,
        "units_high": version.high_units,
        "min_units": version.min_units,
        "max_units": version.max_units,
        "chance_permille": version.chance_permille,
        "unit_price_minor": version.unit_price_minor,
        "delivered_minor": version.delivered_minor,
        "ladder": version.ladder,
        "window": [version.window_from.isoformat(), version.window_to.isoformat()],
        "expires_at": found.expires_at.isoformat() if found.expires_at else None,
        "terms": version.terms,
        "evidence": version.evidence,
        "lines": [
            {
                "variant": row.variant,
                "key": row.variant_key,
                "units": row.units,
                "min_units": row.min_units,
                "max_units": row.max_units,
                "adder_minor": row.adder_minor,
            }
            for row in version.lines.all()
        ],
    }


def terms_of(version: ProposalVersion) -> list[dict[str, str]]:
    """The other terms of a version in words, those that it has."""
    terms = version.terms
    balance = {"release": _("at the release"), "shipment": _("before shipment"), "delivery": _("after delivery")}
    payer = {"maker": _("you pay"), "platform": _("Wishmill pays"), "shared": _("shared")}
    rows = [
        (_("Deposit"), _("%(percent)s %%") % {"percent": terms.get("deposit_percent", 0)}),
        (_("Balance"), balance.get(str(terms.get("balance_trigger")), "")),
        (_("Lot multiple"), units_text(terms.get("lot_multiple", 1))),
        (_("Quantity tolerance"), "± " + _("%(percent)s %%") % {"percent": terms.get("quantity_tolerance_percent", 0)}),
        (_("Partial shipments"), _("yes") if terms.get("partial_shipments") else _("no")),
    ]
    if terms.get("sample_days"):
        days = ngettext("%(n)d day", "%(n)d days", terms["sample_days"]) % {"n": terms["sample_days"]}
        rows.append((_("Sample first"), days))
    if terms.get("tooling_minor"):
        paid = payer.get(str(terms.get("tooling_payer")), "")
        rows.append((_("Tooling"), f"{money(terms['tooling_minor'])} · {paid}"))
    if terms.get("certificates"):
        rows.append((_("Certificates"), ", ".join(terms["certificates"])))
    if terms.get("trial"):
        trial = _("%(first)s units first, then %(then)s") % {
            "first": terms["trial"].get("first_units"),
            "then": terms["trial"].get("then_units"),
        }
        rows.append((_("Trial batch"), trial))
        rows.append((_("When it tips"), _("delivered, the time to claim over, at most one claim in ten upheld")))
    if terms.get("second_of"):
        rows.append((_("Second order"), _("The trial batch went well; price, minimum and terms as agreed for it")))
    rows += _promises(terms)
    return [{"label": label, "value": value} for label, value in rows]


def units_text(count: int) -> str:
    """A count with its unit."""
    return ngettext("%(n)s unit", "%(n)s units", count) % {"n": f"{count:,}"}


def _promises(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What shoppers may return, and what the platform gives."""
    rows = []
    returns, support = terms.get("return_terms") or {}, terms.get("support") or {}
    if returns.get("returnable") is False or returns.get("days") == 0:
        rows.append((_("Returns"), _("Made to order, no returns")))
    elif returns.get("days"):
        within = ngettext("%(n)d day", "%(n)d days", returns["days"]) % {"n": returns["days"]}
        rows.append((_("Returns"), within))
    if support.get("reach"):
        given = _("Launch slot, a page, told to %(people)s people") % {"people": support["reach"]}
        rows.append((_("Support"), given))
    return rows
