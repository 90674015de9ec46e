"""Hostile documents, for as many seconds as asked; any fault ends it.

python -m benchmarks.audit_fuzz 60               random arrangements of commands and bytes
python -m benchmarks.audit_fuzz 60 --coverage    atheris, led by what the code has not done yet; in .bench/atheris

A fault is an exception that is no clear refusal, a document that takes long, or a finding that holds as it was written
and does not as it was read.
"""

import random
import resource
import subprocess
import sys
import time

from benchmarks.environments import ROOT, Peer, prepared

if "--inside" in sys.argv:
    import atheris

    with atheris.instrument_imports(include=["symnet.claims", "symnet.readers"]):
        from symnet.claims import audit, key
else:
    from symnet.claims import audit, key
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


def check(text: str) -> None:
    """No fault on this document."""
    try:
        found = audit(text, KEY)
    except SymnetError:
        return
    for finding in found:
        if finding.verdict == "holds":
            again = audit(f"$${finding.latex}$$", KEY, hint=False)
            assert again.holds, f"{finding.claim!r} holds, but {finding.latex!r} does not"


def arranged(seconds: float) -> None:
    """Random documents."""
    start, n, slowest = time.monotonic(), 0, 0.0
    while time.monotonic() - start < seconds:
        text = document(random.Random(n))
        begun = time.monotonic()
        try:
            check(text)
        except BaseException:
            print(f"document {n} of the sequence: {text[:500]!r}")
            raise
        slowest = max(slowest, time.monotonic() - begun)
        n += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{n} documents, no fault; slowest {slowest:.1f} s; memory {memory} MB")


def covered(seconds: float) -> None:
    """Documents that atheris makes of bytes: each byte is a piece, so that it finds its way through the reader."""
    import atheris

    def one(data: bytes) -> None:
        text = "$$" + "".join(PIECES[b % len(PIECES)] for b in data) + "$$"
        try:
            check(text)
        except Exception:
            print(f"the document: {text!r}", flush=True)
            raise

    arguments = [f"-max_total_time={seconds:.0f}", "-max_len=200", "-timeout=30", "-rss_limit_mb=3000"]
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


NEEDED = ("sympy==1.14.0", "numpy", "latex2sympy2==1.9.1", "joblib", "click", "rich")  # by the audit; torch is not
ATHERIS = Peer("atheris", ("atheris==3.0.0", *NEEDED), "coverage-guided fuzzing")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    if "--inside" in sys.argv:
        covered(seconds)
    elif "--coverage" not in sys.argv:
        arranged(seconds)
    elif (why := prepared(ATHERIS)) is None:
        command = [str(ATHERIS.python), "-m", "benchmarks.audit_fuzz", str(seconds), "--inside"]
        sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
    else:
        print(f"{why}; random arrangements in its place")
        arranged(seconds)


if __name__ == "__main__":
    main()
