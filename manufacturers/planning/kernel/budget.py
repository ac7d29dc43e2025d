"""How much of a solve's limits is used."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from manufacturers.planning.kernel.problem import SolveLimits

DEFAULT_SECONDS = 2.0
STEP_SECONDS = 0.006
STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Moves of each chain, and the clock only where seconds were asked for."""

    moves: int | None
    seconds: float | None
    begin: float

    @classmethod
    def of(cls, limits: SolveLimits) -> Budget:
        """The limits from now on."""
        seconds = DEFAULT_SECONDS if limits.iterations is None and limits.seconds is None else limits.seconds
        return cls(moves=limits.iterations, seconds=seconds, begin=perf_counter())

    def progress(self, used: int) -> float:
        """The share that is gone, from 0 to 1, for a chain that made ``used`` moves."""
        shares = []
        if self.moves is not None:
            shares.append(used / self.moves if self.moves else 1.0)
        if self.seconds is not None:
            shares.append((perf_counter() - self.begin) / self.seconds if self.seconds else 1.0)
        return min(1.0, max(shares))

    def step(self, used: int, rate: float) -> int:
        """Moves to make before looking again, at ``rate`` moves a second."""
        if self.moves is not None:
            return max(1, min(self.moves - used, self.moves // STEPS + 1))
        return max(100, int(rate * min(STEP_SECONDS, (self.seconds or 0.0) / STEPS)))

    def expected(self, rate: float) -> float:
        """Moves a chain will have made in the end."""
        return float(self.moves) if self.moves is not None else rate * (self.seconds or 0.0)
