"""Words of a wish that the catalogue has no value for, as far as a person would recognise them in a chip.

The reader lists every content word that it could not place, the shopper's stories and fragments of Chinese words
included. A chip shows only what stands beside something understood, or alone between commas, and is a whole word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from demand.reading.kernel.folding import Folded, fold
from demand.reading.kernel.reading import Found, Reading, Span

MOST = 4
MOST_LETTERS = 24
NEAR_WORDS = 4
SHORT_CLAUSE_WORDS = 3
SHORT_CLAUSE_HAN = 6
_HAN = r"\u4e00-\u9fff"
_CLAUSE = re.compile(r"[^,;:。.!?、()\n]+")
_LATIN_WORD = re.compile(r"[a-z][a-z']*")
_STORY = re.compile(
    r"(?<![a-z])(?:i|i'm|im|we|he|she|they|my|our|his|her|their|you|mom|mum|dad|wife|husband|kids?|because)(?![a-z])"
    r"|[我你他她咱爸妈媽]|老婆|老公|孩子|朋友|儿子|女儿"
)
_REASON = re.compile(
    r"(?<![a-z])(?:because|since|when|while|whenever|anyway|so that|for my|for our)(?![a-z])|因为|所以"
)
_BEFORE_WORD = re.compile(
    r"(?:^|[^" + _HAN + r"]|[的了要带和与及跟或很更最太款台件张只条把套支双个想买找求做用有是]|超级|一点|比较|非常)$"
)
_AFTER_WORD = re.compile(r"^(?:$|[^" + _HAN + r"]|[的了和与及跟或吗呢吧好]|一点|一些|要|可以|最好|左右)")


@dataclass(frozen=True, slots=True)
class OpenWord:
    """``key`` is the reader's spelling, ``label`` how its shopper wrote it."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Where the text was understood: as the thing's name, as name or need, and in all (price, number, date, region)."""

    name: Sequence[Span]
    thing: Sequence[Span]
    all: Sequence[Span]


def open_words(reading: Reading, words: Sequence[str], text: str) -> list[OpenWord]:
    """Those of ``words`` (of the reading's unknown ones) worth a chip, in the order of the text, at most ``MOST``."""
    folded = fold(text)
    name = _spans(reading.category)
    thing = name + [span for need in reading.evidence for span in need.spans]
    terms = [reading.max_price_minor, reading.quantity, reading.needed_by, reading.region]
    told = _Told(name=name, thing=thing, all=thing + [span for one in terms for span in _spans(one)])
    found: list[tuple[int, OpenWord]] = []
    for word in words:
        place = _place(folded, word, told)
        if place is not None:
            start, end = folded.span(*place)
            found.append((start, OpenWord(word, text[start:end])))
    return [word for _start, word in sorted(found, key=lambda pair: pair[0])][:MOST]


def _spans(found: Found | None) -> list[Span]:
    return [] if found is None else list(found.spans)


def _place(folded: Folded, word: str, told: _Told) -> tuple[int, int] | None:
    """The first place in the folded text where the word may be shown; ``None``: nowhere."""
    if not 2 <= len(word) <= MOST_LETTERS:
        return None
    edged = rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)
    for match in re.finditer(edged, folded.text):
        own = folded.span(*match.span())
        if any(start < own[1] and own[0] < end for start, end in told.all):
            continue
        if _whole(folded.text, match.span()) and _speaks_of_it(folded, match.span(), told):
            return match.span()
    return None


def _whole(text: str, place: Span) -> bool:
    """Whether the edges of a run of Chinese characters are edges of a word, as far as its neighbours tell."""
    word = text[place[0] : place[1]]
    if word.isascii():
        return True
    return (
        len(word) <= 4
        and _BEFORE_WORD.search(text[max(0, place[0] - 2) : place[0]]) is not None
        and _AFTER_WORD.search(text[place[1] : place[1] + 2]) is not None
    )


def _speaks_of_it(folded: Folded, place: Span, told: _Told) -> bool:
    """Whether a word's clause speaks of the thing itself, not of its shopper's day."""
    clause = next(
        (one for one in _CLAUSE.finditer(folded.text) if one.start() <= place[0] and place[1] <= one.end()), None
    )
    if clause is None or _REASON.search(folded.text[clause.start() : place[0]]):
        return False
    own = [span for span in told.thing if _within(folded, clause.span(), span)]
    if not any(span in told.name for span in own) and _STORY.search(clause[0]):
        return False
    if not own:
        return _is_short(clause[0])
    if not folded.text[place[0] : place[1]].isascii():
        return True
    return min(_words_between(folded, place, span) for span in own) < NEAR_WORDS


def _within(folded: Folded, clause: Span, span: Span) -> bool:
    start, end = folded.span(*clause)
    return span[0] < end and start < span[1]


def _is_short(clause: str) -> bool:
    return (
        len(_LATIN_WORD.findall(clause)) <= SHORT_CLAUSE_WORDS
        and len(re.findall(f"[{_HAN}]", clause)) <= SHORT_CLAUSE_HAN
    )


def _words_between(folded: Folded, place: Span, span: Span) -> int:
    """How many words stand between a place in the folded text and a span of what was written."""
    start, end = folded.span(*place)
    low, high = (end, span[0]) if end <= span[0] else (span[1], start)
    between = [letter for letter, at in zip(folded.text, folded.origin, strict=True) if low <= at < high]
    return len(_LATIN_WORD.findall("".join(between)))
