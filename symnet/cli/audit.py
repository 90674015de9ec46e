"""symnet audit: LaTeX answers, marked line by line."""

from collections.abc import Sequence
from pathlib import Path

import click

from symnet.cli.common import JSON, write, write_json


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--key", "keys", multiple=True, metavar="KEY", help="A model file, alexnet, sorter, …; several are allowed."
)
@click.option("--seed", type=click.Choice(["symbol", "ones"]), default="symbol", help="The output's adjoint: ȳ or 1.")
@click.option("--dot", type=click.Choice(["matrix", "entrywise"]), default="matrix", help="What · is between matrices.")
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
    show_all: bool,
    csv_file: str | None,
    pdf_folder: str | None,
    jobs: int,
    kept_in: str | None,
    hints: bool,
    json_file: str | None,
) -> int:
    """Is this LaTeX right, line by line? Exit code 1 if a claim is wrong, 2 if a file cannot be read."""
    from symnet.audit import classes
    from symnet.report import terminal_audit

    results = classes.grade(
        files, keys, seed=None if seed == "symbol" else seed, dot="" if dot == "matrix" else dot,
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
