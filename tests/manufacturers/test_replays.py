"""From a proposal to a delivery, every request twice: the second time nothing in any table changes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from demand import outbox
from demand.campaigning import service as campaigning
from demand.errors import DomainError
from demand.models import Campaign, Commitment, GatewayCall, LedgerTransfer
from manufacturers.models import MakerMember, Milestone, ProductionOrder, Proposal, Release
from manufacturers.negotiating import service as negotiating
from manufacturers.planning import service as planning
from manufacturers.proposing import service as proposing
from manufacturers.tracking import service as tracking
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, person

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def kept() -> list[type[Model]]:
    """Every table that the product's services write."""
    models = [*apps.get_app_config("demand").get_models(), *apps.get_app_config("manufacturers").get_models()]
    return [model for model in models if model._meta.managed]


def tables() -> dict[str, str]:
    """What stands in each, as one short word."""
    return {
        model._meta.label: hashlib.sha256(
            repr(list(model._base_manager.order_by("pk").values_list())).encode()
        ).hexdigest()
        for model in kept()
    }


def twice(call: Callable[..., Any], **given: Any) -> Any:
    """Do it, then again as it was; what it answered first."""
    done = call(**given)
    before = tables()
    with contextlib.suppress(DomainError):
        call(**given)
    after = tables()
    assert [name for name in after if after[name] != before[name]] == []
    return done


def drain(*, now: Any) -> None:
    outbox.drain(now=lambda: now)


def agreed(proposal: Proposal, mira: MakerMember) -> Campaign:
    """Sent, countered, agreed, and with its shoppers."""
    twice(proposing.send, proposal_id=proposal.pk, expires_at=NOW + 7 * DAY, now=NOW)
    counter = {"unit_price_minor": 10_400, "lines": {}, "min_units": 25}
    made = twice(
        negotiating.counter,
        proposal_id=proposal.pk,
        member_id=mira.pk,
        seen_revision=proposal.revision,
        changes=counter,
        note="Panels cost more now",
        now=NOW,
    )
    staff = person("sam")
    twice(negotiating.answer_counter, counter_id=made.counter_id, agree=True, by_id=staff.pk, now=NOW)
    message = {"proposal_id": proposal.pk, "author_id": mira.user_id, "text": "See the drawing", "now": NOW}
    twice(negotiating.post_message, attachment=negotiating.Attachment(name="a.pdf", content=b"%PDF-1.7"), **message)
    twice(negotiating.open_for, proposal_id=proposal.pk, now=NOW)
    return Campaign.objects.get()


def locked(deal: Campaign, proposal: Proposal, mira: MakerMember) -> Release:
    """Pre-orders bound, paid, the campaign locked and the exact order acknowledged."""
    twice(drain, now=NOW + DAY)
    twice(campaigning.bind_due, now=NOW + 2 * DAY)
    twice(drain, now=NOW + 2 * DAY)
    twice(campaigning.close_due, now=deal.closes_at)
    twice(negotiating.release, proposal_id=proposal.pk, now=deal.closes_at)
    made = Release.objects.get()
    twice(negotiating.acknowledge_release, release_id=made.pk, member_id=mira.pk, now=deal.closes_at)
    twice(planning.orders_for_release, release_id=made.pk, now=deal.closes_at)
    twice(drain, now=deal.closes_at)
    return made


def test_law_replaying_any_request_of_a_deal_changes_nothing() -> None:
    proposal = deals.sent_proposal(40, auto_bind=True)
    mira = deals.mira(proposal.offer.maker)
    deal = agreed(proposal, mira)
    locked(deal, proposal, mira)

    late = deal.closes_at + 20 * DAY
    for order in ProductionOrder.objects.order_by("pk"):
        for kind in ("started", "finished", "shipped", "delivered"):
            said = {"units": order.units, "expected_on": None, "note": "", "idempotency_key": f"{order.pk}{kind}"}
            twice(tracking.report, order_id=order.pk, member_id=mira.pk, kind=kind, now=late, **said)
    for key in Milestone.objects.order_by("pk").values_list("pk", flat=True):
        twice(tracking.pass_on, milestone_id=key, now=late)
    twice(drain, now=late)

    assert set(Commitment.objects.values_list("state", flat=True)) == {"delivered"}


def test_law_a_payment_callback_that_comes_again_moves_nothing() -> None:
    proposal = deals.sent_proposal(24, auto_bind=True)
    mira = deals.mira(proposal.offer.maker)
    negotiating.accept(proposal_id=proposal.pk, member_id=mira.pk, seen_revision=proposal.revision, now=NOW)
    negotiating.open_for(proposal_id=proposal.pk, now=NOW)
    deal = Campaign.objects.get()
    campaigning.bind_due(now=NOW + 2 * DAY)
    drain(now=NOW + 2 * DAY)
    campaigning.close_due(now=deal.closes_at)
    drain(now=deal.closes_at)
    calls = list(GatewayCall.objects.order_by("pk"))
    assert {call.action for call in calls} == {"authorise", "capture"}

    before = tables()
    for call in calls:
        campaigning.settle(
            hold_id=call.hold_id,
            action=call.action,
            amount_minor=call.amount_minor,
            key=call.idempotency_key,
            now=deal.closes_at + DAY,
        )
    assert tables() == before
    assert LedgerTransfer.objects.count() == len(calls) == 48
