"""A limit for long work, which ends in an error that says what was covered; and somebody to tell how far it is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias, TypeVar

from symnet.errors import InvalidInput, SymnetError

Progress: TypeAlias = Callable[[str], None]
Item = TypeVar("Item")


class OutOfBudget(SymnetError):
    """The work is possible, but not within ``max_regions`` or ``timeout``."""


@dataclass(frozen=True)
class Budget:
    """``most`` cells in all; ``seconds`` of time, until ``end`` on the monotonic clock; ``tell`` hears of progress."""

    most: float = float("inf")
    seconds: float = float("inf")
    end: float = float("inf")
    tell: Progress | None = None

    def each(self, items: Iterable[Item], of: int | None, work: str) -> Iterator[Item]:
        """The items, ``of`` many if that is known, while there is time. ``work`` names what is done to each."""
        total = "" if of is None else f" of {of:,}"
        for done, item in enumerate(items):
            covered = f"{work}, {done:,}{total} done"
            if self.tell and done % 64 == 0:
                self.tell(covered)
            self.go_on(covered)
            yield item

    def go_on(self, covered: str, cells: int = 0) -> None:
        """Raise OutOfBudget where there are too many cells, or no time is left."""
        if cells > self.most:
            raise OutOfBudget(f"more than {self.most:,} regions: {covered}. Allow more with max_regions=.")
        if monotonic() > self.end:
            raise OutOfBudget(f"not finished within {self.seconds:g} s: {covered}. Allow more time with timeout=.")


UNLIMITED = Budget()


def budget(max_regions: int | None, timeout: float | None, progress: Progress | None) -> Budget:
    """From the options that the public functions take; None is no limit."""
    for name, limit in (("max_regions", max_regions), ("timeout", timeout)):
        if limit is not None and not limit > 0:
            raise InvalidInput(f"{name}: {limit!r} is not a positive number; leave it out for no limit.")
    seconds = float("inf") if timeout is None else timeout
    return Budget(float("inf") if max_regions is None else max_regions, seconds, monotonic() + seconds, progress)
