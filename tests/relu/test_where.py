"""Claims on a polyhedron, and claims that are inequalities; and what z3 says to their SMT-LIB."""

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, Sorted, prove, relu, two_input_sorter

from .small_networks import DEGENERATE, SMALL, deepened, networks

SORTER = two_input_sorter()
x1, x2 = SORTER.inputs
low, high = SORTER.outputs
BOX = [x1 <= 3, x1 >= -3, x2 <= 3, x2 >= -3]
DIAGONAL = [x1 <= x2, x1 >= x2]
POINT = [*DIAGONAL, sp.Eq(x1, 1)]
THIN = [x1 >= x2, x1 <= x2 + sp.Rational(1, 10**12)]
BY_CASES = sp.Piecewise((x1, x1 < x2), (x2, True))
TRUE = {
    "in order": (low <= high, None),
    "both bounds": ([low <= x1, high >= x2], None),
    "a conjunction": (sp.And(low <= x1, low <= x2), None),
    "an equation": (sp.Eq(low + high, x1 + x2), None),
    "bounded on a box": (sp.Abs(low) <= 3, BOX),
    "min and max in a claim": (sp.Max(low, -high) <= sp.Max(x1, x2, -x1, -x2), None),
    "relu of an output": (relu(high) >= x1, None),
    "strict, away from the tie": (low < high, x1 >= x2 + 1),
    "strict on a ray": (high > 0, [x1 >= 1, x2 >= 1]),
    "one half plane": ([x1, x2], x1 <= x2),
    "on a line": ([x1, x1], DIAGONAL),
    "on a line given as an equation": ([x2, x1], sp.Eq(x1, x2)),
    "at a point": ([1, 1], POINT),
    "an inequality at a point": (low + high <= 2, POINT),
    "true everywhere": (Sorted(), x1 >= 0),
    "cases on a half plane": ([BY_CASES, high.subs(high, x2)], x1 <= x2),
    "a strip": (high - low <= sp.Rational(1, 10**12), THIN),
    "nothing to show": (x1 <= x1, None),
}
FALSE = {
    "no bound": (high <= 3, None),
    "the wrong way round": (high <= low, None),
    "a tie": (low < high, None),
    "a tie at the border": (low < high, x1 >= x2),
    "outside a smaller box": (sp.Abs(low) <= sp.Rational(29, 10), BOX),
    "wrong far out": (low >= 1000 * x1 - 10, x1 <= 0),
    "wrong along a line": (low >= x1 - 1, x2 <= 0),
    "an equation off a line": (sp.Eq(low, x1), None),
    "the other half plane": ([x1, x2], x1 >= x2),
    "at a point": ([1, 2], POINT),
    "strict at a point": (low > 1, POINT),
    "on a line": ([x1, x1 + 1], DIAGONAL),
    "one of two": ([low <= high, low >= 0], None),
    "too wide for the strip": (high - low <= sp.Rational(1, 10**13), THIN),
    "cases wrong on the border": ([sp.Piecewise((x1, x1 < x2), (5, True)), x2], x1 <= x2),
    "never": (sp.false, None),
}


def z3_says_unsat(proof):
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    solver.from_string(proof.smtlib())
    return solver.check() == z3.unsat


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved_verified_and_confirmed_by_z3(name):
    claim, where = TRUE[name]
    proof = prove(SORTER, claim, where=where)
    assert proof.holds
    assert [check.evidence for check in proof.check() if not check.passed] == []
    assert z3_says_unsat(proof)
    assert proof.derivation.latex() or name == "nothing to show"


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted_inside_the_polyhedron(name):
    claim, where = FALSE[name]
    proof = prove(SORTER, claim, where=where)
    assert not proof.holds
    assert all(c.subs(proof.counterexample) for c in ([where] if isinstance(where, sp.Basic) else where or []))
    assert [check.evidence for check in proof.check() if not check.passed] == []
    assert not z3_says_unsat(proof)
    assert "counterexample" in str(proof)


def test_a_refuted_inequality_shows_the_numbers():
    text = str(prove(SORTER, high <= 3))
    assert "out₂ = 8" in text
    assert "8 > 3" in text


@pytest.mark.parametrize("name", DEGENERATE)
def test_a_networks_values_on_a_box_are_between_those_at_its_corners_of_cells(name):
    net, _, _ = DEGENERATE[name]
    box = [c for x in net.inputs for c in (x >= -2, x <= 2)]
    out = net.outputs[0]
    top = max(net(v)[0] for cell in boxed(net).regions() for v in cell.vertices if max(map(abs, v)) <= 2)
    assert prove(net, out <= sp.Rational(top), where=box).holds
    assert not prove(net, out < sp.Rational(top), where=box).holds


def boxed(net):
    """The network with units that cut along the box."""
    (W, b), *rest = net.layers
    n = len(W[0])
    unit = [[int(i == j) for j in range(n)] for i in range(n)]
    if not rest:
        return ReluNetwork([(unit * 2, [2] * n + [-2] * n), ([[0] * 2 * n], [0])])
    first = ([*W, *unit, *unit], [*b, *[2] * n, *[-2] * n])
    (V, c), *others = rest
    return ReluNetwork([first, ([[*row, *[0] * 2 * n] for row in V], c), *others])


@settings(max_examples=40, deadline=None)
@given(st.data(), networks(most_inputs=2, most_units=3))
def test_z3_agrees_on_random_inequalities_on_random_polyhedra(data, net):
    out = net.outputs[0]
    where = [half_plane(data, net.inputs, 0) for _ in range(data.draw(st.integers(0, 3)))]
    claim = half_plane(data, net.inputs, out)
    proof = proved(net, claim if claim not in (sp.true, sp.false) else out >= 0, where)
    if proof is None:
        return
    assert proof.holds == z3_says_unsat(proof)
    assert [check.evidence for check in proof.check() if not check.passed] == []


def proved(net, claim, where):
    """The proof, or None where z3 says, too, that there is no such point."""
    try:
        return prove(net, claim, where=where)
    except InvalidInput:
        z3 = pytest.importorskip("z3")
        solver = z3.Solver()
        if sp.false in where:
            return None
        for c in (c for c in where if c != sp.true):
            terms = sp.Poly(c.lhs - c.rhs, *net.inputs).terms()
            z = z3.Sum([z3.Q(int(a.p), int(a.q)) * power(net.inputs, powers) for powers, a in terms])
            solver.add({"<=": z <= 0, ">=": z >= 0, "==": z == 0}[c.rel_op])
        assert solver.check() == z3.unsat
        return None


def power(x, powers):
    """The input with power 1, or 1."""
    z3 = pytest.importorskip("z3")
    return next((z3.Real(v.name) for v, k in zip(x, powers, strict=True) if k), z3.RealVal(1))


def half_plane(data, x, out):
    a = [data.draw(SMALL) for _ in x]
    left = sp.Add(out, *(sp.Rational(c) * v for c, v in zip(a, x, strict=True)))
    kind = data.draw(st.sampled_from([sp.Ge, sp.Le, sp.Eq] if out == 0 else [sp.Ge, sp.Le, sp.Gt, sp.Lt]))
    return kind(left, sp.Rational(data.draw(SMALL | st.just(Fraction(-5)))))


@settings(max_examples=25, deadline=None)
@given(st.data(), networks(most_inputs=2, most_units=3))
def test_on_a_polyhedron_equality_is_decided_as_z3_does(data, net):
    """The network against itself with one more layer, changed by a relu that is zero on a half plane."""
    x = net.inputs
    a = [data.draw(SMALL) for _ in x]
    z = sp.Add(*(sp.Rational(c) * v for c, v in zip(a, x, strict=True)), sp.Rational(data.draw(SMALL)))
    claim = [e + relu(z) for e in net.piecewise()] if len(net.regions(merged=True)) < 4 else deepened(net)
    where = [sp.Le(z, 0)] if data.draw(st.booleans()) else [half_plane(data, x, 0)]
    proof = proved(net, claim, where)
    if proof is None:
        return
    assert proof.holds == z3_says_unsat(proof)
    assert [check.evidence for check in proof.check() if not check.passed] == []


@pytest.mark.parametrize(
    ("claim", "where", "error", "message"),
    [
        ([x1, x2], [x1 <= 0, x1 >= 1], InvalidInput, "no point satisfies x_1 <= 0, x_1 >= 1 together"),
        ([x1, x2], sp.false, InvalidInput, "no point satisfies"),
        ([x1, x2], x1 * x2 >= 0, NotSupported, "not read as piecewise linear"),
        ([x1, x2], sp.Abs(x1) <= 1, NotSupported, "is not linear"),
        ([x1, x2], [x1 < 0, x1 >= 0], InvalidInput, "no point satisfies x_1 < 0, x_1 >= 0 together"),
        ([x1, x2], [x1 < x2, x2 < x1 + x2, x1 < 0], InvalidInput, "no point satisfies"),
        ([x1, x2], [3], InvalidInput, "3 is no inequality"),
        ([x1, x2], low >= 0, InvalidInput, "out_1 is not an input of the network; the inputs are x_1, x_2"),
        ([x1 <= 0, x2], None, InvalidInput, "x_2 is no inequality"),
        (sp.Symbol("q") <= 1, None, InvalidInput, "q is not an input or output"),
        (sp.Ne(low, x1), None, NotSupported, "is not read"),
        (sp.Or(low >= 0, high >= 0), None, NotSupported, "is not read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(claim, where, error, message):
    with pytest.raises(error, match=message) as refusal:
        prove(SORTER, claim, where=where)
    assert "\n" not in str(refusal.value)
