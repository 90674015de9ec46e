"""Words of NumPy and torch mean what they mean there: each is called with its namesake's own defaults, as documented.

The table is written from the documentation of torch and NumPy, and shares nothing with the twins of the words.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - as torch's documentation has it

from symnet import backprop
from symnet.adjoints import WORDS
from symnet.errors import InvalidInput, NotSupported

ENTRYWISE = {
    "exp": torch.exp, "log": torch.log, "log1p": torch.log1p, "tanh": torch.tanh, "sin": torch.sin, "cos": torch.cos,
    "arctan": torch.arctan, "sinh": torch.sinh, "cosh": torch.cosh, "erf": torch.erf, "abs": torch.abs,
    "sign": torch.sign, "relu": torch.relu, "sigmoid": torch.sigmoid, "softplus": F.softplus, "silu": F.silu,
    "gelu": F.gelu, "log_sigmoid": F.logsigmoid, "softsign": F.softsign, "mish": F.mish, "expm1": torch.expm1,
    "tan": torch.tan, "log2": torch.log2, "sqrt": torch.sqrt, "square": torch.square, "reciprocal": torch.reciprocal,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "leaky_relu": F.leaky_relu, "elu": F.elu, "celu": F.celu,
    "selu": F.selu, "relu6": F.relu6, "hardtanh": F.hardtanh, "hardsigmoid": F.hardsigmoid, "hardswish": F.hardswish,
}  # fmt: skip
CALLS = {
    "clip(x, -1, 1)": lambda x: torch.clamp(x, -1, 1), "clip(x, high=1)": lambda x: torch.clamp(x, max=1),
    "clip(x, -1)": lambda x: torch.clamp(x, min=-1), "clip(x, -1e20, 1e20)": lambda x: torch.clamp(x, -1e20, 1e20),
    "maximum(x, -1e20)": lambda x: torch.maximum(x, torch.tensor(-1e20)), "x ** 2": lambda x: x**2,
    "maximum(x, 1)": lambda x: torch.maximum(x, torch.tensor(1.0)), "norm(x) ** 2": lambda x: (x @ x)[None],
    "minimum(x, 1)": lambda x: torch.minimum(x, torch.tensor(1.0)), "max(x)": lambda x: x.amax(), "min(x)": torch.amin,
    "max(x, axis=0)": lambda x: x.amax(0), "softmax(x)": lambda x: x.softmax(0), "sum(x)": torch.sum,
    "leaky_relu(x, slope=0.3)": lambda x: F.leaky_relu(x, 0.3), "elu(x, alpha=0.5)": lambda x: F.elu(x, 0.5),
    "prelu(x, 0.25)": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)), "mean(x)": torch.mean,
    "logsumexp(x)": lambda x: torch.logsumexp(x, 0), "log_softmax(x)": lambda x: x.log_softmax(0),
    "rms_norm(x)": lambda x: F.rms_norm(x, x.shape), "layer_norm(x)": lambda x: F.layer_norm(x, x.shape),
    "where(x > 1, x, 2 * x)": lambda x: torch.where(x > 1, x, 2 * x),
    "where(x <= 1, 3, x ** 2)": lambda x: torch.where(x <= 1, 3, x**2),
    "where(x, x, 7)": lambda x: torch.where(x != 0, x, 7),
    "where(x > -2000, exp(-abs(x)), exp(x))": lambda x: torch.where(x > -2000, torch.exp(-x.abs()), torch.exp(x)),
    **{call: eval(f"lambda x: {call}") for call in (
        "(x > 0) * x", "x**2 * (x >= 1)", "(1 <= x) * x", "x * (x == 1)", "((x > -1) & (x <= 3)) * x",
        "((x < -1) | (x > 1)) * x", "((x > 0) ^ (x < 3)) * x", "~(x > 0) * x", "~((x > 0) & (x < 3)) * x",
        "(x > 0) * (x < 3) * x", "(x > -x) * x", "x / (2 ** (x != 3))", "x + (x < 1)")},  # as torch reads them, too
    "sum(x > 0) * x": lambda x: (x > 0).sum() * x,
    "std(x)": lambda x: x.std(correction=0), "var(x)": lambda x: x.var(correction=0),
}  # fmt: skip
SHAPED = {
    "max(X, keepdims=True)": lambda X: np.max(X, keepdims=True),
    "min(X, keepdims=True)": lambda X: np.min(X, keepdims=True),
    "max(X)": np.max,
    "min(X)": np.min,
    "max(X, axis=1)": lambda X: np.max(X, axis=1),
    "std(X)": np.std,
    "var(X)": np.var,
    "max(X, axis=(0, 1), keepdims=True)": lambda X: np.max(X, axis=(0, 1), keepdims=True),
    "sum(X)": np.sum,
    "std(X, axis=0)": lambda X: np.std(X, axis=0),
    "std(X, axis=1)": lambda X: np.std(X, axis=1),
    "mean(X)": np.mean,
    "std(X, axis=1, keepdims=True)": lambda X: np.std(X, axis=1, keepdims=True),
    "norm(X)": np.linalg.norm,
    "std(X, axis=(0, 1))": lambda X: np.std(X, axis=(0, 1)),
    "trace(X)": np.trace,
    "X / std(X, axis=1)": lambda X: X / np.std(X, axis=1),
    "var(X, axis=(0, 1))": lambda X: np.var(X, axis=(0, 1)),
    "sum(X, axis=0, keepdims=True)": lambda X: np.sum(X, axis=0, keepdims=True),
    "norm(X, axis=1)": lambda X: np.linalg.norm(X, axis=1),
    "logsumexp(X)": lambda X: np.log(np.sum(np.exp(X))),
    "logsumexp(X, axis=0)": lambda X: np.log(np.sum(np.exp(X), 0)),
    "X * ones((2, 2))": lambda X: X * np.ones((2, 2)),
    "logsumexp(X, axis=1, keepdims=True)": lambda X: np.log(np.sum(np.exp(X), 1, keepdims=True)),
    "diag(X)": np.diag,
    "transpose(X)": np.transpose,
    "reshape(X, (1, -1))": lambda X: np.reshape(X, (1, -1)),
    "square(X)": np.square,
    "concat(X, X)": lambda X: np.concatenate([X, X]),
    "stack(X, X)": lambda X: np.stack([X, X]),
    "inv(X)": np.linalg.inv,
    "det(X)": np.linalg.det,
    "outer(X[0], X[1])": lambda X: np.outer(X[0], X[1]),
    "X[:, -1]": lambda X: X[:, -1],
}
ELSEWHERE = {  # words that other tests call, or that have no namesake with these arguments
    "adaptive_avg_pool2d", "attention", "avg_pool1d", "avg_pool2d", "batch_norm", "bce_with_logits", "causal_mask",
    "conv1d", "conv2d", "cross_entropy", "cut", "dot", "einsum", "embedding", "eye", "flatten", "group_norm",
    "instance_norm", "logdet", "matmul", "max_pool1d", "max_pool2d", "mse_loss", "nll_loss", "one_hot", "overlap_add",
    "pad", "scatter_add", "solve", "stop_gradient", "unsqueeze", "xlogy", "zeros",
}  # fmt: skip
ORDINARY = np.array([-2.3, -0.7, 0.4, 1.6])
KINKS = np.array([-3.0, -1, 0, 1, 1, 3, 6])
LARGE = np.array([-2000.0, 2000, -2000, 2000])
POSITIVE = {"log", "log1p", "log2", "sqrt"}


def theirs(function, x):
    given = torch.tensor(x, requires_grad=True)
    value = function(given)
    return value.detach().numpy(), torch.autograd.grad(value.sum(), given)[0].numpy()


def ours(call, x):
    bp = backprop(f"x : n\nL = sum({call})")
    value = backprop(f"x : n\nV = {call} + 0 * x\ny = V")
    with np.errstate(all="ignore"):
        from symnet.adjoints.evaluate import everything

        world = everything(value.program, value.walk, {"x": x}, {"y": np.ones(len(x))})
        return world.arrays["V", ""], bp.evaluate({"x": x})["x"]


def agree(call, function, x, tolerance=1e-8):
    value, gradient = theirs(function, x)
    mine, slope = ours(call, x)
    np.testing.assert_allclose(mine, np.broadcast_to(value, mine.shape), rtol=tolerance, atol=tolerance, equal_nan=True)
    np.testing.assert_allclose(slope, gradient, rtol=tolerance, atol=tolerance, equal_nan=True)


EVERY = {**{f"{name}(x)": function for name, function in ENTRYWISE.items()}, **CALLS}


@pytest.mark.parametrize("call", EVERY)
def test_a_word_has_the_values_and_slopes_of_its_namesake(call):
    name = call.partition("(")[0]
    loose = 1e-7 if name in ("hardsigmoid", "hardswish") else 1e-8  # torch's 1/6 is a float32
    agree(call, EVERY[call], np.abs(ORDINARY) if name in POSITIVE else ORDINARY, loose)
    if name not in POSITIVE | {"reciprocal", "std"}:
        agree(call, EVERY[call], KINKS, loose)


@pytest.mark.parametrize(
    "right", ["x > 0", "x > 0 & x", "(x > 0) + (x < 1)", "-(x > 0)", "0 < x < 1", "~x", "x & x", "x in x", "x is x",
              "not x", "(x > 0) @ (x > 0)", "where(x > 0, x)", "x[x > 0]", "(x > 0) | 1"])  # fmt: skip
def test_what_is_true_or_false_is_no_quantity_and_is_not_reckoned_with(right):
    with pytest.raises((InvalidInput, NotSupported)) as error:
        backprop(f"x : n\ny = {right}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_choice_does_not_meet_what_it_does_not_take(library):
    """log is −∞ or no number where it is not taken; multiplied by 0 it would be no number either."""
    names: dict = {}
    bp = backprop("x : n\ny = where(x > 0, log(x), x)")
    exec(bp.code(library), names)
    x = torch.tensor([-1.0, 2], dtype=torch.float64, requires_grad=True)
    with np.errstate(invalid="ignore"):  # the logarithm of −1, which nothing takes
        found = bp.evaluate({"x": [-1.0, 2]}, {"y": np.ones(2)})["x"]
        given = (x,) if library == "torch" else (x.detach().numpy(), np.ones(2))
        slope = names["backward"](*given)["x"] if library == "numpy" else _slope(names["Backward"].apply(x), x)
    np.testing.assert_allclose(found, [1, 0.5])
    np.testing.assert_allclose(slope, [1, 0.5])


def _slope(y, x):
    np.testing.assert_allclose(y.detach().numpy(), [-1, np.log(2)])
    return torch.autograd.grad(y.sum(), x)[0].numpy()


OVERFLOW = {"exp", "sinh", "cosh", "expm1", "tan", "sin", "cos"}  # infinite, or nothing but rounding, at 2000


@pytest.mark.parametrize("call", [c for c in EVERY if c.partition("(")[0] not in POSITIVE | OVERFLOW])
def test_a_word_keeps_the_values_and_slopes_of_its_namesake_at_large_arguments(call):
    agree(call, EVERY[call], LARGE)


@pytest.mark.parametrize("call", SHAPED)
def test_a_word_has_the_shape_and_the_values_of_its_namesake_in_numpy(call):
    X = np.array([[1.0, 2], [3, 5]])
    bp = backprop(f"X : 2 2\nY = {call}")
    from symnet.adjoints.evaluate import everything

    shape = tuple(int(n) for n in bp.program.output.expression.shape)
    world = everything(bp.program, bp.walk, {"X": X}, {"Y": np.ones(shape)})
    np.testing.assert_allclose(world.arrays["Y", ""], SHAPED[call](X), rtol=1e-12)
    assert shape == np.shape(SHAPED[call](X))


def test_every_word_is_called_here_or_named_as_one_that_is_called_elsewhere():
    called = {word for call in (*EVERY, *SHAPED) for word in WORDS if f"{word}(" in call}
    assert called | ELSEWHERE == set(WORDS)
    assert not called & ELSEWHERE


@pytest.mark.parametrize(
    "name", ["softplus", "log_sigmoid", "mish", "silu", "gelu", "elu", "selu", "hardswish", "relu6"]
)
def test_printed_torch_source_is_right_in_float32_at_large_arguments(name):
    x = torch.tensor([-200.0, -20, 0.5, 20, 200], dtype=torch.float32, requires_grad=True)
    names: dict = {}
    exec(backprop(f"x : n\ny = {name}(x)").code("torch"), names)
    y = names["Backward"].apply(x)
    (found,) = torch.autograd.grad(y.sum(), x)
    expected = ENTRYWISE[name](x)
    (slope,) = torch.autograd.grad(expected.sum(), x)
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found, slope, rtol=1e-5, atol=1e-5)


def test_powers_with_an_exponent_that_is_a_quantity_have_their_own_slope():
    values = {"x": np.array([-2.0, 0, 3]), "p": np.array([2.0, 2, 2])}
    with np.errstate(invalid="ignore"):  # the logarithm of -2, in the slope of the exponent
        found = backprop("x, p : n\nL = sum(x ** p)").evaluate(values)
    np.testing.assert_array_equal(found["x"], [-4, 0, 6])
    assert found["p"][1] == 0


def in_all_three_ways(text, values):
    """By the rules, by NumPy source and by torch source, where the output is a scalar."""
    bp = backprop(text)
    names: dict = {}
    exec(bp.code("numpy"), names)
    yield bp.evaluate(values)
    yield names["backward"](**values)
    exec(bp.code("torch"), names)
    given = {n: torch.tensor(v, requires_grad=True) for n, v in values.items()}
    found = torch.autograd.grad(names["Backward"].apply(*given.values()), list(given.values()))
    yield {n: g.numpy() for n, g in zip(given, found, strict=True)}


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("x, p : n\nL = sum(x ** p)", lambda x, p: (x**p).sum()),
        ("x, p : n\nL = norm(0 * p + x)", lambda x, p: x.norm()),
        ("x, p : n\nL = exp(3 * norm(x * p))", lambda x, p: torch.exp(3 * (x * p).norm())),
        ("x, p : n\nL = norm(x) * sum(p)", lambda x, p: x.norm() * p.sum()),
    ],
)
def test_slopes_at_zero_are_those_of_torch(text, function):
    for x, p in (([0.0, 0, 0], [0.0, 1, 2]), ([3.0, 0, -2], [0.0, 0.5, 2]), ([0.0, 0, 0], [0.0, 0, 0])):
        given = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, p)]
        expected = torch.autograd.grad(function(*given), given, materialize_grads=True)
        with np.errstate(all="ignore"):  # the logarithm of −2, and 0 to the power −½
            for found in in_all_three_ways(text, {"x": np.array(x), "p": np.array(p)}):
                np.testing.assert_allclose(found["x"], expected[0])
                decided = (np.array(x) > 0) | ((np.array(p) > 0) & (np.array(x) == 0))  # 0^p jumps at p = 0
                np.testing.assert_allclose(found["p"][decided], expected[1][decided])


def test_ties_share_as_in_torch():
    both = backprop("a, b : n\nL = sum(maximum(a, b))").evaluate({"a": np.ones(2), "b": np.ones(2)})
    np.testing.assert_array_equal(both["a"], [0.5, 0.5])
    bp = backprop("X : m n\nL = max(X)")
    np.testing.assert_array_equal(bp.evaluate({"X": np.ones((2, 2))})["X"], np.full((2, 2), 0.25))
    image = torch.ones(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(F.max_pool2d(image, 2).sum(), image)
    found = backprop("X : 1 1 2 2\nL = sum(max_pool2d(X, 2))").evaluate({"X": np.ones((1, 1, 2, 2))})["X"]
    np.testing.assert_array_equal(found, expected)


IMAGE = "x : 1 1 4 4\nw : 1 1 2 2\ny = "


@pytest.mark.parametrize(
    "call",
    ["conv2d(x, w, stride=-1)", "conv2d(x, w, stride=0)", "conv2d(x, w, dilation=0)", "conv2d(x, w, dilation=-1)",
     "conv2d(x, w, padding=-1)", "conv2d(x, w, stride=1.5)", "conv2d(x, w, groups=0)", "conv2d(x, w, stride=True)",
     "max_pool2d(x, -1)", "max_pool2d(x, 2, stride=-1)", "avg_pool2d(x, 2, padding=-1)", "max_pool2d(x, 2.5)",
     "max_pool2d(x, 2, padding=2)", "sum(x, axis=(0, 0))", "max(x, axis=(1, 1))", "mean(x, axis=(2, -2))",
     "unsqueeze(x, 9)", "pad(x, before=-1)", "pad(x, 1)", "flatten(x, 2, 1)", "reshape(x, (-1, 3))",
     "reshape(x, (0, 4))", "ones(0) * x", "eye(-1) * x", "x * 1e-400", "x * 1e400", "x * 1e-200 * 1e-200",
     "clip(x)", "clip(x, 2, 1)", "overlap_add(2)", "attention(1e-3, 1e-3, -1)", "layer_norm(x, eps=-1)",
     "sum(x, keepdims=1)", "sum(x, axis=True)"],
)  # fmt: skip
def test_an_option_out_of_its_range_is_refused_in_one_line(call):
    with pytest.raises((InvalidInput, NotSupported)) as error:
        backprop(IMAGE + call)
    assert "\n" not in str(error.value)


def test_decimals_are_read_exactly():
    (rule,) = backprop("x : n\ny = 0.1234567890123456789 * x").rules
    assert "1234567890123456789" in rule.latex().replace(r"\,", "")
