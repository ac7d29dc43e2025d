"""What the account libraries keep: seen, never edited here, secrets left out."""

from __future__ import annotations

# These register lists of their own, which ours replace.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import axes.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from demand.staff import StaffAdmin, column, register

for kept in list(admin.site._registry):
    if kept._meta.app_label in ("account", "mfa", "axes", "auth"):
        admin.site.unregister(kept)


@register(EmailAddress)
class EmailAddressAdmin(StaffAdmin):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__name")
    list_select_related = ("user",)
    ordering = ("email", "pk")


@register(Authenticator)
class AuthenticatorAdmin(StaffAdmin):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    list_select_related = ("user",)
    ordering = ("-created_at", "-pk")
    exclude = ("data",)


@register(AccessAttempt)
class AccessAttemptAdmin(StaffAdmin):
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time", "-pk")
    exclude = ("get_data", "post_data")


@register(AccessLog)
class AccessLogAdmin(StaffAdmin):
    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time", "-pk")
    exclude = ("session_hash",)


@register(AccessFailureLog)
class AccessFailureLogAdmin(StaffAdmin):
    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    list_filter = ("locked_out",)
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time", "-pk")


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Which staff may see and decide what: view to look, change to decide."""


@register(LogEntry)
class LogEntryAdmin(StaffAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr", "said")
    list_filter = ("content_type",)
    search_fields = ("object_repr", "change_message", "user__email")
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"
    ordering = ("-action_time", "-pk")

    @column(_("what was done"))
    def said(self, row: LogEntry) -> str:
        return row.get_change_message()
