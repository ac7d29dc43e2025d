"""Phone numbers as people type them, made E.164 (ITU-T Rec. E.164: plus sign, country code, at most 15 digits)."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[\s().\-–—·/]")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MAINLAND = re.compile(r"\+86(1[3-9]\d{9}|[2-9]\d{9,10})")


def e164(typed: str) -> str | None:
    """The number with its country code, mainland China's where none was typed; ``None`` where it cannot be one.

    ``138 0013 8000``, ``86-138…``, ``0086 138…`` and ``+86138…`` are the same number; a trunk zero is dropped.
    """
    text = _BETWEEN.sub("", unicodedata.normalize("NFKC", typed))
    if text.startswith("00"):
        text = "+" + text[2:]
    elif not text.startswith("+"):
        text = f"+{text}" if re.fullmatch(r"86(1[3-9]\d{9})", text) else "+86" + text.removeprefix("0")
    if not _E164.fullmatch(text) or not text.isascii():
        return None
    if text.startswith("+86") and not _MAINLAND.fullmatch(text):
        return None
    return text
