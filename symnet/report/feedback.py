r"""Feedback on an answer: each claim, how it was read, the verdict, and why, as a report for `symnet.report`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symnet.report.document import Commands, Report, Section, Table, Text
from symnet.report.typeset import LONGEST, Mathematics, typeset

WORDS = {"holds": "holds", "wrong": "wrong", "unread": "not read"}
STATES = {
    "right": "every claim was read and holds",
    "wrong": "a claim is wrong",
    "incomplete": "nothing is wrong, and not everything that is wanted was read",
    "empty": "nothing is claimed",
    "unread": "no claim could be read",
    "error": "it could not be audited",
}


def feedback(result: Any, command: str = "symnet audit", *, plainly: bool = False) -> Report:
    """The report on one file, from its `Graded`; ``plainly`` without mathematics, where LaTeX would not set it."""
    slips = [f for f in result.findings if f["verdict"] != "holds"]
    right = [f for f in result.findings if f["verdict"] == "holds"]
    nothing = Text("Nothing: every claim holds." if right else "There is no claim in it.")
    sections = [Section("What to look at", (_table(slips, plainly),) if slips else (nothing,))]
    sections += [Section("What holds", (_table(right, plainly),))] if right else []
    sections += [Section("For the marker", tuple(Text(typeset(n)) for n in result.notes))] if result.notes else []
    sections.append(Section("Again", (Commands(((command, "the same audit in the terminal"),), long=True),)))
    name = Path(result.file)
    return Report(name.stem, f"Feedback on {name.name}", typeset(_lead(result)), command, tuple(sections), ())


def _lead(result: Any) -> str:
    """The state of the answer, what was read, and what of the wanted is there."""
    if result.error:
        return f"Error: {result.error}."
    tally = ", ".join(f"{result.counts[v]} {word}" for v, word in WORDS.items())
    lines = [f"State: {result.state} ({STATES[result.state]}).", f"Claims: {tally}; {result.read} claims were read."]
    if result.wanted:
        lines.append(f"{len(result.stated)} of {len(result.wanted)} wanted quantities are stated.")
    if result.missing:
        lines.append(f"Not stated: {', '.join(result.missing)}.")
    return " ".join(lines)


def _table(findings: Sequence[Mapping[str, Any]], plainly: bool) -> Table:
    columns = (("line", "r"), ("read as", "p"), ("verdict", "l"), ("why", "p"))
    return Table(columns, tuple(_row(f, plainly) for f in findings), small=True, long=True)


def _row(f: Mapping[str, Any], plainly: bool) -> tuple[Any, ...]:
    line = f"{f['cell']}: {f['line']}" if f.get("cell") else str(f["line"])
    set_already = f["latex"] and f["latex"].isascii() and f["latex"].isprintable() and len(f["latex"]) <= 2 * LONGEST
    words = f["read_as"] or " ".join(f["claim"].split())
    read = (Mathematics(rf"\fit{{{f['latex']}}}"),) if set_already and not plainly else typeset(words, LONGEST)
    return line, read, WORDS[f["verdict"]], typeset(f["explanation"], LONGEST)
