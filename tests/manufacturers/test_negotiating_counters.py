"""Counter-offers: one open, shown with what they cost, agreed ones bind the maker; the thread's attachments."""

from __future__ import annotations

from typing import Any

import pytest

from demand.errors import InvalidValue, NotThere
from manufacturers.models import CapacityBooking, Counter, MakerMember, Proposal, ProposalVersion, ThreadMessage
from manufacturers.negotiating import service as negotiating
from manufacturers.negotiating.errors import CounterAnswered, CounterOpen, ProposalChanged
from tests.manufacturers import deals
from tests.manufacturers.makers import NOW, member_of, person, store_a

pytestmark = pytest.mark.django_db


@pytest.fixture
def dealt() -> tuple[Proposal, MakerMember]:
    """Thirty pre-orders up to 150.00 and ten up to 125.00, with mira."""
    maker = deals.maker_with()
    pool = deals.pool_of()
    deals.wish_for(pool, 30, ceiling_minor=15_000)
    deals.wish_for(pool, 10, ceiling_minor=12_500)
    deals.propose()
    return Proposal.objects.select_related("offer").get(), deals.mira(maker)


def countered(dealt: tuple[Proposal, MakerMember], **changes: Any) -> negotiating.CounterMade:
    proposal, member = dealt
    return negotiating.counter(
        proposal_id=proposal.pk, member_id=member.pk, seen_revision=proposal.revision, changes=changes, now=NOW
    )


def test_a_higher_price_shows_what_it_costs_in_units_and_surplus(dealt: tuple[Proposal, MakerMember]) -> None:
    made = countered(dealt, unit_price_minor=11_000)

    assert (made.round, made.effect["units"]) == (1, [38, 28])
    assert made.effect["delivered_minor"] == [11_872, 12_803]
    # Before: 30 × .95 × (15,000 − 11,897) + 10 × .95 × (12,500 − 11,897); after: 30 × .95 × (15,000 − 12,828).
    assert made.effect["surplus_minor"] == [94_164, 61_902]
    assert made.effect["reaches_minimum"] is True
    assert Proposal.objects.get().state == "countered"


def test_a_variant_taken_off_costs_those_who_must_have_it() -> None:
    maker = deals.maker_with()
    pool = deals.pool_of()
    deals.wish_for(pool, 30)
    deals.wish_for(pool, 10, needs={"must": {**deals.OFFICE, "colour": {"any": ["red"]}}, "nice": {}})
    deals.propose()
    proposal = Proposal.objects.select_related("offer").get()

    made = countered((proposal, deals.mira(maker)), lines={"red": 0})

    assert made.effect["units"] == [38, 28]


def test_a_capped_variant_costs_those_who_find_no_room_in_it() -> None:
    maker = deals.maker_with()
    pool = deals.pool_of()
    deals.wish_for(pool, 30, ceiling_minor=15_000)
    deals.wish_for(pool, 10, needs={"must": {**deals.OFFICE, "colour": {"any": ["red"]}}, "nice": {}})
    deals.propose()
    proposal = Proposal.objects.select_related("offer").get()

    made = countered((proposal, deals.mira(maker)), lines={"red": 4})

    # Ten wishes for red of .95 expected units each; four find room, and nobody else is turned away.
    assert made.effect["units"] == [38, 32]
    assert made.effect["surplus_minor"][1] < made.effect["surplus_minor"][0]
    assert made.effect["after"]["units"] == 35  # whole lots of five


def test_a_cap_that_still_holds_everyone_costs_nothing() -> None:
    maker = deals.maker_with()
    pool = deals.pool_of()
    deals.wish_for(pool, 30, ceiling_minor=15_000)
    deals.wish_for(pool, 10, needs={"must": {**deals.OFFICE, "colour": {"any": ["red"]}}, "nice": {}})
    deals.propose()
    proposal = Proposal.objects.select_related("offer").get()

    made = countered((proposal, deals.mira(maker)), lines={"red": 10})

    assert made.effect["units"] == [38, 38]
    assert made.effect["surplus_minor"][0] == made.effect["surplus_minor"][1]


def test_caps_that_together_miss_the_minimum_are_refused() -> None:
    maker = deals.maker_with()
    deals.wish_for(deals.pool_of(), 40)
    deals.propose()
    proposal = Proposal.objects.select_related("offer").get()
    lines = {line.variant_key: 1 for line in ProposalVersion.objects.get().lines.all()}

    with pytest.raises(InvalidValue) as refused:
        countered((proposal, deals.mira(maker)), lines=lines)

    assert refused.value.field == "lines"
    assert Proposal.objects.get().state == "sent"


def test_the_same_counter_again_is_the_first_and_another_waits(dealt: tuple[Proposal, MakerMember]) -> None:
    first = countered(dealt, unit_price_minor=11_000)

    assert countered(dealt, unit_price_minor=11_000).counter_id == first.counter_id
    with pytest.raises(CounterOpen):
        countered(dealt, unit_price_minor=11_500)
    assert Counter.objects.count() == 1


def test_an_agreed_counter_binds_the_maker(dealt: tuple[Proposal, MakerMember]) -> None:
    made = countered(dealt, unit_price_minor=11_000, min_units=25)
    sam = person("sam")

    reply = negotiating.answer_counter(counter_id=made.counter_id, agree=True, by_id=sam.pk, now=NOW)
    again = negotiating.answer_counter(counter_id=made.counter_id, agree=True, by_id=sam.pk, now=NOW)

    assert reply == again
    assert (reply.state, reply.version) == ("accepted", 2)
    version = ProposalVersion.objects.get(number=2)
    assert (version.author, version.unit_price_minor, version.min_units, version.units) == ("maker", 11_000, 25, 30)
    assert version.ladder == [[25, 11_000, 12_803], [50, 9_200, 10_708]]
    assert Proposal.objects.get().decided_by == dealt[1].user
    assert set(CapacityBooking.objects.values_list("state", flat=True)) == {"bound"}
    with pytest.raises(CounterAnswered):
        negotiating.answer_counter(counter_id=made.counter_id, agree=False, by_id=sam.pk, now=NOW)


def test_a_refused_counter_leaves_the_last_version_with_the_maker(dealt: tuple[Proposal, MakerMember]) -> None:
    made = countered(dealt, unit_price_minor=11_000)

    reply = negotiating.answer_counter(counter_id=made.counter_id, agree=False, by_id=person("sam").pk, now=NOW)

    assert (reply.state, reply.version, reply.revision) == ("sent", 1, 4)
    assert ProposalVersion.objects.count() == 1


def test_what_is_countered_cannot_be_accepted(dealt: tuple[Proposal, MakerMember]) -> None:
    proposal, member = dealt
    countered(dealt, unit_price_minor=11_000)

    with pytest.raises(ProposalChanged):
        negotiating.accept(proposal_id=proposal.pk, member_id=member.pk, seen_revision=proposal.revision, now=NOW)
    assert Proposal.objects.get().state == "countered"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_price_minor": 0}, "unit_price_minor"),
        ({"min_units": 30, "units": 25}, "units"),
        ({"window_to": "2026-11-01"}, "window_to"),
        ({"window_to": "soon"}, "window_to"),
        ({"specification": {"use": {"any": ["gaming"]}}}, "specification"),
        ({"lines": {"green": 5}}, "lines"),
        ({"lines": {"black": 0}}, "lines"),
        ({"colour": "blue"}, "colour"),
        ({}, None),
    ],
)
def test_a_change_that_cannot_be_is_refused_beside_its_field(
    dealt: tuple[Proposal, MakerMember], changes: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(InvalidValue) as refused:
        countered(dealt, **changes)

    assert refused.value.field == field
    assert not Counter.objects.exists()


def test_another_makers_member_sees_nothing(dealt: tuple[Proposal, MakerMember]) -> None:
    noor = member_of(store_a(code="maker-b", offers=()), "noor")

    with pytest.raises(NotThere):
        countered((dealt[0], noor), unit_price_minor=11_000)


def test_a_message_is_kept_once_with_its_attachment(dealt: tuple[Proposal, MakerMember]) -> None:
    proposal, member = dealt
    drawing = negotiating.Attachment(name="../../drawing.pdf", content=b"%PDF-1.7 drawing")
    for _twice in range(2):
        negotiating.post_message(
            proposal_id=proposal.pk, author_id=member.user_id, text=" Like this? ", attachment=drawing, now=NOW
        )

    row = ThreadMessage.objects.get()
    assert (row.text, row.from_staff, row.attachment_name, row.attachment_type) == (
        "Like this?",
        False,
        "drawing.pdf",
        "application/pdf",
    )


def test_an_attachment_that_is_not_what_it_says_is_refused(dealt: tuple[Proposal, MakerMember]) -> None:
    page = negotiating.Attachment(name="drawing.pdf", content=b"<script>")

    with pytest.raises(InvalidValue):
        negotiating.post_message(
            proposal_id=dealt[0].pk, author_id=dealt[1].user_id, text="see", attachment=page, now=NOW
        )
    assert not ThreadMessage.objects.exists()
