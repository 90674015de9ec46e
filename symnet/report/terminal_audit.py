"""An audit in the terminal, and its feedback as files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from symnet.report.document import Report

COLOURS = {"holds": "green", "wrong": "red", "unread": "yellow"}
MARKS = {"holds": "✓ holds ", "wrong": "✗ wrong ", "unread": "? unread"}


def graded(result: Any, of: int, show_all: bool) -> None:
    """One file's findings where there is one file, else a line for the file with what is wrong below it."""
    console = Console(highlight=False, soft_wrap=True)
    if result.error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"symnet: {result.file}: {result.error}", markup=False
        )
        return
    for f in result.findings:
        if show_all or f["verdict"] != "holds":
            _finding(console, f)
    tally = ", ".join(f"{n} {verdict}" for verdict, n in result.counts.items())
    console.print(f"{result.file}: {tally}{' (kept)' if result.kept else ''}", markup=False)


def _finding(console: Console, f: dict[str, Any]) -> None:
    console.print(f"[{COLOURS[f['verdict']]}]{MARKS[f['verdict']]}[/] ", end="")
    console.print(
        f"{f['file']}:{f['line']}:{f['column']}  {f['read_as'] or ' '.join(f['claim'].split())}", markup=False
    )
    for part in filter(None, f["explanation"].split("; ")):
        console.print(f"           {part}", markup=False)


def feedback(results: Sequence[Any], folder: Path) -> Iterator[Path]:
    """Each file's feedback as .tex, and as .pdf where there is a pdflatex."""
    from symnet.report import write
    from symnet.report.feedback import feedback as report_on

    taken: set[str] = set()
    for result in results:
        if result.error:
            continue
        report = report_on(result.file, result.findings)
        name = report.name
        while name in taken:
            name += "_"
        taken.add(name)
        for written in write(Report(name, *_rest(report)), folder):
            yield written.path


def _rest(report: Report) -> tuple[Any, ...]:
    return report.title, report.lead, report.command, report.sections, report.checks
