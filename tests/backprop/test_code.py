"""Printed source computes what the rules say, and torch can train with it."""

import numpy as np
import pytest
import torch

from symnet.backprop import backprop
from symnet.errors import InvalidInput

from .gradient_cases import CASES
from .models import ALL_EXAMPLES, drawn

MODELS = (*ALL_EXAMPLES, *(case.text for case in CASES))


@pytest.mark.parametrize("text", MODELS)
def test_numpy_source_equals_the_rules(text):
    bp, stand_ins, values, y_bar, adjoints = drawn(text)
    names: dict = {}
    exec(bp.code("numpy", functions=stand_ins), names)
    is_open = bp.walk[0].total == bp.walk[0].named
    found = names["backward"](*(values[name] for name in bp.model.declared), *([y_bar] if is_open else []))
    assert list(found) == list(adjoints)
    for name, adjoint in adjoints.items():
        np.testing.assert_allclose(found[name], adjoint, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("text", MODELS)
def test_torch_source_is_an_autograd_function_with_the_gradients_of_the_rules(text):
    bp, stand_ins, values, y_bar, _ = drawn(text)
    names: dict = {}
    exec(bp.code("torch", functions=stand_ins), names)
    given = {n: torch.tensor(v, requires_grad=n not in bp.model.bounds) for n, v in values.items()}
    free = {n: x for n, x in given.items() if x.requires_grad}
    y = names["Backward"].apply(*(given[name] for name in bp.model.declared))
    arriving = torch.tensor(y_bar if y.ndim else np.array(2.5))  # a loss may be scaled before it arrives
    gradients = torch.autograd.grad(y, list(free.values()), arriving, materialize_grads=True)
    scale = 1.0 if bp.walk[0].total == bp.walk[0].named else 2.5
    adjoints = bp.evaluate(values, {bp.program.output.name: y_bar if y.ndim else np.array(2.5)}, stand_ins)
    for (name, _), gradient in zip(free.items(), gradients, strict=True):
        np.testing.assert_allclose(gradient, scale * adjoints[name], rtol=1e-9, atol=1e-11)


def test_source_reads_like_the_rules():
    text = backprop("x, b : n\nW : n n\nphi : elementwise\ny = phi(W @ x + b) + x").code("numpy", {"phi": "tanh"})
    for line in ("z = W @ x + b", "z_bar = y_bar * phi_prime(z)", "W_bar = np.outer(z_bar, x)", "W.T @ z_bar"):
        assert line in text


def test_a_function_that_nothing_stands_in_for_says_so_when_called():
    names: dict = {}
    exec(backprop("x : n\nphi : elementwise\ny = phi(x)").code("numpy"), names)
    with pytest.raises(NotImplementedError, match="say what phi is"):
        names["backward"](np.ones(2), np.ones(2))


def test_a_size_that_shares_its_letter_with_a_quantity_keeps_apart():
    bp, _, values, y_bar, adjoints = drawn("X : b n\nb : n\nY = mean(X + b, axis=0)")
    names: dict = {}
    exec(bp.code("numpy"), names)
    np.testing.assert_allclose(names["backward"](*values.values(), y_bar)["b"], adjoints["b"])


def test_an_unknown_library_is_refused():
    with pytest.raises(InvalidInput, match="one of numpy, torch"):
        backprop("x : n\ny = 2 * x").code("fortran")


def test_costs_count_operations_and_what_is_kept():
    bp = backprop("x : n\nW : m n\ny = W @ x")
    n, m = (bp.model.sizes[letter] for letter in "nm")
    costs = {cost.name: cost for cost in bp.costs}
    assert (costs["W"].flops, costs["W"].saved, costs["W"].memory) == (m * n, ("x",), n)
    assert (costs["x"].flops, costs["x"].saved, costs["x"].memory) == (2 * m * n, ("W",), m * n)
