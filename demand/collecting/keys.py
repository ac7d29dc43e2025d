"""API keys of sources: what is kept of them."""

from __future__ import annotations

import hashlib

PREFIX_LENGTH = 12


def key_hash(key: str) -> str:
    """SHA-256 of a random key of 256 bits: there is nothing to guess, so nothing slower is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
