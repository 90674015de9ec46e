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
@click.option("--gadget", type=click.Choice(["five", "four"]), help="Its units for a comparator.  [default: five]")
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
    gadget: Literal["five", "four"] | None,
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
    if network_file is not None and gadget is not None:
        raise InvalidInput("--gadget says how a sorter is built; it does not go with --network")
    _can_write(certificate_file, smtlib_file, figure_file, json_file)
    network = (
        _network(network_file)
        if network_file is not None
        else _sorter(2 if sorter is None else sorter, gadget or "five")
    )
    network = _all_changed(network, changes)
    picture = _picture(network, figure_file) if figure_file is not None else None
    place = read_where(where, network.inputs) if where is not None else None
    if other_file is not None:
        claimed = _network(other_file)
    elif claim is not None:
        claimed = read_claim(claim, network.inputs, network.outputs)
    else:
        claimed = _sorted(network)
    if smtlib_file is not None:  # before the proof, which may not end: then it is what is left
        write(smtlib_file, relu.smtlib(network, claimed, place))
    with progress("proving") as tell:
        proof = relu.prove(
            network,
            claimed,
            place,
            max_regions=max_regions,
            timeout=timeout,
            progress=tell,
            jobs=jobs,
        )
        if certificate_file is not None:
            proof.save(certificate_file)
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
    from symnet.relu.sorting.structure import MOST_INPUTS

    if n > MOST_INPUTS:
        raise InvalidInput(f"--sorter {n}: sorting is proved for up to {MOST_INPUTS} numbers, by all zeros and ones")
    return sorter(n, gadget)


def _sorted(network: Any) -> Any:
    """What is claimed where nothing else is."""
    from symnet.relu import Sorted

    n, m = network.widths[0], network.widths[-1]
    if n != m:
        raise InvalidInput(
            "no --claim was given, and the default, that the outputs are the inputs sorted, does not fit a network of"
            f" {n} inputs and {m} outputs"
        )
    return Sorted()


def _picture(network: Any, file: str) -> Any:
    """Refused before the proof begins where it cannot be drawn."""
    from symnet.report import figure
    from symnet.report.figures.picture import FORMATS

    if not file.endswith(FORMATS):
        raise InvalidInput(f"--figure {file}: write a file that ends in {' or '.join(FORMATS)}")
    return figure(network)


def _network(file: str) -> Any:
    """From JSON as symnet writes it, or from ONNX."""
    from symnet.readers.networks.files import read_network
    from symnet.relu import ReluNetwork

    return ReluNetwork.from_onnx(file) if file.endswith(".onnx") else read_network(read_text(file), f"'{file}'")


def _all_changed(network: Any, changes: Sequence[str]) -> Any:
    """The network with each entry of a ``--set`` changed, none of them twice."""
    from symnet.relu.geometry.rationals import shown

    entries: set[tuple[str | None, ...]] = set()
    for change in changes:
        parts = re.fullmatch(
            r"\s*(?:W([0-9]{1,9})\[([0-9]{1,9}),\s*([0-9]{1,9})\]|b([0-9]{1,9})\[([0-9]{1,9})\])\s*=\s*(.+)", change
        )
        if not parts:
            raise InvalidInput(
                f"cannot read --set {shown(change)}: write W2[1,3]=1/2 for a weight or b1[4]=-2 for a bias"
            )
        *entry, value = parts.groups()
        if tuple(entry) in entries:
            raise InvalidInput(f"--set {shown(change)}: the entry is set twice")
        entries.add(tuple(entry))
        network = _changed(network, shown(change), entry, value)
    return network


def _changed(network: Any, change: str, entry: Sequence[str | None], value: str) -> Any:
    """``W2[1,3]=1/2``: the weight from unit 3 to unit 1 of layer 2; ``b1[4]=-2``: the bias of unit 4 of layer 1."""
    from symnet.readers.claim_text import read_rational
    from symnet.relu import ReluNetwork

    w_layer, i, j, b_layer, k = (None if part is None else int(part) for part in entry)
    layers = [([list(row) for row in W], list(b)) for W, b in network.layers]
    try:
        W, b = layers[_place(w_layer if b_layer is None else b_layer)]
        target, column = (b, k) if b_layer is not None else (W[_place(i)], j)
        target[_place(column)] = read_rational(value, f"--set {change}")
    except IndexError:
        sizes = " - ".join(str(width) for width in network.widths)
        raise InvalidInput(f"--set {change}: there is no such entry in a network of widths {sizes}") from None
    return ReluNetwork(layers)


def _place(number: int | None) -> int:
    """From 0, of a number from 1 on."""
    if not number:
        raise IndexError
    return number - 1
