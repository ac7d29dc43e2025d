"""The form of an offer: every attribute of its category with the values it makes and what each adds to the price."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from demand.regions import REGIONS, region_name
from manufacturers.models import Family, Offer
from manufacturers.offering.descriptions import MaterialValues, OfferValues
from manufacturers.offering.reads_pages import Term
from manufacturers.web.forms import (
    choice_field,
    date_field,
    major_decimal,
    minor,
    money_field,
    text_field,
    whole_field,
)
from manufacturers.web.frame import language
from manufacturers.web.presenting import number

TIERS, FREIGHTS = 5, 6
PAYERS = [
    ("maker", gettext_lazy("we pay")),
    ("platform", gettext_lazy("Wishmill pays")),
    ("shared", gettext_lazy("shared")),
]
BALANCES = [
    ("release", gettext_lazy("at the release")),
    ("shipment", gettext_lazy("before shipment")),
    ("delivery", gettext_lazy("after delivery")),
]
PLAIN = (
    "moq",
    "lot_multiple",
    "variant_min_units",
    "lead_days",
    "sample_days",
    "deposit_percent",
    "quantity_tolerance_percent",
    "valid_from",
    "valid_to",
    "balance_trigger",
    "tooling_payer",
    "partial_shipments",
)


class OfferForm(forms.Form):
    """What a maker says in an offer; ``values`` gives it as the service takes it."""

    title = text_field(label=gettext_lazy("Name of the offer"), most=120)
    code = forms.SlugField(
        label=gettext_lazy("Your number"),
        max_length=60,
        error_messages={"invalid": gettext_lazy("Write letters, digits, hyphens or underscores only.")},
        widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=gettext_lazy("Letters, digits and hyphens; it comes back in every export."),
    )
    family = choice_field(label=gettext_lazy("Product family"), choices=[])
    moq = whole_field(label=gettext_lazy("MOQ"), least=1, help_text=gettext_lazy("Units of the whole order."))
    lot_multiple = whole_field(label=gettext_lazy("Lot multiple"), least=1)
    variant_min_units = whole_field(label=gettext_lazy("Minimum per variant"), help_text=gettext_lazy("0: none."))
    lead_days = whole_field(label=gettext_lazy("Lead time, days"), least=1)
    sample_days = whole_field(
        label=gettext_lazy("Sample, days"), help_text=gettext_lazy("0: no sample before production.")
    )
    vat_percent = forms.DecimalField(
        label=gettext_lazy("VAT, %"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        max_digits=4,
        widget=forms.NumberInput(attrs={"class": "form-control num", "step": "0.1", "inputmode": "decimal"}),
    )
    deposit_percent = whole_field(label=gettext_lazy("Deposit, %"))
    balance_trigger = choice_field(label=gettext_lazy("Balance is due"), choices=BALANCES)
    quantity_tolerance_percent = whole_field(label=gettext_lazy("Quantity tolerance, ± %"))
    opening_cost = money_field(label=gettext_lazy("Cost of opening a run"))
    tooling = money_field(label=gettext_lazy("Tooling cost"))
    tooling_payer = choice_field(label=gettext_lazy("Who pays the tooling"), choices=PAYERS)
    partial_shipments = forms.BooleanField(label=gettext_lazy("Partial shipments are fine"), required=False)
    certificates = text_field(
        label=gettext_lazy("Certificates"),
        most=400,
        required=False,
        help_text=gettext_lazy("With commas between them: CCC, ISO 9001."),
    )
    valid_from = date_field(label=gettext_lazy("Valid from"))
    valid_to = date_field(label=gettext_lazy("Valid to"))
    materials = forms.CharField(
        label=gettext_lazy("Bill of materials for one unit"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
        help_text=gettext_lazy("One a line: name, amount, unit. Example: Display panel, 1, pcs"),
    )

    def __init__(
        self,
        *args: Any,
        category: str,
        terms: Mapping[str, Term],
        families: list[Family],
        family_names: Mapping[str, str],
        offer: Offer | None = None,
        **kwargs: Any,
    ) -> None:
        self.category, self.terms, self.offer = category, terms, offer
        self.tiers = max(TIERS, 1 + offer.tiers.count() if offer else 0)
        self.freights = max(FREIGHTS, 1 + len(offer.freight_minor) if offer else 0)
        kwargs["initial"] = (stored(offer) if offer else dict(FRESH)) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = [  # type: ignore[attr-defined]
            (row.code, family_names[str(row.code)]) for row in families if row.retired_at is None
        ]
        for place in range(self.tiers):
            self.fields[f"tier_units_{place}"] = whole_field(label=_("From units"), least=1, required=not place)
            self.fields[f"tier_price_{place}"] = money_field(label=_("Price per unit"), required=not place)
        regions = freight_choices(offer.freight_minor if offer else ())
        for place in range(self.freights):
            self.fields[f"region_{place}"] = choice_field(label=_("Region"), choices=regions, required=False)
            self.fields[f"freight_{place}"] = money_field(label=_("Freight per unit"), required=False)
        for term in terms.values():
            self._add_term(term)

    def _add_term(self, term: Term) -> None:
        name, shown = f"makes_{term.code}", term.name(language())
        if term.kind == "quantity":
            self.fields[name] = text_field(
                label=_("%(attribute)s, sizes in %(unit)s") % {"attribute": shown, "unit": term.unit},
                most=400,
                required=False,
                help_text=_("With commas: 13, 14, 15.6. What a size adds to the price after a colon: 16: 120"),
            )
            return
        codes = list(term.values) if term.kind == "choice" else ["true", "false"]
        for code in codes:
            words = (
                term.value(code, language()) if term.kind == "choice" else {"true": _("yes"), "false": _("no")}[code]
            )
            self.fields[f"{name}__{code}"] = forms.BooleanField(label=words, required=False)
            field = money_field(label=_("%(value)s adds to the price") % {"value": words}, required=False)
            self.fields[f"cost_{term.code}__{code}"] = field

    # ── for the template ──────────────────────────────────────────────────────────────────────────────────────────
    @property
    def tier_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"tier_units_{place}"], self[f"tier_price_{place}"]) for place in range(self.tiers)]

    @property
    def freight_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"region_{place}"], self[f"freight_{place}"]) for place in range(self.freights)]

    @property
    def term_rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for term in self.terms.values():
            prefix = f"makes_{term.code}"
            if prefix in self.fields:
                found.append({"label": term.name(language()), "scope": term.scope, "field": self[prefix]})
                continue
            codes = [name.removeprefix(f"{prefix}__") for name in self.fields if name.startswith(f"{prefix}__")]
            pairs = [(self[f"{prefix}__{code}"], self[f"cost_{term.code}__{code}"]) for code in codes]
            found.append({"label": term.name(language()), "scope": term.scope, "pairs": pairs})
        return found

    # ── checks that belong to how things are typed ────────────────────────────────────────────────────────────────
    def clean_materials(self) -> tuple[MaterialValues, ...]:
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["materials"].splitlines())):
            parts = [part.strip() for part in re.split("[,，]", line)]
            amount = _decimal(parts[1]) if len(parts) == 3 else None
            if amount is None or amount <= 0:
                raise forms.ValidationError(
                    _("“%(line)s”: write name, amount and unit with commas between them."), params={"line": line}
                )
            found.append(MaterialValues(name=parts[0], unit=parts[2][:16], milli_per_unit=int(amount * 1000)))
        return tuple(found)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for term in self.terms.values():
            name = f"makes_{term.code}"
            if term.kind == "quantity" and typed.get(name):
                try:
                    parse_sizes(typed[name])
                except ValueError:
                    self.add_error(name, _("Write numbers with commas between them, such as 13, 14, 16: 120."))
        for place in range(self.tiers):
            units, price = typed.get(f"tier_units_{place}"), typed.get(f"tier_price_{place}")
            if (units is None) != (price is None) and not {f"tier_units_{place}", f"tier_price_{place}"} & set(
                self.errors
            ):
                self.add_error(f"tier_units_{place}", _("A tier needs units and a price."))
        self._check_freight(typed)
        return typed

    def _check_freight(self, typed: Mapping[str, Any]) -> None:
        """Every region once, with what it costs; a row that says half is refused rather than left out."""
        seen: set[str] = set()
        for place in range(self.freights):
            region, amount = typed.get(f"region_{place}", ""), typed.get(f"freight_{place}")
            half = bool(region) != (amount is not None)
            if half and not {f"region_{place}", f"freight_{place}"} & set(self.errors):
                self.add_error(f"region_{place}", _("Freight needs a region and an amount."))
            elif region in seen:
                self.add_error(f"region_{place}", _("This region stands in an earlier row."))
            seen |= {region} - {""}

    def _makes(self) -> tuple[dict[str, Any], dict[str, dict[str, int]]]:
        typed = self.cleaned_data
        makes: dict[str, Any] = {}
        costs: dict[str, dict[str, int]] = {}
        for term in self.terms.values():
            name = f"makes_{term.code}"
            if term.kind == "quantity":
                sizes = parse_sizes(typed[name])
                if sizes:
                    makes[term.code] = {"sizes": [size for size, _cost in sizes], "unit": term.unit}
                    costs[term.code] = {number(size): minor(cost) for size, cost in sizes if cost}
                continue
            codes = list(term.values) if term.kind == "choice" else ["true", "false"]
            made = [code for code in codes if typed[f"{name}__{code}"]]
            if made:
                shape = "any" if term.kind == "choice" else "is"
                makes[term.code] = {shape: _typed(made, shape)}
                priced = {code: minor(typed[f"cost_{term.code}__{code}"]) for code in made}
                costs[term.code] = {code: cost for code, cost in priced.items() if cost}
        return makes, {code: found for code, found in costs.items() if found}

    def values(self, *, state: str) -> OfferValues:
        """What was typed, as the service takes it; what no field shows stays as it is stored."""
        typed = self.cleaned_data
        makes, costs = self._makes()
        tiers = [(typed[f"tier_units_{i}"], typed[f"tier_price_{i}"]) for i in range(self.tiers)]
        freight = [(typed[f"region_{i}"], typed[f"freight_{i}"]) for i in range(self.freights)]
        kept = (
            {"return_terms": self.offer.return_terms, "quality_permille": self.offer.quality_permille}
            if self.offer
            else {}
        )
        return OfferValues(
            code=typed["code"],
            title=typed["title"],
            category=self.category,
            family=typed["family"],
            makes=makes,
            value_cost=costs,
            tiers=tuple((units, minor(price)) for units, price in tiers if units is not None),
            freight_minor={region: minor(amount) for region, amount in freight if region and amount is not None},
            opening_cost_minor=minor(typed["opening_cost"]),
            tooling_minor=minor(typed["tooling"]),
            vat_permille=int(typed["vat_percent"] * 10),
            certificates=tuple(filter(None, (part.strip() for part in re.split("[,，]", typed["certificates"])))),
            materials=typed["materials"],
            state=state,
            **{name: typed[name] for name in PLAIN},
            **kept,
        )


def freight_choices(known: Iterable[str]) -> list[tuple[str, Any]]:
    """Regions to choose from: none, all that are not named, then each; codes an offer holds besides stay."""
    others = [(code, region_name(code)) for code in sorted(set(known) - {"*", *REGIONS})]
    return [("", "—"), ("*", _("all other regions")), *REGIONS.items(), *others]


FRESH: dict[str, Any] = {
    "lot_multiple": 1,
    "variant_min_units": 0,
    "sample_days": 0,
    "vat_percent": Decimal(13),
    "deposit_percent": 30,
    "balance_trigger": "shipment",
    "quantity_tolerance_percent": 5,
    "opening_cost": 0,
    "tooling": 0,
    "tooling_payer": "maker",
    "region_0": "*",
    "freight_0": 0,
}


def stored(offer: Offer) -> dict[str, Any]:
    """A stored offer as the form's fields; its tiers and materials are loaded."""
    found: dict[str, Any] = {name: getattr(offer, name) for name in (*PLAIN, "title", "code")}
    found |= {
        "family": offer.family.code,
        "vat_percent": Decimal(offer.vat_permille) / 10,
        "opening_cost": major_decimal(offer.opening_cost_minor),
        "tooling": major_decimal(offer.tooling_minor),
        "certificates": ", ".join(offer.certificates),
        "materials": "\n".join(
            f"{row.name}, {number(row.milli_per_unit / 1000)}, {row.unit}" for row in offer.materials.all()
        ),
    }
    for place, tier in enumerate(offer.tiers.all()):
        found[f"tier_units_{place}"] = tier.min_units
        found[f"tier_price_{place}"] = major_decimal(tier.unit_price_minor)
    for place, (region, cost) in enumerate(sorted(offer.freight_minor.items())):
        found |= {f"region_{place}": region, f"freight_{place}": major_decimal(cost)}
    for code, made in offer.makes.items():
        found |= _stored_values(code, made, offer.value_cost.get(code, {}))
    return found


def _stored_values(code: str, made: Mapping[str, Any], costs: Mapping[str, int]) -> dict[str, Any]:
    if "sizes" in made:
        parts = [
            f"{number(size)}: {number(float(major_decimal(costs[number(size)])))}"
            if costs.get(number(size))
            else number(size)
            for size in made["sizes"]
        ]
        return {f"makes_{code}": ", ".join(parts)}
    values = list(made.get("any", ())) + [str(value).lower() for value in made.get("is", ())]
    found: dict[str, Any] = {f"makes_{code}__{value}": True for value in values}
    return found | {f"cost_{code}__{value}": major_decimal(cost) for value, cost in costs.items() if cost}


def parse_sizes(text: str) -> list[tuple[float | int, Decimal]]:
    """``13, 14, 16: 120`` as (size, what it adds). Raises ``ValueError`` for what is not a number."""
    found: list[tuple[float | int, Decimal]] = []
    for part in filter(None, (piece.strip() for piece in re.split("[,，;；]", text))):
        size, _colon, cost = (piece.strip() for piece in part.replace("：", ":").partition(":"))
        amount, added = _decimal(size), _decimal(cost or "0")
        if amount is None or added is None or amount <= 0 or added < 0:
            raise ValueError(part)
        found.append((int(amount) if amount == int(amount) else float(amount), added))
    return found


def _typed(codes: list[str], shape: str) -> list[Any]:
    """Codes of a choice as they are, those of a flag as booleans."""
    return [code == "true" for code in codes] if shape == "is" else list(codes)


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**9 else None
