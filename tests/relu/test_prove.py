import json
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet import notation
from symnet.errors import InvalidInput, NotSupported
from symnet.relu import ReluNetwork, Sorted, prove, relu, smtlib, two_input_sorter

from .small_networks import DEGENERATE, deepened, networks, nudged

SORTER = two_input_sorter()
x1, x2 = SORTER.inputs
LOW, HIGH = sp.Min(x1, x2), sp.Max(x1, x2)
TRUE = {
    "sorted": Sorted(),
    "min and max": [LOW, HIGH],
    "absolute values": [(x1 + x2 - abs(x1 - x2)) / 2, (x1 + x2 + abs(x1 - x2)) / 2],
    "relu": (x1 - relu(x1 - x2), x2 + sp.Max(0, x1 - x2)),
    "nested": [sp.Min(LOW, HIGH + 1, x1), sp.Max(x1, HIGH, 2 * LOW - HIGH)],
    "cases": [sp.Piecewise((x1, x1 < x2), (x2, True)), sp.Piecewise((x2, x1 < x2), (x1, True))],
    "cases with a line of its own": [sp.Piecewise((x1, x1 < x2), (x2, x2 < x1), (2 * x1 - x2, True)), HIGH],
    "cases inside": [2 * sp.Piecewise((x1, x1 <= x2), (x2, True)) - LOW, HIGH],
    "itself": SORTER,
    "itself, deeper": deepened(SORTER),
}
FALSE = {
    "the wrong way round": [HIGH, LOW],
    "off by a constant": [LOW, HIGH + sp.Rational(1, 10**9)],
    "right on half the plane": [x1, x2],
    "wrong only far out": [sp.Min(x1, x2, 1000), HIGH],
    "wrong only on a line": [sp.Piecewise((x1, x1 < x2), (x2, x2 < x1), (x1 + 1, True)), HIGH],
    "wrong only at a point": [
        sp.Piecewise((x1, x1 < x2), (x2, x2 < x1), (x1, x1 < 7), (x1, x1 > 7), (0, True)), HIGH,
    ],
    "undefined on a line": [sp.Piecewise((x1, x1 < x2), (x2, x2 < x1)), HIGH],
    "a jump": [sp.Piecewise((x1, x1 < x2 + 1), (x2, True)), HIGH],
    "a constant": [0, HIGH],
}  # fmt: skip


def values(proof):
    """The network's and the claim's values at the counterexample, the latter by SymPy alone."""
    point = proof.counterexample
    claimed = [e.subs(point, simultaneous=True).replace(relu, lambda z: sp.Max(z, 0)) for e in proof.claim]
    return [sp.Rational(v) for v in proof.network([point[x] for x in proof.network.inputs])], claimed


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_about_the_sorter_are_proved(name):
    proof = prove(SORTER, TRUE[name])
    assert proof.holds
    assert proof.counterexample is None
    assert all(check.passed for check in proof.check())


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_get_a_counterexample_that_sympy_confirms(name):
    proof = prove(SORTER, FALSE[name])
    assert not proof.holds
    found, claimed = values(proof)
    assert found != claimed
    assert all(check.passed for check in proof.check())


@pytest.mark.parametrize("by", [Fraction(1), Fraction(-1, 1000)])
def test_every_weight_and_bias_of_the_sorter_matters(by):
    """A bias of a hidden unit, too: no change of one number leaves the function as it is."""
    for layer, (W, b) in enumerate(SORTER.layers):
        for unit in range(len(b)):
            for column in [None, *range(len(W[0]))]:
                changed = nudged(SORTER, layer, unit, column, by)
                point = list(prove(changed, Sorted()).counterexample.values())
                assert list(changed(point)) != sorted(Fraction(int(a.p), int(a.q)) for a in point)


@pytest.mark.parametrize("name", DEGENERATE)
def test_a_network_equals_its_closed_form_and_nothing_else(name):
    net, _, _ = DEGENERATE[name]
    assert prove(net, net.piecewise()).holds
    assert not prove(net, [e + sp.Rational(1, 1000) for e in net.piecewise()]).holds


@settings(max_examples=15, deadline=None)
@given(st.data(), networks(most_layers=1))
def test_kinks_and_cells_decide_alike(data, net):
    other = (
        data.draw(networks(most_layers=1).filter(lambda other: len(other.widths) == 3)) if len(net.widths) == 3 else net
    )
    if len(net.widths) < 3 or (other.widths[0], other.widths[-1]) != (net.widths[0], net.widths[-1]):
        other = net
    by_kinks = prove(net, other)
    assert by_kinks.method == "kinks"
    if len(net.widths) == 3:
        by_cells = prove(net, deepened(other))
        assert by_cells.method == "cells" or not by_cells.holds
        assert by_cells.holds == by_kinks.holds


@settings(max_examples=15, deadline=None)
@given(st.data(), networks(most_inputs=2, most_units=3))
def test_z3_agrees_about_a_network_and_a_changed_one(data, net):
    z3 = pytest.importorskip("z3")
    layer = data.draw(st.integers(0, len(net.layers) - 1))
    unit = data.draw(st.integers(0, net.widths[layer + 1] - 1))
    column = data.draw(st.none() | st.integers(0, net.widths[layer] - 1))
    other = nudged(net, layer, unit, column, data.draw(st.fractions(-1, 1, max_denominator=3)))
    x = [z3.Real(f"x{i}") for i in range(net.widths[0])]

    def outputs(layers):
        h = x
        for depth, (W, b) in enumerate(layers):
            h = [z3.If(z > 0, z, 0) for z in h] if depth else h
            h = [z3.Sum([z3.Q(a.numerator, a.denominator) * v for a, v in zip(row, h, strict=True)])
                 + z3.Q(c.numerator, c.denominator) for row, c in zip(W, b, strict=True)]  # fmt: skip
        return h

    solver = z3.Solver()
    solver.add(z3.Or([f != g for f, g in zip(outputs(net.layers), outputs(other.layers), strict=True)]))
    proof = prove(net, other)
    assert proof.holds == (solver.check() == z3.unsat)
    assert proof.holds or net(list(proof.counterexample.values())) != other(list(proof.counterexample.values()))


def test_three_numbers_are_sorted_by_three_comparators():
    proof = prove(sorter_of_three([(0, 1), (1, 2), (0, 1)]), Sorted())
    assert proof.holds
    assert proof.method == "comparators"
    assert not prove(sorter_of_three([(0, 1), (1, 2)]), Sorted()).holds


def sorter_of_three(comparators):
    """A layer for each comparator: relu(±x) for each wire, relu(x_i − x_j); then x_i − that, x_j + that."""
    unit = [[int(i == j) for j in range(3)] for i in range(3)]
    layers, decode = [], unit
    for i, j in comparators:
        encode = [*unit, *([-a for a in row] for row in unit), [a - b for a, b in zip(unit[i], unit[j], strict=True)]]
        layers.append(
            (
                [[sum(a * b for a, b in zip(r, c, strict=True)) for c in zip(*decode, strict=True)] for r in encode],
                [0] * 7,
            )
        )
        decode = [
            [int(k == w) - int(k == w + 3) + int(k == 6) * (int(w == j) - int(w == i)) for k in range(7)]
            for w in range(3)
        ]
    return ReluNetwork([*layers, (decode, [0] * 3)])


# ---------------------------------------------------------------------- what cannot be a claim
@pytest.mark.parametrize(
    ("claim", "error", "message"),
    [
        ([x1], InvalidInput, "2 outputs"),
        ([x1 * x2, x2], NotSupported, "not read as piecewise linear"),
        ([sp.exp(x1), x2], NotSupported, "not read as piecewise linear"),
        ([sp.pi * x1, x2], NotSupported, "rational"),
        ([x1, sp.oo], InvalidInput, "claim for output 2: oo is not a real number"),
        ([x1, sp.nan], InvalidInput, "nan"),
        ([0.1 * x1, x2], InvalidInput, "is a float"),
        ([sp.Symbol("x_3"), x2], InvalidInput, "x_3 is not an input of the network; the inputs are x_1, x_2"),
        (["min(x_1, x_2)", "x_1"], InvalidInput, "is a string"),
        ([sp.Piecewise((x1, x1**2 < 1), (x2, True)), x2], NotSupported, "not read"),
        ([sp.Piecewise((x1, abs(x1) < 1), (x2, True)), x2], NotSupported, "not linear"),
        ([sp.Piecewise((x1, sp.Ne(x1, x2)), (x2, True)), x2], NotSupported, "the condition"),
        (ReluNetwork([([[1]], [0])]), InvalidInput, "differ in shape"),
    ],
)
def test_what_is_no_claim_is_refused_in_one_line(claim, error, message):
    with pytest.raises(error, match=message) as refusal:
        prove(SORTER, claim)
    assert "\n" not in str(refusal.value)


def test_sorted_needs_as_many_outputs_as_inputs():
    with pytest.raises(InvalidInput):
        prove(ReluNetwork([([[1, 1]], [0])]), Sorted())


# ---------------------------------------------------------------------- how it is written
def test_the_statement_is_the_claim():
    proof = prove(SORTER, Sorted())
    assert str(proof.derivation.statement[0]) == "out₁ = min(x₁, x₂)"
    assert r"\mathrm{out}_{2} &= \max\left(x_{1}, x_{2}\right)" in proof.latex()
    assert proof._repr_latex_().startswith("$")


def test_conditions_belong_to_the_relation_in_every_medium():
    """Without them the statement would be false: the sorter's low output is x₁ only where x₁ ≤ x₂."""
    for claim, holds in (([x1, x2], True), ([x2, x1], False), ([x1, x2, 0][:2], True)):
        proof = prove(SORTER, claim, where=[x1 <= x2, x1 >= 0])
        assert proof.holds == holds
        said = r"\quad (x_{1} \le x_{2}, x_{1} \ge 0)"
        assert proof.latex().count(said) == len(proof.derivation.statement) > 0
        assert proof._repr_latex_().count(said) == len(proof.derivation.statement)
        assert said in proof._repr_html_()
        assert all(s["given"] == ["x₁ ≤ x₂", "x₁ ≥ 0"] for s in proof.to_json()["statement"])
        assert all(s["latex"].endswith(said) for s in proof.to_json()["statement"])
    assert "quad" not in prove(SORTER, Sorted()).latex()


def test_smtlib_needs_no_proof():
    assert smtlib(SORTER, Sorted()) == prove(SORTER, Sorted()).smtlib()
    where = [x1 >= 0, x1 <= -1]
    assert smtlib(SORTER, low_is(x1), where).count("(assert") == 3  # a place without points, too


def low_is(e):
    return sp.Eq(SORTER.outputs[0], e)


def test_inputs_are_written_in_the_order_of_their_numbers():
    x = sp.symbols("x_1:13", real=True)
    assert notation.text(sp.Add(*x)) == " + ".join(map(notation.text, x))
    assert notation.latex(sp.Max(*x)) == rf"\max\left({', '.join(map(notation.latex, x))}\right)"
    assert notation.text(sp.Min(*x) + 1) == f"min({', '.join(map(notation.text, x))}) + 1"


def test_a_refuted_claim_states_its_counterexample():
    proof = prove(SORTER, [HIGH, LOW])
    assert [str(relation) for relation in proof.derivation.statement] == ["out₁(1, 0) = 0 ≠ 1", "out₂(1, 0) = 1 ≠ 0"]


def test_the_proof_by_kinks_names_the_units_that_cancel():
    text = str(prove(SORTER, Sorted()))
    assert "m₁ and m₂ have the kink x₁ = 0 in common; their kinks cancel, for relu(z) − relu(−z) = z" in text


def test_the_proof_by_cells_says_which_units_are_active():
    text = str(prove(SORTER, Sorted()).by_cells)
    assert "where x₁ ≤ 0 and x₂ ≥ 0, the units m₁ and m₄ are active" in text
    assert "out₁ = -m₁ = x₁ = min(x₁, x₂)" in text


@pytest.mark.parametrize("claim", [*TRUE.values(), *FALSE.values()], ids=[*TRUE, *FALSE])
def test_every_proof_is_written_in_both_media_and_json(claim):
    proof = prove(SORTER, claim)
    assert json.loads(json.dumps(proof.to_json()))["holds"] == proof.holds
    for step in proof.derivation.steps:
        assert step.relation.latex()
        assert notation.prose(step.reason, "latex").isascii() or "ℝ" not in notation.prose(step.reason, "latex")


def test_a_certificate_is_saved_whole_and_alone(tmp_path):
    path = prove(SORTER, Sorted()).save(tmp_path / "sorter.json")
    assert list(tmp_path.iterdir()) == [path]
    assert json.loads(path.read_text())["holds"] is True
    with pytest.raises(InvalidInput, match="cannot write"):
        prove(SORTER, Sorted()).save(tmp_path / "missing" / "sorter.json")


def test_a_counterexample_has_small_denominators_where_it_can():
    """A claim that fails far out is refuted by numbers that can be read, on a line given by an equation, too."""
    a, b = Fraction(123456789, 987654321), Fraction(314159265, 271828182)
    net = ReluNetwork([([[a, b], [b, -a]], [a, b]), ([[a, b]], [b])])
    proof = prove(net, net.outputs[0] <= 10**6)
    assert max(value.q for value in proof.counterexample.values()) <= 1000
    line = sp.Eq(x1, 3 * x2 + sp.Rational(1, 7))
    on_line = prove(net, net.outputs[0] <= 10**6, where=line)
    assert line.subs(on_line.counterexample)
    assert max(value.q for value in on_line.counterexample.values()) <= 7000
    assert all(check.passed for proof in (proof, on_line) for check in proof.check())


def test_a_long_fraction_has_decimals_beside_it():
    width = sp.Rational(1, 10**15)
    proof = prove(SORTER, SORTER.outputs[0] <= x1 - width, where=[x1 > 0, x1 < width, x2 >= 1])
    assert "≈" in str(proof)
    assert "≈" not in str(prove(SORTER, [HIGH, LOW]))
