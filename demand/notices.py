"""Telling people what happened: an in-app notice at once, further channels by a worker."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from demand.models import Notice

# The sentence of each kind of notice, with ``%(name)s`` places filled from its params in the reader's language.
# Params that end in ``_minor`` are money, ``_on`` dates (ISO): ``demand.web.notices`` formats them before filling.
SENTENCES: dict[str, str | Promise] = {
    "wish.read": _("We understood your wish “%(wish)s”. You are in a group of %(people)s."),
    "wish.question": _("One question about your wish “%(wish)s”, then we can look for others who want the same."),
    "wish.moved": _("Your wish “%(wish)s” moved to a group that suits it better: %(pool)s."),
    "wish.hidden": _("We took your wish “%(wish)s” off the list: %(reason)s"),
    "wish.withdrawn": _("You withdrew your wish “%(wish)s”."),
    "pool.proposed": _("A maker is looking at %(pool)s."),
    "campaign.opened": _("%(pool)s can be made for %(price_minor)s or less. Confirm by %(answer_on)s."),
    "campaign.invited": _(
        "A maker offers %(pool)s for %(price_minor)s or less. It was asked for in another group and has everything your"
        " wish must have. Take it by %(answer_on)s, or do nothing: silence is no."
    ),
    "campaign.announced": _(
        "%(pool)s can be made for %(price_minor)s or less. Your pre-order becomes binding in %(hours)s hours"
        " unless you refuse."
    ),
    "campaign.bound": _("Your pre-order is confirmed: %(units)s × %(pool)s, at most %(total_minor)s."),
    "campaign.raised": _("You now have %(units)s × %(pool)s, at most %(total_minor)s."),
    "campaign.filled": _("You get %(more)s more of %(pool)s: it fills the last lot, as you allowed. %(units)s in all."),
    "campaign.balance": _("The rest for %(pool)s is charged now: %(rest_minor)s."),
    "campaign.unpaid": _(
        "The payment for %(pool)s was not mended in time, so your place was given up. Fee: %(fee_minor)s."
    ),
    "campaign.less": _("The payment for %(more)s more of %(pool)s was not mended in time. You keep %(units)s."),
    "campaign.queue_over": _("No place in %(pool)s became free. Nothing is charged; your wish stays on the list."),
    "campaign.queued": _("All places in %(pool)s are taken. You are next in line; nothing is held."),
    "campaign.moved_up": _("A place in %(pool)s became free and is yours: %(units)s, at most %(total_minor)s."),
    "campaign.closing": _("%(pool)s closes on %(closes_on)s: %(short)s more are needed."),
    "campaign.locked": _("%(pool)s reached its minimum. It will be made; you pay %(total_minor)s."),
    "campaign.cheaper": _("%(pool)s reached a lower price. You pay %(price_minor)s each."),
    "campaign.missed": _("%(pool)s did not reach its minimum. Nothing is charged; your hold is being released."),
    "campaign.cancelled": _("%(pool)s will not be made. Nothing is charged; your hold is being released."),
    "campaign.consent": _("Something about %(pool)s would change. Say yes or no by %(answer_on)s; silence is no."),
    "campaign.extended": _("%(pool)s stays open until %(closes_on)s. Say yes to stay; silence is no."),
    "campaign.variant_dropped": _("The version of %(pool)s you chose missed its minimum. Choose another, or leave."),
    "campaign.left": _("You left %(pool)s. Fee: %(fee_minor)s."),
    "campaign.refused": _("You said no to %(pool)s. Your wish stays on the list."),
    "campaign.lapsed": _("The time to confirm %(pool)s is over. Your wish stays on the list."),
    "hold.failed": _("The payment for %(pool)s did not go through. Mend it by %(mend_on)s to keep your place."),
    "hold.owed": _(
        "%(rest_minor)s for %(pool)s is still to be paid: the payment did not go through. Pay it by %(mend_on)s;"
        " otherwise we try again then."
    ),
    "hold.released": _("Your hold of %(total_minor)s for %(pool)s was released."),
    "progress.planned": _("%(pool)s is in the production plan: made between %(from_on)s and %(to_on)s."),
    "progress.started": _("Production of %(pool)s has started."),
    "progress.finished": _("Production of %(pool)s is finished."),
    "progress.quality_hold": _("%(pool)s waits for a quality check."),
    "progress.trial": _("The trial batch of %(pool)s is made and in order; the rest follows."),
    "progress.shipped": _("%(pool)s is on its way."),
    "progress.delivered": _("%(pool)s was delivered. Tell us within 7 days if something is wrong."),
    "progress.delayed": _("%(pool)s is delayed: now expected by %(to_on)s."),
    "progress.delayed_fee": _(
        "%(pool)s is delayed: now expected by %(to_on)s. Leaving costs at most %(share)s of your order, nothing once it"
        " is %(days)s days late."
    ),
    "progress.delayed_free": _("%(pool)s is delayed: now expected by %(to_on)s. You may leave free of charge."),
    "claim.received": _("We received what you said about %(pool)s. The maker answers within 3 working days."),
    "claim.decided": _("We decided about your claim for %(pool)s: %(decision)s."),
    "maker.proposal": _("New proposal: %(units)s × %(pool)s. Answer by %(answer_on)s."),
    "maker.counter_agreed": _("Your counter for %(pool)s was agreed."),
    "maker.counter_refused": _("Your counter for %(pool)s was not agreed; the last version stands."),
    "maker.expiring": _("The proposal for %(pool)s expires on %(answer_on)s."),
    "maker.lapsed": _("The proposal for %(pool)s lapsed: another maker was faster or the demand changed."),
    "maker.release": _("Release %(number)s: %(units)s units. Acknowledge by %(answer_on)s."),
    "maker.plan": _("The production plan changed: version %(version)s."),
    "maker.claim": _("A claim about %(pool)s waits for your answer until %(answer_on)s."),
    "maker.campaign_missed": _("%(pool)s did not reach its minimum; your capacity is free again."),
    "progress.planned_day": _("%(pool)s is in the production plan: made on %(to_on)s."),
    "staff.attention": _("%(sentence)s"),
    "staff.lot_short": _("The order of %(pool)s is %(units)s units short of a whole lot. Say who pays for them."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell one person. ``event_key`` makes telling it twice impossible."""

    user_id: int
    kind: str
    params: dict[str, Any]
    event_key: str
    link: str = ""


def tell(messages: Collection[Message], *, now: datetime) -> int:
    """Store notices, and their deliveries on the channels their readers chose; how many were new.

    Belongs in the transaction of the change it tells of. Telling the same ``event_key`` again does nothing.
    """
    if not messages:
        return 0
    if not connection.in_atomic_block:
        raise RuntimeError("a notice is written in the transaction of the change it tells of")
    for message in messages:
        if message.kind not in SENTENCES:
            raise KeyError(message.kind)
    rows = [
        {"user_id": one.user_id, "kind": one.kind, "params": one.params, "link": one.link, "event_key": one.event_key}
        for one in messages
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {"rows": json.dumps(rows), "now": now})
        return int(cursor.fetchone()[0])


_TELL = """
WITH told AS (
    INSERT INTO demand_notice (user_id, kind, params, link, event_key, created_at)
    SELECT n.user_id, n.kind, n.params, n.link, n.event_key, %(now)s
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (user_id bigint, kind text, params jsonb, link text, event_key text)
    ON CONFLICT (user_id, event_key) DO NOTHING RETURNING id, user_id
), queued AS (
    INSERT INTO demand_notice_delivery (notice_id, channel, state, attempts, next_try_at, error)
    SELECT t.id, channel, 'waiting', 0, %(now)s, ''
    FROM told t JOIN demand_user u ON u.id = t.user_id AND jsonb_typeof(u.notice_channels) = 'array'
    CROSS JOIN LATERAL jsonb_array_elements_text(u.notice_channels) AS channel
    ON CONFLICT (notice_id, channel) DO NOTHING
)
SELECT count(*) FROM told
"""


def mark_read(*, user_id: int, now: datetime, notice_id: int | None = None) -> int:
    """Mark one of a person's notices read, or all of them; how many were unread. Repeating it changes nothing."""
    unread = Notice.objects.filter(user_id=user_id, read_at__isnull=True)
    return (unread if notice_id is None else unread.filter(pk=notice_id)).update(read_at=now)
