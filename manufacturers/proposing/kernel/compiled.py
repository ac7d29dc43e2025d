"""Numba's compiler with types kept: a compiled function is still known by the signature it was written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_njit: Any = njit


def compiled(signature: str) -> Callable[[F], F]:
    """Compile for this signature when the module is imported, or load it from the cache beside the module."""
    return cast(Callable[[F], F], _njit(signature, cache=True, nogil=True))


def inner(function: F) -> F:
    """Compile when a compiled function that calls it is compiled."""
    return cast(F, _njit(cache=True, nogil=True)(function))
