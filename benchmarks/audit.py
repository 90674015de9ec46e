r"""The audit's figures: corpora, soundness by mutation, speed, a class of answers, and peers on the same claims.

python -m benchmarks.audit [--only WORD] [--mutants 5000] [--answers 200] [--keep FOLDER] [--write]

Every part prints as it goes. With --keep the answers that are finished stay there, and a run that was cut off goes on
with the others; their times are those of the first run.
"""

import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import tempfile
import time
import timeit
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import audit_mutants
from benchmarks.environments import Peer, prepared
from benchmarks.sections import write_section
from symnet import backprop
from symnet.claims import audit, key
from symnet.claims.marking.classes import grade
from symnet.readers.latex.reading import Unread, read_latex

HERE = Path(__file__).parent
DATA = HERE.parent / "tests" / "data"
PEERS = (
    Peer("math_verify", ("math-verify==0.8.0", "antlr4-python3-runtime==4.13.2"), "answers of language models"),
    Peer("sympy_antlr", ("sympy==1.14.0", "antlr4-python3-runtime==4.11.1"), "sympy.parsing.latex"),
    Peer("sympy_lark", ("sympy==1.14.0", "lark==1.3.1"), "sympy.parsing.latex"),
    Peer("latex2sympy2", ("sympy==1.14.0", "latex2sympy2==1.9.1"), "on its own"),
)
Pair = tuple[str, str, bool]  # left, right, whether they are equal


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))


# ---------------------------------------------------------------------- reading and soundness
def corpora(_: argparse.Namespace) -> Iterator[str]:
    """Snippets read as a person expects them to be read."""
    for name, column in (("latex_corpus.tsv", "reading"), ("latex_textbooks.tsv", "expected")):
        tally: Counter[str] = Counter()
        for row in rows(DATA / name):
            if row.get("source") == "control":
                continue
            declared = row.get("declared", "").replace("; ", "\n") or None
            try:
                found = " ;; ".join(map(str, read_latex(row["latex"], declared)))
            except Unread:
                found = "UNREAD"
            tally["unread" if found == "UNREAD" else "right" if found == row[column] else "wrong"] += 1
        shown = ", ".join(f"{tally[state]} {state}" for state in ("right", "unread", "wrong"))
        yield f"- {name}: {sum(tally.values())} snippets: {shown}"


def soundness(options: argparse.Namespace) -> Iterator[str]:
    """True claims, and false ones made of them; what is false was found so by numbers, without the audit."""
    result = audit_mutants.run(options.mutants)
    for kind, tally in (("true", result.true), ("false", result.false)):
        yield f"- {kind} claims {sum(tally.values())}: {_said(tally)}"
    yield f"- false ones marked 'holds': {len(result.unsound)}"


def _said(tally: Counter[str]) -> str:
    return ", ".join(f"{tally[v]} {v}" for v in ("holds", "wrong", "unread"))


# ---------------------------------------------------------------------- speed
def speed(_: argparse.Namespace) -> Iterator[str]:
    """Matrix claims that hold, after all of them were audited once; wrong ones with their explanation."""
    bp = backprop(audit_mutants.MODEL)
    for what, made in (("formulas", lambda: key(bp)), ("formulas with their shapes", lambda: key(bp).typed)):
        best = min(timeit.repeat(made, number=20, repeat=7)) / 20
        yield f"- the key of a residual block, its {what}: {1000 * best:.2f} ms"
    k = key(bp)
    for what, pool in (("that holds", _truths()), ("that is wrong, with its reason", _mutants(random.Random(1), 100))):
        for claim in pool:
            audit(claim, k)
        times = []
        for claim in pool:
            start = time.perf_counter()
            audit(claim, k)
            times.append(1000 * (time.perf_counter() - start))
        yield (
            f"- a matrix claim {what}, warm: median {statistics.median(times):.1f} ms, "
            f"slowest {max(times):.0f} ms of {len(times)}"
        )


def _truths() -> list[str]:
    return [f"{audit_mutants.latex(a)} = {audit_mutants.latex(b)}" for a, b in audit_mutants.truths()]


def _mutants(draw: random.Random, wanted: int) -> list[str]:
    """False claims, each found false by numbers."""
    pool = [(a, m) for a, b in audit_mutants.truths() for _, m in audit_mutants.mutations(b, draw) if m != b]
    draw.shuffle(pool)
    false = ((a, m) for a, m in pool if audit_mutants.agrees(a, m) is False)
    return [
        f"{audit_mutants.latex(a)} = {audit_mutants.latex(m)}" for (a, m), _ in zip(false, range(wanted), strict=False)
    ]


CLAIMS = 30


def a_class(options: argparse.Namespace) -> Iterator[str]:
    """Documents of 30 claims, a third of them false, every document another; with 1 and 2 processes."""
    draw = random.Random(2)
    true, false = _truths(), _mutants(draw, 600)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        net = folder / "residual.net"
        net.write_text(audit_mutants.MODEL, encoding="utf-8")
        files = [folder / f"answer{n}.{'tex' if n % 2 else 'md'}" for n in range(options.answers)]
        for file in files:
            claims = [*draw.sample(true, CLAIMS - CLAIMS // 3), *draw.sample(false, CLAIMS // 3)]
            draw.shuffle(claims)
            file.write_text(_document(claims, file.suffix), encoding="utf-8")
        for jobs in (1, 2):
            yield _graded(files, net, jobs, folder / f"finished{jobs}")


def _document(claims: list[str], suffix: str) -> str:
    if suffix == ".md":
        return "# Answer\n\n" + "\n\n".join(f"{n}. The next step is\n\n$${c}$$" for n, c in enumerate(claims, 1))
    lines = " \\\\\n".join(" = ".join(c.split(" = ", 1)).replace(" = ", " &= ", 1) for c in claims)
    return f"\\begin{{document}}\n\\begin{{align}}\n{lines}\n\\end{{align}}\n\\end{{document}}\n"


def _graded(files: list[Path], net: Path, jobs: int, finished: Path) -> str:
    """The time of all files; of a run that goes on, the time spent before is kept beside the results."""
    clock = finished / "seconds.txt"
    before = float(clock.read_text(encoding="utf-8")) if clock.exists() else 0.0
    finished.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()

    def done(_: Any) -> None:
        clock.write_text(f"{before + time.perf_counter() - start:.3f}", encoding="utf-8")

    results = grade(files, [str(net)], jobs=jobs, kept_in=finished, progress=done)
    seconds = float(clock.read_text(encoding="utf-8"))
    assert not any(r.error for r in results), next(r.error for r in results if r.error)
    tally = sum((Counter(r.counts) for r in results), Counter())
    assert sum(tally.values()) == len(files) * CLAIMS, tally
    return f"- {len(files)} answers of {CLAIMS} claims, jobs={jobs}: {seconds:.0f} s; {_said(tally)}"


# ---------------------------------------------------------------------- peers
def peers(options: argparse.Namespace) -> Iterator[str]:
    """The same pairs for every reader. A verdict that contradicts the mathematics is silently wrong."""
    pairs = [*_written_pairs(), *_mutated_pairs(random.Random(3), options.pairs)]
    declared = [key(backprop(audit_mutants.MODEL)), key("s, t : scalar")]
    ours = [audit(f"{a} = {b}", declared, hint=False).findings[0].verdict for a, b, _ in pairs]
    verdicts: dict[str, list[Any]] = {"symnet": [{"holds": True, "wrong": False}.get(v, "error") for v in ours]}
    skipped = []
    for peer in PEERS:
        why = prepared(peer)
        if why is None:
            verdicts[f"{peer.name}, {peer.about}"] = _asked(peer, pairs)
        else:
            skipped.append(f"- {why}")
    true = sum(truth for *_, truth in pairs)
    yield f"{len(pairs)} pairs, {true} equal and {len(pairs) - true} not; of matrices, numbers and minima.\n"
    yield "| reader | right | not equal, called equal | equal, called not | refused |"
    yield "|---|---|---|---|---|"
    for name, found in verdicts.items():
        tally = Counter((v, truth) for v, (*_, truth) in zip(found, pairs, strict=True))
        right = tally[True, True] + tally[False, False]
        refused = tally["error", True] + tally["error", False]
        yield f"| {name} | {right} | {tally[True, False]} | {tally[False, True]} | {refused} |"
    yield from skipped


def _written_pairs() -> list[Pair]:
    found = rows(HERE / "audit_claims.tsv")
    return [(*_sides(r["latex"]), r["truth"] == "true") for r in found]


def _sides(claim: str) -> tuple[str, str]:
    left, _, right = claim.partition(" = ")
    return left, right


def _mutated_pairs(draw: random.Random, wanted: int) -> list[Pair]:
    true = [(*_sides(c), True) for c in draw.sample(_truths(), min(wanted // 3, len(_truths())))]
    false = [(*_sides(c), False) for c in _mutants(draw, wanted // 3)]
    numbers = list(audit_mutants.number_mutants(draw))
    return [*true, *false, *((*_sides(t), truth) for _, t, truth in draw.sample(numbers, wanted // 3))]


def _asked(peer: Peer, pairs: list[Pair]) -> list[Any]:
    """In one process; forgotten are definitions, which these readers have no place for: a pair such as V̄ = r̄ hᵀ is
    true of the model only, and "not equal" is then the right answer of a reader that does not know it. Such pairs count
    as refused."""
    given = json.dumps([(a, b) for a, b, _ in pairs])
    command = [str(peer.python), str(HERE / "audit_peers.py"), peer.name]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    run = subprocess.run(command, input=given, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(run.stdout)
    identity = key("x, b, c, z, h, r, y : n\nW, V : n n\nphi : elementwise\ns, t : scalar")
    alone = [audit(f"{a} = {b}", identity, hint=False).holds for a, b, _ in pairs]
    return ["error" if truth and v is False and not own else v
            for v, own, (*_, truth) in zip(found, alone, pairs, strict=True)]  # fmt: skip


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "Corpora": corpora,
    "Soundness by mutation": soundness,
    "Speed": speed,
    "A class of answers": a_class,
    "Peers": peers,
}


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--only", default="", help="only the parts whose title has this in it")
    options.add_argument("--mutants", type=int, default=5000, help="false claims at least")
    options.add_argument("--answers", type=int, default=200)
    options.add_argument("--pairs", type=int, default=300, help="for the peers, beside those of audit_claims.tsv")
    options.add_argument("--keep", help="a folder for finished answers, so that a run can go on")
    options.add_argument("--write", action="store_true", help="write the section of benchmarks/README.md")
    chosen = options.parse_args()
    lines = ["## symnet.audit"]
    for title, part in PARTS.items():
        if chosen.only in title:
            print(f"\n### {title}", flush=True)
            lines += ["", f"### {title}", "", (part.__doc__ or "").strip(), ""]
            for line in part(chosen):
                print(line, flush=True)
                lines.append(line)
    lines += ["", f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}."]
    if chosen.write:
        write_section("audit", "\n".join(lines))


if __name__ == "__main__":
    main()
