"""An audit in the terminal, and its feedback as files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from symnet.errors import SymnetError
from symnet.report.document import Report
from symnet.screen import visible

COLOURS = {"holds": "green", "wrong": "red", "unread": "yellow"}
MARKS = {"holds": "✓ holds ", "wrong": "✗ wrong ", "unread": "? unread"}


def graded(result: Any, show_all: bool) -> None:
    """A file's findings, and below them its tally: what was read, its state, and what of the wanted it states."""
    if result.error:
        _console(stderr=True).print(f"symnet: {visible(result.file)}: {visible(result.error)}", markup=False)
        return
    console = _console()
    for f in result.findings:
        if show_all or f["verdict"] != "holds":
            _finding(console, f)
    for note in result.notes:
        console.print(f"[cyan]! note  [/] {visible(result.file)}: ", end="")
        console.print(visible(note), markup=False)
    tally = ", ".join(f"{n} {verdict}" for verdict, n in result.counts.items())
    stated = f"; {len(result.stated)} of {len(result.wanted)} wanted stated" if result.wanted else ""
    missing = f" (not {', '.join(result.missing)})" if result.missing else ""
    kept = " (kept)" if result.kept else ""
    said = f"{result.file}: {tally}; {result.read} read{stated}{missing}: {result.state}{kept}"
    console.print(visible(said), markup=False)


def summary(results: Sequence[Any]) -> None:
    """Of several files one line: how many are in which state, and the share of their claims that was read."""
    if len(results) < 2:
        return
    states = Counter(r.state for r in results)
    read = sum(r.counts["holds"] + r.counts["wrong"] for r in results)
    claims = sum(sum(r.counts.values()) + r.not_judged for r in results)
    said = ", ".join(f"{n} {state}" for state, n in states.most_common())
    _console().print(f"{len(results)} files: {said}; {read} of {claims} claims read", markup=False)


def _console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _finding(console: Console, f: dict[str, Any]) -> None:
    console.print(f"[{COLOURS[f['verdict']]}]{MARKS[f['verdict']]}[/] ", end="")
    cell = f"cell {f['cell']}:" if f.get("cell") else ""
    place = f"{f['file']}:{cell}{f['line']}:{f['column']}"
    console.print(visible(f"{place}  {f['read_as'] or ' '.join(f['claim'].split())}"), markup=False)
    for part in filter(None, f["explanation"].split("; ")):
        console.print(f"           {visible(part)}", markup=False)


def feedback(results: Sequence[Any], folder: Path, commands: Sequence[str]) -> Iterator[Path | SymnetError]:
    """Each file's feedback as .tex, and as .pdf where there is a pdflatex; in plain words where TeX stops at a claim.

    What fails all the same costs that file: its error stands in the place of its path."""
    from symnet.report import write
    from symnet.report.feedback import feedback as report_on

    taken: set[str] = set()
    for result, command in zip(results, commands, strict=True):
        name = Path(result.file).stem
        while name in taken:
            name += "_"
        taken.add(name)

        def written(plainly: bool, name: str = name, result: Any = result, command: str = command) -> Iterator[Path]:
            report: Report = replace(report_on(result, command, plainly=plainly), name=name)
            return (w.path for w in write(report, folder))

        try:
            try:
                yield from list(written(False))
            except SymnetError:
                yield from list(written(True))
        except SymnetError as error:
            yield SymnetError(f"{result.file}: its feedback could not be typeset: {error}")
