"""symnet report: the worksheet's reports as .tex and .pdf."""

from collections.abc import Sequence
from pathlib import Path

import click

from symnet.cli.common import DEVICE, progress, say, warn
from symnet.cli.names import all_of


@click.command()
@click.argument("names", nargs=-1, metavar="[sorter|residual|alexnet|all]...")
@click.option("--out", default="reports", show_default=True, type=click.Path(file_okay=False), help="The folder.")
@click.option("--pdf/--no-pdf", default=True, help="Run pdflatex when there is one.")
@DEVICE
def report(names: Sequence[str], out: str, pdf: bool, device: str) -> int:
    """Write the worksheet's reports as .tex and .pdf. Exit code 1 if a check in them fails."""
    from symnet.report import build, write
    from symnet.report.pdf import HOW_TO_GET_TEX, available

    passed = True
    for name in all_of(names):
        with progress(f"deriving and checking {name}"):
            document = build(name, device)
        passed &= all(found.passed for found in document.checks)
        with progress(f"printing {name}"):
            written = list(write(document, Path(out), pdf=pdf))
        for file in written:
            say(str(file.path))
            for complaint in file.complaints:
                warn(f"{file.path}: {complaint}")
    if pdf and not available():
        warn(f"no pdflatex, so no PDF. To get it: {HOW_TO_GET_TEX}")
    return 0 if passed else 1
