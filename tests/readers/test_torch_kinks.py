"""What torch computes piece by piece is read with torch's values and slopes, at the places where the pieces meet too.

Every activation of torch.nn at 0, ±1, ±3, 6, its own bounds, ±2000 and random points; extrema and pools at ties;
comparisons and choices. Beside torch's own module stand the numbers of the rules and the printed torch source.
"""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it
from torch.nn.modules import activation

from symnet import backprop
from symnet.errors import NotSupported
from symnet.readers.torch.aten import ATEN
from symnet.readers.torch.modules import read_module

pytestmark = pytest.mark.filterwarnings("ignore")  # torch advises on how to call it
PLACES = [
    0.0,
    -0.0,
    1,
    -1,
    3,
    -3,
    6,
    -6,
    0.5,
    -0.5,
    0.1,
    -0.1,
    0.3,
    -0.3,
    2000,
    -2000,
    20,
    -20,
    21,
    1e-9,
    -1e-9,
    2 / 3,
    1.5,
]
AT = torch.tensor([*PLACES, *np.random.default_rng(0).normal(size=13)], dtype=torch.float64).reshape(4, 9)

ACTIVATIONS = [
    nn.ReLU(), nn.ReLU6(), nn.ELU(), nn.ELU(0.3), nn.SELU(), nn.CELU(), nn.CELU(0.3), nn.CELU(2.0), nn.LeakyReLU(),
    nn.LeakyReLU(0.3), nn.LeakyReLU(-0.5), nn.PReLU(), nn.PReLU(9, 0.1), nn.Hardtanh(), nn.Hardtanh(-0.5, 0.5),
    nn.Hardtanh(0, 0.1), nn.Hardsigmoid(), nn.Hardswish(), nn.Softplus(), nn.Softplus(2), nn.Softplus(0.5, 30),
    nn.Softplus(3, 2), nn.Softplus(2, 2), nn.Softshrink(), nn.Softshrink(0.1), nn.Softshrink(0.0), nn.Hardshrink(),
    nn.Hardshrink(0.1), nn.Threshold(0.1, 20.0), nn.Threshold(0.0, 0.0), nn.Threshold(-1, -2.0), nn.Tanh(),
    nn.Sigmoid(), nn.LogSigmoid(), nn.Softsign(), nn.Tanhshrink(), nn.SiLU(), nn.Mish(), nn.GELU(), nn.GELU("tanh"),
    nn.GLU(0), nn.Softmax(1), nn.Softmin(1), nn.LogSoftmax(1),
]  # fmt: skip
ROUNDED = (
    nn.Hardsigmoid,
    nn.Hardswish,
    nn.CELU,
    nn.SELU,
    nn.Softplus,
)  # torch's 1/6, 1/α are float32; its line from 20


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *x):
        return self.function(*x)


def theirs(module, x, g):
    given = x.clone().requires_grad_()
    parameters = dict(module.named_parameters())
    y = module(given)
    found = torch.autograd.grad(y, [given, *parameters.values()], g(y), materialize_grads=True)
    return y.detach(), dict(zip(["", *parameters], found, strict=True))


def ours(module, x, g):
    """Value, adjoints by the rules and by the printed source, by the paths of parameters; "" is the input."""
    bp, read = backprop(module, tuple(x.shape)), read_module(module, tuple(x.shape))
    state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    values = {name: state[path].detach() for name, path in read.paths.items()} | dict.fromkeys(read.inputs, x)
    given = {n: torch.tensor(np.asarray(values[n] if n in values else read.constants[n])) for n in bp.model.declared}
    moving = {n: t.requires_grad_() for n, t in given.items() if n in values}
    names: dict = {}
    exec(bp.code("torch"), names)
    y = names["Backward"].apply(*given.values())
    slopes = torch.autograd.grad(y, list(moving.values()), g(y), materialize_grads=True)
    whole = {**{n: t.detach().numpy() for n, t in given.items()}}
    rules = bp.evaluate(whole, {bp.program.output.name: g(y).numpy()})
    called = {n: read.paths.get(n, "") for n in moving}
    return (
        y.detach(),
        {called[n]: rules[n] for n in moving},
        {called[n]: s for n, s in zip(moving, slopes, strict=True)},
    )


def assert_alike(module, x, tolerance=1e-10):
    module = module.double().eval()

    def g(y):
        return torch.linspace(-1, 2, max(y.numel(), 1), dtype=torch.float64)[: y.numel()].reshape(y.shape)

    value, slopes = theirs(module, x, g)
    mine, rules, source = ours(module, x, g)
    options = {"rtol": tolerance, "atol": tolerance, "equal_nan": True}
    np.testing.assert_allclose(mine, value, **options)
    for path in slopes:
        np.testing.assert_allclose(rules[path], slopes[path], err_msg=path or "input", **options)
        np.testing.assert_allclose(source[path], slopes[path], err_msg=path or "input", **options)


@pytest.mark.parametrize("module", ACTIVATIONS, ids=repr)
def test_an_activation_has_the_values_and_slopes_of_torch_where_its_pieces_meet(module):
    assert_alike(module, AT, 1e-7 if isinstance(module, ROUNDED) else 1e-10)


def test_every_activation_of_torch_is_tried_above_or_says_why_it_is_none():
    others = {"MultiheadAttention": "tried with its options", "RReLU": "random", "Softmax2d": "a softmax of images"}
    assert {type(module).__name__ for module in ACTIVATIONS} | set(others) == set(activation.__all__)


TIES = torch.tensor([[1.0, 2, 2, 0], [2, 2, 1, 0], [0, 0, 0, 0]], dtype=torch.float64)
EXTREMA = {
    "all": lambda x: x.max(),
    "all, smallest": lambda x: x.min(),
    "rows": lambda x: x.amax(1),
    "columns, smallest": lambda x: x.amin(0, keepdim=True),
    "both axes": lambda x: x.amax((0, 1)),
    "of two": lambda x: torch.maximum(x, x * x),
    "of two, smallest": lambda x: torch.minimum(x, 2 - x),
    "of two, by the short name": lambda x: torch.max(x, x * x),
    "of two, smallest, by the short name": lambda x: torch.min(x, x * x),
    "a pool of signals": lambda x: F.max_pool1d(x[None], 2),
    "a pool that overlaps": lambda x: F.max_pool1d(x[None], 3, 1, 1),
    "a pool of images": lambda x: F.max_pool2d(x[None], 2, 1),
    "clamped": lambda x: x.clamp(0, 2),
    "clamped below": lambda x: x.clamp_min(1),
    "clamped above": lambda x: x.clamp_max(2),
    "clamped above by a tensor": lambda x: x.clamp(max=x * x),
    "clamped by tensors": lambda x: torch.clamp(x, min=2 - x, max=x * x),
    "clamped by one number of two": lambda x: x.clamp(max=0.0),
    "size": lambda x: x.abs(),
    "sign": lambda x: x.sign() * x,
    "a norm of nothing": lambda x: x[2].norm() + x[0].norm(),
}


@pytest.mark.parametrize("function", EXTREMA.values(), ids=EXTREMA)
def test_where_entries_tie_what_comes_back_is_shared_as_torch_shares_it(function):
    assert_alike(Function(function), TIES)
    assert_alike(Function(function), -TIES)


@pytest.mark.parametrize("function", [lambda x: x.max(1).values, lambda x: x.min(0)[0]])
def test_an_extremum_along_an_axis_with_its_index_is_refused(function):
    with pytest.raises(NotSupported, match=r"no rule for '(max|min)' at .* with dim"):
        backprop(Function(function), (3, 4))


CHOICES = {
    "a product": lambda x: (x > 0) * x,
    "at least": lambda x: torch.where(x >= 1, x * x, -x),
    "equal": lambda x: torch.where(x == 1, 7 * x, x),
    "not equal": lambda x: torch.where(x != 1, 7 * x, x),
    "two quantities": lambda x: torch.where(x > x * x, x, 2 * x),
    "a row for all": lambda x: torch.where(x[:1] > 0, x, 2 * x),
    "a number": lambda x: torch.where(x < 1, x, 0.5),
    "a number and a number": lambda x: torch.where(x < 1, 1.0, 0.5) * x,
    "filled": lambda x: x.masked_fill(x < 0, 0.0),
    "filled with a number": lambda x: x.masked_fill(x <= 0.5, 3.0),
    "both": lambda x: torch.where((x > 0) & (x < 1), x, 2 * x),
    "either": lambda x: torch.where((x > 3) | (x < -1), x, 2 * x),
    "one of two": lambda x: torch.where((x > 0) ^ (x < 1), x, 2 * x),
    "denied": lambda x: torch.where(~(x > 0), x, 2 * x),
    "joined by name": lambda x: torch.where(torch.logical_and(x > 0, torch.logical_not(x > 1)), x, 2 * x),
    "as a float": lambda x: (x > 0).double() * x + (x <= 1).to(x.dtype) * x,
    "as a type": lambda x: (x > 0).type_as(x) * x,
    "counted": lambda x: (x > 0).sum(1, keepdim=True, dtype=torch.float64) * x,
    "a share": lambda x: (x > 0).double().mean() * x,
    "of a sum": lambda x: torch.where(x.sum() > 0, x, -x),
    "scores far below": lambda x: torch.where(x > 0, x, torch.tensor(-9e15, dtype=torch.float64)).softmax(1),
    "Huber by hand": lambda x: torch.where(x.abs() <= 1, x**2 / 2, x.abs() - 0.5),
    "moved": lambda x: (x > 0).reshape(9, 4).double() @ x,
}


@pytest.mark.parametrize("function", CHOICES.values(), ids=CHOICES)
def test_choices_by_what_is_given_are_read_as_torch_makes_them(function):
    assert_alike(Function(function), AT)


REFUSED = {
    "minus infinity": (lambda x: x.masked_fill(x < 0, -math.inf).softmax(1), "'masked_fill'"),
    "a part of no fixed length": (lambda x: x[x > 0], "'index'"),
    "added truths": (lambda x: ((x > 0) + (x < 1)) * x, "'add'"),
    "counted as whole numbers": (lambda x: (x > 0).sum() * x, "'sum'"),
    "whole numbers": (lambda x: torch.where((x > 0).int() == 1, x, 0.0), "'to'"),
    "any": (lambda x: (x > 0).any() * x, "'any'"),
    "places": (lambda x: x * x.argmax(1, keepdim=True), "'argmax'"),
    "no number": (lambda x: torch.where(torch.isnan(x), 0.0, x), "'isnan'"),
}


@pytest.mark.parametrize(("function", "says"), REFUSED.values(), ids=REFUSED)
def test_what_makes_truths_in_another_way_is_refused_by_name(function, says):
    with pytest.raises(NotSupported, match=says) as error:
        backprop(Function(function), (4, 9))
    assert "\n" not in str(error.value)


SQUARE = {
    "inverse": lambda x: x.inverse() + torch.linalg.inv(x),
    "determinant": lambda x: x.det() * torch.linalg.det(x),
    "log of the determinant": lambda x: (x @ x.T).logdet(),
    "sign and log": lambda x: torch.linalg.slogdet(x)[0] * torch.slogdet(x).logabsdet,
    "solution": lambda x: torch.linalg.solve(x, x[0]),
    "solutions": lambda x: torch.linalg.solve(x, x.T @ x),
    "trace": lambda x: x.trace() * x,
    "diagonals": lambda x: x.diag() + x[0].diag(),
    "outer product": lambda x: torch.outer(x[0], x[1]) + torch.ger(x[1], x[2]),
    "identity": lambda x: x - torch.eye(3, dtype=x.dtype),
    "entry by entry": lambda x: x.atan() + torch.arctan(2 * x) + x.sgn(),
    "deviations": lambda x: x.std(0) + x.std(1, keepdim=True) + x.std(1, correction=2) + x.std(unbiased=False),
}


@pytest.mark.parametrize("function", SQUARE.values(), ids=SQUARE)
def test_words_of_the_language_are_read_from_their_namesakes(function):
    draw = np.random.default_rng(3)
    for sign in (1, -1):
        assert_alike(Function(function), torch.tensor(sign * draw.normal(size=(3, 3))), 1e-9)


@pytest.mark.parametrize("function", [lambda x: torch.linalg.solve(x, x, left=False), lambda x: x.diag(1)])
def test_their_other_settings_are_refused(function):
    with pytest.raises(NotSupported, match=r"no rule for '(linalg_solve|diag)'"):
        backprop(Function(function), (3, 3))


@pytest.mark.parametrize(
    ("name", "wrong", "module"),
    [
        ("hardtanh", lambda c: f"clip({c[0]}, {c['min_val']}, {c['max_val']})", nn.Hardtanh()),
        ("clamp_min", lambda c: f"maximum({c[0]}, {c['min']})", Function(lambda x: x.clamp_min(1))),
        ("threshold", lambda c: f"where({c[0]} < {c[1]}, {c[2]}, {c[0]})", nn.Threshold(0.0, 0.0)),
        ("ge", lambda c: f"({c[0]} > {c[1]})", Function(CHOICES["at least"])),
    ],
)
def test_a_reading_that_is_wrong_at_a_kink_alone_is_caught(name, wrong, module, monkeypatch):
    monkeypatch.setitem(ATEN, name, wrong)
    with pytest.raises((AssertionError, NotSupported)):
        assert_alike(module, AT)
