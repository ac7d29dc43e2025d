"""Every spelling of everything a catalogue names, and where those stand in a text.

Built on Aho-Corasick (Aho, Corasick 1975; pyahocorasick): one pass over a text finds all spellings, however many.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import ahocorasick
import opencc

from . import goods
from .catalogue import Attribute, Catalogue, ChoiceValue
from .folding import fold_text, is_han
from .thesaurus import rows

Kind = Literal["category", "value", "flag", "attribute", "thing"]


LIMIT = 160
"""Only so many names of a text are read."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a spelling may stand for. ``code`` is the category's, the value's, or the attribute's own for flags and
    attribute names; empty for a thing outside the catalogue. ``named`` tells a category's name from an alias of it."""

    kind: Kind
    attribute: str
    code: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A spelling at a half-open place in the folded text."""

    start: int
    end: int
    targets: tuple[Target, ...]


class Lexicon:
    """All spellings of a catalogue, compiled."""

    __slots__ = ("_automaton", "_case", "names", "right", "words")

    def __init__(self, catalogue: Catalogue) -> None:
        entries: dict[str, dict[Target, None]] = defaultdict(dict)
        for category in catalogue.categories:
            names = {name for _, name in category.names}
            for surface in category.surfaces:
                target = Target("category", "", category.code, surface in names)
                for spelling in spellings(surface):
                    entries[spelling].setdefault(target)
        for attribute in catalogue.attributes:
            _add_attribute(entries, attribute)
        self.words = _written(catalogue)
        self.names = frozenset(word for word, targets in entries.items() if any(t.kind != "attribute" for t in targets))
        self.right = frozenset(entries) | _add_goods(entries)
        self._automaton = ahocorasick.Automaton()
        for spelling, targets in entries.items():
            if spelling:
                self._automaton.add_word(spelling, (len(spelling), tuple(targets)))
        self._automaton.make_automaton()
        self._case = _upper_letters(catalogue)

    def find(self, text: str, cased: str) -> list[Match]:
        """All spellings in a folded text, overlapping ones too, by place; Latin ones only as whole words."""
        found: list[Match] = []
        if not len(self._automaton):
            return found
        for last, (length, targets) in self._automaton.iter(text):
            start, end = last + 1 - length, last + 1
            if not _whole(text, start, end) or (length == 1 and not self._letter_ok(text, cased, start)):
                continue
            found.append(Match(start, end, targets))
            if len(found) >= LIMIT:
                break
        found.sort(key=lambda match: (match.start, -match.end))
        return _without_cut_things(found)

    def _letter_ok(self, text: str, cased: str, at: int) -> bool:
        """A single Latin letter (size M) counts in capitals only; a Chinese character not inside a common word."""
        letter = text[at]
        if letter in self._case:
            return cased[at].isupper()
        return not _inside_word(text, at)


def _without_cut_things(found: list[Match]) -> list[Match]:
    """A thing outside the catalogue that only overlaps a category's name is none: 折叠床 in 折叠床垫."""
    if not any(match.targets[0].kind == "thing" for match in found):
        return found
    names = [(m.start, m.end) for m in found if any(t.kind == "category" for t in m.targets)]

    def cut(match: Match) -> bool:
        overlaps = [(a, b) for a, b in names if a < match.end and match.start < b]
        return any(not (match.start <= a and b <= match.end) for a, b in overlaps)

    return [match for match in found if match.targets[0].kind != "thing" or not cut(match)]


def longest(matches: Sequence[Match]) -> list[Match]:
    """The longest matches that do not overlap, by place; of equal ones the first."""
    kept: list[Match] = []
    taken = bytearray(max((match.end for match in matches), default=0))
    for match in sorted(matches, key=lambda match: (match.start - match.end, match.start)):
        if 1 not in taken[match.start : match.end]:
            taken[match.start : match.end] = b"\1" * (match.end - match.start)
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _written(catalogue: Catalogue) -> frozenset[str]:
    """The spellings that slips of the pen are corrected to: names of categories, values and flags as the file has
    them."""
    surfaces = [s for category in catalogue.categories for s in category.surfaces]
    surfaces += [s for a in catalogue.attributes for value in a.values for s in value.surfaces]
    surfaces += [s for a in catalogue.attributes if a.kind == "flag" for s in a.surfaces]
    return frozenset(spelling for surface in surfaces for spelling in spellings(surface))


def _add_goods(entries: dict[str, dict[Target, None]]) -> frozenset[str]:
    """Add everyday words for the categories, and things that are none of them; the latter are given back."""
    owners = {word: t.code for word, targets in entries.items() for t in targets if t.kind == "category"}
    named = frozenset(word for word, targets in entries.items() if any(t.kind != "category" for t in targets))
    also, outside = goods.judge(owners, named, spellings)
    for word, code in also.items():
        entries[word].setdefault(Target("category", "", code))
    for word in outside:
        entries[word].setdefault(Target("thing", "", ""))
    return outside


def _add_attribute(entries: dict[str, dict[Target, None]], attribute: Attribute) -> None:
    own = Target("flag" if attribute.kind == "flag" else "attribute", attribute.code, attribute.code)
    for surface in attribute.surfaces:
        for spelling in spellings(surface):
            entries[spelling].setdefault(own)
            if attribute.kind == "flag":
                for derived in _flag_forms(spelling):
                    entries[derived].setdefault(own)
    taken: dict[str, str] = {}
    for value in attribute.values:
        for surface in value.surfaces:
            for spelling in spellings(surface):
                entries[spelling].setdefault(Target("value", attribute.code, value.code))
                taken.setdefault(spelling, value.code)
    for code, derived in [*_derived(attribute, taken), *_everyday(taken)]:
        entries[derived].setdefault(Target("value", attribute.code, code))


def _everyday(taken: dict[str, str]) -> Iterable[tuple[str, str]]:
    """Everyday words for the values of one attribute, where a value is named by a seed of the thesaurus."""
    for seeds, words in rows():
        code = next((taken[seed] for seed in sorted(seeds) if seed in taken), None)
        if code is None:
            continue
        for word in (*sorted(seeds), *words):
            for spelling in _english_forms(word) if word.isascii() else (word,):
                if spelling not in taken:
                    yield code, spelling


def spellings(surface: str) -> tuple[str, ...]:
    """Folded spellings of a name: hyphens or none, plural or not, mainland and Taiwan word."""
    base = fold_text(surface)
    found = {base: None}
    if any(map(is_han, base)):
        for converter in _converters():
            found.setdefault(fold_text(converter.convert(surface)))
        found.update(dict.fromkeys(_taiwan(base)))
    for spelling in list(found):
        if " " in spelling:
            found.setdefault(spelling.replace(" ", ""))
    for spelling in list(found):
        found.update(dict.fromkeys(_english_forms(spelling)))
    return tuple(found)


_BRITISH = (("colour", "color"), ("grey", "gray"), ("litre", "liter"), ("aluminium", "aluminum"), ("fibre", "fiber"),
            ("ise", "ize"), ("isation", "ization"), ("tyre", "tire"), ("centre", "center"), ("mould",
            "mold"))  # fmt: skip


def _english_forms(spelling: str) -> Iterable[str]:
    if len(spelling) < 3 or not (spelling[-1].isascii() and spelling[-1].isalpha()):
        return
    forms = [spelling]
    for british, american in _BRITISH:
        for old, new in ((british, american), (american, british)):
            if old in spelling and (len(old) > 3 or spelling.endswith((old, old + "d"))):
                forms.append(spelling.replace(old, new))
    for form in forms:
        yield form
        if form.endswith(("s", "x", "ch", "sh")):
            yield form + "es"
        elif form.endswith("y") and form[-2] not in "aeiou":
            yield form[:-1] + "ies"
        else:
            yield form + "s"
        if form.endswith("s") and not form.endswith("ss") and len(form) > 4:
            yield form[:-1]


_HUES = frozenset("黑白红灰蓝绿黄紫粉橙棕褐青金银米")
_SUFFIXES = ("款", "版", "式", "型", "的")
_FLAG_PREFIXES = ("带", "有", "可", "能", "可以", "支持", "自带")


def _flag_forms(spelling: str) -> Iterable[str]:
    for prefix in _FLAG_PREFIXES:
        if spelling.startswith(prefix) and len(spelling) - len(prefix) >= 2:
            yield spelling[len(prefix) :]
    for suffix in ("功能", "设计"):
        if spelling.endswith(suffix) and len(spelling) - len(suffix) >= 2:
            yield spelling[: -len(suffix)]


def _derived(attribute: Attribute, taken: dict[str, str]) -> Iterable[tuple[str, str]]:
    """Shorter spellings of values that stay unmistakable within their attribute: 红色 → 红, 吸管盖 → 吸管 "
    "among lids."""
    heads = {spelling for surface in attribute.surfaces for spelling in spellings(surface)}
    own: dict[str, set[str]] = defaultdict(set)
    for value in attribute.values:
        siblings = _siblings(attribute, value)
        for spelling in {s for surface in value.surfaces for s in spellings(surface)}:
            for short in _shorter(spelling, heads, siblings):
                if short not in heads and not _NUMBER.fullmatch(short):
                    own[short].add(value.code)
    for short, codes in own.items():
        if len(codes) == 1 and short not in taken:
            yield next(iter(codes)), short


_NUMBER = re.compile(
    r"[\d.]+|[零一二两三四五六七八九十百千万单双\d]+[个件只条双台张把套支]?|one|two|three|four|five|six|seven|eight|nine|ten"
)
"""Three of "three-season" alone is a number."""
_GRADE = re.compile(r"3\d\d")
"""Grades of steel (304, 316) are also written 304L."""


def _siblings(attribute: Attribute, value: ChoiceValue) -> frozenset[str]:
    return frozenset(fold_text(name) for other in attribute.values if other is not value for _, name in other.names)


def _shorter(spelling: str, heads: set[str], siblings: frozenset[str]) -> Iterable[str]:
    if is_han(spelling[-1:] or " "):
        if spelling.endswith("色") and (len(spelling) == 2 or spelling[-2:-1] in _HUES):
            yield spelling[:-1]
        for suffix in _SUFFIXES:
            if spelling.endswith(suffix) and len(spelling) >= 2:
                stem = spelling[: -len(suffix)]
                yield from (stem + other for other in _SUFFIXES)
                if len(stem) >= 2:
                    yield stem
        for size in range(1, len(spelling) - 1):
            tail = spelling[-size:]
            if (tail in heads or (size >= 2 and any(name.endswith(tail) for name in siblings))) and len(
                spelling
            ) - size >= 2:
                yield spelling[:-size]
    elif _GRADE.fullmatch(spelling):
        yield spelling + "l"
    elif " " in spelling:
        first, _, tail = spelling.rpartition(" ")
        if len(first) >= 3 and (tail in heads or any(name.endswith(" " + tail) for name in siblings)):
            yield first


_CN_TW = (
    ("屏幕", "萤幕"), ("内存", "记忆体"), ("硬盘", "硬碟"), ("激光", "雷射"), ("视频", "影片"), ("程序",
    "程式"), ("鼠标", "滑鼠"),
    ("打印", "列印"), ("笔记本", "笔电"), ("自行车", "脚踏车"), ("自行车", "单车"), ("摩托车", "机车"), ("塑料",
    "塑胶"), ("智能", "智慧"),
    ("充电宝", "行动电源"), ("网络", "网路"), ("软件", "软体"), ("质量", "品质"), ("空调", "冷气"), ("帐篷",
    "帐棚"), ("保温杯", "保温瓶"),
    ("摄像头", "摄影机"), ("摄像头", "镜头"), ("窗口", "视窗"), ("信息", "资讯"), ("刹车", "煞车"), ("碟刹",
    "碟煞"), ("座椅", "座垫"), ("颈枕", "头枕"),
    ("变速", "段变"), ("遥控", "摇控"), ("触屏", "触控"), ("数据线", "传输线"), ("衬衫", "衬衣"), ("不锈钢",
    "白铁"), ("碳纤维", "碳纤"), ("轮子", "轮"),
)  # fmt: skip


def _taiwan(base: str) -> Iterable[str]:
    for mainland, taiwan in _CN_TW:
        for old, new in ((mainland, taiwan), (taiwan, mainland)):
            if old in base and new not in base:
                yield base.replace(old, new)


@cache
def _converters() -> tuple[opencc.OpenCC, ...]:
    return opencc.OpenCC("tw2sp"), opencc.OpenCC("s2twp")


def _upper_letters(catalogue: Catalogue) -> frozenset[str]:
    surfaces = (s for a in catalogue.attributes for value in a.values for s in value.surfaces)
    return frozenset(s.lower() for s in surfaces if len(s) == 1 and s.isascii() and s.isupper())


def _whole(text: str, start: int, end: int) -> bool:
    first, last = text[start], text[end - 1]
    if first.isascii() and first.isalnum() and start and _joins(text[start - 1], first):
        return False
    return not (last.isascii() and last.isalnum() and end < len(text) and _joins(text[end], last))


def _joins(neighbour: str, edge: str) -> bool:
    if not neighbour.isascii():
        return False
    return neighbour.isalnum() if edge.isalpha() else neighbour.isalnum() or neighbour == "."


_COMPOUNDS = ["黑科技", "黑五", "黑洞", "黑心", "白天", "白领", "明白", "空白", "白菜", "小白", "白给", "告白",
    "红包", "网红", "红人", "粉丝", "粉底", "面粉", "奶粉", "粉尘", "金额", "现金", "资金", "押金", "基金",
    "租金", "定金", "黄金", "订金", "金属", "五金", "黄牛", "绿植", "绿色环保", "长途", "家长", "长辈", "成长",
    "长大", "长期", "长时间", "长得", "擅长", "校长", "队长", "班长", "部长", "延长", "长草", "长久", "增长",
    "短期", "短信", "缩短", "短板", "灰尘", "银行", "蓝牙", "紫外", "橙子", "橘子", "男友", "女友", "儿女",
    "子女", "美女", "汪汪", "圆满", "团圆", "圆梦", "美元", "垫付", "童年", "儿童节", "竹子", "竹子", "钛合",
    "咖啡", "咖喱", "皮肤", "橡皮", "调皮", "海绵",
    "粉碎", "青年", "年青", "狗血", "卡成狗", "猫腻", "小号手", "大号角", "圆珠", "桌垫", "棕榈", "重新",
    "重要", "重复", "严重", "看重", "注重", "尊重", "发黄", "变黄", "泛黄", "发黑", "变黑", "变白", "掉色",
    "高兴", "高手", "高铁", "提高", "高考", "高中", "最高", "厚道", "丰厚", "长沙", "长春", "深圳",
    "深度好", "白粉", "粉末", "黄豆", "绿豆", "红豆", "白米", "黑米", "白糖", "红糖", "红茶", "绿茶", "白茶", "白酒",
    "红酒", "黄酒", "白噪", "白开水", "粉笔", "蓝光", "红外", "紫外", "白板", "黑板", "黑屏", "红薯", "橙汁", "红绿灯",
    "金毛", "金鱼", "金刚", "银杏", "灰度", "长度", "长宽", "长短", "长时", "短途", "短时", "黑夜", "黑暗", "小米",
    "大米", "米饭", "平米", "厘米", "毫米", "玉米", "虾米", "棉花", "红利", "红眼", "黄金周",
    "绿化", "绿道", "绿叶", "青菜", "蓝莓", "橙光"]  # fmt: skip


@cache
def _compounds() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for word in _COMPOUNDS:
        for place, char in enumerate(word):
            found[char].append((word, place))
    return {char: tuple(words) for char, words in found.items()}


def _inside_word(text: str, at: int) -> bool:
    return any(place <= at and text.startswith(word, at - place) for word, place in _compounds().get(text[at], ()))
