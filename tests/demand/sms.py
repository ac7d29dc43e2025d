"""A sender that keeps what it is given, so that tests can read it."""

from __future__ import annotations

from typing import ClassVar


class KeptSender:
    outbox: ClassVar[list[tuple[str, str]]] = []

    def send(self, *, phone: str, text: str) -> None:
        self.outbox.append((phone, text))
