"""Who signs up and in, and how: django-allauth's hooks for accounts that have an e-mail address or a phone number.

Hooks keep ``email_verified_at`` and ``phone_verified_at`` in step with what was proven by a code, send codes by SMS,
give a browser's wishes to the account that signs in, and remember the browser for counting people once.
"""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from demand.collecting.service import note_device
from demand.collecting.service.accounts import save_language
from demand.models import Language, User
from demand.sending import sms_sender
from demand.web import claiming
from demand.web.phones import e164

CHOSEN_LANGUAGE = "chosen_language"
DEVICE_COOKIE = "device"
DEVICE_SECONDS = 2 * 365 * 24 * 3600


class ContactStage(EmailVerificationStage):  # type: ignore[misc]
    """Asks for the e-mail code, except of an account that proved a phone and has no e-mail address."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is not None and not user.email and user.phone_verified_at:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's account hooks for :class:`demand.models.User`."""

    def get_login_stages(self) -> list[str]:
        own = f"{ContactStage.__module__}.{ContactStage.__name__}"
        return [own if path.endswith(".EmailVerificationStage") else path for path in super().get_login_stages()]

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Store the account with the language it reads in and the region it typed; no password."""
        typed = form.cleaned_data
        return User.objects.create_user(
            email=typed.get("email") or None,
            phone=typed.get("phone") or None,
            name=typed.get("name", ""),
            region=typed.get("region", ""),
            language=reader_language(),
        )

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The address in use is changed for another, never taken away."""
        return not email_address.primary

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            keep_in_step(email_address.user)
        return confirmed

    # ── phones ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def phone_form_field(self, **options: Any) -> forms.Field:
        from demand.web.account_forms import PhoneField  # allauth's forms import this adapter

        return PhoneField(**options)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified_at = phone, timezone.now() if verified else None
        user.save(update_fields=["phone", "phone_verified_at"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        if user.phone != phone or user.phone_verified_at is None:
            self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        number = e164(phone)
        return User.objects.filter(phone=number, is_active=True).first() if number else None

    def send_verification_code_sms(self, user: User, phone: str, code: str, **_more: Any) -> None:
        minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
        text = _("%(code)s is your Wishmill code. It is good for %(minutes)s minutes; give it to nobody.")
        sms_sender().send(phone=phone, text=text % {"code": code, "minutes": minutes})

    def send_unknown_account_sms(self, phone: str, **_more: Any) -> None:
        sms_sender().send(
            phone=phone, text=_("Someone tried to sign in to Wishmill with this number; no account has it.")
        )

    def send_account_already_exists_sms(self, phone: str) -> None:
        sms_sender().send(phone=phone, text=_("This number has a Wishmill account already. Sign in instead of up."))

    # ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────
    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """An address proven elsewhere, or just now by the sign-in code, is not asked for a second code."""
        note_proven_email(request, user)
        refusal: HttpResponse | None = super().pre_login(request, user, **how)
        return refusal

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        keep_in_step(user)
        response: HttpResponse = super().post_login(request, user, **how)
        arrive(request, user, response)
        return response


def reader_language() -> str:
    """The language of the page being read, as accounts keep it."""
    current = (get_language() or "").lower()
    return current if current in Language.values else Language.EN.value


def note_proven_email(request: HttpRequest, user: User) -> None:
    """Give an account stored without allauth's row for its address that row, verified as the account says."""
    if not user.email or EmailAddress.objects.filter(user=user, email=user.email).exists():
        return
    codes = [record for record in get_authentication_records(request, user) if record["method"] == "code"]
    proven = user.email_verified_at is not None or any(record.get("email") == user.email for record in codes)
    first = not EmailAddress.objects.filter(user=user, primary=True).exists()
    EmailAddress.objects.create(user=user, email=user.email, primary=first, verified=proven)


def keep_in_step(user: User) -> None:
    """Set ``email_verified_at`` to what allauth's row of the account's address says."""
    stored = User.objects.get(pk=user.pk)
    verified = EmailAddress.objects.filter(user=user, email=stored.email, verified=True).exists()
    if verified == (stored.email_verified_at is not None) and user.email == stored.email:
        return
    at = (stored.email_verified_at or timezone.now()) if verified else None
    User.objects.filter(pk=user.pk).update(email_verified_at=at)
    user.email, user.email_verified_at = stored.email, at


def arrive(request: HttpRequest, user: User, response: HttpResponse) -> None:
    """Claim the browser's wishes, note the device, and settle the language.

    One chosen in this browser before signing in becomes the account's; without a choice the account's is shown.
    """
    claiming.claim_drafts(request)
    device = request.get_signed_cookie(DEVICE_COOKIE, default="", salt=DEVICE_COOKIE) or secrets.token_urlsafe(24)
    note_device(user_id=user.pk, key_hash=device_hash(device), now=timezone.now())
    response.set_signed_cookie(
        DEVICE_COOKIE,
        device,
        salt=DEVICE_COOKIE,
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    chosen = request.session.pop(CHOSEN_LANGUAGE, "")
    if chosen in Language.values and chosen != user.language:
        save_language(user_id=user.pk, language=chosen)
        user.language = chosen
    elif settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        remember_language(response, user.language)


def remember_language(response: HttpResponse, language: str) -> None:
    """Show this browser's pages in ``language`` from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """Whose password was tried, for the lock-out: allauth names it by the kind of login."""
    given = credentials or {}
    name = given.get("email") or given.get("phone") or given.get("username")
    if name is None and request is not None:
        name = request.POST.get(settings.AXES_USERNAME_FORM_FIELD)
    return str(name).lower() if name else None


def device_hash(device: str) -> str:
    """What is stored of a browser's random cookie: its keyed hash."""
    return salted_hmac("demand.device", device, algorithm="sha256").hexdigest()
