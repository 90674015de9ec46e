"""A decision written out as a proof: the units, the closed form or the cells, and why the claim follows.

m_k, m_l_k   hidden unit k (of layer l)        out_o   output o        f, g   the two networks, where the claim is one
"""

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from symnet import notation
from symnet.derivation import Derivation, Relation, Step
from symnet.notation import Medium, Prose
from symnet.relu.cells import arrangement
from symnet.relu.circuits import Linear
from symnet.relu.claims import Claim
from symnet.relu.comparison import by_comparators
from symnet.relu.decide import Comparison
from symnet.relu.functions import relu
from symnet.relu.kinks import Hyperplane, KinkForm, kink_form, relu_form
from symnet.relu.network import ReluNetwork
from symnet.relu.piecewise import inequality
from symnet.relu.polyhedra import EVERYWHERE, Polyhedron
from symnet.relu.rationals import Vector, dot
from symnet.relu.regions import Region

MOST_UNITS, MOST_CELLS = 16, 32
"""A longer list is summed up in a sentence."""


@dataclass(frozen=True)
class At:
    """A function's value at a point, not evaluated: out₁(1, 0)."""

    name: Any
    point: Vector
    binds = notation.ATOM

    def written(self, medium: Medium) -> str:
        return f"{notation.write(self.name, medium)}({', '.join(notation.write(a, medium) for a in self.point)})"


@dataclass(frozen=True)
class Argument:
    """What is argued about: a network, a claim, and how both are written."""

    net: ReluNetwork
    claim: Claim
    where: Polyhedron = EVERYWHERE

    @property
    def title(self) -> str:
        return "The two networks" if isinstance(self.claim.source, ReluNetwork) else "The network and the claim"

    @property
    def outputs(self) -> list[sp.Symbol]:
        """out_1, ..., or f_1, ... beside another network."""
        name, m = "f" if isinstance(self.claim.source, ReluNetwork) else "out", self.net.widths[-1]
        return [sp.Symbol(name if m == 1 else f"{name}_{o}") for o in range(1, m + 1)]

    @property
    def claimed(self) -> list[sp.Expr]:
        written = self.claim.written(self.net.inputs)
        if isinstance(written, ReluNetwork):
            return [sp.Symbol(str(symbol).replace("f", "g")) for symbol in self.outputs]
        return list(written)

    @property
    def units(self) -> list[list[sp.Symbol]]:
        """A symbol for each hidden unit, layer by layer."""
        hidden = self.net.widths[1:-1]
        return [
            [sp.Symbol(f"m_{k}" if len(hidden) == 1 else f"m_{layer}_{k}") for k in range(1, width + 1)]
            for layer, width in enumerate(hidden, 1)
        ]

    @property
    def place(self) -> Prose:
        """Where the claim is made."""
        if not self.where.forms:
            return "for all real inputs"
        return ("for all real inputs with ", *joined(list(self.where.written), " and "))

    def inequalities(self) -> tuple[Relation, ...]:
        """As they were claimed, where inequalities were."""
        claimed = self.claim.source if isinstance(self.claim.source, tuple) else ()
        return tuple(Relation(c.lhs, SIGNS[c.rel_op], c.rhs) for c in claimed for c in parts(c))

    def equations(self) -> tuple[Relation, ...]:
        if self.claim.relations:
            return self.inequalities()
        return tuple(Relation(out, "=", e) for out, e in zip(self.outputs, self.claimed, strict=True))


SIGNS = {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "==": "="}


def parts(claim: Any) -> tuple[Any, ...]:
    """The inequalities of a conjunction."""
    if isinstance(claim, sp.And):
        return tuple(part for c in claim.args for part in parts(c))
    return (claim,) if isinstance(claim, Relational) else ()


def argument(about: Argument, method: str, point: Vector | None) -> Derivation:
    """The derivation of what was decided."""
    if point is not None:
        return _refutation(about, point)
    if method == "comparators":
        return by_comparators(about.net, about.outputs, about.equations())
    return _by_kinks(about) if method == "kinks" else by_cells(about)


# ---------------------------------------------------------------------- the network in formulas
def unit_steps(about: Argument) -> Iterator[Step]:
    """m := relu(W x + b), then out = W m + b; a large network only in a sentence."""
    if sum(about.net.widths[1:-1]) > MOST_UNITS:
        return
    below: Sequence[sp.Basic] = about.net.inputs
    for number, (units, (W, b)) in enumerate(zip(about.units, about.net.layers, strict=False), 1):
        reason = "the hidden units" if len(about.units) == 1 else f"the units of layer {number}"
        for m, row, c in zip(units, W, b, strict=True):
            yield Step(Relation(m, ":=", relu(combination(row, c, below), evaluate=False)), reason)
            reason = ""
        below = units
    for out, row, c in zip(about.outputs, *about.net.layers[-1], strict=True):
        yield Step(
            Relation(out, "=", combination(row, c, below)), "the output is linear in them" if about.units else ""
        )


def combination(row: Sequence[Fraction], c: Fraction, terms: Iterable[sp.Basic]) -> sp.Expr:
    """⟨row, terms⟩ + c."""
    return sp.Add(*(sp.Rational(a) * t for a, t in zip(row, terms, strict=True)), sp.Rational(c))


# ---------------------------------------------------------------------- by kinks
def _by_kinks(about: Argument) -> Derivation:
    both = Comparison(about.net, about.claim)
    steps = [*unit_steps(about)]
    for o in range(about.net.widths[-1]):
        steps += _output_by_kinks(about, both, o)
    title = f"{about.title} agree for all real inputs: their kinks are the same"
    return Derivation(title, about.equations(), tuple(steps))


def _output_by_kinks(about: Argument, both: Comparison, o: int) -> Iterator[Step]:
    """out = affine + Σ c |h|, from its units; and the claim, in the same form."""
    out, claimed = about.outputs[o], about.claimed[o]
    form = kink_expression(kink_form(both.circuit, both.outputs[o]), about.net.inputs)
    parts = tuple(_contributions(about, both, both.outputs[o])) if sum(about.net.widths[1:-1]) <= MOST_UNITS else ()
    yield Step(Relation(out, "=", form), "the sum of the contributions of the kinks", parts=parts)
    if claimed != form:
        reason = ("the same form; from ", KINK_RULES[0], " and ", KINK_RULES[1])
        yield Step(
            Relation(claimed, "=", form), reason if not isinstance(about.claim.source, ReluNetwork) else "the same form"
        )
    yield Step(
        Relation(out, "=", claimed),
        ("both sides have the same form, so they are equal for all real ", sp.Tuple(*about.net.inputs)),
    )


_a, _b = sp.symbols("a b", real=True)
KINK_RULES = (
    Relation(relu(_a, evaluate=False), "=", (_a + sp.Abs(_a)) / 2),
    Relation(sp.Max(_a, _b), "=", (_a + _b + sp.Abs(_a - _b)) / 2),
)


def _contributions(about: Argument, both: Comparison, output: Linear) -> Iterator[Step]:
    """The units that share a kink, with their weights: a part of the sum for each kink."""
    n, units = both.circuit.inputs, [m for layer in about.units for m in layer]
    groups: dict[Hyperplane | None, list[int]] = {}
    for wire in output.terms:
        if wire > n:
            groups.setdefault(relu_form(both.circuit.units[wire - n - 1], n)[1], []).append(wire)
    for hyperplane, wires in groups.items():
        part = Linear({wire: output.terms[wire] for wire in wires})
        lhs = sp.Add(*(sp.Rational(output.terms[wire]) * units[wire - n - 1] for wire in wires))
        form = kink_form(both.circuit, part)
        reason = _why(hyperplane, [units[wire - n - 1] for wire in wires], form, about.net.inputs)
        yield Step(Relation(lhs, "=", kink_expression(form, about.net.inputs)), reason)


def _why(hyperplane: Hyperplane | None, units: list[sp.Symbol], form: KinkForm, x: Sequence[sp.Symbol]) -> Prose:
    if hyperplane is None:
        return ("the input of ", *listed(units), " is constant")
    where = Relation(hyperplane_expression(hyperplane, x), "=", 0)
    if len(units) == 1:
        return ("its kink is at ", where)
    cancel = "cancel, for relu(z) − relu(−z) = z" if not form.kinks else "add up"
    return (*listed(units), " have the kink ", where, " in common; their kinks ", cancel)


def kink_expression(form: KinkForm, x: Sequence[sp.Symbol]) -> sp.Expr:
    """affine + Σ c |h|."""
    kinks = (sp.Rational(c) * sp.Abs(hyperplane_expression(h, x)) for h, c in form.kinks.items())
    return sp.Add(combination(form.affine.row(len(x) + 1)[1:], form.affine.row(1)[0], x), *kinks)


def hyperplane_expression(h: Hyperplane, x: Sequence[sp.Symbol]) -> sp.Expr:
    """h_0 + Σ h_i x_i."""
    return combination([Fraction(a) for a in h[1:]], Fraction(h[0]), x)


# ---------------------------------------------------------------------- by cells
def by_cells(about: Argument) -> Derivation:
    """Cell by cell: which units are active, what the outputs are there, and that the claim says the same."""
    if about.claim.relations or about.where.forms:
        return _by_generators(about)
    cells = about.net.regions()
    steps = [*unit_steps(about)]
    if len(cells) <= MOST_CELLS and steps:
        steps += [_cell_step(about, cell) for cell in cells]
    covered = f"the {len(cells)} cells cover the whole space; on each, compared at the vertices and rays that span it, "
    for relation in about.equations():
        steps.append(Step(relation, covered + "both sides are the same affine map"))
    return Derivation(f"{about.title} agree for all real inputs, cell by cell", about.equations(), tuple(steps))


def _by_generators(about: Argument) -> Derivation:
    """On a polyhedron, or for inequalities: what was compared at the vertices and rays of the cells."""
    cells = len(arrangement(Comparison(about.net, about.claim, about.where).circuit).cells)
    held = "the inequality holds" if about.claim.relations else "both sides are the same"
    first = (
        f"{cells} cells on which no unit changes its sign"
        if cells > 1
        else "one cell, on which no unit changes its sign,",
        f" cover what is claimed about; there both sides are affine, and {held} at the vertices and along the rays",
    )
    reasons = [first, *[("likewise",)] * len(about.equations())]
    compared = (Step(relation, reason) for relation, reason in zip(about.equations(), reasons, strict=False))
    steps = (*_place_steps(about), *unit_steps(about), *compared)
    return Derivation(f"The claim holds {notation.prose(about.place, 'text')}", about.equations(), steps)


def _place_steps(about: Argument) -> Iterator[Step]:
    """The polyhedron's inequalities."""
    for k, c in enumerate(c for given in about.where.written for c in parts(given)):
        yield Step(Relation(c.lhs, SIGNS[c.rel_op], c.rhs), "" if k else "what is given of the inputs")


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


def listed(symbols: Sequence[Any]) -> tuple[Any, ...]:
    """m₁, m₂ and m₃."""
    if len(symbols) < 2:
        return tuple(symbols)
    return (*joined(symbols[:-1], ", "), " and ", symbols[-1])


def joined(items: Sequence[Any], word: str) -> tuple[Any, ...]:
    """The items with the word between them."""
    return tuple(part for item in items for part in (word, item))[1:]


# ---------------------------------------------------------------------- refuted
def _refutation(about: Argument, point: Vector) -> Derivation:
    """Both sides at the counterexample, with the units' values."""
    if about.claim.relations:
        return _refuted_inequality(about, point)
    found, claimed = about.net(point), about.claim(point)
    differing = [o for o, value in enumerate(found) if claimed is None or claimed[o] != value]
    statement = tuple(
        Relation(At(about.outputs[o], point), "=", Relation(found[o], "!=", claimed[o] if claimed else "undefined"))
        for o in differing
    )
    steps = [Step(Relation(about.net.inputs, "=", point), "take this input"), *_values(about, point)]
    for o in differing:
        steps.append(Step(Relation(about.outputs[o], "=", found[o]), "what the network computes"))
        steps.append(Step(Relation(about.claimed[o], "=", claimed[o] if claimed else "undefined"), "what was claimed"))
    return Derivation("The claim is wrong: a counterexample", statement, tuple(steps))


def _refuted_inequality(about: Argument, point: Vector) -> Derivation:
    """The inequalities with the values put in that are false."""
    values = dict(
        zip((*about.net.inputs, *about.net.outputs), map(sp.Rational, (*point, *about.net(point))), strict=True)
    )
    statement, steps = [], [Step(Relation(about.net.inputs, "=", point), "take this input"), *_values(about, point)]
    steps += [
        Step(Relation(out, "=", a), "what the network computes")
        for out, a in zip(about.outputs, about.net(point), strict=True)
    ]
    for relation in about.inequalities():
        left, right = (at_values(side, values) for side in (relation.lhs, relation.rhs))
        if not HOLDS[relation.sign](left, right):
            statement.append(Relation(left, DENIED[relation.sign], right))
            steps.append(Step(Relation(relation.lhs, "=", left), "the left side of what was claimed"))
            steps.append(Step(Relation(left, DENIED[relation.sign], relation.rhs), "so the claim is wrong here"))
    return Derivation("The claim is wrong: a counterexample", tuple(statement), tuple(steps))


HOLDS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}
DENIED = {"<=": ">", ">=": "<", "<": ">=", ">": "<=", "=": "!="}


def at_values(e: Any, values: dict[Any, Any]) -> Any:
    """The expression with numbers put in, relu too."""
    return sp.sympify(e).subs(values, simultaneous=True).replace(relu, lambda z: sp.Max(z, 0))


def _values(about: Argument, point: Vector) -> Iterator[Step]:
    """The units' values at the point."""
    if sum(about.net.widths[1:-1]) > MOST_UNITS:
        return
    h = point
    for units, (W, b) in zip(about.units, about.net.layers, strict=False):
        z = [dot(row, h) + c for row, c in zip(W, b, strict=True)]
        h = tuple(max(a, Fraction(0)) for a in z)
        for m, a, value in zip(units, z, h, strict=True):
            yield Step(Relation(m, "=", Relation(relu(sp.Rational(a), evaluate=False), "=", value)))
