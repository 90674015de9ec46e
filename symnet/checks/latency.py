"""How long one prediction takes: measured here and now, only when asked for. It is no property of a network."""

import statistics
import time
from dataclasses import dataclass

import torch

from symnet.checks.build import build
from symnet.checks.measure import entering, placed
from symnet.counts.architecture import Architecture


@dataclass(frozen=True)
class Latency:
    """The median and the fastest of several runs of one example, in milliseconds, and where they ran."""

    median: float
    fastest: float
    runs: int
    device: str


def latency(architecture: Architecture, device: str = "auto", runs: int = 9) -> Latency:
    """Milliseconds for one example through the torch build, after two runs that do not count."""
    where = placed(device)
    network = build(architecture, where).eval()
    x = entering(architecture, where).float()
    with torch.no_grad():
        times = [_timed(network, x) for _ in range(runs + 2)][2:]
    name = torch.cuda.get_device_name(where) if where.startswith("cuda") else f"cpu, {torch.get_num_threads()} threads"
    return Latency(statistics.median(times), min(times), runs, name)


def _timed(network: torch.nn.Module, x: torch.Tensor) -> float:
    _finish(x)
    start = time.perf_counter()
    network(x)
    _finish(x)
    return 1000 * (time.perf_counter() - start)


def _finish(x: torch.Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize(x.device)
