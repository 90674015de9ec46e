"""The same cells, cut in several processes: a few levels here, until there are cells enough to share out; the rest
there. joblib runs the jobs, so ``joblib.parallel_config(backend="dask")`` or ``"ray"`` takes them to a cluster.

The results come in the order that one process has, and are the same.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from math import isinf
from time import monotonic, time
from typing import Any, TypeAlias
from warnings import catch_warnings

from symnet.errors import InvalidInput
from symnet.relu.budget import OutOfBudget
from symnet.relu.geometry.cuts import Cell
from symnet.relu.regions.cells import Arrangement, Stream, WithMaps
from symnet.relu.regions.garbage import uncollected

Read: TypeAlias = Callable[[Arrangement, WithMaps], Iterator[Any]]
"""One result for each cell with its maps. It travels, and so do its results."""

ENOUGH, SHARES, UNITS = 128, 8, 8
"""For each job at least ENOUGH cells to start from, found by cutting along a few UNITS after the other, and SHARES
lists of them: more lists end at about the same time, in fewer the cells have more of their neighbours beside them."""


def each_cell(found: Arrangement, read: Read, jobs: int = 1) -> Iterator[Any]:
    """``read`` for each cell with its maps, in the cells' order, while the budget lasts."""
    return read(found, found.with_maps()) if checked(jobs) == 1 else _shared(found, read, jobs)


def checked(jobs: int) -> int:
    """A number of jobs as joblib has them: −1 is all that there are, −2 all but one."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs == 0:
        raise InvalidInput(f"jobs: {jobs!r} is no number of jobs; pass 1 or more, or -1 for all that there are.")
    return jobs


def _shared(found: Arrangement, read: Read, jobs: int) -> Iterator[Any]:
    from joblib import delayed, effective_n_jobs  # when asked for: one process needs none of it

    jobs = effective_n_jobs(jobs)
    stream = Stream(found)
    begun, cells = _first_cells(stream, ENOUGH * jobs)
    found, end = stream.found, stream.found.budget.end
    if begun == len(found.levels):  # too few to be worth a job
        yield from read(found, found.with_maps(cells, begun))
        return
    size = -(-len(cells) // (SHARES * jobs))
    shares = [cells[i : i + size] for i in range(0, len(cells), size)]
    tasks = (delayed(_share)(_elsewhere(found), begun, share, read) for share in shares if monotonic() < end)
    results = _run(tasks, jobs)

    def in_order() -> Iterator[Any]:
        for share in shares:
            part, done = next(results, ((), False))
            yield from part
            if not done:
                deque(results, maxlen=0)  # they all end now
                raise stream.watch.late()
            stream.cut[begun] += len(share)
            stream.watch.tell(monotonic())

    with closing(results):
        yield from stream.watch.regions(in_order())


def _run(tasks: Iterator[Any], jobs: int) -> Generator[Any, None, None]:
    """The results in the order of the tasks, each as soon as it is there where the backend can do that."""
    from joblib import Parallel

    try:
        results: Any = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="n_jobs")(tasks)
    except ValueError:  # Ray's workers, and those of multiprocessing, give all results at the end
        yield from Parallel(n_jobs=jobs)(tasks)
        return
    try:
        for result in results:  # noqa: UP028 - a "yield from" would close them before the warning is caught
            yield result
    finally:
        with catch_warnings(action="ignore"):  # joblib's, that tasks are stopped: when enough is known, they should be
            results.close()


def _first_cells(stream: Stream, enough: int) -> tuple[int, list[Cell]]:
    """So many levels cut, a level's first units apart where it has many; and the cells."""
    begun, cells = 0, stream.found.whole
    while len(cells) < enough and begun < len(stream.found.levels):
        level = stream.found.levels[begun]
        if len(level.units) > UNITS and not level.required:
            stream.found = stream.found.split(begun, UNITS)
        cells = list(stream.pieces(stream.found.levels[begun], cells))
        begun += 1
    return begun, cells


def _elsewhere(found: Arrangement) -> Arrangement:
    """With the end of the time on the clock of the day, for another process has another monotonic clock."""
    return replace(found, budget=replace(found.budget, end=found.budget.end - monotonic() + time(), tell=None))


def _share(found: Arrangement, begun: int, cells: list[Cell], read: Read) -> tuple[list[Any], bool]:
    """The results for what is cut from the cells, one more than there may be at most; whether the time sufficed."""
    most, end = found.budget.most, found.budget.end - time() + monotonic()
    here = replace(found, budget=replace(found.budget, most=float("inf"), end=end))
    results: list[Any] = []
    try:
        with uncollected():
            results.extend(islice(read(here, here.with_maps(cells, begun)), None if isinf(most) else int(most) + 1))
    except OutOfBudget:
        return results, False
    return results, True
