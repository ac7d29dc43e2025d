"""What a maker's plan says of a proposal before it is accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manufacturers.models import Proposal, ProposalVersion
from manufacturers.planning.reads import promise
from manufacturers.web import presenting


def plan_ready(found: Proposal, version: ProposalVersion, now: datetime) -> dict[str, Any]:
    """When the most units that acceptance binds to could be ready beside what is planned, and whether that is late."""
    units, first = version.max_units, version.terms.get("trial", {}).get("first_units", 0)
    day = promise(offer_id=found.offer_id, units=units, first=first, now=now)
    if day is None:
        return {"text": _("No line in use makes this product family."), "late": True}
    said = _("%(units)s could be ready by %(day)s, with every planned lot where it is.")
    text = said % {
        "units": ngettext("%(n)s unit", "%(n)s units", units) % {"n": f"{units:,}"},
        "day": presenting.short_day(day),
    }
    if day <= version.window_to:
        return {"text": text, "late": False}
    return {"text": f"{text} " + _("That is after the dates asked for: counter with a later one."), "late": True}
