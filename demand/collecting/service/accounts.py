"""What people set about their own account."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from demand import locking
from demand.errors import InvalidValue, NotThere
from demand.models import Language, User

CHANNELS = ("mail", "sms")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """``notice_channels`` are those of :data:`CHANNELS` that tell beside the page of notices."""

    name: str
    language: str
    region: str
    notice_channels: tuple[str, ...]
    signals_consent: bool


def save_settings(*, user_id: int, settings: AccountSettings) -> AccountSettings:
    """Store them; repeating it changes nothing.

    Raises :class:`InvalidValue` for a language that is not ours, too long a name or region, or a channel whose address
    is not proven yet; :class:`NotThere` for an account that is absent or closed.
    """
    _check_language(settings.language)
    if len(settings.name) > 80:
        raise InvalidValue(_("At most %(bound)s characters."), field="name", bound=80)
    if len(settings.region) > 8:
        raise InvalidValue(_("Choose a region from the list."), field="region")
    if not set(settings.notice_channels) <= set(CHANNELS):
        raise InvalidValue(_("Choose from the list."), field="notice_channels")
    with locking.transaction():
        user = locking.lock((User, [user_id])).get(User, user_id)
        if user is None or not user.is_active:
            raise NotThere
        if "mail" in settings.notice_channels and not user.email_verified_at:
            raise InvalidValue(
                _("Confirm your e-mail address first, then we can write there."), field="notice_channels"
            )
        if "sms" in settings.notice_channels and not user.phone_verified_at:
            raise InvalidValue(_("Confirm your phone first."), field="notice_channels")
        User.objects.filter(pk=user_id).update(
            name=settings.name,
            language=settings.language,
            region=settings.region,
            notice_channels=sorted(settings.notice_channels),
            signals_consent=settings.signals_consent,
        )
    return settings


def save_language(*, user_id: int, language: str) -> None:
    """Store the language one reads and is written to in; repeating it changes nothing.

    Raises :class:`InvalidValue` for a language that is not ours, :class:`NotThere` for an account that is absent.
    """
    _check_language(language)
    if User.objects.filter(pk=user_id, is_active=True).update(language=language) != 1:
        raise NotThere


def _check_language(language: str) -> None:
    if language not in Language.values:
        raise InvalidValue(_("Choose one of the languages."), field="language")
