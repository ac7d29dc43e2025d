"""People correct themselves as they write: 预算两千，不对，一千八 · 14 inch, no wait, make it 16 · black, sorry, red.

The words that correct take the place of what they correct, so that what stood around it (budget, under, inch) still
does its work; everything else is read as if it had been written right at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues
from .amounts import Amount
from .folding import Folded
from .lexicon import Match, longest

MOST = 4
"""Only so many corrections of one text are followed."""

_BACK, _AHEAD = 60, 14
_LEAD = re.compile(
    r"[\s,。:;.!\-…~]*(?:(?:还是|应该|改|换|要|就|是|想|说|成|为|我|用|吧|了|给我|的)*|"
    r"(?:(?:i|i'd|it|it's|it is|should|be|meant|mean|make|that|to|want|need|rather|actually|go|with|for|a|an|the|"
    r"have|let's|say|we|of)(?![a-z])[\s,]*)*)[\s,:]*$"
)
_KEPT = re.compile(
    r"(?:以内|以下|以上|之内|内|起|左右|上下|块钱|块|元|寸|吋|[台张个件只条把套支双]|的|吧|了|(?<=\d)[\"'])*"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: str
    amount: Amount | None = None


def settle(folded: Folded, matches: Sequence[Match], amounts: Sequence[Amount]) -> Folded | None:
    """The text as it was meant after its first correction; ``None`` when there is none that can be followed."""
    text = folded.text
    pieces = _pieces(matches, amounts)
    for cue in cues.CORRECTION.finditer(text):
        after = next((p for p in pieces if p.start >= cue.end() and p.start - cue.end() <= _AHEAD), None)
        if after is None or not _LEAD.fullmatch(_led(text, cue.end(), after)):
            continue
        before = [p for p in pieces if p.end <= cue.start() and cue.start() - p.end <= _BACK]
        wrong = next((p for p in reversed(before) if _same_kind(text, p, after)), None)
        if wrong is not None:
            return _put(folded, wrong, after, cue.start())
    return None


def _pieces(matches: Sequence[Match], amounts: Sequence[Amount]) -> list[_Piece]:
    taken = [_Piece(a.number_start, a.number_end, "amount", a) for a in amounts]
    for match in longest([m for m in matches if any(t.kind in ("value", "category") for t in m.targets)]):
        if not any(match.start < p.end and p.start < match.end for p in taken):
            kinds = sorted({t.attribute for t in match.targets if t.kind == "value"}) or ["category"]
            taken.append(_Piece(match.start, match.end, " ".join(kinds)))
    return sorted(taken, key=lambda piece: piece.start)


def _led(text: str, at: int, piece: _Piece) -> str:
    """What stands between a cue and the piece after it, without the piece's own bound or currency."""
    start = piece.amount.start if piece.amount else piece.start
    return text[at : max(start, at)]


def _same_kind(text: str, wrong: _Piece, right: _Piece) -> bool:
    if wrong.amount is None or right.amount is None:
        return wrong.amount is right.amount and bool(set(wrong.kind.split()) & set(right.kind.split()))
    one, other = wrong.amount, right.amount
    if one.meanings and other.meanings:
        return bool({kind for kind, _ in one.meanings} & {kind for kind, _ in other.meanings})
    if (one.meanings and other.currency) or (one.currency and other.meanings):
        return False
    counted = [text[p.end : p.end + 1] in cues.CLASSIFIERS and text[p.end : p.end + 1] != "" for p in (wrong, right)]
    if counted[1] and not counted[0] and one.style != "word":
        return False
    return one.low <= 8 * other.high and other.low <= 8 * one.high


def _put(folded: Folded, wrong: _Piece, right: _Piece, cue: int) -> Folded:
    """The right piece where the wrong one stood; the cue and what it brought are cut out.

    A right amount brings its own unit; without one it takes over the wrong one's (预算两千元 → 一千八元).
    """
    start, end = right.start, right.end
    stop = end + len(_KEPT.match(folded.text, end)[0])  # type: ignore[index]
    old = wrong.end
    if wrong.amount is not None and right.amount is not None:
        if wrong.amount.unit and not right.amount.unit:
            old = wrong.end - len(wrong.amount.unit)
        if wrong.amount.currency and not right.amount.currency:
            old = wrong.amount.number_end - (wrong.amount.number_end - _digits_end(folded.text, wrong.amount))
        if right.amount.bound != "exact" and wrong.amount.bound == "exact":
            start, stop = right.amount.start, max(stop, right.amount.end)
            end = right.amount.end
    parts = ((0, wrong.start), (start, end), (old, cue), (stop, len(folded.text)))
    return folded.arranged(parts)


def _digits_end(text: str, amount: Amount) -> int:
    match = re.compile(r"[\d.,]+|[零〇一二两三四五六七八九十百千万亿]+").match(text, amount.number_start)
    return match.end() if match else amount.number_end
