"""Claims on a polyhedron, and claims that are inequalities; and what z3 says to their SMT-LIB."""

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, Sorted, prove, relu, two_input_sorter

from .small_networks import DEGENERATE
from .z3_opinions import AGREE, NETWORKS, z3_says_unsat

SORTER = two_input_sorter()
x1, x2 = SORTER.inputs
low, high = SORTER.outputs
BOX = [x1 <= 3, x1 >= -3, x2 <= 3, x2 >= -3]
CORNER = [x1 <= 1, x2 <= 1, x1 + x2 >= 2]
"""A point, as a box and a third inequality leave it."""
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
    "at a corner": (sp.And(sp.Eq(low, 1), sp.Eq(high, 1)), CORNER),
    "an inequality at a point": (low + high <= 2, POINT),
    "true everywhere": (Sorted(), x1 >= 0),
    "cases on a half plane": ([BY_CASES, high.subs(high, x2)], x1 <= x2),
    "a strip": (high - low <= sp.Rational(1, 10**12), THIN),
    "nothing to show": (x1 <= x1, None),
    "strict on an open half plane": (low < high, x1 < x2),
    "strict between two open borders": (low < x1 + 1, [x1 < x2 + 1, x2 < x1]),
    "strict, but for an open corner": (low > 0, [x1 > 0, x2 > 0]),
    "strict where an open border meets a closed one": (x1 + x2 > 0, [x1 > 0, x2 >= 0]),
    "equal on an open half plane": ([x1, x2], x1 < x2),
    "a bound by cases": (low <= BY_CASES, None),
    "a bound by cases that is strict but for a line": (low < sp.Piecewise((x1 + 1, x1 < x2), (x2 + 1, True)), None),
    "cases of the outputs": (sp.Piecewise((x1, low < high), (high, True)) <= high, None),
    "cases that are undefined where nothing is claimed": (low <= sp.Piecewise((x1, x1 < x2), (x2, x1 > x2)), x1 > x2),
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
    "a tie on the border that is not open": (low < high, [x1 <= x2, x1 > 0]),
    "a tie where only the other border is open": (low > 0, [x1 > 0, x2 >= 0]),
    "wrong only near an open border": (low >= sp.Rational(1, 10**12), [x1 > 0, x2 > 0]),
    "a bound by cases that jumps": (high < sp.Piecewise((x1 + x2, x1 > 0), (5, True)), None),
    "a bound by cases wrong on a line": (low <= sp.Piecewise((x1, x1 < x2), (x2, x1 > x2), (x1 - 1, True)), None),
    "a bound by cases undefined on a line": (low <= sp.Piecewise((x1, x1 < x2), (x2, x1 > x2)), None),
}


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


@pytest.mark.parametrize("kind", AGREE)
def test_z3_agrees_about_random_claims(kind):
    settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))(
        given(st.data(), NETWORKS)(AGREE[kind])
    )()


@pytest.mark.parametrize(
    ("claim", "where", "error", "message"),
    [
        ([x1, x2], [x1 <= 0, x1 >= 1], InvalidInput, "no point satisfies x_1 <= 0, x_1 >= 1 together"),
        ([x1, x2], sp.false, InvalidInput, "no point satisfies"),
        ([x1, x2], x1 * x2 >= 0, NotSupported, "not read as piecewise linear"),
        ([x1, x2], sp.Abs(x1) <= 1, NotSupported, "is not linear"),
        ([x1, x2], [sp.Eq(x1, 2), sp.Eq(x1, -2)], InvalidInput, "no point satisfies"),
        ([x1, x2], [sp.Eq(x1, x2), sp.Eq(x2, 3), sp.Eq(x1 + x2, 5)], InvalidInput, "no point satisfies"),
        ([x1, x2], [sp.Eq(x1, x2), x1 > x2], InvalidInput, "no point satisfies"),
        ([x1, x2], [x1 >= 1, x1 <= 1, x1 > 1], InvalidInput, "no point satisfies"),
        ([x1, x2], [x1 + x2 >= 3, x1 <= 1, x2 <= 1], InvalidInput, "no point satisfies"),
        ([x1, x2], [x1 + x2 > 2, x1 <= 1, x2 <= 1], InvalidInput, "no point satisfies"),
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
