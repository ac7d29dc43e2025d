"""Words that many texts of one group share and the vocabulary lacks: what staff may want to add, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from demand.reading.kernel.needs import Constraint, Constraints, Needs

MORE_THAN_ELSEWHERE: Final = 2
EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """``words`` that more than half of the ``people`` of these texts share, what else they ask for (``needs``, musts
    of more than half of them), and the positions of the texts, those of most people first."""

    words: tuple[str, ...]
    needs: Constraints
    people: int
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text's words that the vocabulary lacks, what was read from it, and how many people wrote it."""

    words: frozenset[str]
    needs: Needs
    people: int


def suggest(said: Sequence[Said], groups: Sequence[int], *, least: int = 5) -> list[Suggestion]:
    """Groups in which at least ``least`` people share new words, those of most people first.

    A word counts when more than half of the group's people use it, and twice as large a share of them as of everybody
    else: what people say in every kind of wish ("please", "for my flat") says nothing about the thing.
    """
    inside: dict[int, list[int]] = {}
    for place, number in enumerate(groups):
        inside.setdefault(number, []).append(place)
    everywhere, everybody = _used(said, range(len(said))), sum(one.people for one in said)
    found = [
        one
        for _, members in sorted(inside.items())
        if (one := _suggestion(said, members, everywhere, everybody, least)) is not None
    ]
    return sorted(found, key=lambda one: (-one.people, one.words))


def _suggestion(
    said: Sequence[Said], members: Sequence[int], everywhere: Counter[str], everybody: int, least: int
) -> Suggestion | None:
    people = sum(said[at].people for at in members)
    here = _used(said, members)
    words = tuple(
        sorted(
            word
            for word, users in here.items()
            if users >= least
            and 2 * users > people
            and users * (everybody - people) >= MORE_THAN_ELSEWHERE * (everywhere[word] - users) * people
        )
    )
    if not words:
        return None
    using = sorted((at for at in members if said[at].words & set(words)), key=lambda at: (-said[at].people, at))
    return Suggestion(
        words=words, needs=_shared(said, using), people=sum(said[at].people for at in using), texts=tuple(using)
    )


def _used(said: Sequence[Said], places: Collection[int]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for at in places:
        for word in said[at].words:
            counts[word] += said[at].people
    return counts


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
