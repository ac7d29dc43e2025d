"""Several accounts of one human being count once, until staff say that they are two."""

from __future__ import annotations

import pytest

from demand.collecting import service as collecting
from demand.collecting.drafts import WishDraft
from demand.collecting.service import AddressValues, InvalidAddress
from demand.models import Address, Commitment, DemandCell, Pool, SamePerson, User, Wish
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.demand.market import campaign

HOME = AddressValues(recipient="Ana Li", phone="138 0000 0000", region="CN-SH", city="上海", street="南京路 1 号")
LAPTOP = WishDraft(text="想要一台17寸游戏本,预算7000以内")


def persons(*users: User) -> list[int]:
    return [User.objects.values_list("person_id", flat=True).get(pk=user.pk) for user in users]


@pytest.mark.usefixtures("catalogue")
def test_accounts_on_one_device_count_once_until_staff_review(ana: User, ben: User, sam: User) -> None:
    for user in (ana, ben):
        pooling.place(draft=LAPTOP, user_id=user.pk, now=NOW)
    assert Pool.objects.get().people == 2

    for user in (ana, ben, ana):
        collecting.note_device(user_id=user.pk, key_hash="k", now=NOW)

    assert persons(ana, ben) == [ana.person_id, ana.person_id]
    assert Pool.objects.get().people == 1
    assert set(Wish.objects.values_list("person_id", flat=True)) == {ana.person_id}

    finding = SamePerson.objects.get()
    collecting.review_same_person(finding_id=finding.pk, same=False, by_id=sam.pk, now=NOW)

    first, second = persons(ana, ben)
    assert first != second
    assert Pool.objects.get().people == 2

    collecting.note_device(user_id=ben.pk, key_hash="k2", now=NOW)
    collecting.note_device(user_id=ana.pk, key_hash="k2", now=NOW)
    assert len(set(persons(ana, ben))) == 2


@pytest.mark.usefixtures("catalogue")
def test_wishes_cells_and_places_count_a_reviewed_person_at_once(ana: User, ben: User, sam: User) -> None:
    for user in (ana, ben):
        pooling.place(draft=LAPTOP, user_id=user.pk, now=NOW)
    deal = campaign(Pool.objects.get(), now=NOW)
    cell = DemandCell.objects.get()
    assert (cell.persons, cell.units) == (2, 2)

    collecting.note_phone(user_id=ana.pk, phone="13900000000", now=NOW)
    User.objects.filter(pk=ben.pk).update(phone="13900000000")
    collecting.note_phone(user_id=ana.pk, phone="13900000000", now=NOW)

    def counted() -> tuple[int, int, int, int]:
        cell.refresh_from_db()
        places = Commitment.objects.filter(campaign=deal).values("person").distinct().count()
        wishes = Wish.objects.values("person").distinct().count()
        return cell.persons, places, wishes, Pool.objects.get().people

    assert counted() == (1, 1, 1, 1)
    finding = SamePerson.objects.get()
    collecting.review_same_person(finding_id=finding.pk, same=False, by_id=sam.pk, now=NOW)
    assert counted() == (2, 2, 2, 2)
    collecting.review_same_person(finding_id=finding.pk, same=True, by_id=sam.pk, now=NOW)
    collecting.review_same_person(finding_id=finding.pk, same=True, by_id=sam.pk, now=NOW)
    assert counted() == (1, 1, 1, 1)
    assert (cell.units, Pool.objects.get().units) == (2, 2)


@pytest.mark.usefixtures("catalogue")
def test_a_second_wish_of_one_person_adds_units_to_a_cell_but_no_person(ana: User) -> None:
    for _wish in range(2):
        pooling.place(draft=LAPTOP, user_id=ana.pk, now=NOW)
    cell = DemandCell.objects.get()
    assert (cell.persons, cell.units) == (1, 2)

    first, second = Wish.objects.order_by("pk")
    pooling.withdraw(wish_id=first.pk, now=NOW)
    cell.refresh_from_db()
    assert (cell.persons, cell.units) == (1, 1)
    pooling.withdraw(wish_id=second.pk, now=NOW)
    cell.refresh_from_db()
    assert (cell.persons, cell.units) == (0, 0)


def test_three_accounts_joined_through_one_stay_one_when_only_one_link_is_cut(ana: User, ben: User, sam: User) -> None:
    cat = person("cat")
    collecting.note_device(user_id=ana.pk, key_hash="a", now=NOW)
    collecting.note_device(user_id=ben.pk, key_hash="a", now=NOW)
    collecting.note_device(user_id=ben.pk, key_hash="b", now=NOW)
    collecting.note_device(user_id=cat.pk, key_hash="b", now=NOW)
    assert len(set(persons(ana, ben, cat))) == 1

    cut = SamePerson.objects.get(user=ben, other=cat)
    collecting.review_same_person(finding_id=cut.pk, same=False, by_id=sam.pk, now=NOW)

    one, two, three = persons(ana, ben, cat)
    assert one == two != three


def test_the_same_address_in_another_spelling_is_the_same_place(ana: User, ben: User) -> None:
    first = collecting.save_address(user_id=ana.pk, values=HOME, now=NOW)
    assert collecting.save_address(user_id=ana.pk, values=HOME, now=NOW) == first

    spelled = AddressValues(recipient="ANA LI", phone="13800000000", region="CN-SH", city="上海 ", street="南京路１号")
    collecting.save_address(user_id=ben.pk, values=spelled, now=NOW)

    assert SamePerson.objects.get().reason == "address"
    assert len(set(persons(ana, ben))) == 1


def test_an_address_names_every_wrong_field(ana: User) -> None:
    with pytest.raises(InvalidAddress) as refused:
        collecting.save_address(
            user_id=ana.pk,
            values=AddressValues(recipient="", phone="1", region="CN-SH", city="c", street="x" * 201),
            now=NOW,
        )

    assert sorted(refused.value.errors) == ["phone", "recipient", "street"]
    assert not Address.objects.exists()
