"""Recurrences of any length: the adjoint recurrence and the sums over time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symnet.backprop import backprop
from symnet.checks.recurrent import check_recurrence
from symnet.errors import InvalidInput

from .test_rules import composed

RNN = (Path(__file__).parents[2] / "examples" / "recurrent.net").read_text(encoding="utf-8")
MODELS = {
    "recurrent network": RNN,
    "gates and two states": (
        "x : T m\nh0, c0 : n\nWi, Wf : n m\nUi, Uf : n n\nfor t in 1..T:\n    i[t] = sigmoid(Wi @ x[t] + Ui @ h[t-1])\n"
        "    f[t] = sigmoid(Wf @ x[t] + Uf @ h[t-1])\n    c[t] = f[t] * c[t-1] + i[t]\n    h[t] = tanh(c[t]) * i[t]\n"
        "y = h[T] + Uf @ c[T]"
    ),
    "power iteration with inputs": (
        "x : T n\nv0 : n\nA : n n\nfor s in 1..T:\n    w[s] = A @ v[s-1] + x[s]\n    v[s] = w[s] / norm(w[s])\n"
        "L = v[T] @ A @ v[T]"
    ),
    "running sum of losses": (
        "x : T n\nh0 : n\nl0 : scalar\nW : n n\nfor t in 1..T:\n    h[t] = tanh(W @ h[t-1] + x[t])\n"
        "    l[t] = l[t-1] + h[t] @ h[t]\nL = l[T] ** 2"
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_rules_equal_autograd_through_the_unrolled_loop(name):
    (check,) = backprop(MODELS[name]).check("cpu")
    assert check.passed, check.evidence
    assert check.evidence["lengths"] == [1, 2, 5]


def test_a_recurrent_network_has_these_rules():
    assert composed(*backprop(RNN).rules) == composed(
        "L̄ = 1", "h̄_T = u", "h̄ₜ = Wᵀ z̄_{t+1}", "z̄ₜ = h̄ₜ ⊙ φ'(zₜ)", "h̄₀ = Wᵀ z̄₁", "x̄ₜ = Uᵀ z̄ₜ",
        "b̄ = Σ_(t=1..T) z̄ₜ", "ū = h_T", "W̄ = Σ_(t=1..T) z̄ₜ h_{t-1}ᵀ", "Ū = Σ_(t=1..T) z̄ₜ xₜᵀ",
    )  # fmt: skip


def test_every_rule_has_a_reason():
    assert all(step.reason for step in backprop(RNN).steps)


@pytest.mark.parametrize("part", ["inner", "received"])
def test_a_wrong_rule_is_caught(part):
    bp = backprop(RNN)
    if part == "inner":
        wrong = replace(bp, inner=tuple((n, 2 * total) for n, total in bp.inner))
        assert not check_recurrence(wrong, "cpu", (0,)).passed
    for name, total in bp.received.items():
        wrong = replace(bp, received={**bp.received, name: 2 * total})
        assert not check_recurrence(wrong, "cpu", (0,)).passed, name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x : T n\nfor t in 1..T:\n    h[t] = x[t] + h[t-1]\ny = h[T]", "declare 'h0', as in 'h0 : n'"),
        ("x : n\nh0 : n\nfor t in 1..T:\n    h[t] = x[t] + h[t-1]\ny = h[T]", "declare 'x : T …'"),
        ("x : T n\nh0 : n\nfor t in 1..T:\n    h[t] = x[t] + g[t-1]\ny = h[T]", "'g[t-1]' is used"),
        ("x : T n\nh0 : n\nfor t in 1..T:\n    h = x[t]\ny = h", "every equation of the loop defines a value at t"),
        ("x : T n\nfor t in 1..T:\ny = x", "indented equations in it"),
        ("for t in 1..T:\n  h[t] = 1\nfor s in 1..T:\n  h[s] = 1", "has one loop"),
        (RNN.replace("W @ h", "V @ h"), "unknown name 'V'"),
    ],
)
def test_a_loop_that_lacks_something_is_refused_in_one_line(text, says):
    with pytest.raises(InvalidInput) as error:
        backprop(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_sequences_of_different_lengths_are_refused():
    bp = backprop("x, y : T n\nh0 : n\nfor t in 1..T:\n    h[t] = h[t-1] + x[t] * y[t]\nL = sum(h[T])")
    with pytest.raises(InvalidInput, match="sequences of one length T"):
        bp.evaluate({"x": np.ones((2, 3)), "y": np.ones((4, 3)), "h0": np.ones(3)})
