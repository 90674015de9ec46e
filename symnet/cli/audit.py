"""symnet audit: LaTeX answers, marked line by line."""

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from symnet.cli.common import JSON, say, warn, write, write_json
from symnet.errors import InvalidInput


def _convention(name: str, choices: str, words: str) -> Callable[[Any], Any]:
    default = choices.split("|")[0]
    return click.option(f"--{name}", metavar=choices, default=default, show_default=True, help=words)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="A model file, an architecture, alexnet, sorter, …; several are allowed.",
)
@_convention("seed", "symbol|ones", "The output's adjoint: ȳ or 1.")
@_convention("dot", "matrix|entrywise", "What · is between matrices.")
@_convention("padding", "counted|ignored", "Connections that meet padding.")
@_convention("biases", "named|counted|ignored", "named: weights go without them, parameters with them.")
@click.option(
    "--want",
    "wants",
    multiple=True,
    metavar="NAME",
    help="What a complete answer states: V, 'P_*', parameters; else all that the key wants.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 unless every claim was read and every file is right.")
@click.option("--all", "show_all", is_flag=True, help="Print what holds too.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False),
    help="Write one line a file: its state, what was read, what is missing.",
)
@click.option(
    "--pdf", "pdf_folder", type=click.Path(file_okay=False), help="Write feedback on each file into this folder."
)
@click.option("--jobs", default=1, show_default=True, help="Files at a time; -1 is one for each core.")
@click.option("--limit", default=120.0, show_default=True, type=click.FloatRange(min=0.0), help="Seconds for one file.")
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
    wants: Sequence[str],
    strict: bool,
    show_all: bool,
    csv_file: str | None,
    pdf_folder: str | None,
    jobs: int,
    limit: float,
    kept_in: str | None,
    hints: bool,
    json_file: str | None,
) -> int:
    """Is this LaTeX right, line by line? Exit code 1 if a claim is wrong, 2 if a file cannot be read.

    An answer is right where every claim was read and holds and all that the key wants is stated; else it is wrong,
    incomplete, unread, or empty. With a key, what a file says that it is to be compared with is ignored, and listed.
    """
    from symnet.claims import Conventions
    from symnet.claims.marking import classes
    from symnet.report import terminal_audit

    if math.isnan(limit):
        raise InvalidInput("--limit nan is no number of seconds")
    if wants and not keys:
        raise InvalidInput("--want names quantities of the key: give a --key too")
    results = classes.grade(
        files, keys, conventions=Conventions(seed, dot, padding, biases),
        jobs=jobs, kept_in=kept_in, hint=hints, want=wants, seconds=limit,
        progress=lambda graded: terminal_audit.graded(graded, show_all),
    )  # fmt: skip
    if csv_file:
        write(csv_file, classes.marks(results))
    if json_file:
        write_json(json_file, [result.to_json() for result in results])
    failed = any(r.error for r in results)
    if pdf_folder:
        chosen = {"seed": seed, "dot": dot, "padding": padding, "biases": biases}
        commands = [_again(r.file, keys, chosen, wants) for r in results]
        for path in terminal_audit.feedback(results, Path(pdf_folder), commands):
            if isinstance(path, Path):
                say(str(path))
            else:
                failed = True
                warn(str(path))
    terminal_audit.summary(results)
    if any(r.counts["wrong"] for r in results) or (strict and any(r.state != "right" for r in results)):
        return 1
    return 2 if failed else 0


def _again(file: str, keys: Sequence[str], chosen: Mapping[str, str], wants: Sequence[str]) -> str:
    """The command that gives one file's result again."""
    from symnet.claims.meaning.keys import CHOICES

    options = [word for key in keys for word in ("--key", key)]
    options += [word for name, choice in chosen.items() if choice != CHOICES[name][0] for word in (f"--{name}", choice)]
    options += [word for want in wants for word in ("--want", want)]
    return shlex.join(["symnet", "audit", file, *options])
