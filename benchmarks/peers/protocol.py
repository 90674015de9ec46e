"""How a tool is measured: a task comes in as JSON, what was found goes out as JSON. Standard library only.

in    {"task": name, "layers": ..., "other": ..., "runs": most runs, "seconds": stop repeating after}
out   {"seconds": [one for each run], "answer": ..., "versions": {...}, "megabytes": peak memory}, as the last line

Each run starts from the network as data, and includes all that the tool does with it: parsing, encoding, solving.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from importlib.metadata import version
from typing import Any

Task = Callable[[dict[str, Any]], Any]


def serve(tasks: Mapping[str, Task], packages: tuple[str, ...], ready: Task | None = None) -> None:
    """Measure the task that standard input asks for; what ``ready`` makes of the question first is not timed."""
    question = json.load(sys.stdin)
    if ready is not None:
        question["ready"] = ready(question)
    task = tasks[question["task"]]
    seconds: list[float] = []
    while not seconds or (len(seconds) < question["runs"] and sum(seconds) < question["seconds"]):
        start = time.perf_counter()
        answer = task(question)
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    versions = {"python": sys.version.split()[0], **{package: version(package) for package in packages}}
    print()
    print(json.dumps({"seconds": seconds, "answer": answer, "versions": versions, "megabytes": peak}))


def matrices(
    layers: list[dict[str, Any]], number: Callable[[str], Any] = Fraction
) -> list[tuple[list[Any], list[Any]]]:
    """[(W, b), ...] with every entry read by ``number``."""
    return [
        ([[number(a) for a in row] for row in layer["weights"]], [number(a) for a in layer["biases"]])
        for layer in layers
    ]


def floats(layers: list[dict[str, Any]]) -> list[tuple[list[Any], list[Any]]]:
    """[(W, b), ...] in float64; for weights k/16 and float32 nothing is lost."""
    return matrices(layers, lambda text: float(Fraction(text)))
