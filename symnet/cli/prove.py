"""symnet prove: is a claim about a ReLU network true?"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from symnet.cli.common import JSON, LATEX, progress, read_text, show, write
from symnet.errors import InvalidInput


@click.command()
@click.option(
    "--network", "network_file", type=click.Path(), help="A network, .json or .onnx; default: two inputs sorted."
)
@click.option("--sorter", type=int, metavar="N", help="The network that sorts N numbers.")
@click.option("--gadget", type=click.Choice(["five", "four"]), default="five", help="Its units for a comparator.")
@click.option(
    "--claim",
    help="One expression for each output, 'Min(x1, x2); Max(x1, x2)', or inequalities, 'out1 <= out2'."
    " Default: the inputs, sorted.",
)
@click.option("--equals", "other_file", type=click.Path(), help="Another network, which computes the same.")
@click.option("--where", help="Linear inequalities that the inputs satisfy: 'x1 > 0, x1 + x2 <= 1'.")
@click.option("--set", "changes", multiple=True, metavar="W2[1,3]=1/2", help="Change a weight or bias first (1-based).")
@click.option("--certificate", "certificate_file", type=click.Path(dir_okay=False), help="Write the certificate.")
@click.option(
    "--smtlib", "smtlib_file", type=click.Path(dir_okay=False), help="Write the negated claim for z3 or cvc5."
)
@click.option(
    "--figure",
    "figure_file",
    type=click.Path(dir_okay=False),
    help="Draw the linear regions of 2 inputs, or the graph of 1, with the counterexample if there is one: .svg, .tex.",
)
@click.option("--max-regions", type=int, help="Stop when there are more.  [default: 100,000]")
@click.option("--timeout", type=float, help="Stop after so many seconds.")
@click.option("--jobs", type=int, default=1, help="Processes that share the cells; -1: one for each core.")
@JSON
@LATEX
def prove(
    network_file: str | None,
    sorter: int | None,
    gadget: Literal["five", "four"],
    claim: str | None,
    other_file: str | None,
    where: str | None,
    changes: Sequence[str],
    certificate_file: str | None,
    smtlib_file: str | None,
    figure_file: str | None,
    max_regions: int | None,
    timeout: float | None,
    jobs: int,
    json_file: str | None,
    as_latex: bool,
) -> int:
    """Is the claim about the ReLU network true for all real inputs? Exit code 1, with a counterexample, if not."""
    from symnet import relu
    from symnet.readers.claim_text import read_claim, read_where

    if network_file is not None and sorter is not None:
        raise InvalidInput("--network and --sorter are two networks: give one, and the other as --equals")
    if claim is not None and other_file is not None:
        raise InvalidInput("--claim and --equals are two claims: give one")
    _can_write(certificate_file, smtlib_file, figure_file, json_file)
    network = _network(network_file) if network_file is not None else _sorter(2 if sorter is None else sorter, gadget)
    for change in changes:
        network = _changed(network, change)
    picture = _picture(network, figure_file) if figure_file is not None else None
    claimed = relu.Sorted() if claim is None else read_claim(claim, network.inputs, network.outputs)
    place = read_where(where, network.inputs) if where is not None else None
    with progress("proving") as tell:
        proof = relu.prove(
            network,
            _network(other_file) if other_file is not None else claimed,
            place,
            max_regions=max_regions,
            timeout=timeout,
            progress=tell,
            jobs=jobs,
        )
        if certificate_file is not None:
            proof.save(certificate_file)
    if smtlib_file is not None:
        write(smtlib_file, proof.smtlib())
    if figure_file is not None:
        replace(picture, marks=() if proof.holds else (proof.point,)).save(figure_file)
    show(proof, json_file, as_latex)
    return 0 if proof.holds else 1


def _can_write(*files: str | None) -> None:
    """Refused before the proof begins, which may be long."""
    for file in files:
        if file is not None and not Path(file).parent.is_dir():
            raise InvalidInput(f"cannot write '{file}': there is no folder '{Path(file).parent}'")


def _sorter(n: int, gadget: Literal["five", "four"]) -> Any:
    from symnet.relu import sorter
    from symnet.relu.structure import MOST_INPUTS

    if n > MOST_INPUTS:
        raise InvalidInput(f"--sorter {n}: sorting is proved for up to {MOST_INPUTS} numbers, by all zeros and ones")
    return sorter(n, gadget)


def _picture(network: Any, file: str) -> Any:
    """Refused before the proof begins where it cannot be drawn."""
    from symnet.report import figure
    from symnet.report.figures.picture import FORMATS

    if not file.endswith(FORMATS):
        raise InvalidInput(f"--figure {file}: write a file that ends in {' or '.join(FORMATS)}")
    return figure(network)


def _network(file: str) -> Any:
    """From JSON as symnet writes it, or from ONNX."""
    from symnet.readers.network_files import read_network
    from symnet.relu import ReluNetwork

    return ReluNetwork.from_onnx(file) if file.endswith(".onnx") else read_network(read_text(file), f"'{file}'")


def _changed(network: Any, change: str) -> Any:
    """``W2[1,3]=1/2``: the weight from unit 3 to unit 1 of layer 2; ``b1[4]=-2``: the bias of unit 4 of layer 1."""
    from symnet.readers.claim_text import read_rational
    from symnet.relu import ReluNetwork
    from symnet.relu.rationals import shown

    parts = re.fullmatch(r"\s*(?:W(\d+)\[(\d+),\s*(\d+)\]|b(\d+)\[(\d+)\])\s*=\s*(.+)", change)
    if not parts:
        raise InvalidInput(f"cannot read --set {shown(change)}: write W2[1,3]=1/2 for a weight or b1[4]=-2 for a bias")
    w_layer, i, j, b_layer, k, value = parts.groups()
    layers = [([list(row) for row in W], list(b)) for W, b in network.layers]
    try:
        layer, row = int(w_layer or b_layer) - 1, int(i or k) - 1
        if min(layer, row, int(j or 1) - 1) < 0:
            raise IndexError
        W, b = layers[layer]
        target, column = (W[row], int(j) - 1) if j else (b, row)
        target[column] = read_rational(value, f"--set {shown(change)}")
    except IndexError:
        sizes = " - ".join(str(width) for width in network.widths)
        raise InvalidInput(f"--set {shown(change)}: there is no such entry in a network of widths {sizes}") from None
    return ReluNetwork(layers)
