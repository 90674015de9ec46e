"""Counting, timed, beside the tools that count. Each task in a fresh process: tools change torch for each other.

    python benchmarks/counts.py                      all tasks, medians; peers that are not installed are left out
    python benchmarks/counts.py --task NAME          one task in this process, as one line of JSON

Peers: pip install torchinfo fvcore thop calflops (each pulls in torch: install torch 2.13 first).
"""

import argparse
import importlib
import json
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

ROUNDS = 5


# ---------------------------------------------------------------------- tasks: set up, then what is timed
def alexnet_numbers() -> Callable[[], Any]:
    from symnet.counts import alexnet, count

    return lambda: count(alexnet()).total


def alexnet_symbols() -> Callable[[], Any]:
    from symnet.counts import alexnet, count

    return lambda: count(alexnet(symbolic=True)).total


def resnet50_numbers() -> Callable[[], Any]:
    from symnet.counts import count, resnet50

    return lambda: count(resnet50()).total


def resnet50_symbols() -> Callable[[], Any]:
    from symnet.counts import count, resnet50

    return lambda: count(resnet50(symbolic=True)).total


def gpt2_on_meta() -> Callable[[], Any]:
    from symnet.counts import count

    module = _built("gpt2_small")
    return lambda: count((module, (1, 256))).total


def gpt2_export_alone() -> Callable[[], Any]:
    import torch

    module = _built("gpt2_small").eval()
    words = torch.zeros(1, 256, dtype=torch.int64, device="meta")
    return lambda: torch.export.export(module, (words,))


def front_of_a_million() -> Callable[[], Any]:
    from symnet.counts import alexnet, pareto

    grid = {f"conv{i}": range(64, 257, 32) for i in range(1, 6)}
    grid |= {f"fc{i}": range(512, 4097, 512) for i in (6, 7)}
    network = alexnet()
    assert pareto(network, grid).designs > 10**6
    return lambda: pareto(network, grid)


def _built(name: str) -> Any:
    from symnet import counts
    from symnet.checks.build import build

    return build(counts.ZOO[name](), "meta")


def _peer(tool: str, name: str) -> Callable[[], Any]:
    """A peer on the torch build: on the CPU for images, on meta for words."""
    import torch

    from symnet import counts
    from symnet.checks.build import build

    network = counts.ZOO[name]()
    words = name.startswith("gpt2")
    module = build(network, "meta" if words else "cpu").eval()
    x = torch.zeros(1, 256, dtype=torch.int64, device="meta") if words else torch.zeros(1, 3, 224, 224)
    return PEERS[tool](module, x)


def torchinfo(module: Any, x: Any) -> Callable[[], Any]:
    summary = importlib.import_module("torchinfo").summary
    return lambda: summary(module, input_data=x, verbose=0, device=x.device).total_mult_adds


def fvcore(module: Any, x: Any) -> Callable[[], Any]:
    import logging

    analysis = importlib.import_module("fvcore.nn").FlopCountAnalysis
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    return lambda: analysis(module, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total()


def thop(module: Any, x: Any) -> Callable[[], Any]:
    profile = importlib.import_module("thop").profile
    return lambda: profile(module, inputs=(x,), verbose=False)[0]


def calflops(module: Any, x: Any) -> Callable[[], Any]:
    calculate = importlib.import_module("calflops").calculate_flops
    options = {"print_results": False, "output_as_string": False}
    return lambda: calculate(model=module, args=[x], **options)[1]


def flop_counter_mode(module: Any, x: Any) -> Callable[[], Any]:
    from torch.utils.flop_counter import FlopCounterMode

    def run() -> int:
        with FlopCounterMode(display=False) as flops:
            module(x)
        return flops.get_total_flops()

    return run


PEERS = {
    "torchinfo": torchinfo, "fvcore": fvcore, "thop": thop, "calflops": calflops,
    "FlopCounterMode": flop_counter_mode,
}  # fmt: skip
COMPARED = {"alexnet": "AlexNet, numbers", "resnet50": "ResNet-50, numbers", "gpt2_small": "GPT-2 small, numbers"}
TASKS: dict[str, Callable[[], Callable[[], Any]]] = {
    "AlexNet, numbers": alexnet_numbers,
    "AlexNet, everything a letter": alexnet_symbols,
    "ResNet-50, numbers": resnet50_numbers,
    "ResNet-50, resolution and width as letters": resnet50_symbols,
    "GPT-2 small, from torch on meta": gpt2_on_meta,
    "GPT-2 small, torch.export alone": gpt2_export_alone,
    "front over more than 10^6 designs": front_of_a_million,
} | {
    f"{title} ({tool})": (lambda tool=tool, name=name: _peer(tool, name))
    for name, title in COMPARED.items()
    for tool in PEERS
}  # fmt: skip


# ---------------------------------------------------------------------- timing
def measure(task: str) -> dict[str, Any]:
    """First run, median of the next ones, and the peak of Python's own memory in one more run."""
    try:
        run = TASKS[task]()
    except ImportError as error:
        return {"task": task, "missing": str(error)}
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    first, *rest = times
    return {"task": task, "first_ms": 1e3 * first, "median_ms": 1e3 * statistics.median(rest), "peak_mb": peak / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=TASKS)
    parser.add_argument("--json", help="also write all results to this file")
    given = parser.parse_args()
    if given.task:
        print(json.dumps(measure(given.task)))
        return
    results = []
    print(f"Python {platform.python_version()}, {platform.machine()}; median of {ROUNDS} after a first run")
    print(f"{'task':<48} {'first':>10} {'median':>10} {'peak':>9}")
    for task in TASKS:
        done = subprocess.run([sys.executable, __file__, "--task", task], capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        found = json.loads(lines[-1]) if done.returncode == 0 and lines else {"missing": done.stderr.strip()[-100:]}
        results.append({"task": task} | found)
        if "missing" in found:
            why = found["missing"].splitlines()[-1:] or [""]
            print(f"{task:<48} not run: {why[0][:60]}")
        else:
            print(f"{task:<48} {found['first_ms']:>7.1f} ms {found['median_ms']:>7.1f} ms {found['peak_mb']:>6.1f} MB")
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
