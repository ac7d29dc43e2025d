"""Which of the names found in a text say something about the category it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .amounts import Amount
from .attributes import Named
from .catalogue import Attribute
from .category import Chosen
from .folding import fold_text
from .lexicon import Match, Target


def named(
    text: str,
    matches: Sequence[Match],
    listed: Sequence[Attribute],
    chosen: Chosen | None,
    region: tuple[str, int, int] | None,
    amounts: Sequence[Amount],
) -> tuple[list[Named], list[Match]]:
    """Values and flags of the category at their longest, not overlapping; and the places of its quantities' names."""
    order = {attribute.code: index for index, attribute in enumerate(listed)}
    kept: list[Named] = []
    heads: list[Match] = []
    product = chosen.places if chosen else ()
    measured = [(a.number_start, a.number_end) for a in amounts]
    elsewhere = [(m.start, m.end) for m in matches if m.targets[0].kind == "thing"]
    elsewhere += [region[1:]] if region else []
    named_whole = [m for m in matches if chosen and any(t.code == chosen.code and t.named for t in m.targets)]
    for match in sorted(matches, key=lambda match: (match.start - match.end, match.start)):
        own = sorted(
            (t for t in match.targets if t.attribute in order),
            key=lambda t: (t.kind == "attribute", order[t.attribute]),
        )
        if not own:
            continue
        if any(target.kind == "attribute" for target in own) and not any(
            a <= match.start and match.end <= b for a, b in [*product, *measured]
        ):
            heads.append(match)
        if own[0].kind == "attribute" or any(match.start < other.end and other.start < match.end for other in kept):
            continue
        if any(other.start <= match.start and match.end <= other.end for other in named_whole):
            continue
        if any(a <= match.start and match.end <= b for a, b in elsewhere) or _consumed(text, match):
            continue
        kept.append(Named(match.start, match.end, own[0]))
    taken = {place for one in kept for place in range(one.start, one.end)}
    kept += [one for one in _denied_verbs(text, listed) if one.start not in taken]
    return sorted(kept, key=lambda item: item.start), heads


_VERB_OBJECT = re.compile(r"(?![带有可能会无免])[\u4e00-\u9fff]{2}")
_VERB_DENIED = re.compile(r"(?:不要?|别)([\u4e00-\u9fff])(?=[的了]?(?:[\s,。;!?()、]|$))")


def _denied_verbs(text: str, listed: Sequence[Attribute]) -> list[Named]:
    """A flag named by verb and object, denied by its verb alone at the end of a phrase: 只扫不拖 for 拖地."""
    denied = list(_VERB_DENIED.finditer(text))
    if not denied:
        return []
    verbs: dict[str, set[str]] = {}
    for attribute in listed:
        for surface in map(fold_text, attribute.surfaces if attribute.kind == "flag" else ()):
            if _VERB_OBJECT.fullmatch(surface):
                verbs.setdefault(surface[0], set()).add(attribute.code)
    meant = {verb: next(iter(codes)) for verb, codes in verbs.items() if len(codes) == 1}
    return [
        Named(one.start(1), one.end(1), Target("flag", meant[one[1]], meant[one[1]]))
        for one in denied
        if one[1] in meant
    ]


_FOOD = re.compile(r"咖啡|巧克力|柠檬|奶茶|抹茶|coffee|chocolate|mocha|wine|lemon|mint|cream|matcha|chestnut|olive")
_EATEN_BEFORE = re.compile(
    r"(?:[喝泡煮冲倒装盛吃切点买做拉磨的杯壶]|(?<![a-z])(?:for|my|of|brew|make|making|drink|drinking|hot|iced|keep|"
    r"keeps|pour|hold|holds|the|a|with|morning|cup of) )\s*$"
)
_EATEN_AFTER = re.compile(
    r"\s?(?:[店馆机师杯豆粉渍渣味壶到能会]|(?:to|machine|maker|cup|drinker|lover|beans|shop|stays?|in)(?![a-z]))"
)


def _consumed(text: str, match: Match) -> bool:
    """Whether what may be a colour is food or drink here: 喝咖啡用, for coffee."""
    if not _FOOD.fullmatch(text, match.start, match.end):
        return False
    return bool(_EATEN_BEFORE.search(text, 0, match.start) or _EATEN_AFTER.match(text, match.end))


def _covers(item: Named, amount: Amount) -> bool:
    """A name that holds the whole amount with its unit (2.4G, 316L, 2L as a size) is no amount."""
    return not amount.currency and item.start <= amount.number_start and amount.number_end <= item.end


def _numbered(text: str, item: Named, amount: Amount) -> bool:
    inside = item.start < amount.number_end and amount.number_start < item.end
    whole = item.start <= amount.number_start and amount.number_end <= item.end
    return whole or (inside and any(char.isdigit() for char in text[item.start : item.end]))


def apart(text: str, found: Sequence[Amount], named: Sequence[Named]) -> tuple[list[Amount], list[Named]]:
    """An amount inside a longer name (304 steel, 2XL) is the name; a name inside an amount (5L) is the amount."""
    amounts = [
        amount
        for amount in found
        if not any(_covers(item, amount) for item in named)
        and (amount.currency or amount.meanings or not any(_numbered(text, item, amount) for item in named))
    ]
    kept = [item for item in named if not any(item.start < a.number_end and a.number_start < item.end for a in amounts)]
    return amounts, kept
