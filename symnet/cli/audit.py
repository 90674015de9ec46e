"""symnet audit: LaTeX answers, marked line by line."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from symnet.cli.common import JSON, write, write_json


def _convention(name: str, choices: str, words: str) -> Callable[[Any], Any]:
    default = choices.split("|")[0]
    return click.option(f"--{name}", metavar=choices, default=default, show_default=True, help=words)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="A model file, alexnet, sorter, …; several are allowed."
)
@_convention("seed", "symbol|ones", "The output's adjoint: ȳ or 1.")
@_convention("dot", "matrix|entrywise", "What · is between matrices.")
@_convention("padding", "counted|ignored", "Connections that meet padding.")
@_convention("biases", "named|counted|ignored", "named: weights go without them, parameters with them.")
@click.option("--all", "show_all", is_flag=True, help="Print what holds too.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False),
    help="Write one line a file: how many hold, are wrong, unread.",
)
@click.option(
    "--pdf", "pdf_folder", type=click.Path(file_okay=False), help="Write feedback on each file into this folder."
)
@click.option("--jobs", default=1, show_default=True, help="Files at a time; -1 is one for each core.")
@click.option(
    "--keep", "kept_in", type=click.Path(file_okay=False), help="Keep finished results here, and skip them next time."
)
@click.option("--hints/--no-hints", default=True, help="Look for the near miss that would be right.")
@JSON
def audit(
    files: Sequence[str],
    keys: Sequence[str],
    seed: str,
    dot: str,
    padding: str,
    biases: str,
    show_all: bool,
    csv_file: str | None,
    pdf_folder: str | None,
    jobs: int,
    kept_in: str | None,
    hints: bool,
    json_file: str | None,
) -> int:
    """Is this LaTeX right, line by line? Exit code 1 if a claim is wrong, 2 if a file cannot be read."""
    from symnet.audit import Conventions, classes
    from symnet.report import terminal_audit

    results = classes.grade(
        files, keys, conventions=Conventions(seed, dot, padding, biases),
        jobs=jobs, kept_in=kept_in, hint=hints,
        progress=lambda graded: terminal_audit.graded(graded, len(files), show_all),
    )  # fmt: skip
    if csv_file:
        write(csv_file, classes.marks(results))
    if json_file:
        write_json(json_file, [result.to_json() for result in results])
    if pdf_folder:
        for path in terminal_audit.feedback(results, Path(pdf_folder)):
            click.echo(path)
    return 1 if any(r.counts["wrong"] for r in results) else 2 if any(r.error for r in results) else 0
