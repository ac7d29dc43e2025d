"""Who takes part: accounts, the persons they are counted as, devices, addresses and what they were told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from demand.models.fields import public_id_field


class Language(models.TextChoices):
    EN = "en", "English"
    ZH_HANS = "zh-hans", "简体中文"
    ZH_HANT = "zh-hant", "繁體中文"


class Person(models.Model):
    """One human being for counting. Accounts that share a phone, device or address share a person until reviewed."""

    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_person"


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str | None = None, phone: str | None = None, password: str | None = None, **fields: Any
    ) -> User:
        """Store a new account with a person of its own; one of ``email`` and ``phone`` must be given."""
        if "person" not in fields and "person_id" not in fields:
            fields["person"] = Person.objects.create(created_at=timezone.now())
        user = self.model(email=self.normalize_email(email).lower() if email else None, phone=phone or None, **fields)
        user.set_password(password)
        user.save(force_insert=True, using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account: shopper by default, staff by flag, manufacturer member by a row in ``manufacturers``."""

    public_id = public_id_field()
    email = models.EmailField(null=True, blank=True, unique=True)
    phone = models.CharField(max_length=20, null=True, blank=True, unique=True)  # NULL keeps it unique
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=8, choices=Language.choices, default=Language.ZH_HANS)
    region = models.CharField(max_length=8, blank=True)
    notice_channels = models.JSONField(default=list, blank=True)
    signals_consent = models.BooleanField(default=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "public_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        db_table = "demand_user"
        constraints = [
            models.CheckConstraint(
                condition=Q(email__isnull=False) | Q(phone__isnull=False), name="user_has_email_or_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.public_id)

    def get_full_name(self) -> str:
        return str(self)

    def get_username(self) -> str:
        """The public identity as text; what Django's and the staff side's templates take letters of."""
        return str(self.public_id)

    @property
    def is_verified(self) -> bool:
        """Whether firm demand may stand in this name: one verified e-mail or phone."""
        return bool(self.email_verified_at or self.phone_verified_at)


class SamePerson(models.Model):
    """A finding that two accounts may be one person; they count once until staff say otherwise."""

    class Reason(models.TextChoices):
        PHONE = "phone", pgettext_lazy("same person", "Same phone")
        DEVICE = "device", pgettext_lazy("same person", "Same device")
        ADDRESS = "address", pgettext_lazy("same person", "Same address")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("same person", "To be looked at")
        SAME = "same", pgettext_lazy("same person", "One person")
        DIFFERENT = "different", pgettext_lazy("same person", "Two people")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        db_table = "demand_same_person"
        constraints = [
            models.UniqueConstraint(fields=["user", "other", "reason"], name="same_person_once"),
            models.CheckConstraint(condition=Q(user__lt=models.F("other")), name="same_person_ordered"),
        ]


class Device(models.Model):
    """A browser seen with an account, by keyed hash of a random cookie."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    key_hash = models.CharField(max_length=64, db_index=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        db_table = "demand_device"
        constraints = [models.UniqueConstraint(fields=["user", "key_hash"], name="device_once_per_user")]


class Address(models.Model):
    """Where a shopper's units go, and to whom the invoice is made out."""

    public_id = public_id_field()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses")
    recipient = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)
    region = models.CharField(max_length=8)
    city = models.CharField(max_length=80)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=12, blank=True)
    invoice_title = models.CharField(max_length=120, blank=True)
    invoice_tax_number = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_address"


class Notice(models.Model):
    """Something that happened to a person's wish or order, said in the language they read it in.

    ``kind`` names the sentence, ``params`` its plain values; ``event_key`` makes telling twice impossible.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=48)
    params = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    event_key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "demand_notice"
        constraints = [models.UniqueConstraint(fields=["user", "event_key"], name="notice_once_per_event")]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
        ]


class NoticeDelivery(models.Model):
    """One notice on one further channel (mail, SMS), claimed and sent by a worker."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        SENT = "sent", pgettext_lazy("delivery", "Sent")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "demand_notice_delivery"
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_per_channel")]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting")]


class CommandResult(models.Model):
    """The stored answer of a command, so that a repeated request gets the first answer and does nothing more."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    command = models.CharField(max_length=48)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "demand_command_result"
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="command_once_per_key")]
