"""Steps that proposing and negotiating compose. They open no transaction and take no lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import F

from demand import outbox
from demand.errors import Changed
from demand.notices import Message, tell
from manufacturers.models import OUT_STATES, Proposal, ProposalLine, ProposalState, ProposalVersion
from manufacturers.offering.steps import free
from manufacturers.proposing import reads
from manufacturers.proposing.blueprints import Blueprint

ENDABLE = (ProposalState.DRAFT, *OUT_STATES)


def link(proposal: Proposal) -> str:
    """Where a maker decides about a proposal."""
    return f"/maker/proposals/{proposal.public_id}/"


def write_version(
    proposal: Proposal,
    blueprint: Blueprint,
    *,
    number: int,
    now: datetime,
    author: str = ProposalVersion.Author.PLATFORM,
    note: str = "",
) -> ProposalVersion:
    """Store a version with its lines; it is never changed afterwards."""
    version = ProposalVersion.objects.create(
        proposal=proposal,
        number=number,
        author=author,
        specification=blueprint.specification,
        units=blueprint.units,
        low_units=blueprint.low_units,
        high_units=blueprint.high_units,
        chance_permille=blueprint.chance_permille,
        min_units=blueprint.min_units,
        max_units=blueprint.max_units,
        unit_price_minor=blueprint.unit_price_minor,
        delivered_minor=blueprint.delivered_minor,
        surplus_minor=blueprint.surplus_minor,
        ladder=[list(step) for step in blueprint.ladder],
        window_from=blueprint.window_from,
        window_to=blueprint.window_to,
        evidence=blueprint.evidence,
        terms=blueprint.terms,
        note=note,
        created_at=now,
    )
    ProposalLine.objects.bulk_create(
        [
            ProposalLine(
                version=version,
                variant_key=line.key,
                variant=line.values,
                units=line.units,
                min_units=line.min_units,
                max_units=line.max_units,
                adder_minor=line.adder_minor,
            )
            for line in blueprint.lines
        ]
    )
    return version


def copy_version(
    old: ProposalVersion,
    *,
    number: int,
    now: datetime,
    bounds: Mapping[str, tuple[int, int, int] | None] | None = None,
    **changed: Any,
) -> ProposalVersion:
    """A new version that differs from an old one only in ``changed`` and, by variant key, in its lines' (units, least,
    most); ``None`` takes a variant off.
    """
    skipped = ("id", "number", "created_at", "proposal")
    kept = {field.name: getattr(old, field.name) for field in old._meta.concrete_fields if field.name not in skipped}
    version = ProposalVersion.objects.create(
        **(kept | changed), proposal_id=old.proposal_id, number=number, created_at=now
    )
    lines = []
    for line in old.lines.all():
        of_line = (line.units, line.min_units, line.max_units) if bounds is None else bounds[line.variant_key]
        if of_line is None:
            continue
        units, least, most = of_line
        lines.append(
            ProposalLine(
                version=version,
                variant_key=line.variant_key,
                variant=line.variant,
                units=units,
                min_units=least,
                max_units=most,
                adder_minor=line.adder_minor,
            )
        )
    ProposalLine.objects.bulk_create(lines)
    return version


def same_content(version: ProposalVersion, blueprint: Blueprint) -> bool:
    """Whether a stored version already says what a new one would; dates of the same terms move by themselves."""
    stored = [
        (line.variant_key, line.variant, line.units, line.min_units, line.max_units, line.adder_minor)
        for line in version.lines.all()
    ]
    fresh = [tuple(asdict(line).values()) for line in blueprint.lines]
    return sorted(stored, key=repr) == sorted(
        ((key, values, units, least, most, adder) for key, values, units, least, most, adder in fresh), key=repr
    ) and (
        version.specification,
        version.units,
        version.min_units,
        version.max_units,
        version.unit_price_minor,
        version.ladder,
    ) == (
        blueprint.specification,
        blueprint.units,
        blueprint.min_units,
        blueprint.max_units,
        blueprint.unit_price_minor,
        [list(step) for step in blueprint.ladder],
    )


def move(proposal: Proposal, state: str, *, now: datetime, **fields: Any) -> None:
    """Bring a locked proposal into a state with its next revision.

    Raises :class:`Changed` if the row is not at the revision that was read.
    """
    changed = Proposal.objects.filter(pk=proposal.pk, revision=proposal.revision).update(
        state=state, revision=F("revision") + 1, updated_at=now, **fields
    )
    if not changed:
        raise Changed
    proposal.revision += 1
    proposal.state = state
    for name, value in fields.items():
        setattr(proposal, name, value)


def say(proposal: Proposal, topic: str, *, now: datetime, **payload: Any) -> None:
    """Write what happened to a proposal to the outbox."""
    outbox.write(
        topic,
        aggregate="proposal",
        aggregate_id=proposal.pk,
        revision=proposal.revision,
        payload={"proposal_id": proposal.pk, "pool_id": proposal.pool_id, "version": proposal.version} | payload,
        now=now,
    )


def tell_maker(proposal: Proposal, kind: str, *, key: str, now: datetime, **params: Any) -> None:
    """One notice to everyone who acts for the proposal's maker; ``key`` names the cause."""
    told = {"pool_id": proposal.pool_id, "proposal": str(proposal.public_id)} | params
    tell(messages(reads.members_to_tell(proposal.offer.maker_id), kind, told, proposal, key), now=now)


def messages(
    user_ids: Iterable[int], kind: str, params: Mapping[str, Any], proposal: Proposal, key: str
) -> list[Message]:
    """The same notice for several people."""
    return [
        Message(
            user_id=user_id,
            kind=kind,
            params=dict(params),
            event_key=f"{kind}:{proposal.pk}:{key}",
            link=link(proposal),
        )
        for user_id in user_ids
    ]


def end(proposal: Proposal, state: str, topic: str, *, now: datetime, tell_of: str = "", **fields: Any) -> None:
    """End a draft or a proposal that is out: its capacity is free again, and its maker is told where it was out.

    The caller holds the windows in which it has units, and the proposal.
    """
    was_out = proposal.state in OUT_STATES
    free(proposal, now)
    move(proposal, state, now=now, **fields)
    say(proposal, topic, now=now)
    if was_out and tell_of:
        tell_maker(proposal, tell_of, key=f"{state}:{proposal.version}", now=now)
