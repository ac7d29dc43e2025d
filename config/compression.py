"""Static files compressed in a second instead of twelve, for a tenth more bytes."""

from __future__ import annotations

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

BROTLI_QUALITY = 5


class QuickCompressor(Compressor):  # type: ignore[misc]
    """Brotli at a quality that a first start can wait for."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=BROTLI_QUALITY))


class QuicklyCompressedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names, kept for ever by browsers, with a compressed twin of each file."""

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)
