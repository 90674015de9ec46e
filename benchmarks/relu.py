"""symnet.relu against its peers: python -m benchmarks.relu [--seconds 120] [--only WORD] [--write]

Every tool runs in a process of its own, on the same machine, one after the other, and gets the same exact weights. The
time is the median of several runs, from the weights as data to the answer; starting Python and imports are not in it.
A ratio is the peer's time divided by symnet's. For a peer that has not answered in time it is a lower bound.
"""

import argparse
import sys
from collections.abc import Callable

from benchmarks.environments import PEERS, prepared
from benchmarks.measure import Row, memory, per_second, run, within
from benchmarks.networks import Layers, scrambled, sixteenths, sorter, torch_initialised
from benchmarks.sections import write_section
from benchmarks.tables import report


def same(*names: str) -> tuple[tuple[str, str], ...]:
    """The peers that get the same task."""
    return tuple((name, "") for name in names)


def random_net(*widths: int) -> Callable[[], Layers]:
    return lambda: sixteenths(widths)


SMT_ONLY_ASCENDING = (("z3", "ascending"),)
"""For many inputs z3 is asked for less: that the outputs ascend, not that they are the inputs."""

ROWS = (
    Row("sorter, five units: proof", "sorts", lambda: sorter(2), within(1), same("z3", "cvc5"), answer="proved"),
    Row("sorter, n = 4: proof", "sorts", lambda: sorter(4), within(20), same("z3", "cvc5"), answer="proved"),
    Row("sorter, n = 8: proof", "sorts", lambda: sorter(8), within(100), same("z3", "cvc5"), answer="proved"),
    Row("sorter, n = 16: proof", "sorts", lambda: sorter(16), within(500), SMT_ONLY_ASCENDING, answer="proved"),
    Row("sorter, n = 24: proof", "sorts", lambda: sorter(24), within(2000), answer="proved"),
    Row(
        "2-16-16-1 equals itself scrambled: proof",
        "equal",
        random_net(2, 16, 16, 1),
        within(50),
        same("z3", "cvc5"),
        other=scrambled,
        answer="proved",
    ),
    Row(
        "sorter, five units: cells",
        "regions",
        lambda: sorter(2),
        within(10),
        same("ppl", "affinitree", "parx"),
        answer=6,
    ),
    Row(
        "2-16-16-1: cells",
        "regions",
        random_net(2, 16, 16, 1),
        per_second(10_000),
        same("ppl", "affinitree", "parx"),
    ),
    Row("2-64-64-1: cells", "regions", random_net(2, 64, 64, 1), within(1000), same("ppl", "affinitree")),
    Row("3-16-16-1: cells", "regions", random_net(3, 16, 16, 1), per_second(10_000), same("ppl", "affinitree")),
    Row("4-16-16-1: cells", "regions", random_net(4, 16, 16, 1), per_second(10_000), same("ppl", "affinitree")),
    Row(
        "2-32-32-1, torch's float32: cells",
        "regions",
        lambda: torch_initialised((2, 32, 32, 1)),
        per_second(10_000),
        same("ppl", "affinitree"),
    ),
    Row("3-44-44-1: memory", "regions", random_net(3, 44, 44, 1), memory(100_000, 1024)),
)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--seconds", type=float, default=120, help="the most that a tool gets for a task")
    options.add_argument("--only", default="", help="only the tasks whose title has this in it")
    options.add_argument("--write", action="store_true", help="write the section of benchmarks/README.md")
    chosen = options.parse_args()
    skipped = [(peer, prepared(peer)) for peer in PEERS]
    ready = [peer for peer, why in skipped if why is None]
    results = []
    for row in ROWS:
        if chosen.only in row.title:
            print(row.title, "...", file=sys.stderr, flush=True)
            results.append(run(row, ready, chosen.seconds))
    text = report(results, ready, [why for _, why in skipped if why is not None])
    print(text)
    if chosen.write:
        write_section("relu", text)


if __name__ == "__main__":
    main()
