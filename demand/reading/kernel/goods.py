"""Everyday goods in Chinese and English, one kind of thing a line of ``goods.txt``.

They know two things about a catalogue nobody here has seen: other words for a category that one of a kind's words
names (快煮壺 where there is an "electric kettle"), and things the catalogue does not have (滚筒洗衣机, phone case; the
head of 自行车头盔 and bike helmet). A catalogue's own words always go before these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache
from pathlib import Path

from .folding import fold_text, is_han

Spell = Callable[[str], Iterable[str]]


@cache
def kinds(spell: Spell) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """(words as listed, all their spellings) of each kind, folded; read once per process."""
    found = []
    for line in Path(__file__).with_name("goods.txt").read_text(encoding="utf-8").splitlines():
        chinese, _, english = line.partition(" | ")
        words = [word.strip() for word in (*chinese.split(), *english.split(", ")) if len(word.strip()) >= 2]
        spelled = frozenset(form for word in words for form in spell(word))
        found.append((frozenset(map(fold_text, words)), spelled))
    return tuple(found)


def judge(owners: Mapping[str, str], named: frozenset[str], spell: Spell) -> tuple[dict[str, str], frozenset[str]]:
    """Other words for categories (word → code), and words for things outside the catalogue.

    ``owners`` are the spellings of the categories with the code each stands for, ``named`` every spelling of
    attributes and values. A word that ends a category's name (洗衣机 of 壁挂洗衣机) is more general than it: neither.
    """
    also: dict[str, str] = {}
    outside: set[str] = set()
    tails = {name[start:] for name in owners for start in range(len(name))}
    for words, spelled in kinds(spell):
        codes = sorted({owners[word] for word in words if word in owners})
        if len(codes) == 1:
            also.update({word: codes[0] for word in sorted(spelled) if word not in owners and word not in named})
        elif not codes:
            outside |= {word for word in spelled if word not in named and not _general(word, tails)}
    return also, frozenset(outside - set(also))


def _general(word: str, tails: Set[str]) -> bool:
    return (word if is_han(word[-1]) else " " + word) in tails
