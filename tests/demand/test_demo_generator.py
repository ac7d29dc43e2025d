"""The demo market: the same from one seed every time, of any size, and made of what the catalogue knows."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from demand.demo.history import DemoCampaign, generate_history
from demand.demo.numerals import spoken
from demand.demo.people import CAST, REGION_BY_CODE, generate_people, shopper_language
from demand.demo.signals import BURSTS, DemoSignal, generate_signals
from demand.demo.wants import SHARED, WANTS, Want
from demand.demo.wishes import DemoWish, generate_wishes, shopper_count
from manufacturers.management.demo.makers import MAKER_BY_CODE, MAKERS
from manufacturers.management.demo.offers import demo_offers
from manufacturers.management.demo.shapes import DemoOffer

CATALOGUE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "demand" / "demo" / "data" / "catalogue.json").read_text(encoding="utf-8")
)
ATTRIBUTES = {attribute["code"]: attribute for attribute in CATALOGUE["attributes"]}
CATEGORY_ATTRIBUTES = {category["code"]: category["attributes"] for category in CATALOGUE["categories"]}
START = datetime(2025, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def wishes() -> list[DemoWish]:
    return list(generate_wishes(7, 20_000))


@pytest.fixture(scope="module")
def signals() -> list[DemoSignal]:
    return list(generate_signals(7, START, per_day=200))


def test_wishes_are_the_same_for_the_same_seed(wishes: list[DemoWish]) -> None:
    assert list(generate_wishes(7, 2_000)) == wishes[:2_000]
    assert [wish.text for wish in generate_wishes(8, 2_000)][425:] != [wish.text for wish in wishes[425:2_000]]


@pytest.mark.parametrize("size", [0, 1, 425, 426, 1_003])
def test_any_size_comes_out_exactly(size: int) -> None:
    assert [wish.number for wish in generate_wishes(1, size)] == list(range(size))


def test_hand_written_wishes_come_first(wishes: list[DemoWish]) -> None:
    lines = [json.loads(line) for line in _data("reading.jsonl").splitlines()]
    assert [wish.text for wish in wishes[:425]] == [line["text"] for line in lines]
    assert [wish.truth.category for wish in wishes[:425]] == [line["gold"]["category"] for line in lines]


@pytest.mark.parametrize(("size", "distinct"), [(5_000, 1_500), (600, 600), (50, 1), (426, 425)])
def test_distinct_texts_are_counted_exactly(size: int, distinct: int) -> None:
    wishes = list(generate_wishes(3, size, distinct_texts=distinct))
    assert (len(wishes), len({wish.text for wish in wishes})) == (size, distinct)
    assert max(wish.shopper for wish in wishes) < shopper_count(size)


@pytest.mark.parametrize(("size", "distinct"), [(-1, None), (5, 6), (5, 0)])
def test_impossible_sizes_are_refused(size: int, distinct: int | None) -> None:
    with pytest.raises(ValueError, match="expected"):
        generate_wishes(1, size, distinct_texts=distinct)


def test_languages_kinds_and_remarks_keep_their_shares(wishes: list[DemoWish]) -> None:
    languages = Counter(wish.language for wish in wishes)
    for language, share in {"zh-hans": 0.45, "zh-hant": 0.20, "en": 0.30, "mixed": 0.05}.items():
        assert languages[language] / len(wishes) == pytest.approx(share, abs=0.015)
    assert sum(wish.truth.category is None for wish in wishes) / len(wishes) == pytest.approx(0.06, abs=0.01)
    assert sum(wish.kind == "preorder" for wish in wishes) / len(wishes) == pytest.approx(0.12, abs=0.015)


def test_most_texts_differ_and_some_people_repeat_themselves(wishes: list[DemoWish]) -> None:
    assert len({wish.text for wish in wishes}) > 0.9 * len(wishes)
    said = Counter((wish.shopper, wish.text) for wish in wishes)
    assert any(count == 2 for count in said.values())
    assert any(count >= 5 for count in said.values())


def test_demand_clusters_with_a_long_tail(wishes: list[DemoWish]) -> None:
    counts = Counter(wish.truth.want for wish in wishes if wish.truth.want)
    for wants in WANTS.values():
        sizes = [counts[want.code] for want in wants]
        assert max(sizes) == sizes[0]
        assert sizes[0] > 0.25 * sum(sizes)
        assert 0 < min(sizes) < 0.25 * sizes[0]


def test_every_wish_can_be_stored(wishes: list[DemoWish]) -> None:
    for wish in wishes:
        assert 0 < len(wish.text) <= 400
        assert wish.quantity >= 1
        assert wish.tolerance >= 0
        assert 0 <= wish.age_days < 120
        assert wish.region in REGION_BY_CODE
        assert wish.ceiling_minor is None or wish.ceiling_minor > 0
        assert wish.shopper < shopper_count(len(wishes))
        assert all(price <= (wish.ceiling_minor or 0) for _, price in wish.price_steps)


def test_truth_uses_the_catalogue_and_never_contradicts_the_want(wishes: list[DemoWish]) -> None:
    wants = {want.code: want for rows in WANTS.values() for want in rows}
    for wish in wishes[425:]:
        for code, constraint in (wish.truth.must | wish.truth.nice).items():
            assert code in CATEGORY_ATTRIBUTES[str(wish.truth.category)]
            _assert_known(code, constraint)
            assert _meets(wants[str(wish.truth.want)], code, constraint), (wish.text, code)


def test_what_a_text_says_stands_in_it(wishes: list[DemoWish]) -> None:
    grouped = [wish for wish in wishes[425:] if wish.quantity >= 10 and not _fullwidth(wish.text)]
    assert len(grouped) > 100
    assert all(str(wish.quantity) in wish.text for wish in grouped)


def test_wants_name_every_shared_attribute_of_their_category() -> None:
    for category, wants in WANTS.items():
        shared = {code for code in CATEGORY_ATTRIBUTES[category] if ATTRIBUTES[code]["scope"] == "shared"}
        assert set(SHARED[category]) == shared
        assert all({name for name, _ in want.specification} == shared for want in wants)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2500, "两千五"),
        (1200, "一千二"),
        (1050, "一千零五十"),
        (350, "三百五"),
        (12, "十二"),
        (105, "一百零五"),
        (95, "九十五"),
    ],
)
def test_numerals_are_spoken(value: int, text: str) -> None:
    assert spoken(value) == text


def test_people_are_unique_and_match_their_wishes() -> None:
    people = generate_people(7, 500)
    assert people[:50] == generate_people(7, 50)
    assert len({person.email for person in people + CAST}) == 505
    assert all(person.email.endswith("@example.com") for person in people)
    assert [person.language for person in people] == [shopper_language(number) for number in range(500)]
    assert [person.username for person in CAST] == ["ana", "ben", "mira", "noor", "sam"]


def test_signals_are_the_same_for_the_same_seed(signals: list[DemoSignal]) -> None:
    again = list(generate_signals(7, START, days=10, per_day=200))
    assert again == signals[: len(again)]
    assert len({signal.event_id for signal in signals}) == len(signals)
    assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(signals))
    assert signals[-1].occurred_at < START + timedelta(days=365)


def test_searches_carry_their_words_and_unmet_ones_no_category(signals: list[DemoSignal]) -> None:
    for signal in signals:
        assert (signal.query is not None) == signal.kind.startswith("search")
        assert (signal.category is None) == (signal.kind == "search_zero")


def test_exactly_the_planted_bursts_stand_out(signals: list[DemoSignal]) -> None:
    found = set()
    for category in WANTS:
        days = Counter((signal.occurred_at - START).days for signal in signals if signal.category == category)
        for day in range(365):
            around = [days[other] for other in range(day - 14, day + 15) if 0 <= other < 365]
            if days[day] > 3.2 * median(around):
                found.add((category, day))
    planted = {(burst.category, burst.first_day + day) for burst in BURSTS for day in range(burst.days)}
    assert found == planted


def test_seasons_and_weekdays_show(signals: list[DemoSignal]) -> None:
    jackets = Counter(signal.occurred_at.month for signal in signals if signal.category == "down_jacket")
    assert jackets[12] > 2.5 * jackets[7]
    weekdays = Counter(signal.occurred_at.weekday() for signal in signals)
    assert weekdays[5] > weekdays[1]


def test_history_learns_what_life_would_teach() -> None:
    campaigns = generate_history(7, date(2026, 11, 22))
    assert campaigns == generate_history(7, date(2026, 11, 22))
    assert len(campaigns) == 80
    assert [campaign.closed for campaign in campaigns] == sorted(campaign.closed for campaign in campaigns)
    assert campaigns[-1].closed < date(2026, 11, 22)
    rates = [_conversion(campaigns, kind) for kind in ("preorder", "wish", "cart", "search", "view")]
    assert rates == sorted(rates, reverse=True)
    assert 0.35 < rates[0] < 0.8
    assert 0 < rates[-1] < 0.03


def test_makers_have_lines_that_make_their_families() -> None:
    assert len(MAKERS) == 12
    for maker in MAKERS:
        families = {family.code for family in maker.families}
        assert {(move.from_family, move.to_family) for move in maker.changeovers} == {
            (one, other) for one in families for other in families if one != other
        }
        assert all(line.initial_family in families and line.shifts for line in maker.lines)
        assert maker.region in REGION_BY_CODE
    golden_week = [holiday for holiday in MAKER_BY_CODE["maker-a"].holidays if holiday.reason == "Golden Week"]
    assert [(holiday.until - holiday.first).days for holiday in golden_week] == [7, 7]


def test_offers_are_well_formed_and_known_to_the_catalogue() -> None:
    offers = demo_offers()
    assert len({offer.code for offer in offers}) == len(offers)
    assert set(Counter(offer.maker for offer in offers).values()) <= {2, 3, 4}
    assert {offer.maker for offer in offers} == set(MAKER_BY_CODE)
    for offer in offers:
        assert set(offer.makes) == set(CATEGORY_ATTRIBUTES[offer.category])
        for code, capability in offer.makes.items():
            _assert_capability(code, capability)
            assert set(offer.value_cost.get(code, {})) <= {_cost_key(value) for value in _values(capability)}
        assert offer.family in {family.code for family in MAKER_BY_CODE[offer.maker].families}
        units, prices = zip(*offer.tiers, strict=True)
        assert list(units) == sorted(set(units))
        assert list(prices) == sorted(set(prices), reverse=True)
        assert 3 <= len(units) <= 4
        assert offer.moq == units[0]
        assert offer.moq % offer.lot_multiple == 0
        assert set(offer.freight_minor) - {"*"} <= set(REGION_BY_CODE)


def test_miras_and_noors_makers_compete_for_laptops() -> None:
    assert {offer.maker for offer in demo_offers() if offer.category == "laptop"} == {"maker-a", "maker-b"}


def test_the_most_wanted_of_each_category_is_offered_below_most_ceilings(wishes: list[DemoWish]) -> None:
    for wants in WANTS.values():
        ceilings = [w.ceiling_minor for w in wishes if w.truth.want == wants[0].code and w.ceiling_minor]
        cheapest = min(_delivered_minor(offer, wants[0]) for offer in demo_offers() if _makes(offer, wants[0]))
        assert sum(ceiling >= cheapest for ceiling in ceilings) > 0.7 * len(ceilings), wants[0].code


def test_two_thousand_wishes_fill_some_minima_and_miss_others(wishes: list[DemoWish]) -> None:
    units: Counter[str] = Counter()
    for wish in wishes[:2_000]:
        units[str(wish.truth.want)] += wish.quantity
    wants = [want for rows in WANTS.values() for want in rows]
    moq = {want.code: min((o.moq for o in demo_offers() if _makes(o, want)), default=10**9) for want in wants}
    filled = [want.code for want in wants if 0.35 * units[want.code] >= moq[want.code]]
    missed = [want.code for want in wants if units[want.code] < moq[want.code]]
    assert len(filled) >= 5
    assert len(missed) >= 10


def _data(name: str) -> str:
    return (Path(__file__).parents[2] / "demand" / "demo" / "data" / name).read_text(encoding="utf-8")


def _fullwidth(text: str) -> bool:
    return any("０" <= letter <= "９" for letter in text)


def _assert_known(code: str, constraint: dict[str, Any]) -> None:
    attribute = ATTRIBUTES[code]
    codes = {value["code"] for value in attribute["values"]}
    assert set(constraint.get("any", constraint.get("not", []))) <= codes
    assert ("is" in constraint) == (attribute["kind"] == "flag")
    assert constraint.get("unit") == attribute.get("unit")


def _meets(want: Want, code: str, constraint: dict[str, Any]) -> bool:
    value = want.value(code)
    if value is None:
        return True
    if "any" in constraint:
        return value in constraint["any"]
    if "not" in constraint:
        return value not in constraint["not"]
    if "is" in constraint:
        return value is constraint["is"]
    assert isinstance(value, int | float)
    low, high = constraint["min"], constraint["max"]
    return (low is None or low <= value * 1.025) and (high is None or value <= high * 1.025)


def _conversion(campaigns: tuple[DemoCampaign, ...], kind: str) -> float:
    lines = [line for campaign in campaigns for line in campaign.lines if line.kind == kind]
    return sum(line.bought for line in lines) / sum(line.units for line in lines)


def _assert_capability(code: str, capability: dict[str, Any]) -> None:
    attribute = ATTRIBUTES[code]
    expected = {"choice": {"any"}, "quantity": {"sizes", "unit"}, "flag": {"is"}}[attribute["kind"]]
    assert set(capability) == expected
    assert set(capability.get("any", [])) <= {value["code"] for value in attribute["values"]}
    assert capability.get("unit") == attribute.get("unit")


def _values(capability: dict[str, Any]) -> list[Any]:
    return list(capability.get("any") or capability.get("sizes") or capability["is"])


def _cost_key(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _makes(offer: DemoOffer, want: Want) -> bool:
    return offer.category == want.category and all(
        value in _values(offer.makes[code]) for code, value in want.specification
    )


def _delivered_minor(offer: DemoOffer, want: Want) -> float:
    """The first tier's price of a want with VAT, near freight and a five per cent fee."""
    added = sum(offer.value_cost.get(code, {}).get(_cost_key(value), 0) for code, value in want.specification)
    return ((offer.tiers[0][1] + added) * 1.13 + offer.freight_minor["*"]) * 1.05
