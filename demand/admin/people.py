"""Accounts, who counts as one person, and what people were told."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from demand.collecting import service as collecting
from demand.models import Address, CommandResult, Device, Notice, NoticeDelivery, Person, SamePerson, User
from demand.notices import SENTENCES
from demand.staff import (
    BAD,
    GOOD,
    WATCH,
    Decision,
    PlainForm,
    StaffAdmin,
    Taken,
    column,
    register,
    state_column,
)
from demand.staff_words import SpokenRegions, SpokenValues

DELIVERIES = {"waiting": WATCH, "sent": GOOD, "failed": BAD}
FINDINGS = {"open": WATCH, "same": BAD, "different": GOOD}


def same(found: SamePerson, taken: Taken) -> None:
    collecting.review_same_person(finding_id=found.pk, same=True, by_id=taken.by_id, now=taken.now)


def different(found: SamePerson, taken: Taken) -> None:
    collecting.review_same_person(finding_id=found.pk, same=False, by_id=taken.by_id, now=taken.now)


@register(User)
class UserAdmin(StaffAdmin):
    list_display = (
        "called",
        "email",
        "phone",
        "verified",
        "region",
        "language",
        "is_staff",
        "is_active",
        "date_joined",
    )
    list_filter = ("is_staff", "is_active", "language", ("email_verified_at", EmptyFieldListFilter))
    search_fields = ("email", "phone", "name", "public_id__startswith")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined", "-pk")
    exclude = ("password", "user_permissions")
    exported = ("id", "public_id", "name", "language", "region", "is_active", "date_joined")

    @column(_("person"), ordering="name")
    def called(self, row: User) -> str:
        return str(row)

    @column(_("verified"), tones={"yes": GOOD, "no": WATCH})
    def verified(self, row: User) -> tuple[str, Any]:
        return ("yes", _("verified")) if row.is_verified else ("no", _("not yet"))


@register(Person)
class PersonAdmin(StaffAdmin):
    list_display = ("id", "used_by", "created_at")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("accounts")

    def words_for(self, row: Any) -> str:
        return f"#{row.pk} {self.used_by(row)}"

    @column(_("accounts"))
    def used_by(self, row: Person) -> str:
        return ", ".join(str(one) for one in row.accounts.all()) or "–"


@register(SamePerson)
class SamePersonAdmin(StaffAdmin):
    list_display = ("user", "other", "reason", "standing", "found_at", "reviewed_by", "reviewed_at")
    list_filter = ("state", "reason")
    search_fields = ("user__email", "other__email", "user__phone", "other__phone")
    list_select_related = ("user", "other", "reviewed_by")
    date_hierarchy = "found_at"
    ordering = ("-found_at", "-pk")
    exported = ("id", "user__email", "other__email", "reason", "state", "found_at", "reviewed_by__email", "reviewed_at")
    standing = state_column(FINDINGS)
    decisions = (
        Decision(
            name="same",
            label=_("One person"),
            explains=_("Both accounts count as one person in every pool, as they do since they were found."),
            perform=same,
            form=PlainForm,
            offered=lambda found: found.state != SamePerson.State.SAME,
        ),
        Decision(
            name="different",
            label=_("Two people"),
            explains=_("Each account counts again. Accounts joined by another finding stay one person."),
            perform=different,
            form=PlainForm,
            offered=lambda found: found.state != SamePerson.State.DIFFERENT,
        ),
    )

    def words_for(self, row: Any) -> str:
        return f"{row.user} · {row.other} · {row.get_reason_display()}"


@register(Device)
class DeviceAdmin(StaffAdmin):
    list_display = ("user", "first_seen_at", "last_seen_at")
    search_fields = ("user__email", "user__name")
    list_select_related = ("user",)
    date_hierarchy = "last_seen_at"
    ordering = ("-last_seen_at", "-pk")
    exclude = ("key_hash",)


@register(Address)
class AddressAdmin(StaffAdmin):
    list_display = ("user", "recipient", "region", "city", "created_at", "retired_at")
    list_filter = (("region", SpokenRegions),)
    search_fields = ("user__email", "recipient", "city")
    list_select_related = ("user",)
    ordering = ("-created_at", "-pk")
    exclude = ("fingerprint",)


class Unsaid(dict[str, str]):
    """Stands for whatever a sentence leaves open."""

    def __missing__(self, name: str) -> str:
        return "…"


def notice_words(kind: str) -> str:
    """The sentence of a kind of notice, its places left open."""
    return str(SENTENCES.get(kind, kind)) % Unsaid()


class SpokenNotices(SpokenValues):
    say = staticmethod(notice_words)


@register(Notice)
class NoticeAdmin(StaffAdmin):
    list_display = ("user", "kind", "created_at", "read_at")
    list_filter = (("kind", SpokenNotices), ("read_at", EmptyFieldListFilter))
    in_codes = {"kind": notice_words}
    search_fields = ("user__email", "kind", "event_key")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")


@register(NoticeDelivery)
class NoticeDeliveryAdmin(StaffAdmin):
    list_display = ("to", "kind", "channel", "standing", "attempts", "sent_at", "error")
    list_filter = ("state", "channel")
    search_fields = ("notice__user__email", "notice__kind")
    list_select_related = ("notice__user",)
    ordering = ("-pk",)
    standing = state_column(DELIVERIES)

    @column(_("to"), ordering="notice__user")
    def to(self, row: NoticeDelivery) -> str:
        return str(row.notice.user)

    @column(_("kind"), ordering="notice__kind")
    def kind(self, row: NoticeDelivery) -> str:
        return row.notice.kind


@register(CommandResult)
class CommandResultAdmin(StaffAdmin):
    list_display = ("actor", "command", "created_at")
    list_filter = ("command",)
    search_fields = ("actor__email", "command")
    list_select_related = ("actor",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
