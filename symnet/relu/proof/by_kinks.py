"""A proof by kinks written out: each output as the sum of the contributions of its kinks, and the claim likewise."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.derivation import Derivation, Relation, Step
from symnet.notation import Prose
from symnet.relu.circuits import Linear
from symnet.relu.functions import relu
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.argument import MOST_UNITS, Argument, combination, listed, unit_steps
from symnet.relu.proof.decide import Comparison
from symnet.relu.proof.kinks import Hyperplane, KinkForm, kink_form, relu_form


def by_kinks(about: Argument) -> Derivation:
    """The outputs and what is claimed of them, in kink canonical form: the same."""
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
        Relation(out, "=", claimed, about.given),
        ("both sides have the same form, so they are equal for all real ", _tuple(about.net.inputs)),
    )


def _tuple(x: Sequence[sp.Symbol]) -> Any:
    """(x₁, x₂); x₁ alone."""
    return tuple(x) if len(x) > 1 else x[0]


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
