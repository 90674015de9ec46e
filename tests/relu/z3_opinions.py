"""Random claims about networks that like to degenerate, each decided by ``prove``, by z3 twice, and by the checker.

z3 reads the negated claim as SMT-LIB, and, apart from that, the statement of the certificate. AGREE is a table of kinds
of claims: the suite tries some of each, ``large`` hundreds.
"""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import strategies as st

from symnet.checks import check_certificate
from symnet.errors import InvalidInput
from symnet.relu import ReluNetwork, prove, relu

from .small_networks import SMALL, deepened, layer, networks, nudged, scrambled

TINY = Fraction(1, 10**12)


def z3_says_unsat(proof):
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    solver.from_string(proof.smtlib())
    return solver.check() == z3.unsat


def statement_holds(certificate):
    """z3's opinion of what the certificate says, from nothing but its JSON."""
    z3 = pytest.importorskip("z3")
    x = [z3.Real(f"x{i}") for i in range(len(certificate["networks"]["out"][0]["weights"][0]))]

    def q(a):
        return z3.Q(Fraction(a).numerator, Fraction(a).denominator)

    def run(layers, h):
        for depth, entry in enumerate(layers):
            h = [z3.If(z > 0, z, 0) for z in h] if depth else h
            rows = zip(entry["weights"], entry["biases"], strict=True)
            h = [z3.Sum([q(a) * v for a, v in zip(row, h, strict=True)]) + q(c) for row, c in rows]
        return h

    def smallest(a, b):
        return z3.If(a < b, a, b)

    def fold(f, values):
        first, *rest = values
        for v in rest:
            first = f(first, v)
        return first

    def order(k, values):
        values = list(values)
        for last in range(len(values) - 1, 0, -1):
            for i in range(last):
                a, b = values[i], values[i + 1]
                values[i], values[i + 1] = smallest(a, b), -smallest(-a, -b)
        return values[k - 1]

    def of(tree, names, defined):
        """The term for an expression or condition; ``defined`` gathers, under which conditions it has a value."""
        if isinstance(tree, str):
            return q(tree)
        head, *rest = tree
        if head in names:
            return names[head][rest[0] - 1]
        if head == "undefined":
            defined.append(z3.BoolVal(False))
            return q(0)
        if head == "if":
            yes_if, no_if = [], []
            choice, yes, no = of(rest[0], names, defined), of(rest[1], names, yes_if), of(rest[2], names, no_if)
            defined += [z3.Implies(choice, z3.And(yes_if)), z3.Implies(z3.Not(choice), z3.And(no_if))]
            return z3.If(choice, yes, no)
        if head in ("and", "or"):  # read from the left, as far as needed
            before, values = [], []
            for c in rest:
                there: list = []
                values.append(of(c, names, there))
                defined += [z3.Implies(z3.And(before), d) for d in there]
                before.append(values[-1] if head == "and" else z3.Not(values[-1]))
            return z3.And(values) if head == "and" else z3.Or(values)
        if head == "*":
            return q(rest[0]) * z3.Sum([of(e, names, defined) for e in rest[1:]])
        if head == "order":
            return order(rest[0], [of(e, names, defined) for e in rest[1:]])
        parts = [of(e, names, defined) for e in rest]
        return {
            "+": lambda: z3.Sum(parts), "min": lambda: fold(smallest, parts),
            "max": lambda: -fold(smallest, [-p for p in parts]),
            "abs": lambda: z3.If(parts[0] > 0, parts[0], -parts[0]), "relu": lambda: z3.If(parts[0] > 0, parts[0], 0),
            ">=": lambda: parts[0] >= parts[1], ">": lambda: parts[0] > parts[1], "=": lambda: parts[0] == parts[1],
            "not": lambda: z3.Not(parts[0]),
        }[head]()  # fmt: skip

    names, defined = {"x": x} | {name: run(layers, x) for name, layers in certificate["networks"].items()}, []
    true = [of(c, names, defined) for c in certificate["claim"]]
    solver = z3.Solver()
    solver.add(*(of(c, {"x": x}, []) for c in certificate["where"]))
    if not certificate["holds"]:
        solver.add(*(v == q(a) for v, a in zip(x, certificate["proof"], strict=True)))
    solver.add(z3.Not(z3.And(true + defined)))
    return (solver.check() == z3.unsat) == certificate["holds"]


def agreed(net, claim, where=None):
    """z3 says the same; where it is claimed of no point, too."""
    try:
        proof = prove(net, claim, where=where)
    except InvalidInput:
        assert nowhere(net.inputs, where)
        return
    certificate = proof.certificate
    assert proof.holds == z3_says_unsat(proof)
    assert check_certificate(certificate).passed, check_certificate(certificate).evidence
    assert statement_holds(certificate)


def nowhere(x, where):
    """Whether z3 finds no point."""
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    for c in (c for c in where if c != sp.true):
        if c == sp.false:
            return True
        a = {v: sp.Rational((c.lhs - c.rhs).coeff(v)) for v in x}
        rest = sp.Rational((c.lhs - c.rhs).subs(dict.fromkeys(x, 0)))
        z = z3.Sum([z3.Q(int(q.p), int(q.q)) * z3.Real(v.name) for v, q in a.items()]) + z3.Q(int(rest.p), int(rest.q))
        solver.add({"<=": z <= 0, "<": z < 0, ">=": z >= 0, ">": z > 0, "==": z == 0}[c.rel_op])
    return solver.check() == z3.unsat


# ---------------------------------------------------------------------- what is drawn
def affine(data, x):
    return sp.Add(*(sp.Rational(data.draw(SMALL)) * v for v in x), sp.Rational(data.draw(SMALL)))


def half_plane(data, x, out, eq=True):
    """An inequality about the inputs, or about them and an output; about the inputs an equation, too."""
    kind = data.draw(st.sampled_from([sp.Ge, sp.Le, sp.Gt, sp.Lt, *[sp.Eq] * (eq and out == 0)]))
    return kind(affine(data, x) + out, sp.Rational(data.draw(SMALL | st.just(Fraction(-5)))))


def place(data, x, most=2):
    return [half_plane(data, x, 0) for _ in range(data.draw(st.integers(0, most)))]


def an_inequality(data, net):
    claim = half_plane(data, net.inputs, net.outputs[0])
    agreed(net, claim, place(data, net.inputs, 3))


def an_inequality_by_cases(data, net):
    """The output and a little more, case by case, at times undefined or less; the cases may be about the output."""
    x, out = net.inputs, net.outputs[0]
    first, second = (half_plane(data, [*x, *data.draw(st.sampled_from([(), (out,)]))], 0, eq=False) for _ in range(2))
    more = st.sampled_from([0, 0, 1, TINY, relu(affine(data, x)), affine(data, x)])
    cases = [(out + sp.sympify(data.draw(more)), c) for c in (first, second, sp.true)[: data.draw(st.integers(2, 3))]]
    cases = [(e, c) for e, c in cases if c != sp.false]
    case = sp.Piecewise(*cases, evaluate=False) if cases else out
    if case.has(sp.Piecewise):
        agreed(net, data.draw(st.sampled_from([sp.Le, sp.Le, sp.Lt]))(out, case, evaluate=False), place(data, x))


def itself_in_disguise(data, net):
    """Units permuted, rescaled, a layer more; and at times one number changed, by as little as 10⁻¹²."""
    other = scrambled(
        deepened(net) if len(net.layers) > 1 and data.draw(st.booleans()) else net, data.draw(st.integers(1, 9))
    )
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(other.layers) - 1))
        unit = data.draw(st.integers(0, other.widths[at + 1] - 1))
        column = data.draw(st.none() | st.integers(0, other.widths[at] - 1))
        other = nudged(other, at, unit, column, data.draw(st.sampled_from([TINY, -TINY, Fraction(1), Fraction(-1, 3)])))
    agreed(net, other, place(data, net.inputs))


def itself_and_a_relu(data, net):
    """The network against its closed form plus a relu that is zero on a half plane."""
    z = affine(data, net.inputs)
    claim = [e + relu(z) for e in net.piecewise()] if len(net.regions(merged=True)) < 4 else deepened(net)
    agreed(net, claim, [sp.Le(z, 0)] if data.draw(st.booleans()) else place(data, net.inputs))


def hyperplanes_through_the_origin(data, net):
    """No biases; each unit of the first layer again, rescaled or opposite."""
    (W, _), *rest = net.layers
    if not rest:
        return
    again = [[data.draw(st.sampled_from([-1, 2, Fraction(1, 3)])) * a for a in row] for row in W]
    (V, _), *others = rest
    layers = [([*W, *again], [0] * 2 * len(W)), ([[*row, *row[::-1]] for row in V], [0] * len(V))]
    central = ReluNetwork([*layers, *((U, [0] * len(U)) for U, _ in others)])
    agreed(central, data.draw(st.sampled_from([sp.Ge, sp.Gt, sp.Le]))(central.outputs[0], affine(data, net.inputs)))
    agreed(central, scrambled(central), place(data, net.inputs, 1))


def strips(data, net):
    """Pairs of parallel units a hair apart, so that the function between them is seen in a strip of width 10⁻¹²."""
    n = net.widths[0]
    W, b = data.draw(layer(n, 2))
    V, c = data.draw(layer(2, 1))
    strip = ReluNetwork([([*W, *W], [*b, *(a - TINY for a in b)]), ([[*V[0], *(-a for a in V[0])]], c)])
    out = strip.outputs[0]
    bound = sum((abs(a) for a in V[0]), start=Fraction(0)) * TINY * data.draw(st.sampled_from([1, Fraction(1, 2)]))
    for claim in (out <= sp.Rational(c[0] + bound), out < sp.Rational(c[0] + bound), out >= sp.Rational(c[0] - bound)):
        agreed(strip, claim)


NETWORKS = networks(most_inputs=2, most_units=3)
AGREE = {
    f.__name__.replace("_", " "): f
    for f in (
        an_inequality, an_inequality_by_cases, itself_in_disguise, itself_and_a_relu, hyperplanes_through_the_origin,
        strips,
    )
}  # fmt: skip
