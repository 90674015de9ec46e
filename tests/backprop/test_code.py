"""Printed source computes what the rules say, and torch can train with it."""

import re

import numpy as np
import pytest
import torch

from symnet import backprop
from symnet.adjoints import WORDS
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
    adjoints = bp.evaluate(values, {bp.program.output.name: y_bar if y.ndim else np.array(2.5)}, stand_ins)
    for (name, _), gradient in zip(free.items(), gradients, strict=True):
        np.testing.assert_allclose(gradient, adjoints[name], rtol=1e-9, atol=1e-11)


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


def numpy_adjoints(bp, values, y_bar, stand_ins=None):
    """What the printed NumPy function returns."""
    names: dict = {}
    exec(bp.code("numpy", functions=stand_ins), names)
    is_open = bp.walk[0].total == bp.walk[0].named
    return names["backward"](*(values[name] for name in bp.model.declared), *([y_bar] if is_open else []))


def torch_adjoints(bp, values, y_bar, stand_ins=None, dtype=torch.float64):
    """The gradients of the printed torch function."""
    names: dict = {}
    exec(bp.code("torch", functions=stand_ins), names)
    given = {n: torch.tensor(v, dtype=dtype, requires_grad=n not in bp.model.bounds) for n, v in values.items()}
    free = {n: x for n, x in given.items() if x.requires_grad}
    y = names["Backward"].apply(*(given[name] for name in bp.model.declared))
    arriving = torch.tensor(y_bar, dtype=y.dtype) if y.ndim else torch.tensor(1.0, dtype=y.dtype)
    found = torch.autograd.grad(y, list(free.values()), arriving, materialize_grads=True)
    return dict(zip(free, found, strict=True))


HOSTILE = ("ctx", "self", "np", "torch", "backward", "Backward", "forward", "scale", "int", "range", "print",
           "constants", "functools", "itertools", "size_n", "exp_prime", "place", "largest", "is_max", "indicator",
           "deviation", "permute", "_erf", "fold", "array", "float")  # fmt: skip


def renamed(text, names):
    """The model with other names for its quantities, functions and sizes, in the order in which they occur."""
    model = backprop(text).model
    own = dict.fromkeys([*model.declared, *model.functions, *(e.name for e in model.equations), *model.sizes])
    fresh = dict(zip(own, names, strict=False))
    return re.sub(r"[A-Za-z_]\w*(?![\w'])", lambda word: fresh.get(word[0], word[0]), re.sub("#.*", "", text))


def hostile_texts():
    allowed = [n for n in HOSTILE if n not in WORDS and not n.startswith("_")]
    chain = ["v", "v_bar", "v_bar_", "v_bar_bar", "v_bar_bar_", "size_v", "v_bar__", "phi_prime", "size_v_", "np_"]
    for text in ALL_EXAMPLES:
        if "einsum" in text:  # its letters are no names
            continue
        for k in range(3):
            yield renamed(text, [*allowed[8 * k :], *allowed])
        yield renamed(text, chain)
        yield renamed(text, chain[::-1])


@pytest.mark.parametrize("text", tuple(dict.fromkeys(hostile_texts())))
def test_no_name_of_a_model_meets_a_name_that_the_source_uses_for_itself(text):
    bp, stand_ins, values, y_bar, adjoints = drawn(text)
    for found in (numpy_adjoints(bp, values, y_bar, stand_ins), torch_adjoints(bp, values, y_bar, stand_ins)):
        assert set(found) <= set(adjoints)
        for name, value in found.items():
            np.testing.assert_allclose(value, adjoints[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("pair", [("v", "v_"), ("np", "np_"), ("ctx", "ctx_"), ("size1", "size_1")])
@pytest.mark.parametrize("text", ["{0}, {1} : n\ny = {0} * {1}", "{0} : n {1}\ny = 2 * {0}"])
def test_hostile_names_that_would_print_alike_are_refused_before_any_source_is_written(pair, text):
    """Two quantities, and a quantity beside a size."""
    with pytest.raises(InvalidInput, match="would both be written"):
        backprop(text.format(*pair))


def test_an_adjoint_and_a_quantity_of_its_name_keep_apart():
    bp = backprop("a, b, a_bar : n\nw = b*a_bar\nz = a + w")
    names: dict = {}
    exec(bp.code("numpy"), names)
    found = names["backward"](a=np.array([1.0, 2]), b=np.array([3.0, 4]), a_bar=np.array([5.0, 6]), z_bar=np.ones(2))
    np.testing.assert_array_equal(found["b"], [5, 6])


def test_every_pair_of_identifiers_is_different():
    bp = backprop("y_bar, x, size_n, ctx, n_bar : n\nn : scalar\ny = y_bar * x * size_n * ctx * n_bar * n")
    for library in ("numpy", "torch"):
        for line in bp.code(library).splitlines():
            if found := re.search(r"def \w+\((.*)\):", line):
                arguments = found[1].split(", ")
                assert len(set(arguments)) == len(arguments)


def test_the_source_of_a_long_chain_and_of_a_long_sum_is_written_and_runs():
    text = "x : n\nW : n n\nz0 = x\n" + "\n".join(f"z{k} = tanh(W @ z{k - 1})" for k in range(1, 513))
    bp = backprop(text)
    values = {"x": np.array([0.3, -0.2]), "W": np.array([[0.9, 0.4], [-0.5, 0.8]])}
    expected = bp.evaluate(values, {"z512": np.ones(2)})
    for found in (numpy_adjoints(bp, values, np.ones(2)), torch_adjoints(bp, values, np.ones(2))):
        np.testing.assert_allclose(found["W"], expected["W"], rtol=1e-9)


@pytest.mark.parametrize("model", ["z = clip(sum(x), -1, 1)", "z = -relu(sum(x))", "z = max(x) - relu(x[0])"])
def test_source_of_a_scalar_with_a_kink_runs(model):
    bp, _, values, y_bar, adjoints = drawn("x : n\n" + model)
    for found in (numpy_adjoints(bp, values, y_bar), torch_adjoints(bp, values, y_bar)):
        np.testing.assert_allclose(found["x"], adjoints["x"])


def test_the_names_of_a_loop_keep_apart_too():
    plain = ("x : T m\nh0, b, u : n\nW : n n\nU : n m\nfor t in 1..T:\n    h[t] = tanh(W @ h[t-1] + U @ x[t] + b)\n"
             "L = u @ h[T]")  # fmt: skip
    draw = np.random.default_rng(0)
    shapes = {"x": (4, 2), "h0": (3,), "b": (3,), "u": (3,), "W": (3, 3), "U": (3, 2)}
    values = {n: draw.normal(size=s) for n, s in shapes.items()}
    other = {"b": "h_later", "u": "h_bar", "W": "np", "U": "W_bar"}
    hostile = re.sub(r"\b(b|u|W|U)\b", lambda word: other[word[0]], plain)
    spelled = {"W": "np_"}
    given = {spelled.get(n, other.get(n, n)): v for n, v in values.items()}
    expected = backprop(plain).evaluate(values)
    names: dict = {}
    exec(backprop(hostile).code("numpy"), names)
    found = names["backward"](**given)
    for name, adjoint in expected.items():
        np.testing.assert_allclose(found[other.get(name, name)], adjoint, rtol=1e-9)
