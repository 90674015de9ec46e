"""The piecewise linear ones among torch's modules and functions: a row each, an operation on values of `dataflow`.

A value is a batch of rows, shape (batch, n); what would mix the rows is refused. A row of `FUNCTIONS` has torch's own
parameters, so that a call with others is seen. It gives the operation and its operands: values, tensors or numbers.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.networks.activations import ABSOLUTE, RELU, Activation, clipped, leaky, ramp, shrunk
from symnet.readers.networks.dataflow import Constant, Operation
from symnet.readers.networks.operations import (
    activation,
    clamped,
    combined,
    exact_floats,
    joined,
    larger,
    linear,
    multiplied,
    normalised,
    picked,
    unchanged,
)

Reading: TypeAlias = tuple[Any, ...]
"""The operation, then its operands."""
SIX, SIXTH, HALF = Fraction(6), Fraction(1, 6), Fraction(1, 2)


# ---------------------------------------------------------------------- tensors and numbers, exactly
def exact(value: float) -> Fraction:
    """A Python number as the rational that it is."""
    if not isinstance(value, int | float):
        raise NotSupported(f"{value!r} is not a number.")
    if not isfinite(value):
        raise InvalidInput(f"{value} is not a finite number.")
    return Fraction(value)


def entries(tensor: torch.Tensor) -> Any:
    """The entries as Python numbers; float64 holds every float of fewer bits exactly."""
    if tensor.is_meta or tensor.is_complex() or tensor.dtype is torch.bool or tensor.layout is not torch.strided:
        raise InvalidInput(f"{tensor.dtype} on {tensor.device} has no real values to read.")
    tensor = tensor.detach().cpu()
    return (tensor.to(torch.float64) if tensor.is_floating_point() else tensor).tolist()


def row(tensor: torch.Tensor, what: str) -> Constant:
    """A number, a row, or a batch of one row."""
    if tensor.ndim > 2 or (tensor.ndim == 2 and tensor.shape[0] != 1) or not tensor.numel():
        raise NotSupported(f"{what} of shape {tuple(tensor.shape)} is not one row for the whole batch.")
    return tuple(exact_floats(entries(tensor.reshape(-1)), what))


def matrix(tensor: Any) -> list[list[Fraction]]:
    """The rows of a constant matrix."""
    if not isinstance(tensor, torch.Tensor) or tensor.ndim != 2:
        raise NotSupported("only a constant matrix is multiplied with a value.")
    if not tensor.numel():
        raise InvalidInput("it has no weights.")
    return [exact_floats(a, f"row {i} of the weights") for i, a in enumerate(entries(tensor), 1)]


# ---------------------------------------------------------------------- operations that say more than one word
def _linear(weight: torch.Tensor, bias: torch.Tensor | None) -> Operation:
    W = matrix(weight)
    return linear(W, [Fraction(0)] * len(W) if bias is None else row(bias, "bias"))


def _times_matrix(value: Any, weight: Any) -> Reading:
    if isinstance(value, torch.Tensor):
        raise NotSupported("a matrix on the left of a batch of rows mixes the rows.")
    W = [list(column) for column in zip(*matrix(weight), strict=True)]
    return linear(W, [Fraction(0)] * len(W)), value


def _slopes(weight: torch.Tensor) -> list[Activation]:
    return [leaky(a) for a in row(weight, "slopes")]


def _clamped(low: Any, high: Any) -> Operation:
    if isinstance(low, torch.Tensor) or isinstance(high, torch.Tensor):
        raise NotSupported("its bounds are tensors; use torch.maximum and torch.minimum.")
    return clamped(*(exact(bound) if bound is not None else None for bound in (low, high)))


def _flattened(start: int, end: int) -> Operation:
    if start not in (1, -1) or end not in (1, -1):
        raise NotSupported("it would mix the rows of a batch: flatten from axis 1 on.")
    return unchanged()


def _dropout(training: bool, p: float) -> Operation:
    if training and p:
        raise NotSupported("it is random in training. Call module.eval() first.")
    return unchanged()


def _batch_norm(m: Any) -> Operation:
    """With the running mean and variance."""
    if m.training or m.running_mean is None:
        raise NotSupported("it takes the mean and variance of the batch. Call module.eval() first.")
    parameters = (m.running_mean, m.running_var, m.weight, m.bias)
    mean, variance, weight, bias = (
        row(t, "a parameter") if t is not None else (Fraction(default),) * m.num_features
        for t, default in zip(parameters, (0, 0, 1, 0), strict=True)
    )
    return normalised(mean, variance, exact(m.eps), weight, bias)


def _chosen(value: Any, index: Any) -> Reading:
    """x[:, 1:3], x[..., 1:3] or x[:, [2, 0]]."""
    match index:
        case (first, slice() | [*_] as columns) if first in (slice(None), Ellipsis) and _whole(columns):
            return picked(columns), value
    raise NotSupported("of the indices only x[:, i:j] and x[:, [i, j]] are read.")


def _whole(columns: Any) -> bool:
    """No truth values, and nothing that is traced."""
    parts = (columns.start, columns.stop, columns.step) if isinstance(columns, slice) else columns
    return all(type(i) in (int, type(None)) for i in parts)


def _joined(values: Any, axis: int) -> Reading:
    if axis not in (1, -1):
        raise NotSupported("it would put one batch after another: join along axis 1.")
    return joined(), *values


def _reshaped(value: Any, shape: Sequence[Any]) -> Reading:
    """x.view(-1, n), which leaves rows of n as they are."""
    match shape[0] if len(shape) == 1 else shape:
        case (-1, int(n)) if n > 0:
            return unchanged(n), value
    raise NotSupported("of the shapes only (-1, n) is read; flatten(1) leaves the rows as they are, too.")


def _largest(sign: int) -> Callable[[Any, Any], Reading]:
    def read(input: Any, other: Any) -> Reading:
        if isinstance(other, int):
            raise NotSupported("the largest or smallest entry of a row is not read, only that of two values.")
        return larger(sign), input, other

    return read


# ---------------------------------------------------------------------- the tables
MODULES: Mapping[type[nn.Module], Callable[[Any], Operation]] = {
    nn.Linear: lambda m: _linear(m.weight, m.bias),
    nn.BatchNorm1d: _batch_norm,
    nn.ReLU: lambda m: activation(RELU),
    nn.LeakyReLU: lambda m: activation(leaky(exact(m.negative_slope))),
    nn.PReLU: lambda m: activation(*_slopes(m.weight)),
    nn.Hardtanh: lambda m: activation(clipped(exact(m.min_val), exact(m.max_val))),
    nn.ReLU6: lambda m: activation(clipped(Fraction(0), SIX)),
    nn.Hardsigmoid: lambda m: activation(ramp(SIXTH, HALF)),
    nn.Softshrink: lambda m: activation(shrunk(exact(m.lambd))),
    nn.Identity: lambda m: unchanged(),
    nn.Dropout: lambda m: _dropout(m.training, m.p),
    nn.AlphaDropout: lambda m: _dropout(m.training, m.p),
    nn.Flatten: lambda m: _flattened(m.start_dim, m.end_dim),
}
"""The classes themselves, for a subclass can compute anything; it is read through its forward."""

FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Reading]] = {
    F.linear: lambda input, weight, bias=None: (_linear(weight, bias), input),
    torch.matmul: lambda input, other: _times_matrix(input, other),
    torch.add: lambda input, other, *, alpha=1: (combined(1, exact(alpha)), input, other),
    torch.sub: lambda input, other, *, alpha=1: (combined(1, -exact(alpha)), input, other),
    torch.mul: lambda input, other: (multiplied(), input, other),
    torch.div: lambda input, other: (multiplied(divide=True), input, other),
    torch.neg: lambda input: (combined(-1), input),
    torch.abs: lambda input: (activation(ABSOLUTE), input),
    torch.max: _largest(1),
    torch.min: _largest(-1),
    torch.maximum: lambda input, other: (larger(1), input, other),
    torch.minimum: lambda input, other: (larger(-1), input, other),
    torch.clamp: lambda input, min=None, max=None: (_clamped(min, max), input),
    torch.cat: lambda tensors, dim=0: _joined(tensors, dim),
    torch.flatten: lambda input, start_dim=0, end_dim=-1: (_flattened(start_dim, end_dim), input),
    torch.reshape: lambda input, *shape: _reshaped(input, shape),
    operator.getitem: _chosen,
    F.relu: lambda input, inplace=False: (activation(RELU), input),
    F.leaky_relu: lambda input, negative_slope=0.01, inplace=False: (activation(leaky(exact(negative_slope))), input),
    F.prelu: lambda input, weight: (activation(*_slopes(weight)), input),
    F.hardtanh: lambda input, min_val=-1.0, max_val=1.0, inplace=False: (_clamped(min_val, max_val), input),
    F.relu6: lambda input, inplace=False: (activation(clipped(Fraction(0), SIX)), input),
    F.hardsigmoid: lambda input, inplace=False: (activation(ramp(SIXTH, HALF)), input),
    F.softshrink: lambda input, lambd=0.5: (activation(shrunk(exact(lambd))), input),
    F.dropout: lambda input, p=0.5, training=True, inplace=False: (_dropout(training, p), input),
}

SAME: Mapping[Callable[..., Any], Callable[..., Any]] = {
    operator.matmul: torch.matmul,
    operator.add: torch.add,
    operator.sub: torch.sub,
    operator.mul: torch.mul,
    operator.truediv: torch.div,
    operator.neg: torch.neg,
    operator.abs: torch.abs,
    operator.iadd: torch.add,
    operator.isub: torch.sub,
    operator.imul: torch.mul,
    operator.itruediv: torch.div,
    torch.relu: F.relu,
    torch.relu_: F.relu,
    torch.prelu: F.prelu,
    torch.concat: torch.cat,
    torch.subtract: torch.sub,
    torch.multiply: torch.mul,
    torch.divide: torch.div,
    torch.negative: torch.neg,
    torch.absolute: torch.abs,
    torch.clip: torch.clamp,
}
"""Other names of the same functions; methods have the names of functions of torch, with _ at the end in place."""

IN_PLACE = (operator.iadd, operator.isub, operator.imul, operator.itruediv, torch.relu_)
SHARING = (nn.Identity, nn.Flatten, nn.Dropout, nn.AlphaDropout)
SHARING_FUNCTIONS = (operator.getitem, torch.flatten, torch.reshape, F.dropout)
"""Their results may be the memory of what they are given."""


def function_of(target: Any) -> Any:
    """The name in `FUNCTIONS` of a function, or of a method given by its name."""
    if isinstance(target, str):
        target = torch.reshape if target == "view" else getattr(torch, target.removesuffix("_"), None)
    return SAME.get(target, target) if callable(target) else None
