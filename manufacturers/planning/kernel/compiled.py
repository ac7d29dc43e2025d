"""Decorators of compiled functions: cached on disk, free of the interpreter's lock.

They allocate nothing, which lets them go without reference counting: with it each move took ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_njit: Any = njit


def compiled(function: F) -> F:
    """Compile at the first call, load from the cache ever after."""
    return cast(F, _njit(cache=True, nogil=True, _nrt=False)(function))


def inlined(function: F) -> F:
    """Compile into every caller: a call would hand over each array of the tables and the state."""
    return cast(F, _njit(cache=True, forceinline=True, _nrt=False)(function))
