"""How a text message leaves: a sender named by ``SMS_SENDER``; by default it is written to the log and goes nowhere."""

from __future__ import annotations

import logging
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class SendingFailed(Exception):
    """The provider did not take the message; the text says why and holds nothing secret."""


class SmsSender(Protocol):
    """What a provider's adapter offers. It is made anew for each use and takes no arguments."""

    def send(self, *, phone: str, text: str) -> None:
        """Hand one message over; ``phone`` is E.164. Raises :class:`SendingFailed` or ``OSError``."""


class ConsoleSender:
    """Writes messages, codes included, to the log: for a machine whose log only its owner reads."""

    def send(self, *, phone: str, text: str) -> None:
        logger.info("SMS to %s: %s", phone, text)


def sms_sender() -> SmsSender:
    """The sender this deployment chose."""
    sender: SmsSender = import_string(settings.SMS_SENDER)()
    return sender
