"""The staff site's first page: today in plain sentences, each a link, then how the stages, queues and feeds are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import market_state
from config.countables import countables, rows_of
from config.market_state import MarketState
from demand import runs
from demand.staff_words import code_words

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
            address=rows_of("demand_outboxtask", "state__exact=waiting"),
            tone="act",
            needs="demand.view_outboxtask",
        )
    counts = state.counts
    for name, sentence, address, tone, needs in countables(now):
        if counts[name]:
            text = str(sentence % {"number": counts[name], "count": f"{counts[name]:,}"})
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
    address = rows_of("demand_campaign", "state__in=open,consent&o=7", closes_at__lte=now + market_state.SOON)
    if len(state.closing) == 1:
        address = reverse("admin:demand_campaign_change", args=[state.closing[0].campaign_id])
    yield Sentence(text=f"{text}.", address=address, tone="act" if short else "watch", needs="demand.view_campaign")


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
        Line(
            name=code_words(name),
            text=f"{length:,}" if length else _("empty"),
            tone="watch" if length > LONG_QUEUE else "calm",
        )
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
