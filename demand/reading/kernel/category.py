"""Which category a text is about, or none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from . import cues, units, words
from .amounts import Amount
from .catalogue import Catalogue
from .folding import fold_text, is_han
from .learned import SURE as SURELY
from .learned import CategoryModel
from .lexicon import Match, longest, spellings
from .meaning import Nearest
from .scopes import clauses

SURE = 0.35
WANTED = 0.8
MOST_NAMES = 24
"""Only so many names of a text are weighed against each other."""
NEAR, NEAR_ANOTHER = 2.9, 5.4
"""What meaning must add up to. Set on two hand-written catalogues with one category left out each time: nine in ten
texts of the missing category are refused, one in twenty of the others."""
ENOUGH, CLEAR = 1.3, 0.6
"""How much must speak for an unnamed category, and how much more than for any other."""
_GAP = re.compile(r"^[^,。;!?()\n]{1,5}$")
_SECOND = re.compile(r"(?:和|跟|与|及|、|(?<![a-z])and|&)\s*(?:\w\s)?$")
_DENIED = re.compile(f"(?:{cues.DENY.pattern})" + r"\s*(?:\w+\s)?$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A category with the half-open places it stands on and how sure that is."""

    code: str
    places: tuple[tuple[int, int], ...]
    confidence: float


class CategoryChooser:
    """Chooses among one catalogue's categories: by name, by a name pulled apart, then by what only it has."""

    __slots__ = ("_codes", "_dimensions", "_modifiers", "_owners", "_parts", "_wordsets")

    def __init__(self, catalogue: Catalogue) -> None:
        self._codes = frozenset(category.code for category in catalogue.categories)
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._dimensions: dict[str, set[str]] = defaultdict(set)
        self._parts: list[tuple[str, str, str]] = []
        self._wordsets: list[tuple[frozenset[str], str]] = []
        unit_of = {attribute.code: attribute.unit for attribute in catalogue.attributes}
        for category in catalogue.categories:
            for code in category.attributes:
                self._owners[code].add(category.code)
                unit = unit_of[code]
                if unit:
                    self._dimensions[units.meaning(unit)[0]].add(category.code)
            for surface in category.surfaces:
                self._take_apart(surface, category.code)

        self._modifiers = _modifiers(catalogue)

    def _take_apart(self, surface: str, code: str) -> None:
        for spelling in spellings(surface):
            if spelling and all(map(is_han, spelling)):
                for cut in range(1, len(spelling) - 1):
                    if len(spelling) >= 4:
                        self._parts.append((spelling[:cut], spelling[cut:], code))
        found = frozenset(_stem(word) for word in fold_text(surface).split() if word not in ("the", "for", "and"))
        if len(found) >= 2 and all(len(word) >= 3 for word in found):
            self._wordsets.append((found, code))

    def choose(self, text: str, matches: Sequence[Match], amounts: Sequence[Amount]) -> Chosen | None:
        """The category of a folded text, ``None`` when no word speaks clearly for one: then ``meant`` may."""
        told = named(text, matches)
        if told or another(text, matches) or hosted(text, matches):
            return told
        return self._pulled_apart(text) or self._implied(text, matches, amounts)

    def meant(
        self, nearest: Nearest | None, text: str, matches: Sequence[Match], model: CategoryModel | None = None
    ) -> Chosen | None:
        """What a model learnt from people says, where it is sure; else the nearest category by meaning, if it is near
        enough for what else of the text belongs to it, and nearer still where a thing outside the catalogue is named.
        Without a letter nothing is meant."""
        if nearest is None or not any(letter.isalpha() for letter in text) or hosted(text, matches):
            return None
        code, share = model.say(nearest.vector) if model else (None, 0.0)
        if share >= SURELY and (code is None or code in self._codes):
            return Chosen(code, (), min(share, 0.9)) if code else None
        own = only = 0
        places = []
        for match in longest([m for m in matches if any(t.kind in ("value", "flag") for t in m.targets)]):
            owners = [self._owners[t.attribute] for t in match.targets if t.kind in ("value", "flag")]
            if any(nearest.code in codes for codes in owners):
                own += 1
                only += all(codes == {nearest.code} for codes in owners)
                places.append((match.start, match.end))
        score = (
            2 * (nearest.whole + nearest.chunk) + 3 * min(nearest.margin, 0.5) + 0.5 * min(own, 3) + 0.7 * min(only, 2)
        )
        over = score - (NEAR_ANOTHER if another(text, matches) else NEAR)
        return Chosen(nearest.code, tuple(places), min(0.5 + 0.1 * over, 0.85)) if over >= 0 else None

    def _pulled_apart(self, text: str) -> Chosen | None:
        """壁挂的洗衣机 for 壁挂洗衣机, and all words of an English name near each other in any order."""
        best: tuple[float, str, tuple[tuple[int, int], ...]] | None = None
        for first, second, code in self._parts:
            at = text.find(first)
            if at < 0:
                continue
            judged = _judge_parts(text, first, second, at)
            if judged and (best is None or judged[0] > best[0]):
                best = (judged[0], code, judged[1])
        if self._wordsets:
            placed = [(_stem(m[0]), m.start(), m.end()) for m in re.finditer(r"[a-z]+", text)]
            for wanted, code in self._wordsets:
                near = _near(text, placed, wanted)
                if near and (best is None or best[0] < 0.6):
                    best = (0.6, code, near)
        return Chosen(best[1], best[2], best[0]) if best else None

    def _implied(self, text: str, matches: Sequence[Match], amounts: Sequence[Amount]) -> Chosen | None:
        """The one category that explains clearly more than any other; not if another product is named."""
        score: dict[str, float] = defaultdict(float)
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        counted: set[tuple[str, str]] = set()
        for match in longest([m for m in matches if any(t.kind in ("value", "flag") for t in m.targets)]):
            attributes = {t.attribute for t in match.targets if t.kind in ("value", "flag")}
            owners = {code for attribute in attributes for code in self._owners[attribute]}
            for attribute in attributes:
                for code in self._owners[attribute]:
                    if (attribute, code) not in counted:
                        counted.add((attribute, code))
                        score[code] += 1.0 / len(owners)
                        places[code].append((match.start, match.end))
        for piece, code in self._modifiers.items():
            at = text.find(piece)
            if at >= 0 and not _DENIED.search(text, 0, at):
                score[code] += 0.6
                places[code].append((at, at + len(piece)))
        for amount in amounts:
            owners = {code for dimension, _ in amount.meanings for code in self._dimensions.get(dimension, ())}
            for code in owners:
                score[code] += 0.7 / len(owners)
                places[code].append((amount.number_start, amount.number_end))
        ranked = sorted(score, key=lambda code: (-score[code], code))
        if not ranked or score[ranked[0]] < ENOUGH or len(places[ranked[0]]) < 2:
            return None
        margin = score[ranked[0]] - (score[ranked[1]] if len(ranked) > 1 else 0.0)
        taken = [(m.start, m.end) for m in matches] + [(a.start, a.end) for a in amounts]
        if margin < CLEAR or words.names_another_thing(text, taken):
            return None
        return Chosen(ranked[0], tuple(sorted(set(places[ranked[0]]))), min(0.4 + 0.1 * score[ranked[0]], 0.7))


def _modifiers(catalogue: Catalogue) -> dict[str, str]:
    """First halves that several names of just one category begin with (壁挂, 升降): they hint at it alone."""
    starts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for category in catalogue.categories:
        for spelling in {fold_text(surface) for surface in category.surfaces}:
            if len(spelling) >= 4 and all(map(is_han, spelling)):
                starts[spelling[:2]][category.code].add(spelling)
    return {
        piece: next(iter(owners))
        for piece, owners in starts.items()
        if len(owners) == 1 and len(next(iter(owners.values()))) >= 2
    }


def named(text: str, matches: Sequence[Match]) -> Chosen | None:
    """The category whose name stands in the text as the thing wanted.

    In one clause the last name wins in Chinese (the head ends a noun phrase), in Latin text the first; between
    clauses the first. A name that hosts an accessory (laptop stand), that something is for, or that is denied or
    of the past, hardly counts.
    """
    bounds = clauses(text)
    found = longest([match for match in matches if any(t.kind in ("category", "thing") for t in match.targets)])
    found = found[:MOST_NAMES]
    things = [match for match in found if match.targets[0].kind == "thing"]
    found = [match for match in found if match.targets[0].kind == "category"]
    best: tuple[float, Match] | None = None
    for match in found:
        score = _score(text, match, bounds) - (0.7 if _heads(text, match, things) else 0.0)
        if best is None or score > best[0]:
            best = (score, match)
    if best is None or best[0] < SURE:
        return None
    code = next(target.code for target in best[1].targets if target.kind == "category")
    places = tuple((m.start, m.end) for m in found if any(t.kind == "category" and t.code == code for t in m.targets))
    return Chosen(code, places, min(0.97, best[0]))


def _heads(text: str, match: Match, things: Sequence[Match]) -> bool:
    """Whether a thing outside the catalogue is what the name belongs to: 自行车头盔, bike helmet."""
    return any(
        0 <= thing.start - match.end <= 1 and not text[match.end : thing.start].strip(" 的-") for thing in things
    )


def hosted(text: str, matches: Sequence[Match]) -> bool:
    """Whether what is wanted belongs to a category without being of it: 显示器支架, laptop stand."""
    found = longest([match for match in matches if match.targets[0].kind in ("category", "thing")])
    things = [match for match in found if match.targets[0].kind == "thing"]
    names = [match for match in found if match.targets[0].kind == "category"]
    return bool(names) and all(
        cues.ACCESSORY_AFTER.match(text, match.end) or _heads(text, match, things) for match in names
    )


def another(text: str, matches: Sequence[Match]) -> bool:
    """Whether a thing outside the catalogue stands in the text as the thing wanted."""
    bounds = clauses(text)
    found = longest([m for m in matches if any(t.kind in ("category", "thing", "value", "flag") for t in m.targets)])
    found = found[:MOST_NAMES]
    return any(m.targets[0].kind == "thing" and _score(text, m, bounds) >= WANTED for m in found)


def _score(text: str, match: Match, bounds: Sequence[tuple[int, int]]) -> float:
    index = next((i for i, (a, b) in enumerate(bounds) if a <= match.start < b), 0)
    low, high = bounds[index] if bounds else (0, len(text))
    score = 1.0 - 0.05 * min(index, 6) + 0.004 * (match.end - match.start)
    along = 0.02 * (match.start - low) / max(high - low, 1)
    score += along if is_han(text[match.end - 1]) else -along
    if _SECOND.search(text, low, match.start):
        score -= 0.1
    if cues.ACCESSORY_AFTER.match(text, match.end):
        score -= 0.7
    if cues.HOST_BEFORE.search(text, low, match.start):
        score -= 0.35
    if cues.MODIFIED_AFTER.match(text, match.end):
        score -= 0.3
    if cues.PAST.search(text, low, match.start) or _DENIED.search(text, low, match.start):
        score -= 0.4
    return score


def _judge_parts(text: str, first: str, second: str, at: int) -> tuple[float, tuple[tuple[int, int], ...]] | None:
    end = at + len(first)
    after = text.find(second, end)
    if after >= 0 and _GAP.match(text[end:after]) and not _DENIED.search(text, 0, at):
        if (len(first) == 1 or len(second) == 1) and (after - end > 1 or len(first) + len(second) < 4):
            return None
        return 0.85 - 0.02 * (after - end), ((at, end), (after, after + len(second)))
    other = text.find(second)
    if len(first) < 2 or len(second) < 2 or other < 0 or _DENIED.search(text, 0, at) or _DENIED.search(text, 0, other):
        return None
    if other <= at < other + len(second):
        return None
    return 0.5, tuple(sorted(((at, end), (other, other + len(second)))))


def _near(text: str, placed: list[tuple[str, int, int]], wanted: frozenset[str]) -> tuple[tuple[int, int], ...]:
    first: dict[str, int] = {}
    for index, (word, start, _) in enumerate(placed):
        if word in wanted and word not in first and not _DENIED.search(text, 0, start):
            first[word] = index
    if len(first) < len(wanted) or max(first.values()) - min(first.values()) > 7:
        return ()
    return tuple(sorted((placed[index][1], placed[index][2]) for index in first.values()))


def _stem(word: str) -> str:
    for ending in ("ing", "es", "s", "ed", "er"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
