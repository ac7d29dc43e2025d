"""The staff site's look and its navigation (django-unfold)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _seen_with(permission: str) -> Any:
    return lambda request: bool(request.user.has_perm(permission))


def _item(title: Any, model: str, icon: str) -> dict[str, Any]:
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": _seen_with(f"{app}.view_{name}"),
    }


def _page(title: Any, view: str, icon: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(view), "permission": _seen_with(permission)}


def _group(title: Any, *items: dict[str, Any], folded: bool = True) -> dict[str, Any]:
    return {"title": title, "collapsible": folded, "separator": True, "items": list(items)}


def _styles(_request: HttpRequest) -> str:
    return static("demand/css/staff.css")


def _icon(_request: HttpRequest) -> str:
    return static("demand/icons/favicon.svg")


def _teal(lightness: str, chroma: str) -> str:
    return f"oklch({lightness}% {chroma} 195)"


_NAVIGATION = [
    {
        "title": None,
        "items": [{"title": _("Today"), "icon": "today", "link": reverse_lazy("admin:index")}],
    },
    _group(
        _("Market"),
        _item(_("Pools"), "demand.pool", "bubble_chart"),
        _item(_("Campaigns"), "demand.campaign", "campaign"),
        _item(_("Proposals"), "manufacturers.proposal", "description"),
        _item(_("Makers side by side"), "manufacturers.proposalcandidate", "compare_arrows"),
        _item(_("Counter-offers"), "manufacturers.counter", "swap_horiz"),
        _item(_("Decisions about pools"), "demand.pooldecision", "gavel"),
        _page(_("The market"), "admin:demand_finding_market", "monitoring", "demand.view_finding"),
        _item(_("Bursts and unmet needs"), "demand.finding", "trending_up"),
        _item(_("Claims"), "demand.claim", "report"),
        folded=False,
    ),
    _group(
        _("Demand"),
        _page(_("Reading queue"), "admin:demand_wish_queue", "checklist", "demand.change_wish"),
        _item(_("Wishes"), "demand.wish", "star"),
        _item(_("Places in campaigns"), "demand.commitment", "shopping_bag"),
        _item(_("People"), "demand.user", "person"),
        _item(_("Maybe one person"), "demand.sameperson", "group"),
        _item(_("Estimates"), "demand.estimate", "query_stats"),
        _item(_("Corrections of estimates"), "demand.estimateoverride", "tune"),
        _item(_("Unknown words"), "demand.unknownword", "help"),
        _item(_("Categories"), "demand.category", "category"),
        _item(_("Attributes"), "demand.attribute", "label"),
        _item(_("Values"), "demand.attributevalue", "list"),
        _item(_("Other wordings"), "demand.alias", "translate"),
        _item(_("Policies"), "demand.policy", "rule"),
    ),
    _group(
        _("Supply"),
        _item(_("Manufacturers"), "manufacturers.maker", "factory"),
        _item(_("Offers"), "manufacturers.offer", "sell"),
        _item(_("Capacity"), "manufacturers.capacitywindow", "calendar_month"),
        _item(_("Releases"), "manufacturers.release", "outbox"),
        _item(_("Production orders"), "manufacturers.productionorder", "precision_manufacturing"),
        _item(_("Plans"), "manufacturers.plan", "view_timeline"),
        _item(_("Lots"), "manufacturers.lot", "inventory_2"),
        _item(_("Reports"), "manufacturers.milestone", "flag"),
    ),
    _group(
        _("Money"),
        _item(_("Holds"), "demand.hold", "lock"),
        _item(_("Ledger"), "demand.ledgertransfer", "account_balance"),
        _item(_("Ledger entries"), "demand.ledgerentry", "receipt_long"),
        _item(_("Calls to the provider"), "demand.gatewaycall", "credit_card"),
    ),
    _group(
        _("System"),
        _item(_("Run log"), "demand.run", "play_circle"),
        _page(_("Run a stage now"), "admin:demand_run_ask", "bolt", "demand.change_run"),
        _item(_("Schedules"), "django_celery_beat.periodictask", "schedule"),
        _item(_("Outbox"), "demand.outboxtask", "move_to_inbox"),
        _item(_("Signals in quarantine"), "demand.quarantinedsignal", "block"),
        _page(_("Search raw events"), "admin:demand_signalsource_events", "search", "demand.view_signalsource"),
        _item(_("Sources of signals"), "demand.signalsource", "sensors"),
        _item(_("Rejected wishes"), "demand.rejectedwish", "backspace"),
        _item(_("Staff groups"), "auth.group", "shield_person"),
        _item(_("What staff did"), "admin.logentry", "history"),
    ),
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Wishmill",
    "SITE_HEADER": "Wishmill",
    "SITE_SUBHEADER": _("Staff"),
    "SITE_SYMBOL": "factory",
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _icon}],
    "STYLES": [_styles],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": _teal("97.5", ".012"),
            "100": _teal("94.5", ".025"),
            "200": _teal("89", ".045"),
            "300": _teal("81", ".07"),
            "400": _teal("70", ".085"),
            "500": _teal("58", ".085"),
            "600": _teal("46", ".075"),
            "700": _teal("40", ".066"),
            "800": _teal("34", ".056"),
            "900": _teal("29", ".047"),
            "950": _teal("21", ".035"),
        },
    },
    "SIDEBAR": {"show_search": True, "show_all_applications": True, "navigation": _NAVIGATION},
}
