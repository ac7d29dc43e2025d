"""Notices on further channels: each delivery is claimed, sent outside any transaction, tried again later, or given up.

It stands beside ``notices`` for the jobs to call; of the pages it uses only their sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import override

from demand.models import NoticeDelivery, User
from demand.sending import SendingFailed, sms_sender
from demand.web.notices import render_all

MAIL, SMS = "mail", "sms"
BATCH = 200
LEASE = timedelta(minutes=5)  # a worker that dies holding a delivery gives it back after this
FIRST_PAUSE = timedelta(minutes=1)
MOST_ATTEMPTS = 6  # after 1, 2, 4, 8 and 16 minutes
SUBJECT_LENGTH = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notice for one channel. ``url`` is absolute, or empty."""

    to: str
    language: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How many deliveries were sent, put off and given up."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0


class Sender(Protocol):
    def __call__(self, letter: Letter) -> None:
        """Hand the letter over; raises :class:`SendingFailed` or ``OSError`` where that did not work."""


def send_mail(letter: Letter) -> None:
    """By mail, as text and as HTML."""
    context = {"subject": subject(letter.text), "text": letter.text, "url": letter.url}
    with override(letter.language):
        plain = render_to_string("mail/base.txt", context)
        rich = render_to_string("mail/base.html", context)
    message = EmailMultiAlternatives(context["subject"], plain, settings.DEFAULT_FROM_EMAIL, [letter.to])
    message.attach_alternative(rich, "text/html")
    message.send()


def send_text(letter: Letter) -> None:
    """By text message, the link at its end."""
    sms_sender().send(phone=letter.to, text=f"Wishmill: {letter.text} {letter.url}".rstrip())


SENDERS: Mapping[str, Sender] = {MAIL: send_mail, SMS: send_text}


def subject(text: str) -> str:
    """The sentence on one line, cut where a subject ends."""
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1] + "…"


def deliver_due(*, now: datetime, senders: Mapping[str, Sender] = SENDERS, most: int = BATCH) -> Delivered:
    """Send what is due, oldest first. Two workers never send the same delivery while both live.

    A worker killed between handing a letter over and noting it sends it again after :data:`LEASE`: at least once.
    """
    due = NoticeDelivery.objects.filter(state="waiting", next_try_at__lte=now).order_by("next_try_at", "pk")
    rows = list(due.select_related("notice__user")[:most])
    texts = _texts(rows)
    outcomes = [_deliver(row, texts[row.pk], senders, now=now) for row in rows if _claimed(row, now=now)]
    return Delivered(sent=outcomes.count("sent"), put_off=outcomes.count("waiting"), failed=outcomes.count("failed"))


def _claimed(row: NoticeDelivery, *, now: datetime) -> bool:
    """Whether this worker got the delivery: the row stands as it was read, and is its own for a while now."""
    mine = NoticeDelivery.objects.filter(pk=row.pk, state="waiting", next_try_at=row.next_try_at)
    return mine.update(attempts=F("attempts") + 1, next_try_at=now + LEASE) == 1


def _deliver(row: NoticeDelivery, text: str, senders: Mapping[str, Sender], *, now: datetime) -> str:
    user = row.notice.user
    to = address(user, row.channel)
    sender = senders.get(row.channel)
    if not to or sender is None:
        return _note(row, state="failed", error="no verified address on this channel")
    url = settings.SITE_URL.rstrip("/") + row.notice.link if row.notice.link else ""
    try:
        sender(Letter(to=to, language=user.language, text=text, url=url))
    except (SendingFailed, OSError) as error:
        return _put_off(row, f"{type(error).__name__}: {error}"[:200], now=now)
    return _note(row, state="sent", sent_at=now, error="")


def _put_off(row: NoticeDelivery, error: str, *, now: datetime) -> str:
    if row.attempts + 1 >= MOST_ATTEMPTS:
        return _note(row, state="failed", error=error)
    return _note(row, state="waiting", next_try_at=now + FIRST_PAUSE * 2**row.attempts, error=error)


def _note(row: NoticeDelivery, *, state: str, **fields: object) -> str:
    NoticeDelivery.objects.filter(pk=row.pk, state="waiting").update(state=state, **fields)
    return state


def address(user: User, channel: str) -> str:
    """Where a channel reaches someone: only what they proved to be theirs. Empty where nothing does."""
    if not user.is_active:
        return ""
    if channel == MAIL:
        return (user.email or "") if user.email_verified_at else ""
    return (user.phone or "") if channel == SMS and user.phone_verified_at else ""


def _texts(rows: Iterable[NoticeDelivery]) -> dict[int, str]:
    by_language: dict[str, list[NoticeDelivery]] = {}
    for row in rows:
        by_language.setdefault(row.notice.user.language, []).append(row)
    return {
        row.pk: text
        for language, group in by_language.items()
        for row, text in zip(group, render_all([one.notice for one in group], language=language), strict=True)
    }
