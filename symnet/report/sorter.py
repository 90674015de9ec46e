"""Question 1 of the worksheet: five ReLU units that sort two numbers, proved for all real inputs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.checks.patterns import check_patterns
from symnet.derivation import Check, Relation
from symnet.notation import Name
from symnet.relu import Proof, ReluNetwork, Sorted, prove, two_input_sorter
from symnet.report.document import (
    Block,
    Commands,
    Display,
    Established,
    Evidence,
    Figure,
    Report,
    Section,
    Steps,
    Summary,
    Table,
    Text,
    state_of,
)
from symnet.report.figures.perceptron import perceptron, unit
from symnet.report.figures.plane import legend, plane
from symnet.report.figures.scene import affine
from symnet.report.sorter_size import established, sections, size

WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


@dataclass(frozen=True)
class Change:
    """One weight of the sorter replaced by another value, and what became of the claim."""

    entry: Name
    before: Fraction
    after: Fraction
    proof: Proof


def report(device: str = "auto") -> Report:
    """Prove the sorter, draw it, and show that every single changed weight is refuted. All exact: no device is used."""
    network = two_input_sorter()
    proof = prove(network, Sorted())
    changes = tuple(single_changes(network))
    cells = check_patterns(network.layers, [cell.pattern for cell in network.regions()])
    checks = (*proof.check(device), cells, every_change_is_refuted(changes))
    few = size()
    inputs, hidden, outputs = network.widths
    return Report(
        name="sorter",
        title=f"{WORDS[hidden].capitalize()} ReLU units sort {WORDS[inputs]} numbers",
        lead=(
            f"A perceptron with {WORDS[inputs]} inputs, {WORDS[hidden]} hidden ReLU units and {WORDS[outputs]}"
            " linear outputs returns its inputs in ascending order, for every point of the plane. The proof is exact:"
            " rational arithmetic, no sampling, no"
            " tolerance, no bounded domain. It speaks about the network in real arithmetic."
        ),
        command="symnet report sorter",
        sections=(
            Section("What is established", (Summary((*_summary(network, proof, checks), *established(few))),)),
            Section("The network", _network(network)),
            Section("Its linear regions", _regions(network)),
            Section("The proof, step by step", (Steps(proof.derivation.steps),)),
            Section("What if one weight is wrong", _wrong(changes, checks[-1])),
            *sections(few),
            Section("How it was checked", (Evidence((*checks, *few.checks)),)),
            Section("Reproduce", (_commands(),)),
        ),
        checks=(*checks, *few.checks),
    )


def single_changes(network: ReluNetwork) -> Iterator[Change]:
    """Halve each weight that is not zero, one at a time, and ask again whether the network sorts."""
    for k, (W, _) in enumerate(network.layers):
        for i, row in enumerate(W):
            for j, w in enumerate(row):
                if w:
                    changed = _with_entry(network, k, i, j, w / 2)
                    yield Change(Name(f"W_{k + 1}_{i + 1}_{j + 1}"), w, w / 2, prove(changed, Sorted()))


def every_change_is_refuted(changes: Sequence[Change]) -> Check:
    """Each counterexample, evaluated exactly: the network's outputs there are not the sorted inputs."""
    confirmed = sum(_is_counterexample(change.proof) for change in changes)
    evidence = {"weights that are not zero": len(changes), "refuted when halved, by a confirmed point": confirmed}
    return Check("each weight that is not zero, halved, is refuted", "exact", confirmed == len(changes), evidence)


def _is_counterexample(proof: Proof) -> bool:
    if proof.holds or proof.counterexample is None:
        return False
    point = [Fraction(int(v.p), int(v.q)) for v in map(sp.Rational, proof.counterexample.values())]
    return list(proof.network(point)) != sorted(point)


def _with_entry(network: ReluNetwork, k: int, i: int, j: int, value: Fraction) -> ReluNetwork:
    layers = [([list(row) for row in W], list(b)) for W, b in network.layers]
    layers[k][0][i][j] = value
    return ReluNetwork(layers)


def _summary(network: ReluNetwork, proof: Proof, checks: Sequence[Check]) -> tuple[Established, ...]:
    *of_proof, of_cells, of_changes = checks
    cells, merged = len(network.regions()), len(network.regions(merged=True))
    state = state_of(of_proof, exact="proved")
    return (
        *(
            Established(r, state, f"for all real inputs, by {METHODS[proof.method]}")
            for r in proof.derivation.statement
        ),
        Established(f"{cells} activation cells merge to {merged} linear regions", state_of([of_cells]), ALL_PATTERNS),
        Established(_refuted(of_changes), state_of([of_changes]), "a rational counterexample each"),
    )


def _refuted(of_changes: Check) -> str:
    """What was tried, and no more: the sentence has its numbers from the check's evidence."""
    tried, refuted = of_changes.evidence.values()
    return f"{refuted} of the {tried} weights that are not zero make it false when halved, one at a time"


METHODS = {
    "comparators": "comparators and the 0-1 principle",
    "evaluation": "a point",
    "kinks": "the kink canonical form",
    "cells": "comparison at the vertices and rays of every cell",
}
ALL_PATTERNS = "all patterns of the units tried, by elimination"


def _network(network: ReluNetwork) -> tuple[Block, ...]:
    return (
        Figure(
            perceptron(network),
            "The perceptron, lines of weight 0 left out. Solid: positive weight. Dashed: negative weight."
            f"{_biases(network)} Hidden units apply the ReLU, outputs are linear.",
        ),
        Display(tuple(_matrices(network))),
    )


def _biases(network: ReluNetwork) -> str:
    return "" if any(x for _, b in network.layers for x in b) else " All biases are 0."


def _matrices(network: ReluNetwork) -> Iterator[Relation]:
    """W₁ = …, W₂ = …, as they are multiplied."""
    for k, (W, _) in enumerate(network.layers, start=1):
        yield Relation(Name(f"W_{k}", bold=True), "=", sp.ImmutableMatrix([[sp.Rational(w) for w in row] for row in W]))


def _regions(network: ReluNetwork) -> tuple[Block, ...]:
    return (
        Text(
            "Where no hidden unit changes sign the network is affine. The lines on which a unit changes sign cut the"
            " plane into activation cells; cells with the same affine map belong to one linear region."
        ),
        Figure(
            plane(network),
            (
                "The plane. In each cell: its active units. Colours: ",
                *legend(network),
                ". Thick: where the map changes.",
            ),
        ),
        Table(
            columns=(("cell", "l"), ("active units", "l"), ("outputs", "l"), ("a point inside", "l")),
            rows=tuple(_cell(network, cell) for cell in network.regions()),
        ),
        Text("Merged, the outputs are, as closed forms over the whole plane:"),
        Display(
            tuple(
                Relation(unit(network, len(network.layers), i), "=", form) for i, form in enumerate(network.piecewise())
            )
        ),
        Figure(
            plane(network, size=4.2, merged=True),
            "The same, merged into linear regions. The arrows: the border between them never ends.",
        ),
    )


def _cell(network: ReluNetwork, cell: Any) -> tuple[Any, ...]:
    conditions = tuple(_halfplane(a, b, network.inputs) for a, b in cell.inequalities)
    bits = [bit for layer in cell.pattern for bit in layer]
    active = [unit(network, 1, i) for i, on in enumerate(bits) if on]
    outputs = tuple(affine(row, c, network.inputs) for row, c in zip(cell.G, cell.c, strict=True))
    return (_listed(conditions), _listed(active), (outputs,), (tuple(cell.interior),))


def _halfplane(a: Sequence[int], b: int, inputs: Sequence[sp.Symbol]) -> Relation:
    """a·x ≤ b with the negative terms moved to the right, as one would write it: x₂ ≤ x₁."""
    left = sp.Add(*(k * x for k, x in zip(a, inputs, strict=True) if k > 0), -b if b < 0 else 0)
    right = sp.Add(*(-k * x for k, x in zip(a, inputs, strict=True) if k < 0), b if b > 0 else 0)
    return Relation(left, "<=", right)


def _listed(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(part for i, item in enumerate(items) for part in ((", ", item) if i else (item,)))


def _wrong(changes: Sequence[Change], refuted: Check) -> tuple[Block, ...]:
    tried, found = refuted.evidence.values()
    return (
        Text(
            f"A proof method that could not fail would prove nothing. Each of the {tried} weights that are not zero is"
            f" halved in turn; {'every time' if found == tried else f'{found} times'} the method finds a rational input"
            " for which the outputs are not the sorted inputs."
        ),
        Table(
            columns=(("weight", "l"), ("was", "r"), ("is", "r"), ("at the input", "l"), ("the outputs are", "l")),
            rows=tuple(_row(change) for change in changes if change.proof.counterexample),
            caption=("In ", Name("W_l_i_j"), " the layer is l, and the weight leads from unit j to unit i."),
            small=True,
            tall=True,
        ),
    )


def _row(change: Change) -> tuple[Any, ...]:
    point = tuple((change.proof.counterexample or {}).values())
    outputs = change.proof.network([Fraction(int(v.p), int(v.q)) for v in point])
    return (change.entry, change.before, change.after, (point,), (tuple(outputs),))


def _commands() -> Commands:
    return Commands(
        (
            ("symnet prove", "the proof in the terminal"),
            ("symnet prove --sorter 16 --gadget four", "sixteen numbers"),
            ("symnet prove --set W2[1,3]=-1/2", "a counterexample, exit code 1"),
            ("symnet prove --certificate c.json", "save the certificate"),
            ("symnet check c.json", "verify it, independently"),
            ("symnet report sorter", "write this report again"),
        )
    )
