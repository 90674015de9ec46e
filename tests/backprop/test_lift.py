"""The rules of one example, lifted to a batch in rows or columns."""

from dataclasses import replace

import pytest

from symnet import backprop
from symnet.adjoints import OPERATORS
from symnet.checks.batch import check_lift
from symnet.errors import InvalidInput, NotSupported

from .test_rules import RESIDUAL, composed

MODELS = {
    "residual block": RESIDUAL,
    "classifier": "x : n\nW : k n\nc : k\nt : k\nL = cross_entropy(W @ x + c, t)",
    "layer norm": "x : n\ng, c : n parameter\ny = layer_norm(x, g, c)",
    "scores": "x : n\nW : m n\nu : m\ns = u @ tanh(W @ x)\ny = s * x - mean(x)",
    "distance": "x, y : n\nW : m n\nL = norm(W @ (x - y)) ** 2 + x @ y",
    "a shared matrix solved with": "A : n n\nx : n\ny = solve(A, x)",
    "the largest": "x : n\ny = max(x) * x - min(x)",
    "deviation": "x : n\ny = x / std(x)",
    "softmax": "x : n\nW : m n\np = softmax(W @ x)\ny = p * log_softmax(W @ x) + logsumexp(x)",
}

ROWS = {
    "attention": (
        "X : t d\nWq, Wk, Wv : d k\nS = (X @ Wq) @ (X @ Wk).T / sqrt(k)\nP = softmax(S)\nY = P @ (X @ Wv) + sum(X)"
    ),
    "pre-norm block": "X : t d\ng, c : d\nW : d d\nY = X + tanh(layer_norm(X, g, c) @ W.T)",
    "a matrix of each example": "x : n\nX : m n input\nu : n parameter\ny = X @ x + X @ u\nz = y * norm(X)",
    "an outer product": "x : m\nu : n parameter\nY = outer(x, u) * mean(x)\nL = trace(Y @ Y.T) + sum(Y * Y)",
    "moved and joined": (
        "X : m n\nA : k n parameter\nY = concat([X[:, 1:], X[:, :1]], axis=1)\n"
        "Z = reshape(concat([Y, A]), (n, m + k))\nL = sum(Z, axis=0) * sum(Z)"
    ),
    "a shared matrix before": "X : n d\nA : m n parameter\nb : d\nY = logsumexp(A @ X + b, axis=0)",
    "tokens": "i : t index v\nE : v d\nW : d d\nX = embedding(E, i)\nY = X @ W",
    "matrices solved with": (
        "A : n n input\nx : n\nb : n parameter\nX : n k\nB : n k parameter\nC : n n\n"
        "Y = solve(A, X) + solve(A, B) + solve(C, X)\nz = solve(A, x) + solve(A, b)\nL = sum(Y) + sum(z)"
    ),
    "functions of matrices": (
        "A : n n input\nx : n\nS = A @ A.T + diag(x ** 2 + 1)\ny = inv(S) @ x + diag(S)\n"
        "L = det(A) + logdet(S) + sum(y)"
    ),
    "a deviation and an extremum along axes": (
        "X : m n\nY = X / std(X, axis=0, keepdims=True) + std(X)\ny = max(Y, axis=1) + min(X)"
    ),
    "rows added by index": "G : s t n input\ni : s t index v\nC : s t n\nE = scatter_add(G + C, i, v)",
    "shared rows added by index": "G : t n\ni : t index v\nE = scatter_add(G, i, v)",
    "a table of each example": "E : v n input\ni : s t index v\nY = embedding(E, i)",
    "a convolution": "X : c 5 6\nZ : b c 5 6 input\nK : d c 2 3\nY = max_pool2d(conv2d(Z, K, padding=1), 2)",
    "windows added": "X : p k\ny = pad(overlap_add(X, stride=2), before=1, after=2)",
    "what may not be attended to": "X : t d\nK, V : s d\nY = attention(X, K, V, is_causal=True)",
    "channels": "X : b 6 h w\ng, q : 6\nY = group_norm(X, 3, g, q) + batch_norm(X)",
    "a contraction": "X : m n\nT : k m n parameter\ny = einsum('kmn,mn->k', T, X)",
    "heads": "X : t 6\nH = transpose(reshape(X, (t, 2, 3)), (1, 0, 2))\nY = H @ transpose(H, (0, 2, 1))",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_batch_of_matrices_is_its_examples(name):
    (check,) = backprop(ROWS[name]).lift("rows").check("cpu")
    assert check.passed, check.evidence
    with pytest.raises(NotSupported):
        backprop(ROWS[name]).lift("columns")


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


def test_an_operator_without_a_batch_rule_is_said_with_its_reason(monkeypatch):
    for without, says in (({}, "its record has no batch rule"), ({"batch": "nobody needs it"}, "nobody needs it")):
        monkeypatch.setitem(OPERATORS, "det", replace(OPERATORS["det"], batch=None, without=without))
        with pytest.raises(NotSupported, match=f"'det' for a batch: {says}"):
            backprop("X : n n input\nL = det(X)").lift()


def test_what_cannot_be_lifted_is_said():
    with pytest.raises(InvalidInput, match="no layout 'diagonal'"):
        backprop(RESIDUAL).lift("diagonal")
    with pytest.raises(InvalidInput, match="name the batch size"):
        backprop(RESIDUAL).lift(size="n")
    with pytest.raises(NotSupported, match="lift to rows"):
        backprop("X : n n input\nL = det(X)").lift("columns")
    with pytest.raises(NotSupported, match="lift to rows"):
        backprop("x : n\nY = outer(x, x)").lift("columns")


def test_common_factors_are_collected_on_request():
    bp = backprop("x : n\nA : n n\nL = x @ A @ x")
    assert composed(bp.rules[-1], bp.collected().rules[-1]) == composed("x̄ = A x + Aᵀ x", "x̄ = (A + Aᵀ) x")
    assert all(check.passed for check in bp.collected().check("cpu"))
