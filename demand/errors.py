"""The one family of errors that a person can act on.

A service raises a :class:`DomainError` named as a fact (``CapacityTaken``). The edge translates it: pages show
:attr:`DomainError.message` beside the field or in a banner, the API answers with :attr:`DomainError.code`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal that changed nothing and that a person can act on.

    Attributes
    ----------
    code:
        Stable, upper-case; part of the API.
    message:
        Translatable sentence with ``%(name)s`` places that ``details`` fills.
    field:
        The form field that the sentence belongs beside, or ``None``.
    details:
        Plain values for the sentence and for the API's answer.
    """

    code: ClassVar[str] = "REFUSED"
    message: ClassVar[str | Promise] = _("This cannot be done as things stand.")

    def __init__(self, *, field: str | None = None, **details: Any) -> None:
        self.field = field
        self.details = details
        super().__init__(self.code, details)

    def sentence(self) -> str:
        """The message with its places filled, in the language of the moment."""
        return str(self.message) % self.details if self.details else str(self.message)


class NotThere(DomainError):
    """The row is absent, or not for this person; both answer alike (404)."""

    code = "NOT_FOUND"
    message = _("We cannot find that. It may have moved, or it is not yours.")


class Changed(DomainError):
    """The row moved on since the person last saw it."""

    code = "CHANGED"
    message = _("This changed since you opened it. Look at it again, then decide.")


class InvalidValue(DomainError):
    """A value that cannot be used, with the field it stands in and what was expected."""

    code = "INVALID_VALUE"
    message = _("Please check this value.")

    def __init__(self, sentence: str | Promise, *, field: str | None = None, **details: Any) -> None:
        self._sentence = sentence
        super().__init__(field=field, **details)

    def sentence(self) -> str:
        return str(self._sentence) % self.details if self.details else str(self._sentence)
