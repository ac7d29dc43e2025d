"""Working time of a line: wall moments to worked minutes and back.

Lots and changeovers advance only while a line is open, so in worked minutes each is one unbroken stretch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from manufacturers.planning.kernel.problem import Line

FOREVER = 1 << 50


class Clock:
    """One line's calendar. Worked minutes count from the calendar's beginning (time 0 where it is always open)."""

    def __init__(self, line: Line) -> None:
        intervals = ((0, FOREVER),) if line.calendar is None else line.calendar
        self.opens = [opens for opens, _ in intervals]
        self.worked_before = [0]
        for opens, closes in intervals:
            self.worked_before.append(self.worked_before[-1] + closes - opens)

    @property
    def capacity(self) -> int:
        """All minutes the line will ever work."""
        return self.worked_before[-1]

    def worked(self, moment: int) -> int:
        """Open minutes before ``moment``."""
        k = bisect_right(self.opens, moment) - 1
        if k < 0:
            return 0
        return min(self.worked_before[k] + moment - self.opens[k], self.worked_before[k + 1])

    def start_at(self, worked: int) -> int:
        """The open moment at which work continues after ``worked`` minutes."""
        k = min(bisect_right(self.worked_before, worked) - 1, len(self.opens) - 1)
        return self.opens[k] + worked - self.worked_before[k]

    def end_at(self, worked: int) -> int:
        """The moment at which ``worked`` minutes are full."""
        k = min(max(bisect_left(self.worked_before, worked) - 1, 0), len(self.opens) - 1)
        return self.opens[k] + worked - self.worked_before[k]
