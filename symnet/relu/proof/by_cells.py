"""A proof by cells written out: which units are active on each, what the outputs are there, and what is claimed."""

from collections.abc import Iterator

import sympy as sp

from symnet import notation
from symnet.derivation import Derivation, Relation, Step
from symnet.relu.budget import OutOfBudget
from symnet.relu.proof.argument import Argument, combination, joined, listed, unit_steps
from symnet.relu.proof.decide import Comparison
from symnet.relu.regions.cells import arrangement
from symnet.relu.regions.piecewise import inequality
from symnet.relu.regions.regions import Region, regions

MOST_CELLS = 32
"""More are summed up in a sentence."""


def by_cells(about: Argument) -> Derivation:
    """Cell by cell: which units are active, what the outputs are there, and that the claim says the same."""
    if about.claim.relations or about.where.forms:
        return _by_generators(about)
    try:
        cells = regions(about.net.layers, about.limit)
        number = f"the {len(cells)} cells"
    except OutOfBudget:  # they were all compared; there is no time left to count them again
        cells, number = (), "the cells"
    steps = [*unit_steps(about)]
    if len(cells) <= MOST_CELLS and steps:
        steps += [_cell_step(about, cell) for cell in cells]
    covered = f"{number} cover the whole space; on each, compared at the vertices and rays that span it, "
    for relation in about.equations():
        steps.append(Step(relation, covered + "both sides are the same affine map"))
    return Derivation(f"{about.title} agree for all real inputs, cell by cell", about.equations(), tuple(steps))


def _by_generators(about: Argument) -> Derivation:
    """On a polyhedron, or for inequalities: what was compared at the vertices and rays of the cells."""
    cells = _count(about)
    held = "the inequality holds" if about.claim.relations else "both sides are the same"
    faces = "; so on each face that a condition tells apart" if about.on_faces else ""
    first = (
        f"{cells or 'the'} cells on which no unit changes its sign"
        if cells != 1
        else "one cell, on which no unit changes its sign,",
        f" cover what is claimed about; there both sides are affine, and {held} at the vertices and along the rays"
        f"{faces}",
    )
    reasons = [first, *[("likewise",)] * len(about.equations())]
    compared = (Step(relation, reason) for relation, reason in zip(about.equations(), reasons, strict=False))
    steps = (*_place_steps(about), *unit_steps(about), *compared)
    return Derivation(f"The claim holds {notation.prose(about.place, 'text')}", about.equations(), steps)


def _count(about: Argument) -> int | None:
    """How many cells there are; None where there is no time left to count them again."""
    try:
        both = Comparison(about.net, about.claim, about.where, about.limit)
        return sum(1 for _ in arrangement(both.circuit, about.limit).each())
    except OutOfBudget:
        return None


def _place_steps(about: Argument) -> Iterator[Step]:
    """The polyhedron's inequalities."""
    for k, condition in enumerate(about.given):
        yield Step(condition, "" if k else "what is given of the inputs")


def _cell_step(about: Argument, cell: Region) -> Step:
    """On one cell: the active units, and each output through them; inactive units contribute nothing."""
    x = about.net.inputs
    values = [combination(row, c, x) for row, c in zip(cell.G, cell.c, strict=True)]
    on = [
        [m for m, bit in zip(units, bits, strict=True) if bit]
        for units, bits in zip(about.units, cell.pattern, strict=True)
    ]
    active = [m for layer in on for m in layer]
    where = joined([inequality(i, x) for i in cell.inequalities or ()], " and ")
    which = (
        ("the units ", *listed(active), " are")
        if len(active) > 1
        else ("the unit ", *active, " is")
        if active
        else ("no unit is",)
    )
    reason = (*(("where ", *where, ", ") if where else ()), *which, " active")
    parts = tuple(_through_units(about, o, on[-1], values[o]) for o in range(len(values)))
    pair = (tuple(about.outputs), tuple(values)) if len(values) > 1 else (about.outputs[0], values[0])
    return Step(Relation(pair[0], "=", pair[1]), reason, parts=parts)


def _through_units(about: Argument, o: int, active: list[sp.Symbol], value: sp.Expr) -> Step:
    """out = active units of the last layer = affine map = claim, all on one cell."""
    W, b = about.net.layers[-1]
    shown = combination(W[o], b[o], [m if m in active else sp.Integer(0) for m in about.units[-1]])
    return Step(Relation(about.outputs[o], "=", Relation(shown, "=", Relation(value, "=", about.claimed[o]))))
