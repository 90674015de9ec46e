"""How long a fresh Python takes to import symnet, and to do a first thing with it, beside SymPy: make bench-import.

Each line is the median of fresh processes, taken in turns so that none has the warmer caches; the ratio is to
``import sympy``, which symnet's exact arithmetic needs.
"""

import statistics
import subprocess
import sys
import time

from benchmarks.sections import write_section

LINES = {
    "import sympy": "import sympy",
    "import symnet": "import symnet",
    "first proof": "import symnet as sn; sn.prove(sn.relu.two_input_sorter(), sn.relu.Sorted())",
    "first count": "import symnet as sn; sn.count(sn.counts.alexnet())",
    "first backward pass": "import symnet as sn; sn.backprop('x : n\\ny = tanh(x)')",
    "check a certificate": "import symnet.checks.certificate",
}
ROUNDS = 9
TARGET = 1.3


def seconds(script: str) -> float:
    """One fresh process."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True)
    return time.perf_counter() - begun


def main() -> None:
    found: dict[str, list[float]] = {name: [] for name in LINES}
    for script in LINES.values():
        seconds(script)  # the files are in the cache of the system from here on
    for _ in range(ROUNDS):
        for name, script in LINES.items():
            found[name].append(seconds(script))
    base = statistics.median(found["import sympy"])
    lines = ["## Cold start", "", "| a fresh process | median | spread | ÷ import sympy |", "|---|---|---|---|"]
    for name, times in found.items():
        middle, spread = statistics.median(times), max(times) - min(times)
        lines.append(f"| `{name}` | {middle:.2f} s | {spread:.2f} s | {middle / base:.2f} |")
    ratio = statistics.median(found["import symnet"]) / base
    lines += [
        "",
        f"Wanted: import symnet at most {TARGET} × import sympy; {'reached' if ratio <= TARGET else 'missed'}.",
    ]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write_section("import", "\n".join(lines))


if __name__ == "__main__":
    main()
