"""What the staff site's first page counts: a sentence for so many, and the list with exactly the rows it counts."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from config import market_state

# (count's name, sentence for so many, where it leads, tone, permission)
Countable = tuple[str, Promise, str, str, str]


def rows_of(model: str, query: str = "", **moments: datetime) -> str:
    """The address of a list with exactly the rows that a sentence counts; ``moments`` by lookup."""
    parts = [query, urlencode({lookup: moment.isoformat() for lookup, moment in moments.items()})]
    asked = "&".join(part for part in parts if part)
    return reverse(f"admin:{model}_changelist") + (f"?{asked}" if asked else "")


def countables(now: datetime) -> list[Countable]:
    """Everything the page counts."""
    return [*_decisions(), *_failed(), *_noticed(), *_unusable(), *_answers(now), *_work(now)]


def _decisions() -> list[Countable]:
    """What waits for a person."""
    return [
        (
            "wishes_doubtful",
            ngettext_lazy(
                "%(count)s wish waits for a reading you can settle in a minute.",
                "%(count)s wishes wait for a reading you can settle in a minute.",
                "number",
            ),
            reverse("admin:demand_wish_queue"),
            "act",
            "demand.change_wish",
        ),
        (
            "claims_answered",
            ngettext_lazy(
                "%(count)s claim has the maker's answer and waits for your decision.",
                "%(count)s claims have the maker's answer and wait for your decision.",
                "number",
            ),
            rows_of("demand_claim", "state__exact=answered"),
            "act",
            "demand.view_claim",
        ),
        (
            "claims_open",
            ngettext_lazy(
                "%(count)s claim waits for its maker's answer.",
                "%(count)s claims wait for their makers' answers.",
                "number",
            ),
            rows_of("demand_claim", "state__exact=open"),
            "watch",
            "demand.view_claim",
        ),
    ]


def _failed() -> list[Countable]:
    """What failed and can be mended."""
    return [
        (
            "holds_failed",
            ngettext_lazy(
                "%(count)s payment hold failed and can still be mended.",
                "%(count)s payment holds failed and can still be mended.",
                "number",
            ),
            rows_of("demand_hold", "state__exact=failed&mend_by__isnull=False"),
            "act",
            "demand.view_hold",
        ),
        (
            "tasks_parked",
            ngettext_lazy(
                "%(count)s consequence failed too often and is parked.",
                "%(count)s consequences failed too often and are parked.",
                "number",
            ),
            rows_of("demand_outboxtask", "state__exact=parked"),
            "act",
            "demand.view_outboxtask",
        ),
        (
            "same_person",
            ngettext_lazy(
                "%(count)s pair of accounts may be one person.",
                "%(count)s pairs of accounts may each be one person.",
                "number",
            ),
            rows_of("demand_sameperson", "state__exact=open"),
            "act",
            "demand.view_sameperson",
        ),
    ]


def _noticed() -> list[Countable]:
    """What came in that somebody should look at."""
    return [
        (
            "quarantined",
            ngettext_lazy(
                "%(count)s signal could not be used; repair it and send it in again.",
                "%(count)s signals could not be used; repair them and send them in again.",
                "number",
            ),
            rows_of("demand_quarantinedsignal", "state__exact=open"),
            "act",
            "demand.view_quarantinedsignal",
        ),
        (
            "bursts",
            ngettext_lazy(
                "%(count)s burst of interest was noticed.",
                "%(count)s bursts of interest were noticed.",
                "number",
            ),
            rows_of("demand_finding", "state__exact=open&kind__exact=burst"),
            "watch",
            "demand.view_finding",
        ),
        (
            "unmet",
            ngettext_lazy(
                "%(count)s thing is searched for that nobody offers.",
                "%(count)s things are searched for that nobody offers.",
                "number",
            ),
            rows_of("demand_finding", "state__exact=open&kind__exact=unmet"),
            "watch",
            "demand.view_finding",
        ),
    ]


def _unusable() -> list[Countable]:
    """What came in that the catalogue or a reader could not use."""
    return [
        (
            "unknown_words",
            ngettext_lazy(
                "%(count)s word in wishes is not in the catalogue yet.",
                "%(count)s words in wishes are not in the catalogue yet.",
                "number",
            ),
            rows_of("demand_unknownword", "state__exact=open"),
            "watch",
            "demand.view_unknownword",
        ),
        (
            "rejected_wishes",
            ngettext_lazy(
                "%(count)s imported row could not be used.",
                "%(count)s imported rows could not be used.",
                "number",
            ),
            rows_of("demand_rejectedwish", "replayed_at__isnull=True"),
            "watch",
            "demand.view_rejectedwish",
        ),
        (
            "wishes_unread",
            ngettext_lazy(
                "%(count)s wish waits to be read.",
                "%(count)s wishes wait to be read.",
                "number",
            ),
            rows_of("demand_wish", "reading_state__exact=pending"),
            "watch",
            "demand.view_wish",
        ),
    ]


def _answers(now: datetime) -> list[Countable]:
    """What makers and staff owe each other."""
    return [
        (
            "counters_open",
            ngettext_lazy(
                "%(count)s counter-offer waits for your answer.",
                "%(count)s counter-offers wait for your answer.",
                "number",
            ),
            rows_of("manufacturers_counter", "state__exact=open"),
            "act",
            "manufacturers.view_counter",
        ),
        (
            "samples",
            ngettext_lazy(
                "%(count)s release waits for its sample to be approved.",
                "%(count)s releases wait for their samples to be approved.",
                "number",
            ),
            rows_of("manufacturers_release", "state__exact=sample"),
            "act",
            "manufacturers.view_release",
        ),
        (
            "releases_silent",
            ngettext_lazy(
                "%(count)s release was not acknowledged in time; call the maker.",
                "%(count)s releases were not acknowledged in time; call the makers.",
                "number",
            ),
            rows_of("manufacturers_release", "state__exact=sent", acknowledge_by__lt=now),
            "act",
            "manufacturers.view_release",
        ),
    ]


def _work(now: datetime) -> list[Countable]:
    """What of proposals and production somebody should look at."""
    return [
        (
            "orders_aside",
            ngettext_lazy(
                "%(count)s production order cannot be planned as it stands.",
                "%(count)s production orders cannot be planned as they stand.",
                "number",
            ),
            rows_of("manufacturers_productionorder", "state__exact=set_aside"),
            "act",
            "manufacturers.view_productionorder",
        ),
        (
            "lots_late",
            ngettext_lazy(
                "%(count)s lot is planned to be late.",
                "%(count)s lots are planned to be late.",
                "number",
            ),
            rows_of("manufacturers_lot", "plan__state__exact=current&late_minutes__gt=0"),
            "watch",
            "manufacturers.view_lot",
        ),
        (
            "proposals_expiring",
            ngettext_lazy(
                "%(count)s proposal expires within two days.",
                "%(count)s proposals expire within two days.",
                "number",
            ),
            rows_of("manufacturers_proposal", "state__in=sent,countered", expires_at__lte=now + 2 * market_state.SOON),
            "watch",
            "manufacturers.view_proposal",
        ),
        (
            "proposals_draft",
            ngettext_lazy(
                "%(count)s proposal is a draft that nobody sent yet.",
                "%(count)s proposals are drafts that nobody sent yet.",
                "number",
            ),
            rows_of("manufacturers_proposal", "state__exact=draft"),
            "watch",
            "manufacturers.view_proposal",
        ),
    ]
