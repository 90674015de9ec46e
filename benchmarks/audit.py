r"""The audit's figures: corpora, soundness by mutation, speed, a class of answers, and peers on the same claims.

make bench-audit                                    prints them and writes benchmarks/audit.md
PEERS=/tmp/peers/bin/python make bench-audit        with Math-Verify and SymPy's parsers (see audit_peers.py)
"""

import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import audit_mutants  # noqa: E402 - beside this file

from symnet.audit import audit, key  # noqa: E402
from symnet.audit.classes import grade  # noqa: E402
from symnet.audit.derived import of_backward  # noqa: E402
from symnet.backprop import backprop  # noqa: E402
from symnet.readers.latex import Unread, read_latex  # noqa: E402

DATA = HERE.parent / "tests" / "data"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))


def corpora() -> Iterator[str]:
    for name, column in (("latex_corpus.tsv", "reading"), ("latex_textbooks.tsv", "expected")):
        tally: Counter[str] = Counter()
        for row in rows(DATA / name):
            if row.get("source") == "control":
                continue
            try:
                found = " ;; ".join(
                    map(str, read_latex(row["latex"], row.get("declared", "").replace("; ", "\n") or None))
                )
            except Unread:
                found = "UNREAD"
            tally["unread" if found == "UNREAD" else "right" if found == row[column] else "wrong"] += 1
        shown = ", ".join(f"{tally[state]} {state}" for state in ("right", "unread", "wrong"))
        yield f"{name}: {sum(tally.values())} snippets: {shown}"


def soundness(wanted: int) -> Iterator[str]:
    result = audit_mutants.run(wanted)
    for kind, tally in (("true", result.true), ("false", result.false)):
        yield f"{kind} claims {sum(tally.values())}: {dict(tally)}"
    yield f"false ones marked 'holds': {len(result.unsound)}"


def speed() -> Iterator[str]:
    k = of_backward(backprop(audit_mutants.MODEL))
    claims = [f"{audit_mutants.latex(a)} = {audit_mutants.latex(b)}" for a, b in audit_mutants.truths()]
    for warm in (False, True):
        times = []
        for claim in claims:
            start = time.perf_counter()
            audit(claim, k)
            times.append(1000 * (time.perf_counter() - start))
        if warm:
            median = statistics.median(times)
            yield f"a matrix claim, warm: median {median:.1f} ms, slowest {max(times):.0f} ms of {len(times)}"


def a_class(answers: int = 200, claims: int = 30) -> Iterator[str]:
    true = [f"{audit_mutants.latex(a)} = {audit_mutants.latex(b)}" for a, b in audit_mutants.truths()]
    pool = [r["latex"] for r in rows(HERE / "audit_claims.tsv") if "s, t" not in r["latex"]] + true
    with tempfile.TemporaryDirectory() as folder:
        net = Path(folder) / "residual.net"
        net.write_text(audit_mutants.MODEL)
        files = []
        for n in range(answers):
            body = "\n\n".join(f"\\[{pool[(7 * n + i) % len(pool)]}\\]" for i in range(claims))
            files.append(Path(folder) / f"answer{n}.tex")
            files[-1].write_text(f"\\begin{{document}}\n{body}\n\\end{{document}}\n")
        start = time.perf_counter()
        results = grade(files, [str(net)], jobs=2)
        seconds = time.perf_counter() - start
    assert not any(r.error for r in results), next(r.error for r in results if r.error)
    tally = sum((Counter(r.counts) for r in results), Counter())
    assert sum(tally.values()) == answers * claims
    yield f"{answers} answers of {claims} claims on 2 processes: {seconds:.0f} s; {dict(tally)}"


def peers() -> Iterator[str]:
    claims = rows(HERE / "audit_claims.tsv")
    k = [of_backward(backprop(audit_mutants.MODEL)), key("s, t : scalar")]
    ours = [audit(c["latex"], k, hint=False).findings[0].verdict for c in claims]
    verdicts = {"symnet": [{"holds": True, "wrong": False}.get(v, "error") for v in ours]}
    python = os.environ.get("PEERS")
    if python:
        pairs = json.dumps([c["latex"].split(" = ", 1) for c in claims])
        run = subprocess.run(
            [python, str(HERE / "audit_peers.py")], input=pairs, capture_output=True, text=True, check=True
        )
        verdicts |= json.loads(run.stdout)
    yield "| reader | right | silently wrong | error or unread |"
    yield "|---|---|---|---|"
    for name, found in verdicts.items():
        tally = Counter(
            "error" if v == "error" else v == (c["truth"] == "true") for v, c in zip(found, claims, strict=True)
        )
        yield f"| {name} | {tally[True]} | {tally[False]} | {tally['error']} |"


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    parts = {
        "Corpora": corpora(),
        "Soundness by mutation": soundness(wanted),
        "Speed": [*speed(), *a_class()],
        f"{len(rows(HERE / 'audit_claims.tsv'))} claims, half of them false": peers(),
    }
    lines = ["# Figures of the audit", "", f"Printed by `make bench-audit`; Python {platform.python_version()}."]
    for title, found in parts.items():
        lines += ["", f"## {title}"]
        print(f"\n{title}", flush=True)
        for line in found:
            print("  ", line, flush=True)
            lines.append(line if line.startswith("|") else f"- {line}")
    (HERE / "audit.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
