"""One golden case per rule of the reader's grammar, on a small catalogue of chairs, bicycles and tents."""

# ruff: noqa: E501 (tables of wide characters)
from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demand.reading.kernel import Catalogue, CatalogueError, Reader, Reading
from tests.kernels.data.reading_catalogue import CATALOGUE, WISHES

TODAY = date(2026, 3, 4)
READER = Reader(Catalogue.from_dict(CATALOGUE))
SHIPPED = Path(__file__).parents[2] / "demand" / "demo" / "data"


def read(text: str) -> Reading:
    return READER.read(text, today=TODAY)


def price(text: str) -> float | None:
    found = read(text).max_price_minor
    return None if found is None else found.value / 100


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ("办公椅，两千五以内", 2500), ("办公椅，一千零五十", 1050), ("办公椅，三四百", 400), ("办公椅，3k5以内", 3500), ("自行车1w2以内", 12000),
        ("自行车，3萬8以內", 38000), ("office chair under 1.5k", 1500), ("office chair, 300-450", 450), ("帐篷，一千有找", 1000),
        ("办公椅，百元以内", 100), ("tent, $1,299.50", 1299.5), ("tent under two hundred bucks", 200), ("办公椅，七百到九百", 900),
        ("两把办公椅一万五以内", 7500), ("办公椅两把，一共一千", 500), ("两把办公椅，每把一千", 1000), ("2 tents, 300 in total", 150),
        ("去年花八百买的椅子坏了，求办公椅，预算600", 600), ("办公椅，黑色", None), ("tent, price not an issue", None), ("办公椅，９９９元", 999),
    ],
)  # fmt: skip
def test_price(said: str, major: float | None) -> None:
    assert price(said) == major


@pytest.mark.parametrize(
    ("said", "units"),
    [
        ("一把办公椅", 1), ("两把办公椅", 2), ("公司采购30把电脑椅", 30), ("家里两只猫，求办公椅", 1), ("office chair x3", 3), ("a dozen tents", 12),
        ("need tents, 5 of them", 5), ("4 person tent", 1), ("帐篷，四人，2顶", 2), ("一对办公椅", 2), ("bike for two people", 1),
    ],
)  # fmt: skip
def test_quantity(said: str, units: int) -> None:
    assert read(said).quantity.value == units


@pytest.mark.parametrize(
    ("said", "must", "nice"),
    [
        ("办公椅不要黑色", {"colour": {"not": ["black"]}}, {}),
        ("办公椅，黑色的不要", {"colour": {"not": ["black"]}}, {}),
        ("除了红色都行的帐篷", {"colour": {"not": ["red"]}}, {}),
        ("tent in anything but red", {"colour": {"not": ["red"]}}, {}),
        ("tent, no red or pink", {"colour": {"not": ["pink", "red"]}}, {}),
        ("办公椅，黑色或者灰色", {"colour": {"any": ["black", "grey"]}}, {}),
        ("办公椅，一黑一白", {"colour": {"any": ["black", "white"]}}, {}),
        ("办公椅，最好黑色", {}, {"colour": {"any": ["black"]}}),
        ("办公椅，黑色优先，网布", {"chair_material": {"any": ["mesh"]}}, {"colour": {"any": ["black"]}}),
        ("office chair, ideally black, mesh", {"chair_material": {"any": ["mesh"]}}, {"colour": {"any": ["black"]}}),
        ("office chair, a headrest would be nice", {}, {"headrest": {"is": True}}),
        ("办公椅最好有头枕，没有也行", {}, {"headrest": {"is": True}}),
        ("办公椅，头枕有没有都行", {}, {}), ("office chair, headrest optional", {}, {}), ("办公椅，不需要头枕", {}, {}),
        ("办公椅不带头枕", {"headrest": {"is": False}}, {}), ("office chair without headrest, black",
         {"headrest": {"is": False}, "colour": {"any": ["black"]}}, {}),
        ("mesh chair not leather, office chair", {"chair_material": {"any": ["mesh"]}}, {}),
        ("办公椅，navy", {"colour": {"any": ["blue"]}}, {}),
    ],
)  # fmt: skip
def test_stance(said: str, must: dict[str, Any], nice: dict[str, Any]) -> None:
    assert read(said).needs == {"must": must, "nice": nice}


@pytest.mark.parametrize(
    ("said", "must", "major", "units"),
    [
        ("办公椅，预算两千，不对，一千八", {}, 1800, 1), ("办公椅 预算2000元，哦不，2500", {}, 2500, 1),
        ("5把办公椅，不对，改成8把", {}, None, 8), ("two office chairs, actually make it 3", {}, None, 3),
        ("黑色的办公椅，算了还是灰色吧", {"colour": {"any": ["grey"]}}, None, 1),
        ("office chair in black, sorry, I meant grey", {"colour": {"any": ["grey"]}}, None, 1),
        ("office chair under 900 - scratch that - under 1200", {}, 1200, 1),
        ("自行车20寸……打错了，是22寸", {"wheel_size": {"min": 22, "max": 22, "unit": "inch"}}, None, 1),
        ("想买帐篷，不对，是办公椅", {}, None, 1), ("Sorry to ask, is there a black office chair", {"colour": {"any": ["black"]}}, None, 1),
    ],
)  # fmt: skip
def test_people_correct_themselves(said: str, must: dict[str, Any], major: float | None, units: int) -> None:
    reading = read(said)
    assert (reading.needs["must"], price(said), reading.quantity.value) == (must, major, units)
    assert reading.category is not None
    assert reading.category.value in ("office_chair", "bicycle")


@pytest.mark.parametrize(
    ("said", "major", "units"),
    [
        ("办公椅，50块两把", 25, 2), ("办公椅，每把120块，25把", 120, 25), ("2k出头的办公椅", 2000, 1), ("两三千的办公椅", 3000, 1),
        ("办公椅，四千到五千之间", 5000, 1), ("我和室友一人一把办公椅", None, 2), ("三个人一人一把办公椅", None, 3),
        ("I need two by December under 7000, office chair", 7000, 2), ("Three dogs, one office chair", None, 1),
        ("办公椅 - 黑色 - 800", 800, 1), ("office chair - black - under 900", 900, 1),
    ],
)  # fmt: skip
def test_price_and_quantity_together(said: str, major: float | None, units: int) -> None:
    assert (price(said), read(said).quantity.value) == (major, units)


@pytest.mark.parametrize(
    ("said", "must"),
    [
        ("办公椅，有没有头枕都行", {}), ("office chair, no headrest needed", {}), ("办公椅不带头枕也行", {}),
        ("除了红色都行的办公椅", {"colour": {"not": ["red"]}}), ("office chair, any colour except red", {"colour": {"not": ["red"]}}),
        ("办公椅，喝咖啡的时候坐", {}), ("办公椅，承重100公斤以上150公斤以下", {"chair_load": {"min": 100, "max": 150, "unit": "kg"}}),
        ("office chair, holds 250+ lbs", {"chair_load": {"min": 113.4, "max": None, "unit": "kg"}}),
    ],
)  # fmt: skip
def test_what_need_not_be_is_no_need(said: str, must: dict[str, Any]) -> None:
    assert read(said).needs["must"] == must


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("办公椅，要静音的，轻便", ("静音", "轻便")), ("office chair with lumbar cushion", ("lumbar", "cushion")),
        ("公司统一采购办公椅", ()), ("办公椅，黑色，800元", ()),
    ],
)  # fmt: skip
def test_unknown_words_are_whole(said: str, words: tuple[str, ...]) -> None:
    assert read(said).unknown_words == words


LAMP = {
    "categories": [{"code": "lamp", "names": {"en": "Desk lamp", "zh-hans": "台灯"}, "attributes": ["kelvin", "watts", "below", "steel", "size"]}],
    "attributes": [
        {"code": "kelvin", "kind": "quantity", "unit": "K", "scope": "shared", "names": {"en": "colour temperature", "zh-hans": "色温"}},
        {"code": "watts", "kind": "quantity", "unit": "W", "scope": "shared", "names": {"en": "power"}},
        {"code": "below", "kind": "quantity", "unit": "°C", "scope": "shared", "names": {"en": "lowest temperature", "zh-hans": "最低温度"}},
        {"code": "steel", "kind": "choice", "scope": "shared", "names": {"en": "steel"},
         "values": [{"code": "s304", "names": {"en": "304"}}, {"code": "s316", "names": {"en": "316"}}]},
        {"code": "size", "kind": "choice", "scope": "variant", "names": {"en": "size"},
         "values": [{"code": code, "names": {"en": code.upper()}} for code in ("s", "m", "l", "xl")]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "attribute", "constraint"),
    [
        ("台灯4000K", "kelvin", {"min": 4000, "max": 4000, "unit": "K"}), ("台灯5W", "watts", {"min": 5, "max": 5, "unit": "W"}),
        ("台灯，零下5度也能亮", "below", {"min": -5, "max": -5, "unit": "°C"}), ("台灯，316L的", "steel", {"any": ["s316"]}),
        ("desk lamp, sizes S to XL", "size", {"any": ["l", "m", "s", "xl"]}),
    ],
)  # fmt: skip
def test_units_of_a_catalogue_go_before_shorthand(said: str, attribute: str, constraint: dict[str, Any]) -> None:
    reading = Reader(Catalogue.from_dict(LAMP)).read(said, today=TODAY)
    assert reading.needs["must"] == {attribute: constraint}
    assert reading.max_price_minor is None


@pytest.mark.parametrize(
    ("said", "attribute", "low", "high"),
    [
        ("自行车20寸", "wheel_size", 20, 20), ("自行车，20到22寸", "wheel_size", 20, 22), ("bike, 50.8 cm wheels", "wheel_size", 20, 20),
        ("自行车，不超过12公斤", "bike_weight", None, 12), ("自行车24斤以内", "bike_weight", None, 12), ("bike under 26 lbs", "bike_weight", None, 11.79),
        ("山地车，21速以上", "gears", 21, None), ("办公椅承重150公斤以上", "chair_load", 150, None), ("办公椅承重150", "chair_load", 150, 150),
        ("tent, at least 3000 mm", "waterhead", 3000, None), ("帐篷一公斤半", "tent_weight", 1.5, 1.5), ("4 person tent", "persons", 4, 4),
    ],
)  # fmt: skip
def test_amounts(said: str, attribute: str, low: float | None, high: float | None) -> None:
    constraint = read(said).needs["must"][attribute]
    assert (constraint["min"], constraint["max"]) == (low, high)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("折叠的自行车", "bicycle"), ("办公椅", "office_chair"), ("辦公椅", "office_chair"), ("oficce chair", "office_chair"), ("ergonomc chair", "office_chair"),
        ("自形车，20寸", "bicycle"), ("bike helmet", None), ("coffee machine", None), ("帐篷和办公椅", "tent"), ("", None),
    ],
)  # fmt: skip
def test_category(said: str, code: str | None) -> None:
    found = read(said).category
    assert (found.value if found else None) == code


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("下个月底前", date(2026, 4, 30)), ("6月20号之前", date(2026, 6, 20)), ("before March 3", date(2027, 3, 3)), ("by Christmas", date(2026, 12, 25)),
        ("2026-05-01", date(2026, 5, 1)), ("两周内", date(2026, 3, 18)), ("春节前", date(2027, 2, 6)), ("by the end of May", date(2026, 5, 31)),
        ("下周五前", date(2026, 3, 13)), ("2月30号前", None),
    ],
)  # fmt: skip
def test_needed_by(said: str, day: date | None) -> None:
    found = read(f"办公椅，{said}").needed_by
    assert (found.value if found else None) == day


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("寄台中", "TW"),
        ("送到成都", "CN-SC"),
        ("上海", "CN-SH"),
        ("deliver to Hong Kong", "HK"),
        ("送到香港", "HK"),
        ("黑色", None),
    ],
)
def test_region(said: str, code: str | None) -> None:
    found = read(f"办公椅，{said}").region
    assert (found.value if found else None) == code


def test_evidence_of_a_correction_is_what_was_meant() -> None:
    text = "黑色的办公椅，算了还是灰色吧"
    assert [text[slice(*span)] for need in read(text).evidence for span in need.spans] == ["灰色"]


def test_evidence_points_into_the_original() -> None:
    text = "  想要　辦公椅,不要黑色，預算２０００元"
    reading = read(text)
    assert [text[slice(*span)] for need in reading.evidence for span in need.spans] == ["黑色"]
    assert reading.category is not None
    assert [text[slice(*span)] for span in reading.category.spans] == ["辦公椅"]
    assert reading.max_price_minor is not None
    assert [text[slice(*span)] for span in reading.max_price_minor.spans] == ["２０００元"]
    assert reading.language == "zh-hant"


def test_doubt_asks_one_question() -> None:
    assert read("今天好累").question == "category"
    assert read("办公椅 黑色 800元").question is None


def test_unknown_words_are_kept() -> None:
    assert "lumbar" in read("office chair with lumbar support, black").unknown_words


def test_a_reading_survives_json() -> None:
    for text in ("两把办公椅一共一千，最好黑色，下个月底前送到上海", "", "tent under $100"):
        reading = read(text)
        assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            {"attributes": [{"code": "x", "kind": "colour", "scope": "shared", "names": {"en": "x"}}]},
            "attributes\\[0\\].kind",
        ),
        (
            {"attributes": [{"code": "x", "kind": "quantity", "scope": "shared", "names": {"en": "x"}}]},
            "attributes\\[0\\].unit",
        ),
        ({"categories": [{"code": "c", "names": {}}]}, "categories\\[0\\].names"),
        ({"categories": [{"code": "c", "names": {"en": "c"}, "attributes": ["nope"]}]}, "categories\\[0\\].attributes"),
    ],
)
def test_a_bad_catalogue_names_the_place(change: dict[str, Any], path: str) -> None:
    with pytest.raises(CatalogueError, match=path):
        Catalogue.from_dict({"categories": [], "attributes": []} | change)


def test_the_unseen_catalogue_is_read_well() -> None:
    right = 0
    for text, category, must, nice, ceiling, units in WISHES:
        reading = read(text)
        code = reading.category.value if reading.category else None
        whole = (code, price(text), reading.quantity.value) == (category, ceiling, units)
        right += whole and reading.needs["must"].keys() == must.keys() and reading.needs["nice"] == nice
    assert right >= 0.85 * len(WISHES)


@pytest.mark.parametrize(
    ("said", "height"),
    [
        ("扫地机器人，身高165，要拖地", None),
        ("扫地机器人，機身高度7.5公分以下", 7.5),
        ("身高180，扫地机器人高度9cm以内", 9),
    ],
)
def test_how_tall_a_person_is_says_nothing_about_the_thing(said: str, height: float | None) -> None:
    shipped = Catalogue.from_dict(json.loads((SHIPPED / "catalogue.json").read_text(encoding="utf-8")))
    must = Reader(shipped).read(said, today=TODAY).needs["must"]
    assert must.get("body_height", {}).get("max") == height


@pytest.mark.parametrize(
    ("said", "must"),
    [
        ("扫地机 只扫不拖", {"mop": {"is": False}}),
        ("掃地機，只要掃不要拖，四千有找", {"mop": {"is": False}}),
        ("扫地机，不要拖泥带水", {}),
        ("扫地机 有没有拖地功能都可以的", {}),
        ("有没有免钉的壁挂洗衣机 2公斤 白的粉的都行",
         {"colour": {"any": ["pink", "white"]}, "mounting": {"any": ["no_drill"]},
          "wash_load": {"min": 2, "max": 2, "unit": "kg"}}),
        ("保温杯 不要吸管 弹盖的", {"lid": {"any": ["flip"]}}),
        ("保温杯 不要吸管 不要弹盖的", {"lid": {"not": ["flip", "straw"]}}),
    ],
)  # fmt: skip
def test_a_denial_ends_where_its_phrase_ends(said: str, must: dict[str, Any]) -> None:
    shipped = Catalogue.from_dict(json.loads((SHIPPED / "catalogue.json").read_text(encoding="utf-8")))
    assert Reader(shipped).read(said, today=TODAY).needs["must"] == must


@pytest.mark.parametrize(
    ("said", "must"),
    [
        ("想要个能跑Python的笔记本电脑", {"use": {"any": ["programming"]}}),
        ("laptop that runs Photoshop", {"use": {"any": ["design"]}}),
        ("兄弟俩一人一件羽绒服", {"wearer": {"any": ["men"]}}),
        ("兄弟们推荐件羽绒服", {}),
    ],
)
def test_everyday_words_stand_for_values(said: str, must: dict[str, Any]) -> None:
    shipped = Catalogue.from_dict(json.loads((SHIPPED / "catalogue.json").read_text(encoding="utf-8")))
    assert Reader(shipped).read(said, today=TODAY).needs["must"] == must
