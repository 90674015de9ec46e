"""symnet count: units, weights and connections in closed form."""

import re
from collections.abc import Sequence
from typing import Any

import click

from symnet.cli.architectures import architecture_of
from symnet.cli.common import JSON, LATEX, progress, say, write, write_json
from symnet.errors import InvalidInput


@click.command()
@click.argument("architecture", required=False, metavar="[NAME|FILE.yaml|FILE.json]")
@click.option("--symbolic", is_flag=True, help="Every size, stride, padding and group as a symbol.")
@click.option("--torch", "module", metavar="PKG.MOD:NAME", help="A torch module, or a function that makes one.")
@click.option("--shape", metavar="1,3,224,224", help="With --torch: the input's shape; a side may be a letter.")
@click.option("--batch", default="1", metavar="N|LETTER", help="Count so many examples; weights stay what they are.")
@click.option("--as", "tools", multiple=True, metavar="TOOL", help="Explain the total that a tool prints: fvcore, …")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False), help="Also write the table as CSV.")
@JSON
@LATEX
def count(
    architecture: str | None,
    symbolic: bool,
    module: str | None,
    shape: str | None,
    batch: str,
    tools: Sequence[str],
    csv_file: str | None,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """Units, weights, biases and connections of every layer, in closed form; of alexnet, if no network is named."""
    from symnet import verbs
    from symnet.report import terminal

    if module is not None and architecture is not None:
        raise InvalidInput(f"'{architecture}' and --torch {module} are two networks: give one")
    if module is None and shape is not None:
        raise InvalidInput("--shape is for --torch; an architecture declares its own input")
    if module is not None:
        from symnet.readers.torch.place import module_from

        with progress(f"reading {module}"):
            table = verbs.count((module_from(module, meta=True), _shape(shape)), widths=symbolic, batch=_size(batch))
    else:
        table = verbs.count(architecture_of(architecture or "alexnet", symbolic=symbolic), batch=_size(batch))
    explained = [table.as_reported_by(tool) for tool in tools]
    if csv_file:
        write(csv_file, table.to_csv())
    if json_file:
        write_json(json_file, table.to_json())
    if as_latex:
        say(table.latex())
    else:
        terminal.counts(table)
    for note in (*table.notes, *explained):
        say(str(note))
    return 0


def _shape(given: str | None) -> tuple[Any, ...]:
    """1,3,224,224 or 1,3,H,W."""
    if not given:
        raise InvalidInput("--torch needs --shape, the input's sides with the batch: --shape 1,3,224,224")
    return tuple(_size(side) for side in given.split(","))


def _size(given: str) -> int | str:
    """A number, or a letter."""
    side = given.strip()
    return int(side) if re.fullmatch(r"-?[0-9]{1,1000}", side) else side
