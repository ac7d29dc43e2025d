"""Leaving for good, and taking one's data along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import DomainError, NotThere
from demand.models import Address, Commitment, Device, Hold, Notice, User, Wish
from demand.pooling import service as pooling

TAKING_PART = ("announced", "queued", "confirmed")
OVER = ("delivered", "missed", "cancelled")
WITHDRAWN = ("draft", "asking", "open")
ACCOUNT = ("public_id", "email", "phone", "name", "language", "region", "notice_channels", "signals_consent")
TIMES = ("email_verified_at", "phone_verified_at", "date_joined")
WISH = (
    "public_id",
    "text",
    "kind",
    "state",
    "needs",
    "intent",
    "quantity",
    "tolerance",
    "ceiling_minor",
    "budget_minor",
    "region",
    "needed_by",
    "created_at",
)
ORDER = (
    "public_id",
    "campaign__public_id",
    "wish__public_id",
    "units",
    "total_minor",
    "charged_minor",
    "fee_minor",
    "state",
    "confirmed_at",
    "left_at",
    "created_at",
)
ADDRESS = (
    "public_id",
    "recipient",
    "phone",
    "region",
    "city",
    "street",
    "postal_code",
    "invoice_title",
    "invoice_tax_number",
    "created_at",
    "retired_at",
)


PAYMENT = (
    "public_id",
    "commitment__public_id",
    "amount_minor",
    "captured_minor",
    "refunded_minor",
    "currency",
    "state",
    "created_at",
)


class StillTakingPart(DomainError):
    """The account has a place in a campaign that is not over."""

    code = "STILL_TAKING_PART"
    message = _("You still take part in %(orders)s orders. Leave them, or wait until they have arrived.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAccount:
    withdrawn: int


def close_account(*, user_id: int, now: datetime) -> ClosedAccount:
    """Withdraw the account's wishes, then forget who it was; orders and the ledger stay, without a name.

    Safe to repeat, and to go on with after a kill: each wish is withdrawn in a transaction of its own first. Raises
    :class:`StillTakingPart` before anything is changed.
    """
    _check_free(user_id)
    wishes = Wish.objects.filter(user_id=user_id, state__in=WITHDRAWN).order_by("pk")
    keys = list(wishes.values_list("pk", flat=True))
    for key in keys:
        pooling.withdraw(wish_id=key, now=now)
    with locking.transaction():
        user = locking.lock((User, [user_id])).get(User, user_id)
        if user is None:
            raise NotThere
        _check_free(user_id)
        _forget(user, now=now)
    return ClosedAccount(withdrawn=len(keys))


def _check_free(user_id: int) -> None:
    places = Commitment.objects.filter(user_id=user_id, state__in=TAKING_PART).exclude(campaign__state__in=OVER)
    if orders := places.count():
        raise StillTakingPart(orders=orders)


def _forget(user: User, *, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(
        email=f"{user.public_id.hex}@deleted.invalid",
        phone=None,
        email_verified_at=None,
        phone_verified_at=None,
        name="",
        region="",
        notice_channels=[],
        signals_consent=False,
        is_active=False,
        password=make_password(None),
    )
    for model in (EmailAddress, Authenticator, Device, Notice):
        model._default_manager.filter(user_id=user.pk).delete()
    mine = Address.objects.filter(user_id=user.pk)
    used = Commitment.objects.filter(address__user_id=user.pk).values("address_id")
    mine.exclude(pk__in=used).delete()
    mine.filter(retired_at__isnull=True).update(retired_at=now)


def my_data(*, user_id: int) -> dict[str, Any]:
    """Everything kept under an account as plain values, in a fixed number of queries; money in minor units."""
    user = User.objects.filter(pk=user_id)
    return {
        "account": _rows(user, (*ACCOUNT, *TIMES))[0],
        "addresses": _rows(Address.objects.filter(user_id=user_id), ADDRESS),
        "wishes": _rows(Wish.objects.filter(user_id=user_id), WISH),
        "orders": _rows(Commitment.objects.filter(user_id=user_id), ORDER),
        "payments": _rows(Hold.objects.filter(commitment__user_id=user_id), PAYMENT),
        "notices": _rows(Notice.objects.filter(user_id=user_id), ("kind", "params", "created_at", "read_at")),
        "browsers": _rows(Device.objects.filter(user_id=user_id), ("first_seen_at", "last_seen_at")),
    }


def _rows(rows: QuerySet[Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.order_by("pk").values(*names)]
