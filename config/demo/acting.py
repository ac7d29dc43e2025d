"""What the demo's people do once the market stands: makers answer, shoppers confirm, a release is acknowledged.

Each act is a call of the service that the pages call, by a person with an account. Played once; a second start finds
what was done and leaves it.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.crypto import salted_hmac

from config.demo.waiting import until_quiet
from demand.campaigning import service as campaigning
from demand.campaigning import steps as campaign_steps
from demand.demo.loading import give_addresses, load_cast
from demand.demo.people import CAST
from demand.models import Campaign, Commitment, Person, User
from demand.web import demo_logins
from manufacturers.management.demo.loading import load_members
from manufacturers.models import Maker, MakerMember, ProductionOrder, Proposal, ProposalVersion, Release
from manufacturers.negotiating import service as negotiating
from manufacturers.tracking import service as tracking

Say = Callable[[str], None]
ACCEPTED = 4
LOCKED = 2
CLOSINGS = 3  # a variant may fall short twice before the rest locks
QUIET_SECONDS = 600


def enrol(*, now: datetime) -> None:
    """Give every maker an owner: mira and noor for two of them, a colleague each for the others."""
    cast = load_cast(now=now)
    owners = {one.maker: cast[one.username] for one in CAST if one.maker is not None}
    for maker in Maker.objects.exclude(code__in=owners).order_by("pk"):
        email = f"owner.{maker.code}@example.com"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(
                email=email,
                name=str(maker),
                person=Person.objects.create(created_at=now),
                email_verified_at=now,
            )
        owners[maker.code] = user
    load_members(owners=owners, now=now)
    for one in CAST:
        if one.role != "shopper":
            _give_authenticator(cast[one.username])


def _give_authenticator(user: User) -> None:
    """An authenticator whose secret belongs to this clone, so that the second factor can be shown and printed."""
    digest = salted_hmac("config.demo.authenticator", user.email or "", algorithm="sha256").digest()
    demo_logins.enrol_totp(user, b32encode(digest[:20]).decode())


def play(*, say: Say) -> None:
    """Play every part once, each after the workers did what follows from the one before."""
    if Proposal.objects.filter(state__in=["accepted", "released", "declined"]).exists():
        return
    if not Proposal.objects.filter(state="sent").exists():
        say("no proposal was made: there are too few wishes for any maker's minimum")
        return
    _answer_proposals(say)
    until_quiet(seconds=QUIET_SECONDS, say=say)
    _confirm(say)
    until_quiet(seconds=QUIET_SECONDS, say=say)
    _close(say)
    until_quiet(seconds=QUIET_SECONDS, say=say)
    _acknowledge(say)
    until_quiet(seconds=QUIET_SECONDS, say=say)
    _report(say)
    until_quiet(seconds=QUIET_SECONDS, say=say)


def _owner(proposal: Proposal) -> MakerMember:
    return MakerMember.objects.filter(maker_id=proposal.offer.maker_id).order_by("pk")[0]


def _answer_proposals(say: Say) -> None:
    """The likeliest order of each pool is accepted, one after a counter; one is declined; mira's others wait."""
    best: dict[int, Proposal] = {}
    versions = {
        version.proposal_id: version
        for version in ProposalVersion.objects.filter(proposal__state="sent").order_by("number")
    }
    sent = Proposal.objects.filter(state="sent").select_related("offer__maker").order_by("pk")
    for proposal in sorted(sent, key=lambda one: (-versions[one.pk].chance_permille, -versions[one.pk].units, one.pk)):
        best.setdefault(proposal.pool_id, proposal)
    hers = [one for one in best.values() if one.offer.maker.code == "maker-a"]
    others = [*hers[:1], *(one for one in best.values() if one.offer.maker.code != "maker-a")]
    for index, proposal in enumerate(others[:ACCEPTED]):
        if index == 1:
            _counter(proposal, versions[proposal.pk], say)
        else:
            _accept(proposal, say)
    for proposal in others[ACCEPTED : ACCEPTED + 1]:
        negotiating.decline(
            proposal_id=proposal.pk,
            member_id=_owner(proposal).pk,
            seen_revision=proposal.revision,
            reason="capacity",
            note="",
            now=timezone.now(),
        )
        say(f"{proposal.offer.maker} declined")


def _accept(proposal: Proposal, say: Say) -> None:
    negotiating.accept(
        proposal_id=proposal.pk,
        member_id=_owner(proposal).pk,
        seen_revision=proposal.revision,
        now=timezone.now(),
    )
    say(f"{proposal.offer.maker} accepted")


def _counter(proposal: Proposal, version: ProposalVersion, say: Say) -> None:
    """A maker asks for one per cent more, and staff agree."""
    made = negotiating.counter(
        proposal_id=proposal.pk,
        member_id=_owner(proposal).pk,
        seen_revision=proposal.revision,
        changes={"unit_price_minor": version.unit_price_minor * 101 // 100},
        note="",
        now=timezone.now(),
    )
    staff = User.objects.filter(is_staff=True).order_by("pk")[0]
    negotiating.answer_counter(counter_id=made.counter_id, agree=True, by_id=staff.pk, now=timezone.now())
    say(f"{proposal.offer.maker} countered, and staff agreed")


def _confirm(say: Say) -> None:
    """Shoppers who were asked say yes: in the first campaigns until the minimum is passed, elsewhere about half."""
    campaigns = sorted(Campaign.objects.filter(state="open").select_related("policy"), key=_reachable, reverse=True)
    mira = next((one.maker_name for one in campaigns if one.maker_name == str(Maker.objects.get(code="maker-a"))), "")
    campaigns.sort(key=lambda one: one.maker_name != mira)
    for index, campaign in enumerate(campaigns):
        aim = campaign.min_units + campaign.min_units // 10 if index < LOCKED else campaign.min_units // 2
        firm = _confirm_until(campaign, aim)
        say(f"{firm} of {campaign.min_units} units confirmed in a campaign of {campaign.maker_name}")


def _reachable(campaign: Campaign) -> tuple[float, int]:
    asked = sum(campaign.commitments.values_list("units", flat=True))
    return (min(asked / campaign.min_units, 1.5), campaign.pk)


def _confirm_until(campaign: Campaign, aim: int) -> int:
    places = list(
        Commitment.objects.filter(campaign=campaign, state__in=["asked", "announced"], variant__isnull=False)
        .select_related("variant", "user")
        .order_by("units", "pk")
    )
    addresses = give_addresses(user_ids=[one.user_id for one in places], now=timezone.now())
    firm = campaign.firm_units
    reach = _fitting([one.units for one in places], campaign.max_units - firm)
    more = 2 if firm + reach < aim else 1  # a few bring a friend, so that a small pool tips
    for place in places:
        if firm >= min(aim, campaign.max_units) or place.variant is None:
            break
        units = place.units * more
        if firm + units > campaign.max_units:
            continue
        region = place.user.region or "CN-SH"
        total = campaign_steps.price_of(campaign, place.variant, region) * units
        done = campaigning.confirm(
            commitment_id=place.pk,
            seen_revision=place.revision,
            variant_id=place.variant.pk,
            units=units,
            address_id=addresses[place.user_id],
            shown_total_minor=total,
            idempotency_key=f"demo-{place.pk}-{place.revision}",
            now=timezone.now(),
        )
        firm += units if done.state == "confirmed" else 0
    return firm


def _fitting(units: Sequence[int], room: int) -> int:
    """How much of it fits when each is taken in turn and what does not fit is passed over."""
    taken = 0
    for one in units:
        taken += one if taken + one <= room else 0
    return taken


def _close(say: Say) -> None:
    """Campaigns that reached their minimum lock now (the demo's policy asks for no notice)."""
    for campaign in Campaign.objects.filter(state="open").order_by("pk"):
        for _variant_dropped in range(CLOSINGS):
            if campaign.state != "open" or campaign.firm_units < campaign.min_units:
                break
            state = campaigning.close_early(campaign_id=campaign.pk, now=timezone.now())
            campaign.refresh_from_db()
            if state == "locked":
                say(f"a campaign of {campaign.maker_name} locked with {campaign.firm_units} units")
            else:
                say(f"a variant of {campaign.maker_name} fell short of its minimum; its shoppers choose again")
                _confirm_until(campaign, campaign.min_units + campaign.min_units // 10)
                campaign.refresh_from_db()


def _acknowledge(say: Say) -> None:
    """Staff allow the few units that fill up a lot, and approve samples; makers acknowledge their releases."""
    staff = User.objects.filter(is_staff=True).order_by("pk")[0]
    for proposal in Proposal.objects.filter(state="accepted", campaign__state="locked").order_by("pk"):
        negotiating.approve_risk(proposal_id=proposal.pk, payer="platform", by_id=staff.pk, now=timezone.now())
        say("staff took the units that fill up a lot at the platform's risk")
    for release in Release.objects.filter(state="sample").select_related("proposal__offer").order_by("pk"):
        negotiating.approve_sample(proposal_id=release.proposal_id, by_id=staff.pk, now=timezone.now())
    for release in Release.objects.filter(state="sent").select_related("proposal__offer").order_by("pk"):
        negotiating.acknowledge_release(
            release_id=release.pk, member_id=_owner(release.proposal).pk, now=timezone.now()
        )
        say(f"release {release.number} acknowledged: {release.units} units")


def _report(say: Say) -> None:
    """The first order in the plan is started, so that its shoppers see it."""
    order = (
        ProductionOrder.objects.filter(state="planned", waits=False).select_related("release__proposal__offer").first()
    )
    if order is None:
        return
    tracking.report(
        order_id=order.pk,
        member_id=_owner(order.release.proposal).pk,
        kind="started",
        units=order.units,
        expected_on=None,
        note="",
        idempotency_key="demo-started",
        now=timezone.now(),
    )
    say("production of the first order started")
