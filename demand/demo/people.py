"""The demo's people: the cast every test and page knows, and any number of shoppers around them.

Names are common and invented; every address is under ``example.com``, which never reaches anyone (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Language = Literal["zh-hans", "zh-hant", "en"]
Role = Literal["shopper", "manufacturer", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRegion:
    """Where goods go; ``freight_class`` says which of a maker's freight rates applies."""

    code: str
    freight_class: Literal["near", "far", "offshore"]
    names: tuple[tuple[str, str], ...]

    def name(self, language: str) -> str:
        """The region's name in a language; English when there is none."""
        return dict(self.names).get(language, dict(self.names)["en"])


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """A person with a login. ``maker`` is the code of the manufacturer a manufacturer member works for."""

    username: str
    name: str
    email: str
    language: Language
    region: str
    role: Role = "shopper"
    maker: str | None = None


def _region(code: str, freight: Literal["near", "far", "offshore"], en: str, hans: str, hant: str) -> DemoRegion:
    return DemoRegion(code=code, freight_class=freight, names=(("en", en), ("zh-hans", hans), ("zh-hant", hant)))


REGIONS: tuple[DemoRegion, ...] = (
    _region("CN-SH", "near", "Shanghai", "上海", "上海"),
    _region("CN-GD", "near", "Guangdong", "广东", "廣東"),
    _region("CN-BJ", "near", "Beijing", "北京", "北京"),
    _region("CN-ZJ", "near", "Zhejiang", "浙江", "浙江"),
    _region("CN-JS", "near", "Jiangsu", "江苏", "江蘇"),
    _region("CN-SC", "far", "Sichuan", "四川", "四川"),
    _region("CN-HB", "near", "Hubei", "湖北", "湖北"),
    _region("CN-SD", "near", "Shandong", "山东", "山東"),
    _region("CN-LN", "far", "Liaoning", "辽宁", "遼寧"),
    _region("CN-FJ", "near", "Fujian", "福建", "福建"),
    _region("TW", "offshore", "Taiwan", "台湾", "台灣"),
    _region("HK", "offshore", "Hong Kong", "香港", "香港"),
    _region("SG", "offshore", "Singapore", "新加坡", "新加坡"),
)
REGION_BY_CODE: dict[str, DemoRegion] = {region.code: region for region in REGIONS}
REGIONS_BY_LANGUAGE: dict[str, tuple[str, ...]] = {
    "zh-hans": (
        "CN-SH",
        "CN-GD",
        "CN-GD",
        "CN-BJ",
        "CN-ZJ",
        "CN-ZJ",
        "CN-JS",
        "CN-JS",
        "CN-SC",
        "CN-HB",
        "CN-SD",
        "CN-LN",
        "CN-FJ",
        "CN-SH",
    ),
    "zh-hant": ("TW", "TW", "TW", "TW", "HK"),
    "en": ("CN-SH", "CN-BJ", "CN-GD", "HK", "SG", "CN-ZJ"),
    "mixed": ("CN-SH", "CN-GD", "HK", "TW", "SG", "CN-BJ"),
}
CAST: tuple[DemoPerson, ...] = (
    DemoPerson(username="ana", name="Ana Lin", email="ana@example.com", language="en", region="CN-SH"),
    DemoPerson(username="ben", name="Ben 周", email="ben@example.com", language="zh-hans", region="CN-GD"),
    DemoPerson(
        username="mira",
        name="Mira 沈",
        email="mira@example.com",
        language="zh-hans",
        region="CN-JS",
        role="manufacturer",
        maker="maker-a",
    ),
    DemoPerson(
        username="noor",
        name="Noor Rahman",
        email="noor@example.com",
        language="en",
        region="CN-GD",
        role="manufacturer",
        maker="maker-b",
    ),
    DemoPerson(username="sam", name="Sam 吳", email="sam@example.com", language="zh-hant", region="TW", role="staff"),
)
_FAMILY = {"zh-hans": "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高", "zh-hant": "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周"}
_GIVEN = {
    "zh-hans": "伟|芳|娜|敏|静|丽|强|磊|洋|艳|勇|杰|欣怡|梓涵|子轩|雨桐|浩然|思远|佳琪|晓明",
    "zh-hant": "怡君|雅婷|志明|家豪|淑芬|俊傑|佩珊|冠宇|宜蓁|承恩|心怡|柏翰|詩涵|宗翰|美玲|建宏",
}
_FIRST = (
    "Emma",
    "Liam",
    "Olivia",
    "Noah",
    "Mia",
    "Lucas",
    "Sofia",
    "Omar",
    "Priya",
    "Chloe",
    "Daniel",
    "Hana",
    "Ivan",
    "Julia",
    "Kofi",
    "Lena",
    "Marco",
    "Nina",
    "Oscar",
    "Rosa",
)
_LAST = (
    "Smith",
    "Garcia",
    "Kim",
    "Novak",
    "Patel",
    "Rossi",
    "Tan",
    "Nguyen",
    "Brown",
    "Silva",
    "Haddad",
    "Meyer",
    "Okafor",
    "Lopez",
    "Wong",
    "Larsen",
)


def generate_people(seed: int, n: int) -> tuple[DemoPerson, ...]:
    """``n`` shoppers besides the cast, equal for equal arguments; e-mail addresses are unique.

    Shopper ``i`` of a generated wish is the ``i``-th of these; the first ones stay the same when ``n`` grows.
    """
    return tuple(_person(seed, number) for number in range(n))


def shopper_language(number: int) -> Language:
    """The language a shopper uses: of every twenty, ten write simplified, four traditional Chinese, six English."""
    place = number % 20
    return "zh-hans" if place < 10 else "zh-hant" if place < 14 else "en"


def shopper_number(rng: Random, language: str, wish_number: int) -> int:
    """Who leaves the ``wish_number``-th wish: mostly someone new, at times someone who was there before."""
    first, count = _PLACES[language]
    block = wish_number * 4 // 5 // 20
    if rng.random() < 0.15:
        block = int(rng.random() * (block + 1))
    return block * 20 + first + int(rng.random() * count)


def shopper_region(number: int, language: str) -> str:
    """Where a shopper's goods usually go."""
    codes = REGIONS_BY_LANGUAGE[language]
    return codes[(number // 20 * 7 + number) % len(codes)]


_PLACES = {"zh-hans": (0, 10), "zh-hant": (10, 4), "en": (14, 6), "mixed": (0, 20)}


def _person(seed: int, number: int) -> DemoPerson:
    rng = Random(f"person-{seed}-{number}")
    language = shopper_language(number)
    if language == "en":
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    else:
        name = rng.choice(_FAMILY[language]) + rng.choice(_GIVEN[language].split("|"))
    username = f"shopper{number:06d}"
    return DemoPerson(
        username=username,
        name=name,
        email=f"{username}@example.com",
        language=language,
        region=shopper_region(number, language),
    )
