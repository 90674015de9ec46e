"""Models from the literature against autograd, and closed forms against what their definitions give."""

import numpy as np
import pytest
import torch

from symnet import backprop
from symnet.adjoints.graph import is_zero
from symnet.checks import autograd
from symnet.checks.autograd import check_adjoints
from symnet.checks.entrywise import check_entrywise

from .literature import LITERATURE
from .models import drawn


@pytest.mark.parametrize("name", LITERATURE)
def test_the_rules_agree_with_autograd(name):
    checks = check_adjoints(backprop(LITERATURE[name]), functions=("tanh", "sin"), seeds=(0,))
    assert all(check.passed for check in checks), checks[0].evidence


@pytest.mark.parametrize("name", LITERATURE)
def test_no_adjoint_is_zero_unless_autograd_says_so(name):
    bp, stand_ins, values, y_bar, _ = drawn(LITERATURE[name])
    leaves = {k: torch.tensor(v, requires_grad=True) for k, v in values.items()}
    y = autograd.interpret(bp.model, leaves, stand_ins, "cpu")[bp.program.output.name]
    theirs = torch.autograd.grad(
        y, list(leaves.values()), torch.tensor(y_bar), materialize_grads=True, allow_unused=True
    )
    zeros = {k for k, g in zip(leaves, theirs, strict=True) if not g.any()} - set(bp.model.bounds)
    assert {a.name for a in bp.walk if is_zero(a.total)} & set(leaves) <= zeros


def test_there_are_more_than_sixty():
    assert len(LITERATURE) >= 60


CLOSED = {
    "softmax": ("x : n\ny = softmax(x)", "x : n\ny = exp(x) / sum(exp(x))"),
    "log-softmax": ("x : n\ny = log_softmax(x)", "x : n\ny = x - log(sum(exp(x)))"),
    "log-sum-exp": ("x : n\ny = logsumexp(x)", "x : n\ny = log(sum(exp(x)))"),
    "norm": ("x : n\ny = norm(x)", "x : n\ny = sqrt(sum(x**2))"),
    "layer norm": ("x : n\ny = layer_norm(x)", "x : n\nd = x - mean(x)\ny = d / sqrt(mean(d**2) + 0.00001)"),
    "RMS norm": ("x : n\ny = rms_norm(x)", "x : n\ny = x / sqrt(mean(x**2) + 2 ** -52)"),
    "log-determinant": ("A : n n\ny = logdet(A)", "A : n n\ny = log(det(A))"),
    "solve": ("A : n n\nb : n\ny = solve(A, b)", "A : n n\nb : n\ny = inv(A) @ b"),
    "cross-entropy": ("Z, t : b n\ny = cross_entropy(Z, t)", "Z, t : b n\ny = -sum(t * log(softmax(Z))) / b"),
    "binary cross-entropy": (
        "z, t : n\ny = bce_with_logits(z, t)",
        "z, t : n\np = 1 / (1 + exp(-z))\ny = -mean(t * log(p) + (1 - t) * log(1 - p))",
    ),
    "attention": (
        "Q : t d\nK : s d\nV : s m\ny = attention(Q, K, V)",
        "Q : t d\nK : s d\nV : s m\nE = exp(Q @ K.T / sqrt(d))\ny = (E / sum(E, axis=1, keepdims=True)) @ V",
    ),
    "squares": ("y1, t : b n\ny = mse_loss(y1, t)", "y1, t : b n\ny = sum((y1 - t)**2) / (b * n)"),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_form_equals_what_its_definition_gives(name):
    closed, spelled = CLOSED[name]
    _, _, values, y_bar, adjoints = drawn(closed)
    other = backprop(spelled).evaluate(values, {"y": y_bar})
    for quantity in values:
        np.testing.assert_allclose(adjoints[quantity], other[quantity], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize(
    "name", ["softmax", "log-softmax", "log-sum-exp", "norm", "log-determinant", "solve", "squares"]
)
def test_a_closed_form_is_exact_entry_by_entry(name):
    assert check_entrywise(backprop(CLOSED[name][0])).passed
