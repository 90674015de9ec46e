"""Recurrences of any length: the adjoint recurrence and the sums over time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from symnet import backprop
from symnet.adjoints.graph import is_zero
from symnet.checks.recurrent import check_recurrence, check_recurrent_changes, drawn
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


def doubled(sweep, part, name):
    """The sweep with one rule doubled."""
    rules = getattr(sweep, part)
    if isinstance(rules, tuple):
        return replace(sweep, **{part: tuple((n, 2 * total if n == name else total) for n, total in rules)})
    return replace(sweep, **{part: {**rules, name: 2 * rules[name]}})


def planted(sweep):
    """Every rule in turn that is not 0."""
    for part in ("inner", "outer", "received", "final"):
        rules = getattr(sweep, part)
        for name, total in rules if isinstance(rules, tuple) else rules.items():
            if not is_zero(total) and not (total.op == "quantity" and total["name"] == name):
                yield doubled(sweep, part, name)


def test_a_wrong_rule_is_caught():
    bp = backprop(MODELS["gates and two states"])
    wrong = list(planted(bp.sweep))
    assert len(wrong) > 10
    assert not any(check_recurrence(replace(bp, sweep=sweep), "cpu", (0,)).passed for sweep in wrong)


def test_a_wrong_change_is_caught():
    changes = backprop(RNN).hvp()
    wrong = list(planted(changes.sweep))
    assert len(wrong) > 5
    assert not any(check_recurrent_changes(replace(changes, sweep=sweep), "cpu", (0,)).passed for sweep in wrong)
    ahead = replace(backprop(RNN).jvp(), ahead={n: 2 * rule for n, rule in changes.ahead.items()})
    assert not check_recurrent_changes(ahead, "cpu", (0,)).passed


# ---------------------------------------------------------------------- more than the gradient
@pytest.mark.parametrize("kind", ["jvp", "hvp"])
@pytest.mark.parametrize("name", MODELS)
def test_its_changes_agree_with_torch_through_the_unrolled_loop(name, kind):
    (check,) = getattr(backprop(MODELS[name]), kind)().check("cpu")
    assert check.passed, check.evidence
    assert check.evidence["lengths"] == [1, 2, 5]


@pytest.mark.parametrize("along", [["W"], ["x"], ["h0", "U"], ["u"]])
def test_changes_along_some_names_only(along):
    for changes in (backprop(RNN).jvp(along), backprop(RNN).hvp(along)):
        (check,) = changes.check("cpu")
        assert check.passed, check.evidence


def test_a_recurrent_network_has_these_forward_rules():
    assert composed(*backprop(RNN).jvp().relations) == composed(
        "dzₜ = dW h_{t-1} + W dh_{t-1} + dU xₜ + U dxₜ + db", "dhₜ = φ'(zₜ) ⊙ dzₜ", "dL = duᵀ h_T + uᵀ dh_T",
    )  # fmt: skip


def test_what_nothing_moves_does_not_change():
    rules = {str(r).split(" = ")[0]: str(r).split(" = ")[1] for r in backprop(RNN).jvp(["u"]).relations}
    assert composed(rules["dzₜ"], rules["dhₜ"]) == composed("𝟎", "𝟎")


# ---------------------------------------------------------------------- source and figure
@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", MODELS)
def test_its_source_gives_the_gradients_of_torch(name, library, length):
    bp, rng = backprop(MODELS[name]), np.random.default_rng(length)
    at = drawn(bp, rng, "cpu", 0, length)
    y = at.unrolled(at.leaves)[bp.after.output.name]
    y_bar = torch.tensor(rng.normal(size=tuple(y.shape))) if y.ndim else torch.tensor(1.0, dtype=torch.float64)
    expected = torch.autograd.grad(y, list(at.leaves.values()), y_bar, allow_unused=True, materialize_grads=True)
    scope: dict = {}
    exec(bp.code(library, at.stand_ins), scope)
    if library == "numpy":
        found = scope["backward"](**at.values, **({f"{bp.after.output.name}_bar": y_bar.numpy()} if y.ndim else {}))
    else:
        value = scope["Backward"].apply(*(at.leaves[n] for n in bp.loop.declared))
        torch.testing.assert_close(value, y)
        names = list(at.leaves)
        found = dict(zip(names, torch.autograd.grad(value, [at.leaves[n] for n in names], y_bar), strict=True))
    for leaf, gradient in zip(at.leaves, expected, strict=True):
        np.testing.assert_allclose(found[leaf], gradient, rtol=1e-9, atol=1e-11, err_msg=leaf)


def test_code_for_another_library_is_refused():
    with pytest.raises(InvalidInput, match="code for 'jax'"):
        backprop(RNN).code("jax")


def test_its_graph_is_one_step_and_what_follows():
    graph = backprop(RNN).graph
    assert {n.name for n in graph.nodes} == {"x_t", "h_{t-1}", "z_t", "h_t", "h_T", "L", "W", "U", "b", "u"}
    edges = {(e.source, e.target): str(e.message) for e in graph.edges}
    assert composed(edges["h_{t-1}", "z_t"], edges["h_T", "L"]) == composed("Wᵀ z̄ₜ", "u")
    assert ("h_t", "h_T") in edges


def test_a_symmetric_matrix_in_a_loop_gets_a_symmetric_adjoint():
    text = "x : T n\nh0 : n\nS : n n symmetric\nfor t in 1..T:\n    h[t] = tanh(S @ h[t-1] + x[t])\nL = h[T] @ S @ h[T]"
    (check,) = backprop(text).check("cpu")
    assert check.passed, check.evidence


def test_names_in_time_are_plain_in_latex():
    assert r"\bar{\mathbf{z}}_{t+1}" in backprop(RNN).latex()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x : T n\nfor t in 1..T:\n    h[t] = x[t] + h[t-1]\ny = h[T]", "declare 'h0', as in 'h0 : n'"),
        ("x : n\nh0 : n\nfor t in 1..T:\n    h[t] = x[t] + h[t-1]\ny = h[T]", "declare 'x : T …'"),
        ("x : T n\nh0 : n\nfor t in 1..T:\n    h[t] = x[t] + g[t-1]\ny = h[T]", "'g[t-1]' is used"),
        ("x : T n\nh0 : n\nfor t in 1..T:\n    h = x[t]\ny = h", "every equation of the loop defines a value at t"),
        ("x : T n\nfor t in 1..T:\ny = x", "indented equations in it"),
        ("x : T n\nt, h0 : n\nfor t in 1..T:\n    h[t] = h[t-1] * t + x[t]\ny = h[T]", "'t' counts the steps"),
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
