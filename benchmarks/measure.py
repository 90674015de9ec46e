"""Tools asked for an answer, each in a process of its own, and what came back."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import ROOT, Peer
from benchmarks.networks import Layers

SYMNET = ROOT / "benchmarks" / "peers" / "with_symnet.py"
MOST_RUNS, ENOUGH = 9, 5.0
"""A task is repeated so many times, but no more once it has taken so many seconds."""


@dataclass(frozen=True)
class Measured:
    """What a tool found, or ``failed``: one line that says why it did not."""

    seconds: float
    answer: Any = None
    megabytes: float = 0.0
    versions: tuple[tuple[str, str], ...] = ()
    failed: str = ""
    limit: float = 0.0
    """For one that did not answer in time: the time."""


@dataclass(frozen=True)
class Reach:
    """What the time, or the number of regions in a second, or the memory, is to be."""

    words: str
    reached: Callable[[Measured], bool]


def within(milliseconds: float) -> Reach:
    return Reach(f"< {milliseconds:g} ms", lambda m: m.seconds * 1000 < milliseconds)


def per_second(regions: int) -> Reach:
    return Reach(f"≥ {regions:,} regions/s", lambda m: m.answer / m.seconds >= regions)


def memory(regions: int, megabytes: int) -> Reach:
    words = f"≥ {regions:,} regions in {megabytes:,} MB"
    return Reach(words, lambda m: m.answer >= regions and m.megabytes < megabytes)


@dataclass(frozen=True)
class Row:
    """One task: the question, what symnet wants to reach, and the peers asked, with their task where it differs."""

    title: str
    task: str
    layers: Callable[[], Layers]
    reach: Reach
    peers: tuple[tuple[str, str], ...] = ()
    other: Callable[[Layers], Layers] | None = None
    answer: Any = None
    """The right answer, where it is known; else it is symnet's."""

    def question(self, task: str) -> dict[str, Any]:
        layers = self.layers()
        second = {} if self.other is None else {"other": self.other(layers)}
        return {"task": task, "layers": layers, "runs": MOST_RUNS, "seconds": ENOUGH, **second}


def measured(python: Path, script: Path, question: dict[str, Any], limit: float) -> Measured:
    """The tool's answer to the question, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} if python == Path(sys.executable) else None
    try:
        done = subprocess.run(
            [str(python), str(script)],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=limit,
            env=environment,
            cwd=script.parent,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Measured(limit, failed=f"no answer in {limit:g} s", limit=limit)
    if done.returncode:
        return Measured(0.0, failed=(done.stderr.strip().splitlines() or ["ended without a message"])[-1])
    found = json.loads(done.stdout.splitlines()[-1])
    versions = tuple(found["versions"].items())
    return Measured(statistics.median(found["seconds"]), found["answer"], found["megabytes"], versions)


@dataclass(frozen=True)
class Result:
    """A row with what every tool found."""

    row: Row
    ours: Measured
    theirs: tuple[tuple[str, Measured], ...]

    @property
    def right(self) -> Any:
        return self.ours.answer if self.row.answer is None else self.row.answer


def run(row: Row, ready: Sequence[Peer], limit: float) -> Result:
    ours = measured(Path(sys.executable), SYMNET, row.question(row.task), limit)
    asked = dict(row.peers)
    theirs = [
        (peer.name, measured(peer.python, peer.script, row.question(asked[peer.name] or row.task), limit))
        for peer in ready
        if peer.name in asked
    ]
    return Result(row, ours, tuple(theirs))
