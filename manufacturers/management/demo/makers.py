"""A dozen invented manufacturers with their lines, shifts, holidays, families and changeovers.

Mira works for ``maker-a`` and Noor for ``maker-b``; both make laptops, so they compete.
"""

from __future__ import annotations

from datetime import date, time

from manufacturers.management.demo.shapes import (
    DemoChangeover,
    DemoFamily,
    DemoHoliday,
    DemoLine,
    DemoMaker,
    DemoReliability,
    DemoShift,
)

_MAINLAND = tuple(
    DemoHoliday(first=first, until=until, reason=reason)
    for first, until, reason in (
        (date(2026, 10, 1), date(2026, 10, 8), "Golden Week"),
        (date(2027, 1, 1), date(2027, 1, 2), "New Year's Day"),
        (date(2027, 2, 5), date(2027, 2, 13), "Spring Festival"),
        (date(2027, 5, 1), date(2027, 5, 6), "Labour Day"),
        (date(2027, 10, 1), date(2027, 10, 8), "Golden Week"),
        (date(2028, 1, 25), date(2028, 2, 2), "Spring Festival"),
    )
)
_TAIWAN = tuple(
    DemoHoliday(first=first, until=until, reason=reason)
    for first, until, reason in (
        (date(2027, 1, 1), date(2027, 1, 2), "New Year's Day"),
        (date(2027, 2, 4), date(2027, 2, 11), "Lunar New Year"),
        (date(2027, 2, 28), date(2027, 3, 2), "Peace Memorial Day"),
        (date(2027, 10, 10), date(2027, 10, 12), "National Day"),
    )
)
_DAY = ((time(8), time(12)), (time(13), time(17)))
_TWO = ((time(8), time(16)), (time(16), time(0)))
_NIGHT = ((time(20), time(6)),)


def _shifts(hours: tuple[tuple[time, time], ...], days: int) -> tuple[DemoShift, ...]:
    return tuple(DemoShift(weekday=day, starts=start, ends=end) for day in range(days) for start, end in hours)


def _changeovers(families: tuple[DemoFamily, ...], minutes: int) -> tuple[DemoChangeover, ...]:
    """Longer the further apart two families stand in the list, and longer downwards than up."""
    return tuple(
        DemoChangeover(from_family=one.code, to_family=other.code, minutes=span, cost_minor=span * 600)
        for i, one in enumerate(families)
        for j, other in enumerate(families)
        if i != j
        for span in [minutes * abs(i - j) + (minutes // 2 if j < i else 0)]
    )


def _maker(
    code: str,
    names: tuple[str, str, str],
    place: tuple[str, str],
    families: tuple[tuple[str, str, str, int], ...],
    lines: tuple[tuple[str, str, tuple[tuple[time, time], ...], int], ...],
    record: tuple[int, int, int, int, int],
    *,
    certificates: tuple[str, ...],
    changeover: int = 40,
) -> DemoMaker:
    kinds = tuple(
        DemoFamily(code=kind, names={"en": en, "zh-hans": zh, "zh-hant": zh}, units_per_hour=rate)
        for kind, en, zh, rate in families
    )
    taiwan = place[1].startswith("TW")
    codes = tuple(kind.code for kind in kinds)
    return DemoMaker(
        code=code,
        names=dict(zip(("en", "zh-hans", "zh-hant"), names, strict=True)),
        city=place[0],
        region=place[1],
        time_zone="Asia/Taipei" if taiwan else "Asia/Shanghai",
        certificates=certificates,
        families=kinds,
        changeovers=_changeovers(kinds, changeover),
        lines=tuple(
            DemoLine(
                code=line,
                name=name,
                families=codes,
                initial_family=codes[number % len(codes)],
                shifts=_shifts(hours, days),
            )
            for number, (line, name, hours, days) in enumerate(lines)
        ),
        holidays=_TAIWAN if taiwan else _MAINLAND,
        reliability=DemoReliability(
            releases=record[0],
            on_time_permille=record[1],
            accepted_permille=record[2],
            claimed_permille=record[3],
            quality_permille=record[4],
        ),
    )


MAKERS: tuple[DemoMaker, ...] = (
    _maker(
        "maker-a",
        ("Lakeside Computing", "湖畔计算科技", "湖畔計算科技"),
        ("Suzhou", "CN-JS"),
        (("slim-laptop", "Slim laptops", "轻薄本", 14), ("gaming-laptop", "Gaming laptops", "游戏本", 9)),
        (("L1", "Assembly 1", _DAY, 6), ("L2", "Assembly 2", _TWO, 5)),
        (46, 948, 700, 14, 955),
        certificates=("ISO 9001", "CCC", "CE"),
        changeover=45,
    ),
    _maker(
        "maker-b",
        ("Nanshan Portable Systems", "南山便携系统", "南山便攜系統"),
        ("Shenzhen", "CN-GD"),
        (("office-laptop", "Office laptops", "商务本", 20), ("power-laptop", "Power laptops", "性能本", 11)),
        (("S1", "Line 1", _TWO, 6), ("S2", "Line 2", _DAY, 5)),
        (61, 903, 640, 22, 930),
        certificates=("ISO 9001", "CCC", "FCC"),
        changeover=30,
    ),
    _maker(
        "maker-c",
        ("Plumefield Garments", "羽田服饰", "羽田服飾"),
        ("Jiaxing", "CN-ZJ"),
        (
            ("women-down", "Women's down", "女装羽绒", 16),
            ("kids-down", "Kids' down", "童装羽绒", 20),
            ("soft-home", "Soft home goods", "软垫家居", 30),
        ),
        (("A", "Sewing A", _DAY, 6), ("B", "Sewing B", _DAY, 6), ("C", "Sewing C", _TWO, 5)),
        (88, 921, 720, 18, 942),
        certificates=("OEKO-TEX 100", "RDS"),
        changeover=25,
    ),
    _maker(
        "maker-d",
        ("Northfold Outerwear", "北褶户外", "北褶戶外"),
        ("Quanzhou", "CN-FJ"),
        (("men-down", "Men's down", "男装羽绒", 18), ("long-coats", "Long coats", "长款大衣", 10)),
        (("N1", "Hall 1", _DAY, 6), ("N2", "Hall 2", _DAY, 5)),
        (52, 881, 600, 27, 915),
        certificates=("RDS", "BSCI"),
        changeover=35,
    ),
    _maker(
        "maker-e",
        ("Crispmark Appliances", "脆米电器", "脆米電器"),
        ("Ningbo", "CN-ZJ"),
        (
            ("drawer-fryer", "Drawer fryers", "抽屉炸锅", 40),
            ("dual-fryer", "Dual-basket fryers", "双篮炸锅", 24),
            ("mini-washer", "Mini washers", "迷你洗衣机", 18),
        ),
        (("F1", "Fryers 1", _TWO, 6), ("F2", "Fryers 2", _DAY, 6)),
        (105, 936, 755, 16, 948),
        certificates=("CCC", "CE", "RoHS"),
    ),
    _maker(
        "maker-f",
        ("Hearthline Kitchenware", "炉边厨电", "爐邊廚電"),
        ("Foshan", "CN-GD"),
        (
            ("knob-fryer", "Knob fryers", "旋钮炸锅", 45),
            ("oven-fryer", "Oven fryers", "烤箱炸锅", 20),
            ("ceramic-cup", "Ceramic cups", "陶瓷杯", 50),
        ),
        (("K1", "Kitchen 1", _DAY, 6), ("K2", "Kitchen 2", _NIGHT, 5)),
        (73, 897, 690, 25, 921),
        certificates=("CCC", "LFGB"),
    ),
    _maker(
        "maker-g",
        ("Petrel Wash Technology", "海燕洗涤科技", "海燕洗滌科技"),
        ("Qingdao", "CN-SD"),
        (("boil-washer", "Boil washers", "煮洗机", 16), ("dry-washer", "Washer-dryers", "洗烘机", 10)),
        (("W1", "Drums 1", _TWO, 5), ("W2", "Drums 2", _DAY, 5)),
        (39, 955, 680, 11, 962),
        certificates=("CCC", "ISO 9001", "CE"),
        changeover=60,
    ),
    _maker(
        "maker-h",
        ("Sweepwell Robotics", "扫迅机器人", "掃迅機器人"),
        ("Dongguan", "CN-GD"),
        (("station-robot", "Station robots", "基站机器人", 12), ("slim-robot", "Slim robots", "超薄机器人", 22)),
        (("R1", "Robots 1", _TWO, 6), ("R2", "Robots 2", _DAY, 6)),
        (58, 917, 710, 20, 939),
        certificates=("CCC", "CE", "FCC"),
        changeover=50,
    ),
    _maker(
        "maker-i",
        ("Longmesa Intelligence", "龙台智能", "龍台智能"),
        ("Wuhan", "CN-HB"),
        (
            ("basic-robot", "Basic robots", "基础机器人", 30),
            ("empty-robot", "Self-emptying robots", "集尘机器人", 16),
            ("two-kilo-washer", "Two-kilo wall washers", "两公斤壁挂机", 14),
        ),
        (("M1", "Mesa 1", _DAY, 6), ("M2", "Mesa 2", _DAY, 5)),
        (27, 862, 580, 33, 902),
        certificates=("CCC",),
    ),
    _maker(
        "maker-j",
        ("Yongkang Emberflask", "永焰杯业", "永焰杯業"),
        ("Jinhua", "CN-ZJ"),
        (
            ("steel-cup", "Steel cups", "不锈钢杯", 90),
            ("big-flask", "Large flasks", "大壶", 60),
            ("titanium-cup", "Titanium cups", "钛杯", 30),
        ),
        (("E1", "Press 1", _TWO, 6), ("E2", "Press 2", _TWO, 6)),
        (142, 941, 780, 12, 951),
        certificates=("LFGB", "FDA", "BSCI"),
        changeover=20,
    ),
    _maker(
        "maker-k",
        ("Uplift Woodworks", "升木家具", "升木家具"),
        ("Huzhou", "CN-ZJ"),
        (
            ("electric-desk", "Electric desks", "电动桌", 8),
            ("crank-desk", "Crank desks", "手摇桌", 10),
            ("pet-sofa", "Pet sofas", "宠物沙发", 18),
        ),
        (("D1", "Wood 1", _DAY, 6), ("D2", "Wood 2", _DAY, 6)),
        (64, 909, 660, 19, 934),
        certificates=("FSC", "BIFMA"),
    ),
    _maker(
        "maker-l",
        ("Taichung Gearwood", "台中齿木", "台中齒木"),
        ("Taichung", "TW"),
        (("frame-desk", "Steel-frame desks", "鋼架桌", 7), ("cat-furniture", "Cat furniture", "貓家具", 25)),
        (("T1", "Frames", _DAY, 5), ("T2", "Wood and fabric", _DAY, 5)),
        (33, 966, 620, 9, 968),
        certificates=("BSMI", "FSC"),
    ),
)
MAKER_BY_CODE: dict[str, DemoMaker] = {maker.code: maker for maker in MAKERS}
