"""The staff site's first page: today in plain sentences, each a link, then how the stages, queues and feeds are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import market_state
from config.market_state import MarketState
from demand import runs

OLD_OUTBOX = timedelta(minutes=5)
OLD_STAGE = timedelta(days=2)
OLD_SOURCE = timedelta(days=2)
LONG_QUEUE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Something a person can look into. ``tone``: act (someone waits), watch, calm."""

    text: str
    address: str
    tone: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of stage health, a queue or a feed."""

    name: str
    text: str
    tone: str
    address: str = ""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: adds what the page shows of what this person may see."""
    now = timezone.now()
    state = market_state.read(now=now)
    sentences = [one for one in _sentences(state, now) if request.user.has_perm(one.needs)]
    context.update(
        title=_("Today"),
        summary=_summary(state),
        urgent=[one for one in sentences if one.tone == "act"],
        watched=[one for one in sentences if one.tone == "watch"],
        stages=_stages(state, now),
        queues=_queues(state),
        sources=_sources(state, now),
    )
    return context


def _list(model: str, query: str = "", **moments: datetime) -> str:
    """The address of a list with exactly the rows that a sentence counts; ``moments`` by lookup."""
    parts = [query, urlencode({lookup: moment.isoformat() for lookup, moment in moments.items()})]
    asked = "&".join(part for part in parts if part)
    return reverse(f"admin:{model}_changelist") + (f"?{asked}" if asked else "")


def _summary(state: MarketState) -> str:
    counts = state.counts
    if not counts["wishes_open"]:
        return _("The market is empty. The first wish, or an import, brings it to life.")
    wishes = ngettext("%(count)s wish is open", "%(count)s wishes are open", counts["wishes_open"])
    pools = ngettext("in %(count)s pool", "in %(count)s pools", counts["pools_open"])
    campaigns = ngettext("%(count)s campaign runs", "%(count)s campaigns run", counts["campaigns_live"])
    new = ngettext("%(count)s wish is new today", "%(count)s wishes are new today", counts["wishes_new"])
    return _("%(wishes)s %(pools)s; %(campaigns)s; %(new)s.") % {
        "wishes": wishes % {"count": f"{counts['wishes_open']:,}"},
        "pools": pools % {"count": f"{counts['pools_open']:,}"},
        "campaigns": campaigns % {"count": f"{counts['campaigns_live']:,}"},
        "new": new % {"count": f"{counts['wishes_new']:,}"},
    }


def _sentences(state: MarketState, now: datetime) -> Iterator[Sentence]:
    """What needs a person, the most pressing first."""
    yield from _closing(state, now)
    if state.oldest_unread is not None and state.oldest_unread > OLD_OUTBOX:
        yield Sentence(
            text=_("Consequences have been waiting for %(time)s; is a worker running?")
            % {"time": timesince(now - state.oldest_unread, now)},
            address=_list("demand_outboxtask", "state__exact=waiting"),
            tone="act",
            needs="demand.view_outboxtask",
        )
    counts = state.counts
    for name, one, many, address, tone, needs in _countables(now):
        if counts[name]:
            text = ngettext(one, many, counts[name]) % {"count": f"{counts[name]:,}"}
            yield Sentence(text=text, address=address, tone=tone, needs=needs)


def _closing(state: MarketState, now: datetime) -> Iterator[Sentence]:
    if not state.closing:
        return
    short = [one.short_units for one in state.closing if one.short_units]
    text = ngettext(
        "%(count)d campaign closes within a day", "%(count)d campaigns close within a day", len(state.closing)
    ) % {"count": len(state.closing)}
    if len(short) == 1:
        text += _(", one %(units)s units short") % {"units": f"{short[0]:,}"}
    elif short:
        text += _(", %(campaigns)d of them short, the nearest by %(units)s units") % {
            "campaigns": len(short),
            "units": f"{min(short):,}",
        }
    address = _list("demand_campaign", "state__in=open,consent&o=7", closes_at__lte=now + market_state.SOON)
    if len(state.closing) == 1:
        address = reverse("admin:demand_campaign_change", args=[state.closing[0].campaign_id])
    yield Sentence(text=f"{text}.", address=address, tone="act" if short else "watch", needs="demand.view_campaign")


def _countables(now: datetime) -> list[tuple[str, str, str, str, str, str]]:
    """(count's name, one, many, where it leads, tone, permission); ``ngettext`` fills in the number."""
    return [*_decisions(), *_noticed(), *_supply_countables(now)]


def _decisions() -> list[tuple[str, str, str, str, str, str]]:
    """What waits for a person."""
    return [
        (
            "wishes_doubtful",
            "%(count)s wish waits for a reading you can settle in a minute.",
            "%(count)s wishes wait for a reading you can settle in a minute.",
            reverse("admin:demand_wish_queue"),
            "act",
            "demand.change_wish",
        ),
        (
            "claims_answered",
            "%(count)s claim has the maker's answer and waits for your decision.",
            "%(count)s claims have the maker's answer and wait for your decision.",
            _list("demand_claim", "state__exact=answered"),
            "act",
            "demand.view_claim",
        ),
        (
            "claims_open",
            "%(count)s claim waits for its maker's answer.",
            "%(count)s claims wait for their makers' answers.",
            _list("demand_claim", "state__exact=open"),
            "watch",
            "demand.view_claim",
        ),
        (
            "holds_failed",
            "%(count)s payment hold failed and can still be mended.",
            "%(count)s payment holds failed and can still be mended.",
            _list("demand_hold", "state__exact=failed&mend_by__isnull=False"),
            "act",
            "demand.view_hold",
        ),
        (
            "tasks_parked",
            "%(count)s consequence failed too often and is parked.",
            "%(count)s consequences failed too often and are parked.",
            _list("demand_outboxtask", "state__exact=parked"),
            "act",
            "demand.view_outboxtask",
        ),
        (
            "same_person",
            "%(count)s pair of accounts may be one person.",
            "%(count)s pairs of accounts may each be one person.",
            _list("demand_sameperson", "state__exact=open"),
            "act",
            "demand.view_sameperson",
        ),
    ]


def _noticed() -> list[tuple[str, str, str, str, str, str]]:
    """What came in that somebody should look at."""
    return [
        (
            "quarantined",
            "%(count)s signal could not be used; repair it and send it in again.",
            "%(count)s signals could not be used; repair them and send them in again.",
            _list("demand_quarantinedsignal", "state__exact=open"),
            "act",
            "demand.view_quarantinedsignal",
        ),
        (
            "bursts",
            "%(count)s burst of interest was noticed.",
            "%(count)s bursts of interest were noticed.",
            _list("demand_finding", "state__exact=open&kind__exact=burst"),
            "watch",
            "demand.view_finding",
        ),
        (
            "unmet",
            "%(count)s thing is searched for that nobody offers.",
            "%(count)s things are searched for that nobody offers.",
            _list("demand_finding", "state__exact=open&kind__exact=unmet"),
            "watch",
            "demand.view_finding",
        ),
        (
            "unknown_words",
            "%(count)s word in wishes is not in the catalogue yet.",
            "%(count)s words in wishes are not in the catalogue yet.",
            _list("demand_unknownword", "state__exact=open"),
            "watch",
            "demand.view_unknownword",
        ),
        (
            "rejected_wishes",
            "%(count)s imported row could not be used.",
            "%(count)s imported rows could not be used.",
            _list("demand_rejectedwish", "replayed_at__isnull=True"),
            "watch",
            "demand.view_rejectedwish",
        ),
        (
            "wishes_unread",
            "%(count)s wish waits to be read.",
            "%(count)s wishes wait to be read.",
            _list("demand_wish", "reading_state__exact=pending"),
            "watch",
            "demand.view_wish",
        ),
    ]


def _supply_countables(now: datetime) -> list[tuple[str, str, str, str, str, str]]:
    return [
        (
            "counters_open",
            "%(count)s counter-offer waits for your answer.",
            "%(count)s counter-offers wait for your answer.",
            _list("manufacturers_counter", "state__exact=open"),
            "act",
            "manufacturers.view_counter",
        ),
        (
            "samples",
            "%(count)s release waits for its sample to be approved.",
            "%(count)s releases wait for their samples to be approved.",
            _list("manufacturers_release", "state__exact=sample"),
            "act",
            "manufacturers.view_release",
        ),
        (
            "releases_silent",
            "%(count)s release was not acknowledged in time; call the maker.",
            "%(count)s releases were not acknowledged in time; call the makers.",
            _list("manufacturers_release", "state__exact=sent", acknowledge_by__lt=now),
            "act",
            "manufacturers.view_release",
        ),
        (
            "orders_aside",
            "%(count)s production order cannot be planned as it stands.",
            "%(count)s production orders cannot be planned as they stand.",
            _list("manufacturers_productionorder", "state__exact=set_aside"),
            "act",
            "manufacturers.view_productionorder",
        ),
        (
            "lots_late",
            "%(count)s lot is planned to be late.",
            "%(count)s lots are planned to be late.",
            _list("manufacturers_lot", "plan__state__exact=current&late_minutes__gt=0"),
            "watch",
            "manufacturers.view_lot",
        ),
        (
            "proposals_expiring",
            "%(count)s proposal expires within two days.",
            "%(count)s proposals expire within two days.",
            _list("manufacturers_proposal", "state__in=sent,countered", expires_at__lte=now + 2 * market_state.SOON),
            "watch",
            "manufacturers.view_proposal",
        ),
        (
            "proposals_draft",
            "%(count)s proposal is a draft that nobody sent yet.",
            "%(count)s proposals are drafts that nobody sent yet.",
            _list("manufacturers_proposal", "state__exact=draft"),
            "watch",
            "manufacturers.view_proposal",
        ),
    ]


def _stages(state: MarketState, now: datetime) -> list[Line]:
    lines = []
    for health in state.stages:
        name = str(runs.offered().get(health.stage, health.stage))
        if health.run is None:
            ask = reverse("admin:demand_run_ask") + f"?stage={health.stage}"
            lines.append(Line(name=name, text=_("never ran"), tone="watch", address=ask))
            continue
        ended = health.run.finished_at or health.run.started_at
        failed = health.run.state != "done"
        ago = _("%(time)s ago") % {"time": timesince(ended, now, depth=1)}
        took = "" if health.run.wall_seconds is None else f", {health.run.wall_seconds:.1f} s"
        word = _("failed")
        text = f"{word}, {ago}" if failed else f"{ago}{took}"
        old = now - ended > OLD_STAGE
        address = reverse("admin:demand_run_change", args=[health.run.pk])
        lines.append(Line(name=name, text=text, tone="act" if failed else "watch" if old else "calm", address=address))
    return lines


def _queues(state: MarketState) -> list[Line]:
    if state.queues is None:
        return [Line(name=_("Broker"), text=_("does not answer"), tone="act")]
    return [
        Line(name=name, text=f"{length:,}" if length else _("empty"), tone="watch" if length > LONG_QUEUE else "calm")
        for name, length in state.queues.items()
    ]


def _sources(state: MarketState, now: datetime) -> list[Line]:
    lines = []
    for source in state.sources:
        address = reverse("admin:demand_signalsource_change", args=[source.source_id])
        if source.last_used_at is None:
            lines.append(Line(name=source.name, text=_("sent nothing yet"), tone="watch", address=address))
            continue
        ago = _("%(time)s ago") % {"time": timesince(source.last_used_at, now, depth=1)}
        tone = "watch" if now - source.last_used_at > OLD_SOURCE else "calm"
        lines.append(Line(name=source.name, text=ago, tone=tone, address=address))
    return lines
