"""What a clause says about the things named in it: wanted, preferred, denied or indifferent.

Scope is kept short on purpose: a denial reaches the next thing named and what is coordinated with it, no further.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from . import cues
from .folding import is_han

Stance = Literal["must", "nice", "deny", "nice_deny", "indifferent", "also"]

_HARD = re.compile(
    r"[。;!?\n()\[\]【】]|(?<!\d)\s[-~]+\s|\s[-~]+\s(?!\d)|(?<!\d),|,(?!\d{3}(?!\d))|\.(?=\s|$)|(?<=[\u4e00-\u9fff])\.|"
    r"(?<![a-z])(?<!anything )(?<!any )(?<!colour )(?<!color )(?<!nothing )(?:but|however|also)(?![a-z])|但是?|"
    r"不过|另外|然后"
)
_SPACE = re.compile(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")
_JOINT = re.compile(
    r"^[\s、/,&+]*(?:和|或者?是?|跟|与|以及|还有|还是|要么|也?不要|别要|and|or|nor|的|色|款|码|号|的或者?|的和|都|也行|"
    r"也可以)?[\s、/&+]*(?:的|色|a|an|the|in)?\s*$"
)
_CONJUNCTION = re.compile(r"和|或|跟|与|以及|还有|[&+]|(?<![a-z])(?:and|or|nor)(?![a-z])")


_FINE = re.compile(r"(?:都|也)(?:行|可以|可|ok|没关系|没事|没问题|无所谓)[的啦了吧~]*\s*$")
_EITHER = re.compile(r"有没有|有无|要不要|带不带|是不是|是否|能不能")
_FEW = 6
"""Signs of grammar in 有没有拖地功能都可以的, besides the thing named."""
_OTHERS = re.compile(r"除|别的|其他|其它|剩下|什么|任何|随便|以外|之外|外")


class Placed(Protocol):
    """Anything with a half-open place in the folded text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Cue:
    """A word of grammar and the stance it gives; ``forward`` to what follows, else to what stands before."""

    start: int
    end: int
    stance: Stance
    forward: bool


@lru_cache(maxsize=8)
def clauses(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open clauses of a folded text, in order, without their separators."""
    found, start = [], 0
    for match in _HARD.finditer(text):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return tuple((a, b) for a, b in found if a < b)


def cues_of(text: str, protected: Sequence[tuple[int, int]]) -> list[Cue]:
    """Cues of a folded text by place; those inside a protected span (免打孔, no-drill) are part of a name."""
    found: list[Cue] = []
    for pattern, stance, forward in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(a < end and start < b for a, b in protected) or any(c.start < end and start < c.end for c in found):
                continue
            found.append(Cue(start, end, stance, forward))
    return sorted(found, key=lambda cue: cue.start)


_PATTERNS: tuple[tuple[re.Pattern[str], Stance, bool], ...] = (
    (cues.WITHOUT_TOO, "nice", False),
    (cues.INDIFFERENT_AFTER, "indifferent", False),
    (
        re.compile(
            cues.DENY_AFTER.pattern + r"(?=[的了啊哦呀吧~]*(?:\s*[,。;!?()]|\s*$|都|也|就|"
            r"(?<=[\u4e00-\u9fff])\s))"
        ),
        "deny",
        False,
    ),
    (cues.INDIFFERENT_BEFORE, "indifferent", True),
    (
        re.compile(
            r"(?:" + cues.NICE_AFTER.pattern + r")(?=[的了啊哦呀吧~]*(?:\s*[,。;!?()]|\s*$|的话|"
            r"(?<=[\u4e00-\u9fff])\s))"
        ),
        "nice",
        False,
    ),
    (cues.NICE_BEFORE, "nice", True),
    (cues.NICE_AFTER, "nice", False),
    (cues.ALSO_OK, "also", False),
    (cues.DENY, "deny", True),
)


def stances(text: str, items: Sequence[Placed], keys: Sequence[str], found: Sequence[Cue]) -> list[Stance]:
    """The stance of each item; items sorted by place and not overlapping; ``keys`` name each item's attribute."""
    stance: list[Stance] = ["must"] * len(items)
    bounds = clauses(text)
    for cue in found:
        low, high = next(((a, b) for a, b in bounds if a <= cue.start < b), (cue.start, cue.end))
        inside = [i for i, item in enumerate(items) if low <= item.start and item.end <= high]
        reached = _after(text, items, keys, inside, cue) if cue.forward else _before(text, items, keys, inside, cue)
        if cue.forward and not reached and _ends(text, cue, items, inside, high):
            reached = _before(text, items, keys, inside, cue)
        if not cue.forward and not reached and cue.stance == "nice":
            reached = _previous_clause(items, cue, bounds)
        for index in reached:
            stance[index] = _both(stance[index], cue.stance)
    _bare_negation(text, items, stance)
    _without_is_fine(text, items, stance, bounds)
    return stance


def _without_is_fine(
    text: str, items: Sequence[Placed], stance: list[Stance], bounds: Sequence[tuple[int, int]]
) -> None:
    """``不带集尘不带拖地都行``: what may be missing is no demand that it be missing. Not so for 除了红色都行."""
    for low, high in bounds:
        clause = text[low:high]
        if _FINE.search(clause) and not _OTHERS.search(clause):
            either = _weighed(text, low, high, items)
            for index, item in enumerate(items):
                if low <= item.start < high and (either or stance[index] == "deny"):
                    stance[index] = "indifferent"


def _weighed(text: str, low: int, high: int, items: Sequence[Placed]) -> bool:
    """Whether ``either way`` is said of the things named, and of nothing else: not so in 有没有壁挂的 白的粉的都行,
    which asks for one."""
    asked = next(_EITHER.finditer(text, low, high), None)
    if asked is None:
        return False
    inside = {place for item in items for place in range(item.start, item.end)}
    between = [place for place in range(asked.end(), high) if place not in inside and is_han(text[place])]
    return len(between) <= _FEW


def _both(old: Stance, new: Stance) -> Stance:
    if {old, new} == {"nice", "deny"}:
        return "nice_deny"
    return old if new == "also" and old != "must" else new


def _after(text: str, items: Sequence[Placed], keys: Sequence[str], inside: list[int], cue: Cue) -> list[int]:
    reached: list[int] = []
    place = cue.end
    for index in inside:
        item = items[index]
        if item.start < cue.end:
            continue
        gap = text[place : item.start]
        if not reached:
            if _too_far(gap, cue.stance):
                break
        elif cue.stance == "nice":
            if _SPACE.search(text, max(place - 1, 0), item.start + 1):
                break
        elif not _joint(gap, keys[reached[-1]] == keys[index]) or _begins_anew(text, gap, item):
            break
        reached.append(index)
        place = item.end
    return reached


def _begins_anew(text: str, gap: str, item: Placed) -> bool:
    """A space and a phrase of its own that describes what is wanted: 不要吸管 弹盖的."""
    return gap == " " and text[item.end : item.end + 1] == "的" and bool(_SPACE.match(text, item.start - 1))


def _joint(gap: str, same: bool) -> bool:
    """Whether a gap coordinates its two sides; things of different kinds only by an explicit and/or."""
    return bool(_JOINT.match(gap)) and (same or bool(_CONJUNCTION.search(gap)))


def _ends(text: str, cue: Cue, items: Sequence[Placed], inside: list[int], high: int) -> bool:
    """Whether a cue ends its clause, or is followed there by a space only: 前厅最好有, 腳凳不用. A preference may
    also be followed by words that name nothing: 烘干最好也带上."""
    if cue.stance == "nice":
        return not any(items[index].start >= cue.end for index in inside)
    return not text[cue.end : high].strip("的了啊哦呀吧~ ") or bool(_SPACE.match(text, cue.end))


def _too_far(gap: str, stance: Stance) -> bool:
    if stance == "nice":
        return len(gap) > 40
    if re.search(r"(?<![不别])(?:要|想|只)|(?<![a-z])(?:but|with|want|need|just|only|please)(?![a-z])|:", gap):
        return True
    han = sum("\u4e00" <= char <= "\u9fff" for char in gap)
    return han > 7 or len(gap.split()) > 5


def _before(text: str, items: Sequence[Placed], keys: Sequence[str], inside: list[int], cue: Cue) -> list[int]:
    reached: list[int] = []
    place = cue.start
    for index in reversed(inside):
        item = items[index]
        if item.end > cue.start:
            continue
        gap = text[item.end : place]
        if not reached:
            if len(gap) > 10 or _SPACE.search(text, item.end, max(place - 1, item.end)):
                break
        elif not _joint(gap, keys[reached[-1]] == keys[index]):
            break
        reached.append(index)
        place = item.start
    return reached


def _previous_clause(items: Sequence[Placed], cue: Cue, bounds: Sequence[tuple[int, int]]) -> list[int]:
    """``最好静音, 没有也行`` and ``hood, if possible``: the cue stands alone in its clause."""
    before = [(a, b) for a, b in bounds if b <= cue.start]
    if not before:
        return []
    low, high = before[-1]
    inside = [i for i, item in enumerate(items) if low <= item.start and item.end <= high]
    return inside[-1:]


def _bare_negation(text: str, items: Sequence[Placed], stance: list[Stance]) -> None:
    """A bare 不 right before a thing named: 只扫不拖."""
    for index, item in enumerate(items):
        if (
            stance[index] == "must"
            and item.start
            and text[item.start - 1] == "不"
            and text[item.start - 2 : item.start - 1] not in ("好", "要")
        ):
            stance[index] = "deny"
