"""What was measured, as Markdown: symnet's times, and how many times as long each peer takes."""

import os
import platform
from collections.abc import Iterator, Sequence

from benchmarks.environments import Peer
from benchmarks.measure import Measured, Result


def table(results: Sequence[Result], peers: Sequence[Peer]) -> Iterator[str]:
    """Markdown: a row for each task, a column for each tool."""
    names = [peer.name for peer in peers]
    yield "| task | symnet | wanted | reached | " + " | ".join(names) + " |"
    yield "|" + "---|" * (4 + len(names))
    for result in results:
        theirs = dict(result.theirs)
        cells = [_ratio(result, theirs[name], dict(result.row.peers)[name]) if name in theirs else "" for name in names]
        reached = "yes" if not result.ours.failed and result.row.reach.reached(result.ours) else "no"
        words = result.row.reach.words
        yield f"| {result.row.title} | {_ours(result)} | {words} | {reached} | {' | '.join(cells)} |"


def _ours(result: Result) -> str:
    m = result.ours
    if m.failed:
        return m.failed
    wrong = "" if m.answer == result.right else f" **wrong: {m.answer}**"
    regions = f", {m.answer:,} cells, {m.answer / m.seconds:,.0f}/s" if isinstance(m.answer, int) else ""
    return f"{_time(m.seconds)}{regions}, {m.megabytes:.0f} MB{wrong}"


def _ratio(result: Result, m: Measured, task: str) -> str:
    if m.failed and not m.limit:
        return f"failed: {m.failed[:60]}"
    if result.ours.failed:
        return m.failed or _time(m.seconds)
    ratio = f"{'> ' if m.limit else ''}× {_figures(m.seconds / result.ours.seconds)}"
    wrong = "" if m.limit or m.answer == result.right else f" **wrong: {m.answer:,}**"
    return ratio + wrong + (f" ({task} only)" if task else "")


def _figures(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def versions(results: Sequence[Result]) -> dict[str, str]:
    """Each package that took part, with its version."""
    found = [m for result in results for m in (result.ours, *(m for _, m in result.theirs))]
    return {package: number for m in found for package, number in m.versions}


def report(results: Sequence[Result], peers: Sequence[Peer], skipped: Sequence[str]) -> str:
    lines = [
        "## symnet.relu",
        "",
        "Times are medians in symnet's column, ratios in the others': how many times as long the peer takes.",
        "A wrong answer is printed in bold; the right one is known, or else symnet's, which PPL confirms below.",
        "symnet's cells come with inequalities, vertices and affine maps; the peers' are only counted.",
        "",
        *table(results, peers),
        "",
        "Peers: " + "; ".join(f"{peer.name} ({peer.about})" for peer in peers) + ".",
        "Versions: " + ", ".join(f"{name} {number}" for name, number in sorted(versions(results).items())) + ".",
        f"Machine: {os.cpu_count()} cores, {platform.machine()}, {platform.system()}.",
        *(f"Skipped: {line}" for line in skipped),
        *_disagreements(results),
    ]
    return "\n".join(lines) + "\n"


def _disagreements(results: Sequence[Result]) -> Iterator[str]:
    """Counts are cross-checked with PPL, which is exact and shares no code with symnet."""
    counts = [(r.row.title, r.ours.answer, dict(r.theirs).get("ppl")) for r in results if r.row.task == "regions"]
    checked = [(title, ours, ppl.answer) for title, ours, ppl in counts if ours and ppl and not ppl.failed]
    for title, ours, theirs in checked:
        if ours != theirs:
            yield f"**The counts disagree on {title}: symnet {ours}, PPL {theirs}.**"
    if checked:
        yield f"Counts that PPL confirms: {sum(ours == theirs for _, ours, theirs in checked)} of {len(checked)}."
