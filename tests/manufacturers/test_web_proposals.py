"""A proposal in the portal: what its page says, and what each answer does."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.forms import Select
from django.test import Client
from django.utils import timezone

from demand.models import Campaign
from manufacturers.models import CapacityWindow, Counter, LineRate, Maker, Proposal, ProposalVersion, ThreadMessage
from manufacturers.offering.reads_pages import vocabulary
from manufacturers.proposing import steps
from manufacturers.web import presenting
from manufacturers.web.differences import counter_changes, effect_sentence, version_changes
from manufacturers.web.forms import CounterForm
from tests.manufacturers import portal
from tests.manufacturers.makers import campaign
from tests.manufacturers.portal import offer_of

pytestmark = pytest.mark.django_db


def test_accepting_says_what_it_binds_to_and_binds(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    first = timezone.localdate(now) - timedelta(days=timezone.localdate(now).weekday())
    CapacityWindow.objects.filter(offer__maker=maker_a).delete()
    CapacityWindow.objects.bulk_create(
        [CapacityWindow(offer=offer_of(maker_a), week=first + timedelta(weeks=n), units=500) for n in range(12)]
    )
    sent = portal.proposal(offer_of(maker_a), "one", now=now)
    page = mira.get(f"/maker/proposals/{sent.public_id}/").content.decode()
    assert "Accept 500–1,400 units" in page
    answer = mira.post(f"/maker/proposals/{sent.public_id}/accept/", {"seen_revision": sent.revision}, follow=True)
    sent.refresh_from_db()
    assert sent.state == "accepted"
    assert "accepted, shoppers are deciding" in answer.content.decode()


def test_a_stale_page_accepts_nothing(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    answer = mira.post(f"/maker/proposals/{sent.public_id}/accept/", {"seen_revision": "7"}, follow=True)
    assert "changed since you opened it" in answer.content.decode()
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_declining_needs_a_reason(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    address = f"/maker/proposals/{sent.public_id}/decline/"
    assert mira.post(address, {"seen_revision": 1}).status_code == 422
    answer = mira.post(address, {"seen_revision": 1, "decline-reason": "price", "decline-note": "too low"})
    assert answer.status_code == 302
    sent.refresh_from_db()
    assert (sent.state, sent.decline_reason) == ("declined", "price")


def test_an_unchanged_counter_is_refused_beside_the_form(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    version = sent.versions.get()
    same = {
        "seen_revision": 1,
        "counter-unit_price": "90",
        "counter-units": 1200,
        "counter-min_units": 500,
        "counter-window_to": version.window_to.isoformat(),
        "counter-line_0": 1400,
        "counter-line_1": 1400,
    }
    answer = mira.post(f"/maker/proposals/{sent.public_id}/counter/", same)
    assert answer.status_code == 422
    assert "Nothing is changed yet" in answer.content.decode()
    free = mira.post(f"/maker/proposals/{sent.public_id}/counter/", same | {"counter-unit_price": "0"})
    assert (free.status_code, list(free.context["counter_form"].errors)) == (422, ["unit_price"])
    assert not sent.counters.exists()


def test_a_counter_per_variant_begins_at_the_most_that_acceptance_binds_to(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    version = sent.versions.get()
    form = CounterForm(version=version, words=vocabulary())
    assert [field.initial for field in form.line_fields] == [1400, 1400]
    key = version.lines.order_by("pk")[0].variant_key
    row = Counter(from_version=version, changes={"lines": {key: 300}})
    (line,) = counter_changes(row, vocabulary())
    assert (line["label"].endswith(", at most"), line["old"], line["new"]) == (True, 1400, 300)


def test_a_message_reaches_the_thread(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    answer = mira.post(f"/maker/proposals/{sent.public_id}/message/", {"message-text": "Is 14.1 inch fine?"})
    assert answer.status_code == 302
    row = ThreadMessage.objects.get()
    assert (row.text, row.from_staff) == ("Is 14.1 inch fine?", False)


def test_an_expired_proposal_says_when_it_ended_and_what_to_do(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    over = portal.proposal(offer_of(maker_a), "one", now=now, state="expired", expires_at=now - timedelta(days=1))
    text = mira.get(f"/maker/proposals/{over.public_id}/").content.decode()
    assert "The time to answer ended on" in text
    assert f"/maker/proposals/{over.public_id}/accept" not in text


def test_a_page_shows_one_estimate(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    page = mira.get(f"/maker/proposals/{sent.public_id}/")
    text = page.content.decode()
    assert page.context["guess"] == {"units": 1240, "low": 1080, "high": 1420}
    assert "1,240 units, 80 % sure of 1,080–1,420" in text
    assert "80 % sure of 1,080–1,420</p>" in text
    assert "410 firm + 31 % of 2,310 wishes + 115 of groups too small to show" in text
    assert "1,090" not in text
    assert [row["units"] for row in page.context["regions"]] == [430, 390, 220, 200]
    assert [row["label"] for row in page.context["weeks"]] == [
        "week of 7 Dec",
        "week of 21 Dec",
        "no date said, or few",
    ]
    assert "Expected units by the week they are needed" in text
    assert "Counted among the wishes: about 60 units of 45 people in other groups" in text
    assert "1,240 expected, 1,080–1,420" in mira.get("/maker/").content.decode()


def test_without_a_point_of_the_curve_the_estimate_is_rounded_too(maker_a: Maker) -> None:
    version = portal.proposal(offer_of(maker_a), "one", now=timezone.now()).versions.get()
    version.delivered_minor, version.units, version.low_units, version.high_units = 9_999, 1198, 1091, 1404
    assert presenting.estimate_of(version) == {"units": 1200, "low": 1090, "high": 1405}


def test_regions_are_shares_of_all_and_titles_say_what_a_size_is_of(maker_a: Maker) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    version = sent.versions.get()
    version.evidence["units"] = 1200
    parts = presenting.region_parts(version)
    assert (len(parts), sum(row["units"] for row in parts), parts[-1]) == (5, 1200, {"label": "others", "units": 30})
    assert presenting.title(sent.pool.category, version.specification, vocabulary()) == (
        "Laptop · screen size 14″ · office"
    )


@pytest.mark.parametrize(
    ("units", "kept", "said"),
    [
        (0, -94_600, "It costs nobody, but shoppers keep ¥946 less in total."),
        (-12, -94_600, "It costs 12 units, and shoppers keep ¥946 less in total."),
        (5, 94_650, "It brings 5 units more, and shoppers keep ¥946.50 more in total."),
        (-1, 0, "It costs 1 unit, and shoppers pay what they would have paid."),
    ],
)
def test_the_effect_of_a_counter_is_a_sentence(units: int, kept: int, said: str) -> None:
    effect: dict[str, Any] = {"units": [100, 100 + units], "surplus_minor": [500_000, 500_000 + kept]}
    assert effect_sentence(effect) == said
    assert effect_sentence({}) == ""


def test_an_open_proposal_says_when_the_plan_could_have_it_ready(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    sent = portal.proposal(offer_of(maker_a), "one", now=now)
    address = f"/maker/proposals/{sent.public_id}/"
    assert "1,400 units could be ready by" in mira.get(address).content.decode()
    version = sent.versions.get()
    version.window_from = version.window_to = timezone.localdate(now) + timedelta(days=1)
    version.save()
    assert "That is after the dates asked for: counter with a later one." in mira.get(address).content.decode()
    LineRate.objects.filter(line__maker=maker_a).delete()
    assert "No line in use makes this product family." in mira.get(address).content.decode()
    Proposal.objects.update(state="accepted", decided_at=now)
    assert "By your plan" not in mira.get(address).content.decode()


def test_a_version_that_changes_only_bounds_and_terms_says_which(maker_a: Maker) -> None:
    before = portal.proposal(offer_of(maker_a), "one", now=timezone.now()).versions.get()
    wider = before.specification | {"screen_size": {"min": 15, "max": 15, "unit": "inch"}}
    after = steps.copy_version(
        before,
        number=2,
        now=timezone.now(),
        bounds={"black": (300, 100, 300), "silver": None},
        specification=wider,
        terms=before.terms | {"deposit_percent": 20},
        ladder=[[500, 9_000, 10_000]],
    )
    said = [(row["label"], row["old"], row["new"]) for row in version_changes(before, after, vocabulary())]
    assert said == [
        ("screen size", "14″", "15″"),
        ("black, expected", 800, 300),
        ("black, at most", 1400, 300),
        ("silver", "made", "not made"),
        ("Price from 2,000 units on", "¥85", "none"),
        ("Deposit", "30 %", "20 %"),
    ]


def test_a_counter_shows_only_the_attributes_it_changes(maker_a: Maker) -> None:
    version = portal.proposal(offer_of(maker_a), "one", now=timezone.now()).versions.get()
    row = Counter(from_version=version, changes={"specification": version.specification | {"use": {"any": ["study"]}}})
    assert counter_changes(row, vocabulary()) == [{"label": "use", "old": "office", "new": "study", "kind": "text"}]


def test_the_file_of_a_proposal_holds_the_whole_blueprint(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    terms = sent.versions.get().terms | {"return_terms": {"days": 7}, "support": {"reach": 905}}
    sent.versions.update(terms=terms)
    lines = mira.get(f"/maker/proposals/{sent.public_id}/proposal.csv").content.decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines))
    found = {part: [row for row in rows if row["part"] == part] for part in dict.fromkeys(row["part"] for row in rows)}
    assert {part: len(shown) for part, shown in found.items()} == {
        "proposal": 9,
        "order": 1,
        "specification": 2,
        "variant": 2,
        "ladder": 2,
        "delivered": 2,
        "terms": 8,
        "estimate": 3,
        "curve": 5,
        "kind": 2,
        "region": 4,
        "week": 3,
        "growth": 9,
    }
    assert [int(row["units"]) for row in found["growth"]] == [100 * (week + 1) for week in range(9)]
    order = found["order"][0]
    assert (order["units"], order["units_min"], order["units_max"], order["unit_price"]) == (
        "1200",
        "500",
        "1400",
        "90.00",
    )
    assert {row["name"]: row["value"] for row in found["terms"]}["Returns"] == "7 days"
    assert [row["units"] for row in found["specification"]] == ["700", "560"]


def filled(version: ProposalVersion, **changed: Any) -> dict[str, Any]:
    """The counter's form as the page opens it, with what the maker changes."""
    same = {
        "seen_revision": version.proposal.revision,
        "counter-unit_price": presenting.major(version.unit_price_minor),
        "counter-units": version.units,
        "counter-min_units": version.min_units,
        "counter-window_to": version.window_to.isoformat(),
    }
    lines = [row.max_units for row in version.lines.all()]
    same |= {f"counter-line_{place}": most for place, most in enumerate(lines) if len(lines) > 1}
    return same | {f"counter-{name}": value for name, value in changed.items()}


def test_a_counter_may_choose_what_else_the_offer_makes(maker_a: Maker, mira: Client) -> None:
    sent = portal.proposal(offer_of(maker_a), "one", now=timezone.now())
    version = sent.versions.get()
    form = CounterForm(version=version, words=vocabulary())
    (use,) = [field for field in form.spec_fields if field.label == "use"]
    assert isinstance(use.field.widget, Select)
    assert [str(label) for _value, label in use.field.widget.choices] == ["office, as proposed", "study"]

    answer = mira.post(f"/maker/proposals/{sent.public_id}/counter/", filled(version, **{use.name: "study"}))
    assert answer.status_code == 302
    made = Counter.objects.get()
    assert made.changes == {"specification": version.specification | {"use": {"any": ["study"]}}}
    page = mira.get(f"/maker/proposals/{sent.public_id}/").content.decode()
    assert "your counter is being answered" in page


def test_while_its_campaign_runs_a_maker_may_ask_the_shoppers_once_more(maker_a: Maker, mira: Client) -> None:
    now = timezone.now()
    sent = portal.proposal(offer_of(maker_a), "one", now=now, state="accepted", decided_at=now)
    version = sent.versions.get()
    deal = campaign(sent.pool, promised_to=version.window_to)
    Campaign.objects.filter(pk=deal.pk).update(state="open", opens_at=now, closes_at=now + timedelta(days=9))
    Proposal.objects.filter(pk=sent.pk).update(campaign=deal)
    address = f"/maker/proposals/{sent.public_id}/"

    assert "Shoppers confirm right now." in mira.get(address).content.decode()
    later = (version.window_to + timedelta(days=9)).isoformat()
    answer = mira.post(f"{address}counter/", filled(version, window_to=later))
    assert answer.status_code == 302
    assert Counter.objects.get().changes == {"window_to": later}
    assert "Shoppers confirm right now." not in mira.get(address).content.decode()
