"""Hostile documents: random arrangements of commands and bytes, for as many seconds as asked; any fault ends it.

python benchmarks/audit_fuzz.py 60
"""

import random
import resource
import sys
import time

from symnet.audit import audit, key
from symnet.errors import SymnetError

COMMANDS = r"""
    \bar { } ( ) [ ] x W V y ^ _ = + - \frac \sum \phi ' & \\ \begin{cases} \end{cases} \left( \right) \odot \cdot 1 23
    , |     \| \top $ $$ T \partial \max \sqrt \mathbf \begin{pmatrix} \end{pmatrix}
    \newcommand \def #1 / \nabla e % \[ \] \( \)
    \begin{align} \end{align} \begin{tabular} ``` <!-- | --- \text \operatorname{tr} \mathrm ~ \,
    \num \approx \le : ; . !
"""
PIECES = [*COMMANDS.split(), "\n", " ", "\x00", "é", "𝟏", "\\", "|-|\n"]
KEY = key("x, b, y : n\nW, V : n n\nphi : elementwise")


def document(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.2:
        return bytes(draw.randrange(256) for _ in range(draw.randrange(2000))).decode("utf-8", errors="replace")
    if kind < 0.25:
        return draw.choice(PIECES) * draw.randrange(1, 200_000)
    body = "".join(draw.choice(PIECES) for _ in range(draw.randrange(1, 60)))
    return f"$${body}$$" if kind < 0.9 else body * draw.randrange(1, 300)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    start, n, slowest = time.monotonic(), 0, 0.0
    while time.monotonic() - start < seconds:
        text = document(random.Random(n))
        begun = time.monotonic()
        try:
            audit(text, KEY)
        except SymnetError:
            pass
        except BaseException:
            print(f"document {n} of the sequence: {text[:500]!r}")
            raise
        slowest = max(slowest, time.monotonic() - begun)
        n += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{n} documents, no fault; slowest {slowest:.1f} s; memory {memory} MB")


if __name__ == "__main__":
    main()
