"""A limit for long work, which ends in an error that says what was covered; and somebody to tell how far it is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import TypeAlias, TypeVar

from symnet.errors import InvalidInput, SymnetError

Progress: TypeAlias = Callable[[str], None]
Tick: TypeAlias = Callable[[], None]
"""Called again and again by what may be long: it raises OutOfBudget, to stop the work."""
Item = TypeVar("Item")

PAUSE = 0.1
"""Seconds between two lines of progress."""


class OutOfBudget(SymnetError):
    """The work is possible, but not within ``max_regions`` or ``timeout``."""


@dataclass(frozen=True)
class Budget:
    """``most`` cells in all; ``seconds`` of time, until ``end`` on the monotonic clock; ``tell`` hears of progress.

    ``so_far`` is what was covered before work that finds no cells of its own.
    """

    most: float = float("inf")
    seconds: float = float("inf")
    end: float = float("inf")
    tell: Progress | None = None
    so_far: str = ""

    def begun(self, so_far: str = "") -> "Budget":
        """The same number of seconds, from now on."""
        return replace(self, end=monotonic() + self.seconds, so_far=so_far)

    def tick(self, work: str) -> None:
        """Raise OutOfBudget where no time is left; ``work`` names what is being done. Every long loop asks."""
        if monotonic() > self.end:
            raise Watch(self, lambda _: f"{self.so_far}still {work}").late()

    def ticker(self, work: str) -> Tick:
        """`tick` as something to call in a loop that knows nothing of budgets."""
        return partial(self.tick, work)

    def each(self, items: Iterable[Item], of: int, work: str) -> Iterator[Item]:
        """The items one after the other, while there is time. ``work`` names what is done to each."""
        watch = Watch(self, lambda done: f"{work}, {done:,} of {of:,} done")
        for item in items:
            watch.tick()
            yield item
            watch.done += 1


UNLIMITED = Budget()


def ticking(items: Iterable[Item], tick: Tick) -> Iterator[Item]:
    """The items, with a tick before each."""
    for item in items:
        tick()
        yield item


def unlimited() -> None:
    """The tick of work that has all the time in the world."""


@dataclass
class Watch:
    """Looks at the clock while work is ``done``; ``covered`` says in words how much."""

    budget: Budget
    covered: Callable[[int], str]
    done: int = 0
    next_line: float = field(default=0.0, repr=False)

    def tick(self) -> None:
        """Raise OutOfBudget where no time is left; tell how far the work is, from time to time."""
        now = monotonic()
        if now > self.budget.end:
            raise self.late()
        self.tell(now)

    def tell(self, now: float) -> None:
        if self.budget.tell and now >= self.next_line:
            self.next_line = now + PAUSE
            self.budget.tell(self.covered(self.done))

    def late(self) -> OutOfBudget:
        covered = self.covered(self.done)
        return OutOfBudget(f"not finished within {self.budget.seconds:g} s: {covered}. Allow more time with timeout=.")

    def regions(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, of which there may be ``budget.most``."""
        for item in items:
            self.one_more()
            yield item

    def one_more(self) -> None:
        """A region is done, if that many may be."""
        if self.done >= self.budget.most:
            covered = self.covered(self.done)
            raise OutOfBudget(f"more than {self.budget.most:,} regions: {covered}. Allow more with max_regions=.")
        self.done += 1


def budget(max_regions: int | None, timeout: float | None, progress: Progress | None) -> Budget:
    """From the options that the public functions take; None is no limit."""
    for name, limit in (("max_regions", max_regions), ("timeout", timeout)):
        if limit is not None and not limit > 0:
            raise InvalidInput(f"{name}: {limit!r} is not a positive number; leave it out for no limit.")
    seconds = float("inf") if timeout is None else timeout
    return Budget(float("inf") if max_regions is None else max_regions, seconds, monotonic() + seconds, progress)
