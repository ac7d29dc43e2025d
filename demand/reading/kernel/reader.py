"""The reader: a catalogue compiled once, then any number of texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date

from . import amounts as amounts_of
from . import attributes, category, corrections, counts, dates, meaning, naming, prices, regions, scopes, units, words
from .amounts import Amount
from .attributes import Named, Need
from .catalogue import Attribute, Catalogue
from .folding import Folded, fold, fold_text, language_of
from .learned import CategoryModel
from .lexicon import Lexicon, Match, longest
from .reading import READER_VERSION, Found, NeedFound, Reading, confidence
from .spelling import Speller

DOUBTFUL = 0.65
"""Below this confidence a field is asked about."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What stands in a text; ``essence`` is what to ask the meaning of, empty where words named the category."""

    folded: Folded
    matches: list[Match]
    dated: list[tuple[int, int]]
    amounts: list[Amount]
    chosen: category.Chosen | None
    essence: str


class Reader:
    """Reads texts against one catalogue. Immutable after construction; safe to share between threads."""

    __slots__ = (
        "_attributes", "_chooser", "_lexicon", "_meanings", "_minor", "_speller", "_unit_pattern", "_units",
        "catalogue", "model", "version",
    )  # fmt: skip

    def __init__(self, catalogue: Catalogue, *, exponent: int = 2, model: CategoryModel | None = None) -> None:
        """``exponent`` is the currency's number of decimals (CNY 2, JPY 0); ``model`` is what people's corrections
        taught, if anything."""
        self.catalogue = catalogue
        self.model = model
        self.version = f"{READER_VERSION}.{model.version}" if model else READER_VERSION
        self._minor = 10**exponent
        self._lexicon = Lexicon(catalogue)
        self._chooser = category.CategoryChooser(catalogue)
        self._meanings = meaning.Meanings(catalogue)
        self._speller = Speller(self._lexicon.words, self._lexicon.names, self._lexicon.right)
        by_code = {attribute.code: attribute for attribute in catalogue.attributes}
        self._attributes = {c.code: tuple(by_code[code] for code in c.attributes) for c in catalogue.categories}
        own = {fold_text(a.unit): (units.meaning(a.unit),) for a in catalogue.attributes if a.unit}
        self._units: dict[str, amounts_of.Meanings] = {
            name: meaning for name, meaning in own.items() if name and name not in units.SPELLINGS
        }
        self._unit_pattern = units.pattern(tuple(self._units))

    def read(self, text: str, *, today: date) -> Reading:
        """Read one text. Deterministic and total: any string gives a reading, nothing is raised.

        ``today`` resolves dates that are said relative to it. Reading
        ``reading.normalised`` again gives the same findings.
        """
        return self.read_many([text], today=today)[0]

    def read_many(self, texts: Iterable[str], *, today: date) -> list[Reading]:
        """``read`` for each text, in order; those that name no category ask for their meaning in one batch."""
        looked = [self._look(text) for text in texts]
        unclear = [index for index, look in enumerate(looked) if look.essence]
        nearest = self._meanings.nearest([looked[i].essence for i in unclear]) if unclear else []
        meant = dict(zip(unclear, nearest, strict=True))
        found = []
        for index, look in enumerate(looked):
            chosen = look.chosen
            if index in meant:
                chosen = self._chooser.meant(meant[index], look.folded.text, look.matches, self.model)
            found.append(self._understand(look, chosen, today))
        return found

    def with_model(self, model: CategoryModel | None) -> Reader:
        """The same reader with another learnt model; shares what was compiled."""
        other = copy(self)
        other.model = model
        other.version = f"{READER_VERSION}.{model.version}" if model else READER_VERSION
        return other

    def essences(self, texts: Iterable[str]) -> list[str]:
        """What of each text its meaning is asked by; empty where words name the category and nothing is asked."""
        return [self._look(text).essence for text in texts]

    def wake(self) -> None:
        """Load the encoder and encode the catalogue's names now, instead of at the first text that needs them."""
        self._meanings.nearest(["thing"])

    def _look(self, text: str) -> _Look:
        """What stands in a text, before knowing what it is about."""
        folded = fold(text)
        folded = folded.corrected(self._speller.correct(folded.text))
        matches, dated, listed = self._find(folded)
        for _ in range(corrections.MOST):
            meant = corrections.settle(folded, matches, listed)
            if meant is None:
                break
            folded = meant
            matches, dated, listed = self._find(folded)
        chosen = self._chooser.choose(folded.text, matches, listed)
        essence = "" if chosen else meaning.essence(folded.text, listed, dated)
        return _Look(folded, matches, dated, listed, chosen, essence)

    def _find(self, folded: Folded) -> tuple[list[Match], list[tuple[int, int]], list[Amount]]:
        """Names, dates and amounts of a text; an amount inside a date is none."""
        dated = dates.places(folded.text)
        found = amounts_of.find(folded.text, self._unit_pattern, self._units)
        apart = [a for a in found if not any(start < a.number_end and a.number_start < end for start, end in dated)]
        return self._lexicon.find(folded.text, folded.cased), dated, apart

    def _understand(self, look: _Look, chosen: category.Chosen | None, today: date) -> Reading:
        folded, matches, dated, all_amounts = look.folded, look.matches, look.dated, look.amounts
        listed = self._attributes[chosen.code] if chosen else ()
        all_amounts = [amounts_of.measured(folded.text, amount, listed) for amount in all_amounts]
        region = regions.find(folded.text)
        named, heads = naming.named(folded.text, matches, listed, chosen, region, all_amounts)
        found, named = naming.apart(folded.text, all_amounts, named)
        cues = scopes.cues_of(folded.text, [(item.start, item.end) for item in named])
        quantities = [attribute for attribute in listed if attribute.kind == "quantity"]
        taken = attributes.claims(folded.text, found, quantities, heads)
        places: list[Match] = longest([m for m in matches if any(t.kind == "category" for t in m.targets)])
        if not places and chosen:
            places = [Match(start, end, ()) for start, end in chosen.places[-1:]]
        count = counts.find(folded.text, [a for i, a in enumerate(found) if all(i != c.index for c in taken)], places)
        price = prices.find(folded.text, found, frozenset(claim.index for claim in taken), count)
        taken += attributes.leftover(
            folded.text, found, quantities, taken, price[1] if price else -1, count, chosen.places if chosen else ()
        )
        items: list[Named | Amount] = sorted(
            [*named, *(found[claim.index] for claim in taken)], key=lambda item: item.start
        )
        of_amount = {id(found[claim.index]): claim.attribute.code for claim in taken}
        keys = [item.target.attribute if isinstance(item, Named) else of_amount[id(item)] for item in items]
        stance = dict(zip(map(id, items), scopes.stances(folded.text, items, keys, cues), strict=True))
        needs = self._needs(folded.text, listed, named, found, taken, stance, heads)
        due = dates.find(folded.text, today=today)
        own = self._listed(chosen)
        taken_places = [
            (m.start, m.end) for m in matches if any(t.kind == "category" or t.attribute in own for t in m.targets)
        ]
        taken_places += [(a.start, a.end) for a in all_amounts] + dated + ([region[1:]] if region else [])
        unknown = words.unknown(folded.text, taken_places)
        return self._reading(folded, chosen, needs, price[0] if price else None, count, due, region, unknown)

    def _listed(self, chosen: category.Chosen | None) -> frozenset[str]:
        return frozenset(attribute.code for attribute in self._attributes[chosen.code]) if chosen else frozenset()

    def _needs(
        self,
        text: str,
        listed: Sequence[Attribute],
        named: Sequence[Named],
        found: Sequence[Amount],
        taken: Sequence[attributes.Claim],
        stance: dict[int, scopes.Stance],
        heads: Sequence[Match],
    ) -> list[Need]:
        by_attribute: dict[str, list[Named]] = defaultdict(list)
        for item in named:
            by_attribute[item.target.attribute].append(item)
        needs: list[Need] = []
        for attribute in listed:
            own = by_attribute.get(attribute.code, [])
            if own:
                told = [stance[id(item)] for item in own]
                if attribute.kind == "flag":
                    needs.extend(attributes.flag(attribute, own, told))
                else:
                    needs.extend(attributes.choices(text, attribute, own, told))
        for claim in taken:
            need = attributes.quantity(text, claim, found[claim.index], stance[id(found[claim.index])], heads)
            if need:
                needs.append(need)
        return needs

    def _reading(
        self,
        folded: Folded,
        chosen: category.Chosen | None,
        needs: Sequence[Need],
        price: prices.Price | None,
        count: counts.Count | None,
        due: dates.Due | None,
        region: tuple[str, int, int] | None,
        unknown: tuple[str, ...],
    ) -> Reading:
        def found(value: object, places: Sequence[tuple[int, int]], sure: float) -> Found:
            return Found(value=value, spans=tuple(folded.span(*place) for place in places), confidence=confidence(sure))

        evidence = tuple(
            NeedFound(
                attribute=n.attribute,
                level=n.level,
                constraint=n.constraint,
                confidence=confidence(n.confidence),
                spans=tuple(folded.span(*place) for place in n.places),
            )
            for n in sorted(needs, key=lambda need: (need.level, need.attribute))
        )
        each = total = None
        units_wanted = count.units if count else 1
        if price is not None:
            minor = int(price.amount * self._minor + 1e-6)
            place = [(price.start, price.end)]
            each = found(minor // units_wanted if price.total else minor, place, price.confidence)
            total = found(minor, place, price.confidence) if price.total else None
        return Reading(
            normalised=folded.normalised,
            language=language_of(folded.normalised),
            category=found(chosen.code, chosen.places, chosen.confidence) if chosen else None,
            evidence=evidence,
            max_price_minor=each,
            total_price_minor=total,
            currency_said=price.currency if price else None,
            quantity=found(
                units_wanted, [(count.start, count.end)] if count else [], count.confidence if count else 0.9
            ),
            needed_by=found(due.day, [(due.start, due.end)], 0.9) if due else None,
            region=found(region[0], [(region[1], region[2])], 0.85) if region else None,
            question=_question(chosen, price, count),
            unknown_words=unknown,
            reader_version=self.version,
        )


def _question(chosen: category.Chosen | None, price: prices.Price | None, count: counts.Count | None) -> str | None:
    """The one field most worth asking about: what it is, then the ceiling, then how many."""
    if chosen is None or chosen.confidence < DOUBTFUL:
        return "category"
    if price is not None and price.confidence < DOUBTFUL:
        return "max_price"
    return "quantity" if count is not None and count.confidence < DOUBTFUL else None


def read_texts(catalogue: Catalogue, texts: Iterable[str], *, today: date) -> list[Reading]:
    """Compile a catalogue and read texts against it once; keep a ``Reader`` when there will be more."""
    return Reader(catalogue).read_many(texts, today=today)
