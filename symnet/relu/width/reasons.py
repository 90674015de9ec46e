"""Why one hidden layer needs as many units as it needs: the theorem of `width`, step by step.

h      a hyperplane, h(x) = c + ⟨g, x⟩            p, q   output weights of its units, active where h > 0, where h < 0
N      hidden units in all                       E      hyperplanes with units, but without a kink of the function
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from symnet.derivation import Derivation, Relation, Step
from symnet.notation import ATOM, Medium, Name, Prose, sentence
from symnet.relu.functions import relu
from symnet.relu.network import ReluNetwork
from symnet.relu.proof.kinks import Hyperplane
from symnet.relu.width.canonical import CanonicalForm
from symnet.relu.width.search import Choice, bounds

h, p, q, beta, R, N = sp.symbols("h p q beta R N", real=True)


@dataclass(frozen=True)
class Formula:
    """Mathematics that SymPy has no object for, in both media."""

    latex: str
    text: str

    binds: ClassVar[int] = ATOM

    def written(self, medium: Medium) -> str:
        return self.latex if medium == "latex" else self.text


SUM_OF_KINKS = Formula(r"A x + a + \sum_{i=1}^{k} u_i \, |h_i(x)|", "A x + a + Σᵢ uᵢ |hᵢ(x)|, i = 1 … k")
REST = Formula(r"A - \sum_{i \notin S} \sigma_i u_i g_i^\top", "A − Σ σᵢ uᵢ gᵢᵀ over i ∉ S")
SPLIT = Formula(
    r"\sum_{i \in S} \alpha_i g_i^\top + \sum_{e=1}^{E} \beta_e \gamma_e^\top",
    "Σ αᵢ gᵢᵀ over i ∈ S + Σ βₑ γₑᵀ, e = 1 … E",
)
COMMON = Formula(r"\bigcap_{i \in S} \ker g_i", "⋂ ker gᵢ over i ∈ S")
RANK = Formula(r"\operatorname{rank}(R|_K)", "rank(R on K)")
COUNT = Formula(r"(k - |S|) + 2 |S| + 2 E", "(k − |S|) + 2 |S| + 2 E")
FEWEST = Formula(
    r"k + \min_{S, \sigma} \bigl( |S| + 2 \operatorname{rank}(R|_K) \bigr)", "k + min over S, σ of |S| + 2 rank(R on K)"
)


def width_derivation(form: CanonicalForm, choice: Choice, undoubled: Choice | None, network: ReluNetwork) -> Derivation:
    """The theorem, what it says of this form, and the network that attains it."""
    return Derivation(
        title=f"The fewest hidden units in one hidden layer: {choice.units}",
        statement=(*_outputs(form), Relation(N, "=", sp.Integer(choice.units))),
        steps=(*_theorem(), *_instance(form, choice, undoubled), *_units(network)),
    )


def _theorem() -> tuple[Step, ...]:
    """For every function that one hidden layer computes."""
    return (
        Step(
            Relation(Formula("f(x)", "f(x)"), "=", SUM_OF_KINKS),
            sentence(
                "Since `relu(z) = (z + |z|)/2`, every network with one hidden layer is an affine map plus a multiple of"
                " `|hᵢ|` for each of its hyperplanes `hᵢ(x) = cᵢ + ⟨gᵢ, x⟩ = 0`; the multiple `uᵢ` has an entry for"
                " each output. The form, with distinct hyperplanes and no `uᵢ = 0`, is unique: across a hyperplane,"
                " away from the others, only its own `|hᵢ|` has a kink. So each hyperplane of the form needs a unit."
            ),
            rule="canonical form",
        ),
        Step(
            Relation(p * relu(h), "=", p * sp.Abs(h) / 2 + p * h / 2),
            sentence(
                "A single unit on a hyperplane. To give `u |h|`, its output weight `p` must be `2u`, and then the rest"
                " is `u h`; if it is active on the other side, that is `−u h`. A unit scaled by a positive number is"
                " the same with its output weight divided by it. So one unit fixes the linear part to `σ u gᵀ` with `σ"
                " = ±1`."
            ),
            rule="one unit",
        ),
        Step(
            Relation(p * relu(h) + q * relu(-h), "=", (p + q) * sp.Abs(h) / 2 + (p - q) * h / 2),
            sentence(
                "Two units, active on opposite sides: `p = u + α` and `q = u − α` give `u |h|` with the linear part"
                " `α gᵀ`, for any vector `α`. More units on the same hyperplane give nothing new, nor do two active on"
                " the same side."
            ),
            rule="two units",
        ),
        Step(
            Relation(beta * relu(h) - beta * relu(-h), "=", beta * h),
            sentence(
                "A hyperplane `γ` without a kink of `f`: `p + q = 0`, so it has units on both sides, at least two, and"
                " they add `β γᵀ`, of rank one. (If `γ` is parallel to a `gᵢ`, a second unit on hyperplane `i` does the"
                " same, with one unit more and not two.) Units that are constant belong to the output bias, which also"
                " takes every constant."
            ),
            rule="no kink",
        ),
        Step(
            Relation(R, "=", Relation(REST, "=", SPLIT)),
            sentence(
                "All linear parts together must be `A`. `S` are the hyperplanes of the form with two units, `E` is the"
                " number of hyperplanes without a kink."
            ),
            rule="linear parts",
        ),
        Step(
            Relation(Formula(r"\min E", "min E"), "=", RANK),
            (
                *sentence("where `K` is "),
                COMMON,
                *sentence(
                    ". At least: the first sum vanishes on `K`, and the second has rank at most `E`. At most: let `X`"
                    " be `R` on a complement of `K` and `0` on `K`. Then `X` is a combination of the `gᵢᵀ` with `i ∈"
                    " S`, and `R − X`, which is `0` on the complement, has the rank that `R` has on `K`. Real weights"
                    " do no better than rational ones, for a rank is the same over `ℝ` and over `ℚ`."
                ),
            ),
            rule="rank",
        ),
        Step(
            Relation(N, "=", Relation(COUNT, ">=", FEWEST)),
            sentence(
                "One unit for each hyperplane outside `S`, two inside, two for each without a kink. The bound is"
                " attained by choosing the weights as in the steps above."
            ),
            rule="count",
        ),
    )


# ---------------------------------------------------------------------- this function
def _instance(form: CanonicalForm, choice: Choice, undoubled: Choice | None) -> Iterator[Step]:
    k = len(form.kinks)
    for output in _outputs(form):
        yield Step(output, "The canonical form of this function.", rule="form")
    least, most = bounds(form)
    yield Step(
        Relation(sp.Integer(k + least), "<=", Relation(N, "<=", sp.Integer(k + most))),
        sentence(
            "At least: where all `gᵢ` vanish only hyperplanes without a kink contribute to `A`, two units for each rank"
            " that `A` has there. At most: with two units on each hyperplane of a basis of the `gᵢ`, nothing else is"
            " left to give."
        ),
        rule="bounds",
    )
    if undoubled is not None and choice.doubled:
        yield Step(
            Relation(Formula(r"N_{S = \emptyset}", "N with S = ∅"), "=", _sum(k, undoubled)),
            "With a single unit on each hyperplane, for the best signs.",
            rule="no doubling",
        )
    yield Step(Relation(N, "=", _sum(k, choice)), _why(form, choice), rule="least")


def _sum(k: int, choice: Choice) -> Relation:
    """k + |S| + 2 · rank = N."""
    r, doubled = choice.extra, len(choice.doubled)
    return Relation(
        Formula(rf"{k} + {doubled} + 2 \cdot {r}", f"{k} + {doubled} + 2 · {r}"), "=", sp.Integer(choice.units)
    )


def _why(form: CanonicalForm, choice: Choice) -> Prose:
    """The units of each hyperplane, and why nothing is cheaper."""
    inputs = _inputs(form)
    units: list[Any] = []
    for kink, sign in zip(form.kinks, choice.signs, strict=True):
        side = Relation(_affine(kink.h, inputs), ("=", ">", "<")[sign], sp.Integer(0))
        units += ["one unit where " if sign else "two units on ", side, ", "]
    pairs = {0: "no pairs", 1: "one pair"}.get(choice.extra, f"{choice.extra} pairs")
    return (
        "Here: ",
        *units,
        *sentence(
            f"{pairs} of units without a kink. Every choice of `S` and `σ` that costs less was excluded, in exact"
            " arithmetic. Only sets `S` with independent `gᵢ` were looked at: a `gᵢ` that depends on others of `S`"
            " vanishes on `K` as it is, and doubling it gains nothing."
        ),
    )


def _outputs(form: CanonicalForm) -> Iterator[Relation]:
    """out_o = A x + a + Σ u |h|."""
    inputs = _inputs(form)
    for o, (row, constant) in enumerate(zip(form.A, form.a, strict=True), 1):
        terms = [sp.Rational(a) * v for a, v in zip(row, inputs, strict=True)]
        kinks = [sp.Rational(kink.u[o - 1]) * sp.Abs(_affine(kink.h, inputs)) for kink in form.kinks]
        yield Relation(Name(f"out_{o}"), "=", sp.Add(*terms, sp.Rational(constant), *kinks))


def _inputs(form: CanonicalForm) -> list[sp.Symbol]:
    return [sp.Symbol(f"x_{i}", real=True) for i in range(1, form.inputs + 1)]


def _units(network: ReluNetwork) -> Iterator[Step]:
    """The network that attains it, unit by unit and output by output."""
    *hidden, (V, b) = network.layers
    m = list(network.inputs)
    for W, c in hidden:
        before, m = m, [sp.Symbol(f"m_{i}", real=True) for i in range(1, len(W) + 1)]
        for unit, row, constant in zip(m, W, c, strict=True):
            argument = relu(_affine((constant, *row), before), evaluate=False)
            yield Step(Relation(unit, "=", argument), "A hidden unit of the network.", rule="unit")
    for o, (row, constant) in enumerate(zip(V, b, strict=True), 1):
        yield Step(Relation(Name(f"out_{o}"), "=", _affine((constant, *row), m)), "Its output.", rule="output")


def _affine(row: Hyperplane, inputs: list[sp.Symbol]) -> sp.Expr:
    """c + ⟨g, x⟩."""
    c, *slope = row
    return sp.Add(sp.Rational(c), *(sp.Rational(a) * v for a, v in zip(slope, inputs, strict=True)))
