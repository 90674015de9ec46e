"""What deciding a claim may cost, explanations included: steps of work first, and time as the last resort.

A step is about one operation on numbers. Steps are the same on every machine, so the verdict "unread: too hard" is too,
unless the machine is so slow that the time runs out before them.
"""

from dataclasses import dataclass, field
from time import monotonic

STEPS, SECONDS = 250_000, 2.0


@dataclass(frozen=True)
class Limits:
    """Of the work on one link of a claim, its explanation included."""

    steps: int = STEPS
    seconds: float = SECONDS

    def share(self, of: int) -> "Limits":
        """One of so many equal parts."""
        return Limits(self.steps // of, self.seconds / of)

    def budget(self) -> "Budget":
        return Budget(self.steps, self.seconds)


class TooHard(Exception):
    """More work than a claim is worth."""


@dataclass
class Budget:
    """``spend`` counts down and raises `TooHard` at the end; a `part` of it is spent from the whole as well."""

    steps: int = STEPS
    seconds: float = SECONDS
    whole: "Budget | None" = None
    spent: int = 0
    _end: float = field(init=False)
    _look: int = 0  # the clock is read when this many steps are spent

    def __post_init__(self) -> None:
        self._end = monotonic() + self.seconds

    def spend(self, steps: int = 1) -> None:
        """Take note of work; `TooHard` where there is nothing left for it."""
        self.spent += steps
        if self.spent > self.steps:
            raise TooHard
        if self.spent >= self._look:
            self._look = self.spent + 200
            if monotonic() > self._end:
                raise TooHard
        if self.whole is not None:
            self.whole.spend(steps)

    @property
    def left(self) -> bool:
        """Is there anything left?"""
        return self.spent < self.steps and monotonic() < self._end

    @property
    def seconds_left(self) -> float:
        return max(self._end - monotonic(), 0.001)

    def part(self, of: int) -> "Budget":
        """At most one of so many equal parts of this budget, and no more than what is left."""
        steps = min(self.steps // of, max(self.steps - self.spent, 0))
        return Budget(steps, min(self.seconds / of, self.seconds_left), self)
