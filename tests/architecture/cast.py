"""The cast with something of each kind: ana's wish, order, claim; maker A's proposal, release, plan. For every URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from demand.models import (
    Campaign,
    Claim,
    ClaimPhoto,
    Commitment,
    Notice,
    User,
)
from manufacturers.models import CalendarException, Line, Lot, Maker, Offer, Proposal, ThreadMessage
from manufacturers.offering import service as offering
from tests.demand import market
from tests.demand.conftest import person
from tests.manufacturers import portal
from tests.manufacturers.makers import maker_b, member_of, store_a
from tests.signing_in import sign_in_fully

ROLES = ("anonymous", "ana", "ben", "mira", "noor", "sam")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who asks, and what belongs to ana and maker A: arguments by route."""

    clients: dict[str, Client]
    by_route: dict[str, dict[str, Any]]


def world() -> World:
    now = timezone.now()
    ana, ben = person("ana", region="CN-SH"), person("ben", region="CN-GD")
    sam = person("sam", is_staff=True, is_superuser=True)
    a = store_a()
    Offer.objects.update(valid_to=timezone.localdate(now) + timedelta(days=400))
    stored = offering.store_maker(described=maker_b(), now=now)
    mira = member_of(a, "mira").user
    noor = member_of(Maker.objects.get(pk=stored.maker_id), "noor").user
    by_route = demand_rows(ana, now=now) | maker_rows(a, mira, now=now)
    return World(clients=clients(ana=ana, ben=ben, mira=mira, noor=noor, sam=sam), by_route=by_route)


def clients(**people: User) -> dict[str, Client]:
    """One browser each, everyone signed in with every factor their role needs."""
    made = {"anonymous": Client()}
    for name, user in people.items():
        made[name] = Client()
        sign_in_fully(made[name], user)
    return made


def demand_rows(ana: User, *, now: datetime) -> dict[str, dict[str, Any]]:
    market.address(ana, now=now)
    wish = market.wish_of(ana, market.GAMING, now=now)
    pool = market.crowd(5, text=market.GAMING, name="a", now=now)
    campaign = market.campaign(pool, now=now)
    place = Commitment.objects.get(user=ana)
    claim = Claim.objects.create(commitment=place, kind="damaged", text="scratched", answer_by=now, created_at=now)
    photo = ClaimPhoto.objects.create(claim=claim, content_type="image/png", content=b"\x89PNG", created_at=now)
    notice = Notice.objects.filter(user=ana).order_by("pk")[0]
    home = ana.addresses.get()
    rows: dict[str, dict[str, Any]] = {
        "demand:pool": {"public_id": pool.public_id},
        "demand:pool_join": {"public_id": pool.public_id},
        "demand:campaign": {"public_id": campaign.public_id},
        "demand:campaign_join": {"public_id": campaign.public_id},
        "demand:claim_photo": {"photo_id": photo.pk},
        "demand:notice_open": {"notice_id": notice.pk},
        "demand:address_edit": {"public_id": home.public_id},
        "demand:address_retire": {"public_id": home.public_id},
    }
    for action in ("", "_edit", "_correct", "_preorder", "_withdraw", "_restore", "_claim"):
        rows[f"demand:wish{action}"] = {"public_id": wish.public_id}
    for action in ("", "_confirm", "_more", "_refuse", "_leave", "_consent", "_mend", "_claim"):
        rows[f"demand:commitment{action}"] = {"public_id": place.public_id}
    return rows


def maker_rows(maker: Maker, mira: User, *, now: datetime) -> dict[str, dict[str, Any]]:
    portal.catalogue()
    plan = portal.plan(maker, 3, now=now)
    lot = Lot.objects.filter(plan=plan).order_by("pk")[1]
    offer, line = Offer.objects.get(maker=maker), Line.objects.filter(maker=maker).order_by("pk")[0]
    proposal = portal.proposal(offer, "open", now=now)
    message = ThreadMessage.objects.create(
        proposal=proposal,
        author=mira,
        from_staff=False,
        text="see the file",
        attachment_name="a.txt",
        attachment_type="text/plain",
        attachment=b"a",
        created_at=now,
    )
    release = portal.release(offer, "one", now=now)
    Proposal.objects.filter(pk=release.proposal_id).update(campaign=Campaign.objects.get())
    closed = CalendarException.objects.create(
        maker=maker, line=line, starts_at=now, ends_at=now + timedelta(days=1), reason="closed"
    )
    rows: dict[str, dict[str, Any]] = {
        "exception_drop": {"exception_id": closed.pk},
        "line": {"public_id": line.public_id},
        "order": {"public_id": lot.order.public_id},
        "proposal_file": {"public_id": proposal.public_id, "message_id": message.pk},
        "claim_photo": {"public_id": Claim.objects.get().public_id, "place": 0},
    }
    rows |= {name: {"public_id": offer.public_id} for name in ("offer", "offer_state", "capacity")}
    rows |= {name: {"public_id": release.public_id} for name in ("release", "release_csv", "release_ack")}
    rows |= {name: {"public_id": plan.public_id} for name in ("what_if_adopt", "what_if_drop")}
    rows |= {
        name: {"public_id": plan.public_id, "order": lot.order.public_id}
        for name in ("lot", "move", "undo_move", "freeze")
    }
    for action in ("", "_accept", "_decline", "_counter", "_message", "_csv", "_json"):
        rows[f"proposal{action}"] = {"public_id": proposal.public_id}
    named = {f"manufacturers:{name}": arguments for name, arguments in rows.items()}
    return named | {"api:proposal": {"public_id": proposal.public_id}}
