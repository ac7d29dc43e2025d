"""A proposal's blueprint beyond its page: its terms in words, and files to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
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

Row = tuple[object, ...]

HEADER = ("part", "name", "value", "units", "units_min", "units_max", "unit_price", "currency")


@portal()
def proposal_csv(request: HttpRequest, member: MakerMember, public_id: UUID) -> HttpResponse:
    """The whole blueprint as one table; ``part`` says what a row is about."""
    found = access.proposal(member, public_id)
    rows = [(row + ("",) * len(HEADER))[: len(HEADER)] for row in _table(found, reading.proposal_page(found).version)]
    return csv_file(f"proposal-{found.public_id}.csv", HEADER, rows)


def _table(found: Proposal, version: ProposalVersion) -> list[Row]:
    words, price = vocabulary(), presenting.major(version.unit_price_minor)
    rows: list[Row] = [
        ("proposal", "id", str(found.public_id)),
        ("proposal", "version", version.number),
        ("proposal", "state", found.state),
        ("proposal", "frozen", version.created_at.isoformat()),
        ("proposal", "answer by", found.expires_at.isoformat() if found.expires_at else ""),
        ("proposal", "category", found.pool.category.code),
        ("proposal", "offer", found.offer.title),
        ("proposal", "ready from", version.window_from.isoformat()),
        ("proposal", "ready to", version.window_to.isoformat()),
        ("order", "", "", version.units, version.min_units, version.max_units, price, settings.CURRENCY),
    ]
    for spec in presenting.spec_rows(version, words):
        rows.append(("specification", spec.label, spec.value, "" if spec.asked_units is None else spec.asked_units))
        rows += [("said", spec.label, said, units) for said, units in spec.said]
    rows += [
        ("variant", variant, "", units, least, most, price, settings.CURRENCY)
        for variant, units, least, most in csv_lines(version, words)
    ]
    for least, maker, delivered in version.ladder:
        rows.append(("ladder", "", "", "", least, "", presenting.major(maker), settings.CURRENCY))
        rows.append(("delivered", "", "", "", least, "", presenting.major(delivered), settings.CURRENCY))
    rows += [("terms", row["label"], row["value"]) for row in terms_of(version)]
    return rows + _evidence_table(version)


def _evidence_table(version: ProposalVersion) -> list[Row]:
    """The frozen evidence; ``unit_price`` of the curve is the delivered price."""
    guess = presenting.estimate_of(version)
    rows: list[Row] = [
        ("estimate", "people", version.evidence.get("people") or ""),
        ("estimate", "80 %", "", guess["units"], guess["low"], guess["high"]),
        ("estimate", "minimum reached, permille", version.chance_permille),
    ]
    rows += [
        ("curve", "", "", units, low, high, presenting.major(price), settings.CURRENCY)
        for price, low, units, high in version.evidence.get("curve", [])
    ]
    line = version.evidence.get("line", [])
    rows += [
        ("kind", row["kind"], f"{row['count']} × {row['rate_permille']}‰", row["units"])
        for row in (line if isinstance(line, list) else [])
    ]
    regions = presenting.region_units(version) or presenting.region_parts(version)
    for part, shown in (
        ("region", regions),
        ("week", presenting.week_units(version)),
        ("growth", presenting.growth_points(version)),
    ):
        rows += [(part, row["label"], "", row["units"]) for row in shown]
    return rows


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
        "frozen_at": version.created_at.isoformat(),
        "currency": settings.CURRENCY,
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
            "first": f"{terms['trial']['first_units']:,}",
            "then": f"{terms['trial']['then_units']:,}",
        }
        rows.append((_("Trial batch"), trial))
        rows.append((_("When it tips"), _("delivered, the time to claim over, at most one claim in ten upheld")))
    if terms.get("second_of"):
        rows.append((_("Second order"), _("The trial batch went well; price, minimum and terms as agreed for it")))
    rows += _promises(terms)
    return [{"label": label, "value": value} for label, value in rows]


def in_words(version: ProposalVersion) -> dict[str, str]:
    """By label the other terms, and the steps of the price ladder below the price that is proposed."""
    steps = {
        _("Price from %(units)s units on") % {"units": f"{least:,}"}: money(price)
        for least, price, _delivered in version.ladder[1:]
    }
    return steps | {row["label"]: row["value"] for row in terms_of(version)}


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
