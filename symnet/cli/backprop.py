"""symnet backprop: the backward rules of a model."""

import math
from collections.abc import Sequence
from typing import Any

import click

from symnet.cli.common import JSON, LATEX, progress, read_text, say, show, warn, write, write_json
from symnet.errors import InvalidInput

FIGURES = (".svg", ".html", ".tex")
MOST_ENTRIES = 10**8  # of an example input, which is made to trace the module


@click.command()
@click.argument("file", required=False)
@click.option("--torch", "module", metavar="PKG.MOD:CLASS", help="A torch module in place of FILE, or CLASS(32, 4).")
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="2,16,32",
    help="Shape of an input of the module; 2,16:99 holds indices below 99.",
)
@click.option("--seed", type=click.Choice(["symbol", "ones"]), default="symbol", help="The output's adjoint: ȳ or 1.")
@click.option("--changes", type=click.Choice(["jvp", "hvp"]), help="Print forward or Hessian-vector rules instead.")
@click.option("--code", "library", type=click.Choice(["numpy", "torch"]), help="Print a backward function as source.")
@click.option(
    "--figure", "figure_file", type=click.Path(dir_okay=False), help="Write the graph: .svg, .html (folds), .tex."
)
@JSON
@LATEX
def backprop(
    file: str | None,
    module: str | None,
    shapes: Sequence[str],
    seed: str,
    changes: str | None,
    library: str | None,
    figure_file: str | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """The backward rules of the model in FILE (- for stdin), in matrix form, with a reason for each contribution."""
    from symnet.verbs import backprop as derive

    if (file is None) == (module is None):
        raise InvalidInput("Missing argument: a FILE (- for stdin), or --torch package.module:Class with --shape")
    if changes and library:
        raise InvalidInput("--changes and --code do not go together: the source is that of the backward rules")
    if library and as_latex:
        raise InvalidInput("--code and --latex do not go together: both are what is printed; run it twice")
    if module is None and shapes:
        raise InvalidInput("--shape is for --torch; a model in FILE declares its own shapes")
    if figure_file and not figure_file.endswith(FIGURES):
        raise InvalidInput(f"--figure {figure_file}: a graph is written as {', '.join(FIGURES)}")
    start = None if seed == "symbol" else "ones"
    if module is None:
        derived = derive(read_text(file or "-"), seed=start)
    else:
        from symnet.readers.torch.place import module_from

        with progress("tracing"):
            derived = derive(module_from(module).eval(), *map(_example, shapes), seed=start)
    for warning in derived.warnings:
        warn(f"warning: {warning}")
    if figure_file:
        from symnet.report.figures.graph_files import drawn

        write(figure_file, drawn(derived.graph, figure_file) + "\n")
    if library:
        if json_file:
            write_json(json_file, derived.to_json())
        say(derived.code(library), end="")
        return 0
    show({"jvp": derived.jvp, "hvp": derived.hvp}[changes]() if changes else derived, json_file, as_latex)
    return 0


def _example(text: str) -> Any:
    """2,16,32 as a shape; 2,16:99 as indices of that shape, below 99."""
    sizes, _, bound = text.partition(":")
    try:
        shape = tuple(int(n) for n in sizes.split(",") if n)
        below = int(bound) if bound else 1
        if below < 1 or math.prod(shape) > MOST_ENTRIES:
            raise ValueError
    except ValueError:
        raise InvalidInput(
            f"cannot read --shape {text}: write sizes with commas, as in 2,16,32 (at most {MOST_ENTRIES:,} entries),"
            " and for indices the number that they stay below, as in 2,16:99"
        ) from None
    if not bound:
        return shape
    import torch

    return torch.arange(math.prod(shape)).remainder(below).reshape(shape)
