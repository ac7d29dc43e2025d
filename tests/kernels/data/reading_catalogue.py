"""A second catalogue, and wishes for it, written by hand for the tests; no rule of the reader was made from them."""

# ruff: noqa: E501 (tables of wide characters)
from __future__ import annotations

from typing import Any


def _row(code: str, en_name: str, hans: str, hant: str | None = None, /, **aliases: list[str]) -> dict[str, Any]:
    names = {"en": en_name, "zh-hans": hans} | ({"zh-hant": hant} if hant else {})
    return {"code": code, "names": names, "aliases": {key.replace("_", "-"): value for key, value in aliases.items()}}


def _choice(code: str, en: str, hans: str, values: list[dict[str, Any]], scope: str = "shared") -> dict[str, Any]:
    return _row(code, en, hans) | {"kind": "choice", "scope": scope, "values": values}


def _quantity(
    code: str, en_name: str, hans: str, unit: str, /, *, scope: str = "shared", **aliases: list[str]
) -> dict[str, Any]:
    return _row(code, en_name, hans, **aliases) | {"kind": "quantity", "unit": unit, "scope": scope, "values": []}


def _flag(code: str, en_name: str, hans: str, /, **aliases: list[str]) -> dict[str, Any]:
    return _row(code, en_name, hans, **aliases) | {"kind": "flag", "scope": "shared", "values": []}


CATALOGUE: dict[str, Any] = {
    "categories": [
        _row("office_chair", "Office chair", "办公椅", "辦公椅", en=["desk chair", "ergonomic chair", "computer chair"],
             zh_hans=["人体工学椅", "电脑椅", "转椅"], zh_hant=["人體工學椅", "電腦椅"])
        | {"parent": None, "attributes": ["chair_material", "headrest", "footrest", "chair_load", "armrest", "colour"]},
        _row("bicycle", "Bicycle", "自行车", "腳踏車", en=["bike", "road bike", "mountain bike", "folding bike"],
             zh_hans=["单车", "山地车", "公路车", "折叠车"], zh_hant=["單車", "登山車", "公路車", "折疊車"])
        | {"parent": None, "attributes": ["bike_type", "wheel_size", "frame", "gears", "bike_weight", "basket", "rider", "colour"]},
        _row("tent", "Tent", "帐篷", "帳篷", en=["camping tent", "dome tent"], zh_hans=["露营帐篷", "天幕帐"], zh_hant=["露營帳"])
        | {"parent": None, "attributes": ["persons", "season", "tent_weight", "waterhead", "popup", "porch", "colour"]},
    ],
    "attributes": [
        _choice("chair_material", "material", "材质", [
            _row("mesh", "mesh", "网布", "網布", zh_hans=["网面"]), _row("leather", "leather", "皮质", en=["faux leather"], zh_hans=["真皮", "皮的"]),
            _row("fabric", "fabric", "布艺", en=["cloth"], zh_hans=["布面"])]),
        _flag("headrest", "headrest", "头枕", en=["head rest"], zh_hans=["带头枕"], zh_hant=["頭枕"]),
        _flag("footrest", "footrest", "脚托", en=["leg rest"], zh_hans=["搁脚", "脚踏板"], zh_hant=["腳踏", "腳凳"]),
        _quantity("chair_load", "load capacity", "承重", "kg", en=["supports", "holds"], zh_hans=["载重"], zh_hant=["載重"]),
        _choice("armrest", "armrests", "扶手", [
            _row("fixed", "fixed armrests", "固定扶手", en=["fixed arms"]), _row("adjustable", "adjustable armrests", "可调扶手",
                 en=["adjustable arms", "4d armrests"], zh_hans=["4D扶手", "升降扶手"]), _row("none", "armless", "无扶手", en=["no arms"])]),
        _choice("bike_type", "type", "类型", [
            _row("road", "road", "公路", en=["racing"], zh_hans=["公路车"]), _row("mountain", "mountain", "山地", en=["mtb"], zh_hans=["山地车"],
                 zh_hant=["登山車"]), _row("folding", "folding", "折叠", zh_hans=["折叠车", "可折叠"], zh_hant=["折疊"])]),
        _quantity("wheel_size", "wheel size", "轮径", "inch", en=["wheels", "wheel"], zh_hans=["轮子", "车轮"]),
        _choice("frame", "frame", "车架", [
            _row("aluminium", "aluminium", "铝合金", "鋁合金", en=["alloy"], zh_hans=["铝架"]), _row("carbon", "carbon", "碳纤维", en=["carbon fibre"],
                 zh_hans=["碳架"], zh_hant=["碳纖"]), _row("steel", "steel", "钢架", zh_hans=["高碳钢", "铬钼钢"])]),
        _quantity("gears", "gears", "变速", "speed", scope="variant", en=["speeds"], zh_hans=["速"]),
        _quantity("bike_weight", "weight", "车重", "kg", en=["weighs"], zh_hans=["重量", "重"]),
        _flag("basket", "basket", "车筐", en=["front basket"], zh_hans=["车篮", "菜篮"], zh_hant=["籃子", "車籃"]),
        _choice("rider", "rider", "适合", [
            _row("women", "women", "女款", en=["ladies"], zh_hans=["女士", "女式"]), _row("men", "men", "男款", zh_hans=["男士"]),
            _row("kids", "kids", "儿童", "兒童", en=["children"], zh_hans=["小孩", "童车"])]),
        _quantity("persons", "capacity", "人数", "person", en=["sleeps", "man"], zh_hans=["人"]),
        _choice("season", "season", "季节", [
            _row("three", "3 season", "三季", en=["three season"], zh_hans=["三季帐"]), _row("four", "4 season", "四季", en=["four season", "winter"],
                 zh_hans=["四季帐", "冬季"])]),
        _quantity("tent_weight", "weight", "重量", "kg", en=["weighs"], zh_hans=["重"]),
        _quantity("waterhead", "hydrostatic head", "防水指数", "mm", en=["waterproof rating", "water column"], zh_hans=["防水", "水压"]),
        _flag("popup", "pop-up", "速开", en=["instant", "quick setup"], zh_hans=["自动", "免搭建", "一秒开"]),
        _flag("porch", "porch", "前厅", en=["vestibule", "awning"], zh_hans=["门厅"]),
        _choice("colour", "colour", "颜色", [
            _row("black", "black", "黑色"), _row("white", "white", "白色"), _row("grey", "grey", "灰色"), _row("blue", "blue", "蓝色"),
            _row("green", "green", "绿色"), _row("orange", "orange", "橙色"), _row("red", "red", "红色"), _row("pink", "pink", "粉色"),
            _row("khaki", "khaki", "卡其色"), _row("yellow", "yellow", "黄色")], scope="variant"),
    ],
}  # fmt: skip

Wish = tuple[str, str | None, dict[str, Any], dict[str, Any], float | None, int]


def _q(low: float | None, high: float | None, unit: str) -> dict[str, Any]:
    return {"min": low, "max": high, "unit": unit}


def _any(*codes: str) -> dict[str, Any]:
    return {"any": sorted(codes)}


def _not(*codes: str) -> dict[str, Any]:
    return {"not": sorted(codes)}


YES, NO = {"is": True}, {"is": False}

# text, category, must, nice, ceiling per unit, quantity
WISHES: list[Wish] = [
    ("想买一把网布的办公椅，带头枕，不要脚托，八百以内", "office_chair", {"chair_material": _any("mesh"), "headrest": YES, "footrest": NO}, {}, 800, 1),
    ("人体工学椅两把，4D扶手，承重150公斤以上，每把1500以下", "office_chair", {"armrest": _any("adjustable"), "chair_load": _q(150, None, "kg")}, {}, 1500, 2),
    ("电脑椅 真皮 黑色 一千二", "office_chair", {"chair_material": _any("leather"), "colour": _any("black")}, {}, 1200, 1),
    ("求推荐办公椅，腰疼，最好有头枕，预算两千五", "office_chair", {}, {"headrest": YES}, 2500, 1),
    ("转椅，灰色或者蓝色，布艺，三四百", "office_chair", {"chair_material": _any("fabric"), "colour": _any("grey", "blue")}, {}, 400, 1),
    ("公司采购30把电脑椅，网面，黑色，单价不超过400元", "office_chair", {"chair_material": _any("mesh"), "colour": _any("black")}, {}, 400, 30),
    ("办公椅不要皮质的，夏天太热，白色优先，600左右", "office_chair", {"chair_material": _not("leather")}, {"colour": _any("white")}, 600, 1),
    ("我180斤，想要承重至少130kg的人体工学椅，无扶手", "office_chair", {"chair_load": _q(130, None, "kg"), "armrest": _any("none")}, {}, None, 1),
    ("電腦椅，網布，頭枕要有，腳凳不用，三千五有找", "office_chair", {"chair_material": _any("mesh"), "headrest": YES}, {}, 3500, 1),
    ("人體工學椅兩張一萬二以內，灰色", "office_chair", {"colour": _any("grey")}, {}, 6000, 2),
    ("辦公椅 可調扶手 黑色或白色 NT$4500內 寄台中", "office_chair", {"armrest": _any("adjustable"), "colour": _any("black", "white")}, {}, 4500, 1),
    ("mesh office chair with headrest, no footrest, under $200", "office_chair", {"chair_material": _any("mesh"), "headrest": YES, "footrest": NO}, {}, 200, 1),
    ("ergonomic chair for a big guy, must hold 300 lb, adjustable arms, 350 bucks max", "office_chair", {"chair_load": _q(136.08, 136.08, "kg"), "armrest": _any("adjustable")}, {}, 350, 1),
    ("6 desk chairs for our studio, fabric, grey or green, £90 each", "office_chair", {"chair_material": _any("fabric"), "colour": _any("grey", "green")}, {}, 90, 6),
    ("leather office chair, anything but red, ideally with a footrest, up to 400 EUR", "office_chair", {"chair_material": _any("leather"), "colour": _not("red")}, {"footrest": YES}, 400, 1),
    ("Looking for a computer chair, armless, pink preferred, around 80 dollars", "office_chair", {"armrest": _any("none")}, {"colour": _any("pink")}, 80, 1),
    ("两把办公椅一共一千，布面，绿色", "office_chair", {"chair_material": _any("fabric"), "colour": _any("green")}, {}, 500, 2),
    ("ergonomic chair, headrest doesn't matter, mesh, 1.2k max", "office_chair", {"chair_material": _any("mesh")}, {}, 1200, 1),
    ("办公椅，头枕无所谓，承重120公斤，黑的，1k以内", "office_chair", {"chair_load": _q(120, 120, "kg"), "colour": _any("black")}, {}, 1000, 1),
    ("之前花三千买的椅子一年就坏了，这次想要便宜的电脑椅，500以内，网布", "office_chair", {"chair_material": _any("mesh")}, {}, 500, 1),
    ("折叠自行车，20寸，铝合金，两千以内", "bicycle", {"bike_type": _any("folding"), "wheel_size": _q(20, 20, "inch"), "frame": _any("aluminium")}, {}, 2000, 1),
    ("山地车，27.5寸，21速以上，碳纤维，八千到一万", "bicycle", {"bike_type": _any("mountain"), "wheel_size": _q(27.5, 27.5, "inch"), "gears": _q(21, None, "speed"), "frame": _any("carbon")}, {}, 10000, 1),
    ("给女儿买辆儿童自行车，粉色，16寸，带车筐，400", "bicycle", {"rider": _any("kids"), "colour": _any("pink"), "wheel_size": _q(16, 16, "inch"), "basket": YES}, {}, 400, 1),
    ("通勤单车，女士，带车篮，白色或者粉色，不要变速的，七百以内", "bicycle", {"rider": _any("women"), "basket": YES, "colour": _any("white", "pink")}, {}, 700, 1),
    ("公路车 碳架 重量8公斤以下 黑 1w5", "bicycle", {"bike_type": _any("road"), "frame": _any("carbon"), "bike_weight": _q(None, 8, "kg"), "colour": _any("black")}, {}, 15000, 1),
    ("山地车24速，身高178，铝合金或者钢架都行，红色除外，2k5", "bicycle", {"bike_type": _any("mountain"), "gears": _q(24, 24, "speed"), "frame": _any("aluminium", "steel"), "colour": _not("red")}, {}, 2500, 1),
    ("自行车五辆，单位用的，蓝色，每辆三百五", "bicycle", {"colour": _any("blue")}, {}, 350, 5),
    ("想要一辆20到22寸的折叠车，12公斤以内，最好是绿色的，没有也行，1800左右", "bicycle", {"bike_type": _any("folding"), "wheel_size": _q(20, 22, "inch"), "bike_weight": _q(None, 12, "kg")}, {"colour": _any("green")}, 1800, 1),
    ("登山車，鋁合金，24速，黑色，一萬五以內", "bicycle", {"bike_type": _any("mountain"), "frame": _any("aluminium"), "gears": _q(24, 24, "speed"), "colour": _any("black")}, {}, 15000, 1),
    ("買腳踏車給小孩，16吋，不要粉紅色，有籃子，3千以下", "bicycle", {"rider": _any("kids"), "wheel_size": _q(16, 16, "inch"), "colour": _not("pink"), "basket": YES}, {}, 3000, 1),
    ("公路車 碳纖 8kg以下 6萬8", "bicycle", {"bike_type": _any("road"), "frame": _any("carbon"), "bike_weight": _q(None, 8, "kg")}, {}, 68000, 1),
    ("folding bike, 20 inch wheels, under 26 lbs, orange, $450", "bicycle", {"bike_type": _any("folding"), "wheel_size": _q(20, 20, "inch"), "bike_weight": _q(None, 11.79, "kg"), "colour": _any("orange")}, {}, 450, 1),
    ("mountain bike 29in, at least 18 speed, alloy frame, not yellow, 600 quid", "bicycle", {"bike_type": _any("mountain"), "wheel_size": _q(29, 29, "inch"), "gears": _q(18, None, "speed"), "frame": _any("aluminium"), "colour": _not("yellow")}, {}, 600, 1),
    ("two kids bikes, 16\", one red one blue, £70 each, before Christmas", "bicycle", {"rider": _any("kids"), "wheel_size": _q(16, 16, "inch"), "colour": _any("red", "blue")}, {}, 70, 2),
    ("ladies bike with a front basket, khaki or green would be nice, max 250 euros", "bicycle", {"rider": _any("women"), "basket": YES}, {"colour": _any("khaki", "green")}, 250, 1),
    ("carbon road bike below 8 kg, black, don't need a basket, between 1500 and 2000 USD", "bicycle", {"bike_type": _any("road"), "frame": _any("carbon"), "bike_weight": _q(None, 8, "kg"), "colour": _any("black")}, {}, 2000, 1),
    ("steel bycicle, 7 speed, 300 CAD", "bicycle", {"frame": _any("steel"), "gears": _q(7, 7, "speed")}, {}, 300, 1),
    ("bike for my wife, alloy, 24 speed, budget 500", "bicycle", {"rider": _any("women"), "frame": _any("aluminium"), "gears": _q(24, 24, "speed")}, {}, 500, 1),
    ("铝合金的山地自行车，26寸，颜色随便，900块", "bicycle", {"bike_type": _any("mountain"), "frame": _any("aluminium"), "wheel_size": _q(26, 26, "inch")}, {}, 900, 1),
    ("mountain bike要26寸，aluminium，black，2k以内", "bicycle", {"bike_type": _any("mountain"), "wheel_size": _q(26, 26, "inch"), "frame": _any("aluminium"), "colour": _any("black")}, {}, 2000, 1),
    ("四人帐篷，速开，防水3000mm以上，五百以内", "tent", {"persons": _q(4, 4, "person"), "popup": YES, "waterhead": _q(3000, None, "mm")}, {}, 500, 1),
    ("露营帐篷，3-4人，绿色或卡其色，带前厅，600-800", "tent", {"persons": _q(3, 4, "person"), "colour": _any("green", "khaki"), "porch": YES}, {}, 800, 1),
    ("双人帐篷 四季帐 重量2kg以内 橙色 一千五", "tent", {"persons": _q(2, 2, "person"), "season": _any("four"), "tent_weight": _q(None, 2, "kg"), "colour": _any("orange")}, {}, 1500, 1),
    ("帐篷，不要自动的，三季帐就行，4斤以下，700以内", "tent", {"popup": NO, "season": _any("three"), "tent_weight": _q(None, 2, "kg")}, {}, 700, 1),
    ("学校社团要十顶帐篷，每顶2人，蓝色，每顶两百以内", "tent", {"persons": _q(2, 2, "person"), "colour": _any("blue")}, {}, 200, 10),
    ("六個人用的帳篷，速開，防水要3000mm，不要黃色，五千內", "tent", {"persons": _q(6, 6, "person"), "popup": YES, "waterhead": _q(3000, 3000, "mm"), "colour": _not("yellow")}, {}, 5000, 1),
    ("露營帳 前廳一定要 卡其色優先 一萬有找", "tent", {"porch": YES}, {"colour": _any("khaki")}, 10000, 1),
    ("4 person tent, pop-up, with porch, green, under £150", "tent", {"persons": _q(4, 4, "person"), "popup": YES, "porch": YES, "colour": _any("green")}, {}, 150, 1),
    ("2 man tent, 4 season, less than 2.5 kg, ideally orange, $300", "tent", {"persons": _q(2, 2, "person"), "season": _any("four"), "tent_weight": _q(None, 2.5, "kg")}, {"colour": _any("orange")}, 300, 1),
    ("need 5 camping tents for scouts, sleeps 4, blue, 120 EUR apiece, by July 10", "tent", {"persons": _q(4, 4, "person"), "colour": _any("blue")}, {}, 120, 5),
    ("dome tent without awning, at least 3000 mm hydrostatic head, red or orange, 200 max", "tent", {"porch": NO, "waterhead": _q(3000, None, "mm"), "colour": _any("red", "orange")}, {}, 200, 1),
    ("帐蓬，三人，灰色，三百", "tent", {"persons": _q(3, 3, "person"), "colour": _any("grey")}, {}, 300, 1),
    ("tent for 3 people, weighs under 5 lb, instant setup optional, grey, 180 USD", "tent", {"persons": _q(3, 3, "person"), "tent_weight": _q(None, 2.27, "kg"), "colour": _any("grey")}, {}, 180, 1),
    ("要个pop-up的帐篷，4人，khaki，500以内", "tent", {"persons": _q(4, 4, "person"), "popup": YES, "colour": _any("khaki")}, {}, 500, 1),
    ("想要一个帐篷两个人睡，冬季用，别买太重的，三千以内，下个月底前", "tent", {"persons": _q(2, 2, "person"), "season": _any("four")}, {}, 3000, 1),
    ("除了红色和粉色都行的帐篷，前厅最好有，防水2000以上，400", "tent", {"colour": _not("red", "pink"), "waterhead": _q(2000, None, "mm")}, {"porch": YES}, 400, 1),
    ("睡袋，零下10度，300以内", None, {}, {}, 300, 1),
    ("coffee machine with grinder, 250 dollars", None, {}, {}, 250, 1),
    ("bike helmet, red, size M, $40", None, {}, {}, 40, 1),
    ("想找一台烘干机，8公斤，两千五", None, {}, {}, 2500, 1),
    ("今天好累啊", None, {}, {}, None, 1),
    ("any good noise cancelling headphones under 150?", None, {}, {}, 150, 1),
    ("藍牙喇叭 防水 一千內", None, {}, {}, 1000, 1),
    ("餐桌椅一套四把，实木，两千", None, {}, {}, 2000, 1),
]  # fmt: skip
