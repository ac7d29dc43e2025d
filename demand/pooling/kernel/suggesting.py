"""Words that many texts of one group share and the vocabulary lacks: what staff may want to add, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from demand.reading.kernel.needs import Constraint, Constraints, Needs

MORE_THAN_ELSEWHERE: Final = 2
MORE_THAN_ONE: Final = 2
EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """``words`` that more than half of the people of these texts share, of those who write one language; what else the
    ``people`` who use them ask for (``needs``, musts of more than half), and the positions of the texts, those of most
    people first."""

    words: tuple[str, ...]
    needs: Constraints
    people: int
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text's words that the vocabulary lacks, what was read from it, its language, and how many people wrote it."""

    words: frozenset[str]
    needs: Needs
    people: int
    language: str = ""


def suggest(said: Sequence[Said], groups: Sequence[int], *, least: int = 5) -> list[Suggestion]:
    """Groups in which at least ``least`` people share new words, those of most people first.

    A group may speak several languages, in which the same thing has other words, so each language is looked at by
    itself (simplified and traditional Chinese as one: words are compared simplified). A word counts when more than half
    of those people of the group use it, their share of ``least`` and two at the least, and twice as large a share of
    them as of everybody else who writes that language. What people say in every kind of wish ("please", "for my flat")
    says nothing about the thing.
    """
    inside: dict[int, list[int]] = {}
    for place, number in enumerate(groups):
        inside.setdefault(number, []).append(place)
    everywhere = {language: _spoken(said, places) for language, places in _languages(said, range(len(said))).items()}
    found = [
        one
        for _, members in sorted(inside.items())
        if (one := _suggestion(said, members, everywhere, least)) is not None
    ]
    return sorted(found, key=lambda one: (-one.people, one.words))


@dataclass(frozen=True, slots=True)
class _Spoken:
    """How many people there are, and how many of them use each word."""

    people: int
    using: Counter[str]


def _suggestion(
    said: Sequence[Said], members: Sequence[int], everywhere: dict[str, _Spoken], least: int
) -> Suggestion | None:
    group = sum(said[at].people for at in members)
    words = {
        word
        for language, places in _languages(said, members).items()
        for word in _common(_spoken(said, places), everywhere[language], group, least)
    }
    using = sorted((at for at in members if said[at].words & words), key=lambda at: (-said[at].people, at))
    people = sum(said[at].people for at in using)
    if people < least:
        return None
    return Suggestion(words=tuple(sorted(words)), needs=_shared(said, using), people=people, texts=tuple(using))


def _common(here: _Spoken, everywhere: _Spoken, group: int, least: int) -> list[str]:
    """The words of one language that tell a group of so many people in all languages from everybody else."""
    elsewhere = everywhere.people - here.people
    return [
        word
        for word, users in here.using.items()
        if users >= MORE_THAN_ONE
        and users * group >= least * here.people
        and 2 * users > here.people
        and users * elsewhere >= MORE_THAN_ELSEWHERE * (everywhere.using[word] - users) * here.people
    ]


def _languages(said: Sequence[Said], places: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at in places:
        found.setdefault(said[at].language.partition("-")[0], []).append(at)
    return found


def _spoken(said: Sequence[Said], places: Collection[int]) -> _Spoken:
    counts: Counter[str] = Counter()
    for at in places:
        for word in said[at].words:
            counts[word] += said[at].people
    return _Spoken(sum(said[at].people for at in places), counts)


def _shared(said: Sequence[Said], places: Collection[int]) -> Constraints:
    """The musts that more than half of the people state alike."""
    stated: Counter[tuple[str, str]] = Counter()
    constraints: dict[tuple[str, str], Constraint] = {}
    for at in places:
        for code, constraint in said[at].needs["must"].items():
            key = (code, str(sorted(constraint.items())))
            stated[key] += said[at].people
            constraints[key] = constraint
    people = sum(said[at].people for at in places)
    return {key[0]: constraints[key] for key, users in sorted(stated.items()) if 2 * users > people}
