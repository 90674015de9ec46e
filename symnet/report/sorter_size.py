"""How few units sort: four for two numbers, why not three, and the networks for 2 to 16 numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.derivation import Check, Relation
from symnet.notation import Name
from symnet.relu import Proof, ReluNetwork, Sorted, prove, sorter
from symnet.relu.sorting.comparators import SorterSize, sorter_sizes
from symnet.relu.sorting.first_layer import first_layer_bound
from symnet.relu.width.minimal import Width, minimal_width
from symnet.report.document import Display, Established, Figure, Section, Steps, Table, Text, state_of
from symnet.report.figures.perceptron import perceptron

MOST_INPUTS, MOST_VERIFIED = 16, 8
GADGETS = ("five", "four")


@dataclass(frozen=True)
class Size:
    """The narrowest network for two numbers, and those for more, with their proofs."""

    width: Width
    sizes: tuple[SorterSize, ...]
    proofs: tuple[Proof, ...]
    checks: tuple[Check, ...]


def size() -> Size:
    """Everything that the sections say, computed and checked."""
    width = minimal_width(list(Sorted().expressions(sorter(2).inputs)))
    sizes = sorter_sizes(range(2, MOST_INPUTS + 1), GADGETS)
    proofs = tuple(prove(sorter(s.inputs, gadget), Sorted()) for s in sizes for gadget in GADGETS if gadget == s.gadget)
    verified = [proof.check()[0] for proof in proofs if proof.network.widths[0] <= MOST_VERIFIED]
    every = Check(
        f"the networks for 2 to {MOST_INPUTS} numbers sort",
        "exact",
        all(proof.holds for proof in proofs) and all(check.passed for check in verified),
        {
            "networks": len(proofs),
            "proved": sum(proof.holds for proof in proofs),
            f"certificates verified, up to {MOST_VERIFIED} inputs": sum(check.passed for check in verified),
        },
    )
    narrow = Check(
        "the network with four units sorts",
        "exact",
        width.units == 4 and all(check.passed for check in width.proof.check()),
        {"hidden units": width.units, "method": width.proof.method},
    )
    bound = first_layer_bound(2).checks
    return Size(width, sizes, proofs, (narrow, *bound, every))


def established(found: Size) -> tuple[Established, ...]:
    """The rows of the summary."""
    narrow, bound, every = found.checks
    n = sp.Symbol("N")
    return (
        Established(
            Relation(n, "=", sp.Integer(found.width.units)),
            state_of([narrow, bound], exact="proved"),
            "fewest hidden units N in one layer: a network, and a bound for any network",
        ),
        Established(f"sorting networks for 2 to {MOST_INPUTS} numbers", state_of([every], exact="proved"), BY_BITS),
    )


BY_BITS = "comparators found in the weights, then all inputs of zeros and ones"


def sections(found: Size) -> tuple[Section, ...]:
    """Four units, why not three, and more numbers."""
    return (
        Section("Four units are enough", _four(found.width.network, found.width.proof)),
        Section("Why not three", _bound()),
        Section(f"From 2 to {MOST_INPUTS} numbers", (TEXT, _table(found.sizes, found.checks[-1]), SOURCES)),
    )


def _four(network: ReluNetwork, proof: Proof) -> tuple[Text | Figure | Display | Steps, ...]:
    return (
        Text(
            "The five units are not the fewest. Two units on the line where the inputs are equal, and two on another"
            " line, leave the linear part free. The search over all choices of lines and sides finds this network:"
        ),
        Figure(perceptron(network), "The narrowest perceptron that sorts two numbers."),
        Steps(proof.derivation.steps),
    )


def _bound() -> tuple[Text | Steps, ...]:
    return (
        Text(
            "No weights and no depth sort two numbers with three units in the first hidden layer, as long as no"
            " connection skips it. The argument is for n numbers; here n = 2."
        ),
        Steps(first_layer_bound(2).steps),
    )


TEXT = Text(
    "A comparator puts the smaller of two wires in one place and the larger in another; layers of them sort. Each is"
    " five or four ReLU units, a wire that waits takes two, and the linear maps between two layers are multiplied"
    " together. From the weights alone the comparators are found again, and a network of comparators sorts all real"
    " numbers if it sorts all zeros and ones (the 0-1 principle, Knuth, TAOCP 3, 5.3.4)."
)


def _table(sizes: Sequence[SorterSize], every: Check) -> Table:
    five, four = ([s for s in sizes if s.gadget == gadget] for gadget in GADGETS)
    return Table(
        columns=(
            ((Name("n"),), "r"),
            ("comparators", "r"),
            ("hidden layers", "r"),
            ("units, five", "r"),
            ("units, four", "r"),
            ("nonzero weights, five", "r"),
            ("nonzero weights, four", "r"),
        ),
        rows=tuple(
            tuple(sp.Integer(k) for k in (a.inputs, a.comparators, a.depth, a.units, b.units, a.nonzero, b.nonzero))
            for a, b in zip(five, four, strict=True)
        ),
        caption=(
            "Networks that sort n numbers, counted on their compiled weights: hidden units, and weights that are not"
            " zero, with five or four units for each comparator. Proved to sort: "
            f"{every.evidence['proved']} of the {every.evidence['networks']} networks of the table."
        ),
        small=True,
    )


SOURCES = Text(
    "The comparators are the fewest known; up to 12 numbers it is proved that there are no fewer (Knuth; Codish,"
    " Cruz-Filipe, Frank, Schneider-Kamp 2014; Harder 2020). The lists are after B. Dobbelaere."
)
