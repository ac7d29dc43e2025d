"""What staff read for tables. One place, so that one thing has one word in every list and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import models
from django.utils.translation import pgettext_lazy

from demand.models.wording_fields import FIELDS

__all__ = ["FIELDS", "MODELS", "Words", "name_all"]

Words = Any  # A text or a lazy one; stubs of Django know no public name for the latter.

# Model: (one, many).
MODELS: Final[dict[str, tuple[Words, Words]]] = {
    "Category": (pgettext_lazy("row", "category"), pgettext_lazy("row", "categories")),
    "Attribute": (pgettext_lazy("row", "attribute"), pgettext_lazy("row", "attributes")),
    "CategoryAttribute": (
        pgettext_lazy("row", "attribute of a category"),
        pgettext_lazy("row", "attributes of categories"),
    ),
    "AttributeValue": (pgettext_lazy("row", "value"), pgettext_lazy("row", "values")),
    "Alias": (pgettext_lazy("row", "other wording"), pgettext_lazy("row", "other wordings")),
    "CatalogRevision": (pgettext_lazy("row", "catalogue's revision"), pgettext_lazy("row", "catalogue's revisions")),
    "UnknownWord": (pgettext_lazy("row", "unknown word"), pgettext_lazy("row", "unknown words")),
    "Policy": (pgettext_lazy("row", "policy"), pgettext_lazy("row", "policies")),
    "User": (pgettext_lazy("row", "account"), pgettext_lazy("row", "accounts")),
    "Person": (pgettext_lazy("row", "person"), pgettext_lazy("row", "persons")),
    "SamePerson": (pgettext_lazy("row", "maybe one person"), pgettext_lazy("row", "maybe one person")),
    "Device": (pgettext_lazy("row", "device"), pgettext_lazy("row", "devices")),
    "Address": (pgettext_lazy("row", "address"), pgettext_lazy("row", "addresses")),
    "Notice": (pgettext_lazy("row", "notice"), pgettext_lazy("row", "notices")),
    "NoticeDelivery": (pgettext_lazy("row", "delivery of a notice"), pgettext_lazy("row", "deliveries of notices")),
    "CommandResult": (pgettext_lazy("row", "kept answer"), pgettext_lazy("row", "kept answers")),
    "Wish": (pgettext_lazy("row", "wish"), pgettext_lazy("row", "wishes")),
    "WishStep": (pgettext_lazy("row", "price step of a wish"), pgettext_lazy("row", "price steps of wishes")),
    "ReadText": (pgettext_lazy("row", "kept reading"), pgettext_lazy("row", "kept readings")),
    "ReadingLabel": (pgettext_lazy("row", "correction of a reading"), pgettext_lazy("row", "corrections of readings")),
    "CategoryModel": (pgettext_lazy("row", "model of categories"), pgettext_lazy("row", "models of categories")),
    "RejectedWish": (pgettext_lazy("row", "rejected wish"), pgettext_lazy("row", "rejected wishes")),
    "WishToCount": (pgettext_lazy("row", "wish to count again"), pgettext_lazy("row", "wishes to count again")),
    "CountedWish": (pgettext_lazy("row", "counted wish"), pgettext_lazy("row", "counted wishes")),
    "DemandCell": (pgettext_lazy("row", "group of like wishes"), pgettext_lazy("row", "groups of like wishes")),
    "Pool": (pgettext_lazy("row", "pool"), pgettext_lazy("row", "pools")),
    "PoolMembership": (pgettext_lazy("row", "wish in a pool"), pgettext_lazy("row", "wishes in pools")),
    "PoolDay": (pgettext_lazy("row", "day of a pool"), pgettext_lazy("row", "days of pools")),
    "PoolSnapshot": (pgettext_lazy("row", "hour of a pool"), pgettext_lazy("row", "hours of pools")),
    "PoolDecision": (pgettext_lazy("row", "decision about a pool"), pgettext_lazy("row", "decisions about pools")),
    "PoolTerms": (pgettext_lazy("row", "terms of a pool"), pgettext_lazy("row", "terms of pools")),
    "PoolTier": (pgettext_lazy("row", "price step of a pool"), pgettext_lazy("row", "price steps of pools")),
    "Campaign": (pgettext_lazy("row", "campaign"), pgettext_lazy("row", "campaigns")),
    "CampaignTier": (
        pgettext_lazy("row", "price step of a campaign"),
        pgettext_lazy("row", "price steps of campaigns"),
    ),
    "CampaignVariant": (pgettext_lazy("row", "variant of a campaign"), pgettext_lazy("row", "variants of campaigns")),
    "CampaignProgress": (pgettext_lazy("row", "progress of a campaign"), pgettext_lazy("row", "progress of campaigns")),
    "Commitment": (pgettext_lazy("row", "place in a campaign"), pgettext_lazy("row", "places in campaigns")),
    "ConsentRound": (pgettext_lazy("row", "round of consent"), pgettext_lazy("row", "rounds of consent")),
    "Consent": (pgettext_lazy("row", "answer to a change"), pgettext_lazy("row", "answers to changes")),
    "Claim": (pgettext_lazy("row", "claim"), pgettext_lazy("row", "claims")),
    "ClaimPhoto": (pgettext_lazy("row", "photo of a claim"), pgettext_lazy("row", "photos of claims")),
    "Estimate": (pgettext_lazy("row", "estimate"), pgettext_lazy("row", "estimates")),
    "EstimatePoint": (pgettext_lazy("row", "estimate at a price"), pgettext_lazy("row", "estimates at prices")),
    "EstimateOverride": (
        pgettext_lazy("row", "correction of an estimate"),
        pgettext_lazy("row", "corrections of estimates"),
    ),
    "ConversionModel": (pgettext_lazy("row", "model of buying"), pgettext_lazy("row", "models of buying")),
    "PastCampaign": (pgettext_lazy("row", "past campaign"), pgettext_lazy("row", "past campaigns")),
    "Finding": (pgettext_lazy("row", "finding"), pgettext_lazy("row", "findings")),
    "Hold": (pgettext_lazy("row", "hold"), pgettext_lazy("row", "holds")),
    "GatewayCall": (pgettext_lazy("row", "call to the provider"), pgettext_lazy("row", "calls to the provider")),
    "LedgerTransfer": (pgettext_lazy("row", "transfer"), pgettext_lazy("row", "transfers")),
    "LedgerEntry": (pgettext_lazy("row", "ledger entry"), pgettext_lazy("row", "ledger entries")),
    "Deployment": (pgettext_lazy("row", "deployment"), pgettext_lazy("row", "deployments")),
    "OutboxEvent": (pgettext_lazy("row", "event"), pgettext_lazy("row", "events")),
    "OutboxTask": (pgettext_lazy("row", "task of the outbox"), pgettext_lazy("row", "tasks of the outbox")),
    "Run": (pgettext_lazy("row", "run"), pgettext_lazy("row", "runs")),
    "RunProblem": (pgettext_lazy("row", "kept problem of a run"), pgettext_lazy("row", "kept problems of runs")),
    "SignalSource": (pgettext_lazy("row", "source of signals"), pgettext_lazy("row", "sources of signals")),
    "Signal": (pgettext_lazy("row", "signal"), pgettext_lazy("row", "signals")),
    "QuarantinedSignal": (pgettext_lazy("row", "signal in quarantine"), pgettext_lazy("row", "signals in quarantine")),
    "SignalRollup": (pgettext_lazy("row", "hour of signals"), pgettext_lazy("row", "hours of signals")),
    "DirtyHour": (pgettext_lazy("row", "hour to count again"), pgettext_lazy("row", "hours to count again")),
    "QueryReading": (pgettext_lazy("row", "search as read"), pgettext_lazy("row", "searches as read")),
    "ShopperSalt": (pgettext_lazy("row", "period's secret"), pgettext_lazy("row", "periods' secrets")),
}


def _numbered(row: models.Model) -> str:
    """What a row without a name of its own is called: "hold #12"."""
    return f"{row._meta.verbose_name} #{row.pk}"


def name_all(
    tables: Iterable[type[models.Model]],
    *,
    named: Mapping[str, tuple[Words, Words]],
    fields: Mapping[str, Words],
) -> None:
    """Give models and their fields these names. Migrations do not see it: a wording is no change of a table."""
    for table in tables:
        if table.__name__ in named:
            one, many = named[table.__name__]
            table._meta.verbose_name = one
            table._meta.verbose_name_plural = many
        if table.__str__ is models.Model.__str__:
            table.__str__ = _numbered  # type: ignore[assignment, method-assign]
        for field in table._meta.local_fields + table._meta.local_many_to_many:
            if (words := fields.get(f"{table.__name__}.{field.name}") or fields.get(field.name)) is not None:
                field.verbose_name = words
