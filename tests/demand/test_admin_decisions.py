"""Staff's decisions: the page says what will happen, the service does it, who and why is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from demand import runs
from demand.admin.campaigns import ClaimForm
from demand.collecting import service as collecting
from demand.collecting.drafts import WishDraft
from demand.errors import InvalidValue
from demand.models import (
    Alias,
    CatalogRevision,
    Category,
    CountedWish,
    EstimateOverride,
    OutboxEvent,
    OutboxTask,
    Pool,
    PoolDecision,
    QuarantinedSignal,
    Run,
    SamePerson,
    UnknownWord,
    User,
    Wish,
)
from demand.pooling import service as pooling
from tests.demand.conftest import NOW, person
from tests.signing_in import sign_in_fully

TEXT = "17 inch gaming laptop, max 7000"


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    sign_in_fully(client, person("boss", is_staff=True, is_superuser=True))
    return client


def wish_of(user: User, text: str = TEXT) -> Wish:
    placed = pooling.place(draft=WishDraft(text=text), user_id=user.pk, now=NOW)
    return Wish.objects.get(pk=placed.wish_id)


def decide(boss: Client, model: str, name: str, *rows: Any, **values: Any) -> Any:
    page = reverse(f"admin:{model}_decide", args=[name]) + "?ids=" + ",".join(str(row.pk) for row in rows)
    shown = boss.get(page)
    assert shown.status_code == 200
    return boss.post(page, values)


@pytest.mark.usefixtures("catalogue")
def test_hiding_a_wish_needs_a_reason_and_is_kept(boss: Client, ana: User) -> None:
    wish = wish_of(ana)
    refused = decide(boss, "demand_wish", "hide", wish, reason=" ")
    assert refused.status_code == 200
    wish.refresh_from_db()
    assert wish.state == "open"
    assert decide(boss, "demand_wish", "hide", wish, reason="spam").status_code == 302
    wish.refresh_from_db()
    assert (wish.state, wish.hidden_reason) == ("hidden", "spam")
    assert "spam" in LogEntry.objects.get().change_message
    assert decide(boss, "demand_wish", "unhide", wish).status_code == 302
    wish.refresh_from_db()
    assert wish.state == "open"


@pytest.mark.usefixtures("catalogue")
def test_a_list_action_leads_to_the_page_of_its_decision(boss: Client, ana: User) -> None:
    wish = wish_of(ana)
    answer = boss.post(
        reverse("admin:demand_wish_changelist"), {"action": "hide", "_selected_action": [wish.pk], "index": 0}
    )
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"decide/hide/?ids={wish.pk}")


@pytest.mark.usefixtures("catalogue")
def test_pools_are_split_merged_locked_and_decisions_undone(boss: Client, ana: User, ben: User) -> None:
    wish_of(ana)
    wish_of(ben, "14 inch office laptop, max 5000")
    first, second = Pool.objects.order_by("pk")
    assert decide(boss, "demand_pool", "lock", first, reason="maker visits").status_code == 302
    first.refresh_from_db()
    assert first.locked
    assert decide(boss, "demand_pool", "unlock", first).status_code == 302
    done = decide(boss, "demand_pool", "merge", first, second, into=first.pk, reason="the same run makes both")
    assert done.status_code == 302
    second.refresh_from_db()
    assert (second.state, second.leads_to_id) == ("merged", first.pk)
    cell = CountedWish.objects.order_by("wish_id").values_list("cell_id", flat=True)[0]
    assert decide(boss, "demand_pool", "split", first, cells=[cell], reason="no").status_code == 302
    split = PoolDecision.objects.get(kind="split")
    assert split.payload["left"] == [cell]
    assert split.by.name == "boss"
    assert decide(boss, "demand_pooldecision", "undo", split).status_code == 302
    split.refresh_from_db()
    assert split.undone_by is not None


@pytest.mark.usefixtures("catalogue")
def test_merging_needs_exactly_two(boss: Client, ana: User) -> None:
    wish_of(ana)
    answer = decide(boss, "demand_pool", "merge", Pool.objects.get(), into=Pool.objects.get().pk, reason="x")
    assert "Choose exactly 2 rows" in answer.content.decode()
    assert not PoolDecision.objects.exists()


@pytest.mark.usefixtures("catalogue")
def test_wishes_are_pinned_and_forbidden(boss: Client, ana: User, ben: User) -> None:
    wish = wish_of(ana)
    wish_of(ben, "14 inch office laptop, max 5000")
    other = Pool.objects.order_by("-pk")[0]
    for name in ("pin", "forbid"):
        assert decide(boss, "demand_wish", name, wish, pool=other.pk, reason="asked by phone").status_code == 302
    assert set(PoolDecision.objects.values_list("kind", flat=True)) == {"pin", "forbid"}


@pytest.mark.usefixtures("catalogue")
def test_a_signal_is_repaired_and_replayed_or_dropped(boss: Client) -> None:
    source, _key = collecting.create_source(name="shop", now=NOW)
    good = {"event_id": "e1", "occurred_at": NOW.isoformat(), "kind": "search", "query": "cat bed"}
    collecting.record_signals(source_id=source.pk, events=[good | {"kind": "smell"}, {"what": 1}], now=NOW)
    wrong, useless = QuarantinedSignal.objects.order_by("pk")
    still = decide(boss, "demand_quarantinedsignal", "replay", wrong, repaired=json.dumps(wrong.raw))
    assert "Still wrong" in still.content.decode()
    assert decide(boss, "demand_quarantinedsignal", "drop", useless).status_code == 302
    useless.refresh_from_db()
    assert useless.state == "dropped"


@pytest.mark.usefixtures("catalogue")
def test_an_unknown_word_becomes_a_wording(boss: Client) -> None:
    value = (
        Category.objects.get(code="laptop")
        .category_attributes.filter(attribute__kind="choice")[0]
        .attribute.values.all()[0]
    )
    word = UnknownWord.objects.create(text="frobbish", wishes=7, closest_value=value)
    assert decide(boss, "demand_unknownword", "accept", word, value=value.pk).status_code == 302
    assert Alias.objects.get(text="frobbish").value == value
    other = UnknownWord.objects.create(text="blah", wishes=2)
    assert decide(boss, "demand_unknownword", "ignore", other).status_code == 302
    other.refresh_from_db()
    assert other.state == "ignored"


@pytest.mark.usefixtures("catalogue")
def test_editing_a_name_makes_the_next_revision(boss: Client) -> None:
    laptop = Category.objects.get(code="laptop")
    before = CatalogRevision.objects.first()
    page = reverse("admin:demand_category_change", args=[laptop.pk])
    assert boss.get(page).status_code == 200
    values: dict[str, Any] = {"name_en": "Portable computer", "name_hans": "笔记本", "name_hant": "筆電", "position": 3}
    for inline in ("category_attributes", "aliases"):
        values |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    assert boss.post(page, values).status_code == 302
    laptop.refresh_from_db()
    after = CatalogRevision.objects.first()
    assert laptop.names["en"] == "Portable computer"
    assert before is not None
    assert after is not None
    assert after.version != before.version
    assert OutboxEvent.objects.filter(topic="catalog.changed", payload__version=after.version).exists()


def test_parked_consequences_are_tried_again(boss: Client) -> None:
    event = OutboxEvent.objects.create(topic="x", aggregate="a", aggregate_id=1, created_at=NOW)
    task = OutboxTask.objects.create(event=event, consumer="c", state="parked", attempts=8, next_try_at=NOW)
    assert decide(boss, "demand_outboxtask", "retry", task).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.attempts) == ("waiting", 0)


@pytest.mark.usefixtures("catalogue")
def test_a_stage_is_asked_for_and_watched_until_it_ends(boss: Client) -> None:
    answer = boss.post(reverse("admin:demand_run_ask"), {"stage": "pooling", "subject": "laptop"})
    event = OutboxEvent.objects.get(topic="run.requested")
    assert event.payload["subject"] == "laptop"
    assert answer["Location"] == reverse("admin:demand_run_watch", args=[event.pk])
    assert "Waiting for a worker" in boss.get(answer["Location"]).content.decode()
    run = Run.objects.create(stage="pooling", subject="laptop", started_at=event.created_at)
    going = boss.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" in going
    assert "<html" not in going
    OutboxTask.objects.update(state="done")
    Run.objects.filter(pk=run.pk).update(
        state="done", finished_at=event.created_at, objective=120, bound=100, counts={"pools_kept": 3}
    )
    ended = boss.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in ended
    assert "120 (16.7%)" in ended
    assert "pools kept 3" in ended


@pytest.mark.usefixtures("catalogue")
def test_a_stage_nobody_offers_or_a_subject_it_does_not_run_over_is_refused(boss: Client) -> None:
    asked = boss.post(reverse("admin:demand_run_ask"), {"stage": "planning", "subject": "laptop"})
    assert "subject" in asked.context["form"].errors
    assert not OutboxEvent.objects.filter(topic="run.requested").exists()
    with pytest.raises(InvalidValue):
        runs.request(stage="guessing", subject="*", by_id=User.objects.get().pk, now=NOW)
    assert set(runs.offered()) >= {"reading", "pooling", "estimating", "proposing", "planning"}


@pytest.mark.usefixtures("catalogue")
def test_a_doubtful_reading_is_settled_with_one_press(boss: Client, ana: User) -> None:
    wish = wish_of(ana, "something nice for the evening")
    assert wish.state == "asking"
    Wish.objects.filter(pk=wish.pk).update(reading_state="doubtful")
    page = reverse("admin:demand_wish_queue")
    assert "something nice" in boss.get(page).content.decode()
    boss.post(page, {"wish": wish.pk, "revision": wish.revision, "category": "laptop"})
    wish.refresh_from_db()
    assert (wish.state, wish.reading_state) == ("open", "corrected")
    assert "something nice for the evening</h2>" not in boss.get(page).content.decode()


def test_an_absent_decision_and_bad_keys_answer_plainly(boss: Client) -> None:
    assert boss.get(reverse("admin:demand_wish_decide", args=["fly"])).status_code == 404
    page = boss.get(reverse("admin:demand_wish_decide", args=["hide"]) + "?ids=a,999,;drop")
    assert "None of the chosen rows" in page.content.decode()


def test_a_list_is_exported_with_named_columns_only(boss: Client, ana: User) -> None:
    page = reverse("admin:demand_user_export")
    assert boss.get(page).status_code == 200
    answer = boss.post(page, {"format": "0", "resource": "", "demand_user": "on"})
    assert answer.status_code in (200, 302)
    assert ana.password not in answer.content.decode()


def test_accounts_are_one_person_or_two_as_staff_say(boss: Client, ana: User, ben: User) -> None:
    collecting.note_device(user_id=ana.pk, key_hash="d" * 64, now=NOW)
    collecting.note_device(user_id=ben.pk, key_hash="d" * 64, now=NOW)
    found = SamePerson.objects.get()
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert ana.person_id == ben.person_id
    assert decide(boss, "demand_sameperson", "different", found).status_code == 302
    ben.refresh_from_db()
    ana.refresh_from_db()
    assert ana.person_id != ben.person_id
    assert decide(boss, "demand_sameperson", "same", found).status_code == 302
    found.refresh_from_db()
    assert found.reviewed_by is not None
    assert (found.state, found.reviewed_by.name) == ("same", "boss")
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert ana.person_id == ben.person_id


@pytest.mark.usefixtures("catalogue")
def test_an_estimate_is_corrected_with_a_reason_and_the_correction_undone(boss: Client, ana: User) -> None:
    wish_of(ana)
    pool = Pool.objects.get()
    assert decide(boss, "demand_pool", "override", pool, factor="11", reason="fair").status_code == 200
    assert decide(boss, "demand_pool", "override", pool, factor="0.8", reason="a holiday").status_code == 302
    correction = EstimateOverride.objects.get()
    assert (correction.factor_permille, correction.reason, correction.by.name) == (800, "a holiday", "boss")
    assert decide(boss, "demand_estimateoverride", "undo", correction).status_code == 302
    correction.refresh_from_db()
    assert correction.undone_at is not None


def test_a_claim_is_decided_in_the_amounts_people_use() -> None:
    def form(**values: str) -> ClaimForm:
        return ClaimForm({"decision": "part_refund", "refund_minor": "", **values})

    good, empty, fine, open_one = form(refund_minor="12.5"), form(), form(refund_minor="0.001"), form(decision="")
    assert (good.is_valid(), good.cleaned_data["refund_minor"]) == (True, 1250)
    assert (empty.is_valid(), empty.cleaned_data["refund_minor"]) == (True, 0)
    assert list(fine.errors) == ["refund_minor"]
    assert list(open_one.errors) == ["decision"]
