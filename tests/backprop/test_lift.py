"""The rules of one example, lifted to a batch in rows or columns."""

from dataclasses import replace

import pytest

from symnet.backprop import backprop
from symnet.checks.batch import check_lift
from symnet.errors import InvalidInput, NotSupported

from .test_rules import RESIDUAL, composed

MODELS = {
    "residual block": RESIDUAL,
    "classifier": "x : n\nW : k n\nc : k\nt : k\nL = cross_entropy(W @ x + c, t)",
    "layer norm": "x : n\ng, c : n parameter\ny = layer_norm(x, g, c)",
    "scores": "x : n\nW : m n\nu : m\ns = u @ tanh(W @ x)\ny = s * x - mean(x)",
    "distance": "x, y : n\nW : m n\nL = norm(W @ (x - y)) ** 2 + x @ y",
    "softmax": "x : n\nW : m n\np = softmax(W @ x)\ny = p * log_softmax(W @ x) + logsumexp(x)",
}


@pytest.mark.parametrize("layout", ["rows", "columns"])
@pytest.mark.parametrize("name", MODELS)
def test_a_batch_is_its_examples(name, layout):
    (check,) = backprop(MODELS[name]).lift(layout).check("cpu")
    assert check.passed, check.evidence


def test_the_residual_block_on_rows():
    assert composed(*backprop(RESIDUAL).lift("rows").rules) == composed(
        "R̄ = Ȳ ⊙ φ'(R)", "c̄ = R̄ᵀ 𝟏", "V̄ = R̄ᵀ H", "H̄ = Ȳ + R̄ V", "Z̄ = H̄ ⊙ φ'(Z)", "b̄ = Z̄ᵀ 𝟏", "W̄ = Z̄ᵀ X",
        "X̄ = H̄ + Z̄ W",
    )  # fmt: skip


def test_the_residual_block_on_columns():
    rules = composed(*backprop(RESIDUAL).lift("columns").rules)
    assert {rules[1], rules[2], rules[3]} == {*composed("c̄ = R̄ 𝟏", "V̄ = R̄ Hᵀ", "H̄ = Ȳ + Vᵀ R̄")}


def test_a_wrong_rule_is_caught():
    lifted = backprop(RESIDUAL).lift("rows")
    for i, adjoint in enumerate(lifted.walk[1:], 1):
        wrong = replace(adjoint, total=2 * adjoint.total)
        assert not check_lift(replace(lifted, walk=(*lifted.walk[:i], wrong, *lifted.walk[i + 1 :]))).passed


def test_what_cannot_be_lifted_is_said():
    with pytest.raises(InvalidInput, match="no layout 'diagonal'"):
        backprop(RESIDUAL).lift("diagonal")
    with pytest.raises(InvalidInput, match="name the batch size"):
        backprop(RESIDUAL).lift(size="n")
    with pytest.raises(NotSupported, match="'outer' for a batch"):
        backprop("x : n\nY = outer(x, x)").lift()


def test_common_factors_are_collected_on_request():
    bp = backprop("x : n\nA : n n\nL = x @ A @ x")
    assert composed(bp.rules[-1], bp.collected().rules[-1]) == composed("x̄ = A x + Aᵀ x", "x̄ = (A + Aᵀ) x")
    assert all(check.passed for check in bp.collected().check("cpu"))
