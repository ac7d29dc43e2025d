"""What negotiating decides from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from demand.campaigning.reads import filling, policy_for
from demand.errors import NotThere
from demand.models import CampaignState, ConsentRound, Pool, User
from manufacturers.access import may_decide
from manufacturers.models import OUT_STATES, Counter, MakerMember, Proposal, ProposalState, ProposalVersion, Reliability
from manufacturers.offering.reads import booked_window_ids, window_ids
from manufacturers.offering.steps import today_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A proposal as it stood before locking, with everything a decision about it must hold."""

    proposal: Proposal
    version: ProposalVersion
    windows: frozenset[int]


def subject(proposal_id: int, *, now: datetime, until: timedelta | None = None) -> Subject:
    """The proposal with its offer, its newest version and the capacity windows a decision touches."""
    proposal = Proposal.objects.select_related("offer__maker", "pool").filter(pk=proposal_id).first()
    if proposal is None:
        raise NotThere
    version = ProposalVersion.objects.prefetch_related("lines").get(proposal=proposal, number=proposal.version)
    last = version.window_to + (until or timedelta())
    windows = {
        *window_ids(proposal.offer_id, until=last, today=today_of(now)),
        *booked_window_ids([proposal_id]),
    }
    return Subject(proposal=proposal, version=version, windows=frozenset(windows))


def deciding_member(member_id: int, proposal: Proposal) -> MakerMember:
    """The member, if they decide for this proposal's maker; another maker's member gets :class:`NotThere`."""
    found = MakerMember.objects.filter(pk=member_id, maker_id=proposal.offer.maker_id, maker__active=True).first()
    if found is None:
        raise NotThere
    return may_decide(found)


def binding_until(decided_at: datetime, pool: Pool) -> datetime:
    """Until when an acceptance binds: the campaign, its one extension and its one round of consent."""
    policy = policy_for(pool.category_id)
    return decided_at + timedelta(days=policy.campaign_days + policy.extension_days + policy.consent_days)


def record_of(maker_id: int) -> dict[str, int | None]:
    """What finished orders say of a maker, in permille; empty while none is finished."""
    names = ("releases", "on_time_permille", "accepted_permille", "claimed_permille")
    found = Reliability.objects.filter(maker_id=maker_id, releases__gt=0).values(*names).first()
    return dict(found) if found is not None else {}


def may_ask_again(proposal: Proposal, *, now: datetime) -> bool:
    """Whether a counter may still be put to the shoppers of an accepted proposal's campaign.

    It runs, is not in its last hours, they were not asked again before, and no counter waits.
    """
    campaign = proposal.campaign
    if proposal.state != ProposalState.ACCEPTED or campaign is None or campaign.state != CampaignState.OPEN:
        return False
    if filling(campaign, now=now) or ConsentRound.objects.filter(campaign=campaign).exists():
        return False
    return not Counter.objects.filter(proposal=proposal, state=Counter.State.OPEN).exists()


def version_in_force(proposal: Proposal) -> int:
    """The number of the version that shoppers confirmed: an agreed counter counts once its round was held."""
    newest = Counter.objects.filter(proposal=proposal, to_version__number=proposal.version).first()
    if newest is None or proposal.campaign is None:
        return proposal.version
    if proposal.campaign.source_key == source_key(proposal.pk, proposal.version):
        return proposal.version
    held = ConsentRound.objects.filter(source_key=f"counter:{newest.pk}", state=ConsentRound.State.CLOSED)
    return proposal.version if held.exists() else newest.from_version.number


def agreed_version(proposal_id: int) -> int:
    """The same by key."""
    return version_in_force(Proposal.objects.select_related("campaign").get(pk=proposal_id))


def staff_ids() -> list[int]:
    """Everyone who works here."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("pk").values_list("pk", flat=True))


def stands_for(pool_id: int) -> bool:
    """Whether a proposal for a pool is a draft, out or accepted."""
    states = (ProposalState.DRAFT, *OUT_STATES, ProposalState.ACCEPTED)
    return Proposal.objects.filter(pool_id=pool_id, state__in=states).exists()


def of_campaign(source_key: str) -> int | None:
    """The proposal a campaign came from, by the campaign's source key; ``None`` for a campaign of other origin."""
    kind, _, rest = source_key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "proposal" and number.isdigit() else None


def source_key(proposal_id: int, version: int) -> str:
    """The campaign's source key of an accepted version."""
    return f"proposal:{proposal_id}:v{version}"
