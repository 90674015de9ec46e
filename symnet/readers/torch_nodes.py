"""What each operation of an exported torch graph is as a layer: one entry of the table for one operator.

A reader of a node takes its arguments, with tensors replaced by `Tensor` (shape and, for parameters, the name), and
gives the record, the shape that arrives and the shape that leaves, of one example. Operators that are not in the table
and make no connections (views, sums, cosines) need no entry.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symnet.counts import layers as known
from symnet.derivation import Relation

Shape = tuple[Any, ...]


@dataclass(frozen=True)
class Tensor:
    """Shape with its batch axis, and the parameter's name if it is one."""

    shape: Shape
    parameter: str = ""


@dataclass(frozen=True)
class Read:
    """A layer as read from a node, with the parameters that it uses by their role."""

    layer: Any
    arrives: Shape
    leaves: Shape
    weights: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    conditions: tuple[Relation, ...] = ()
    repeats: Any = 1


def _pair(x: Any, n: int) -> Any:
    sides = _sides(x, n)
    return sides[0] if len(set(sides)) == 1 else sides


def _sides(x: Any, n: int) -> tuple[Any, ...]:
    sides = tuple(x) if isinstance(x, list | tuple) else (x,)
    return sides * n if len(sides) == 1 else sides


def _padding(word: str, kernel: Shape, dilation: Shape) -> tuple[Any, ...]:
    """Padding "same" adds d(k − 1) along an axis, half of it on each side; "valid" adds none."""
    if word == "valid":
        return (0,) * len(kernel)
    added = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(not isinstance(a, int) or a % 2 for a in added):
        raise TypeError(f"padding {word!r} of a kernel of {' × '.join(map(str, kernel))} is not the same on both sides")
    return tuple(a // 2 for a in added)


def _per_example(sides: Iterable[Any], batch: Any) -> Any:
    """How many there are in one example: the batch may stand on any axis, or be folded into one."""
    total = math.prod(sides)
    if isinstance(total, int) and isinstance(batch, int):
        return max(1, total // batch)
    share = sp.cancel(sp.sympify(total) / batch)
    return total if share.as_numer_denom()[1].has(batch) else share  # the same for all examples: once


def _mapped(batch: Any, out: Tensor, layer: Any, arrives: Shape, leaves: Shape, *parameters: tuple[str, ...]) -> Read:
    """A layer that works on each item of the leading axis: where frames are folded into it, once for each frame."""
    return Read(layer, arrives, leaves, *parameters, repeats=_per_example(out.shape[:1], batch))


def _names(*tensors: Any) -> tuple[str, ...]:
    return tuple(t.parameter for t in tensors if isinstance(t, Tensor) and t.parameter)


_CONVOLUTIONS = {1: known.Conv1d, 2: known.Conv, 3: known.Conv3d}


def convolution(batch: Any, out: Tensor, x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
                dilation: Any = 1, groups: int = 1) -> Read:  # fmt: skip
    """A convolution; a padding in words is read as its numbers where it is the same on both sides."""
    axes = len(weight.shape) - 2
    padding = _padding(padding, weight.shape[2:], _sides(dilation, axes)) if isinstance(padding, str) else padding
    layer = _CONVOLUTIONS[axes](
        weight.shape[0], _pair(weight.shape[2:], axes), _pair(stride, axes), _pair(padding, axes), groups,
        _pair(dilation, axes), bias is not None,
    )  # fmt: skip
    return _mapped(batch, out, layer, x.shape[1:], out.shape[1:], _names(weight), _names(bias))


def transposed(batch: Any, out: Tensor, x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
               output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Read:  # fmt: skip
    """A transposed convolution of a map."""
    layer = known.ConvTranspose(
        weight.shape[1] * groups, _pair(weight.shape[2:], 2), _pair(stride, 2), _pair(padding, 2),
        _pair(output_padding, 2), groups, _pair(dilation, 2), bias is not None,
    )  # fmt: skip
    return _mapped(batch, out, layer, x.shape[1:], out.shape[1:], _names(weight), _names(bias))


def linear(batch: Any, out: Tensor, x: Tensor, weight: Tensor, bias: Any = None) -> Read:
    """Of vectors, or of each token where there are more axes."""
    width, has_bias, features = weight.shape[0], bias is not None, weight.shape[1]
    # a map of letters may be flattened into a fixed number of features: then the letters must give that number
    met = () if x.shape[-1] == features else (Relation(x.shape[-1], "=", features),)
    tokens = _per_example(x.shape[:-1], batch)
    if len(x.shape) == 2 and tokens == 1:
        layer, arrives, leaves = known.Linear(width, has_bias), (features,), (width,)
    else:
        layer, arrives, leaves = known.Projection(width, has_bias), (tokens, features), (tokens, width)
    return Read(layer, arrives, leaves, _names(weight), _names(bias), met)


def addmm(batch: Any, out: Tensor, bias: Tensor, x: Tensor, weight: Tensor) -> Read:
    """bias + x W with W of shape (in, out): a linear layer, as GPT-2's Conv1D writes it."""
    features, width = weight.shape
    tokens = _per_example(x.shape[:-1], batch)
    if tokens == 1:
        return Read(known.Linear(width, True), (features,), (width,), _names(weight), _names(bias))
    return Read(known.Projection(width, True), (tokens, features), (tokens, width), _names(weight), _names(bias))


def matmul(batch: Any, out: Tensor, a: Tensor, b: Tensor) -> Read:
    """A product with a parameter is a linear map; of two other tensors, one for each leading index but the batch."""
    if b.parameter and len(b.shape) == 2:
        tokens = _per_example(a.shape[:-1], batch)
        record = known.Projection(b.shape[1], False)
        return Read(record, (tokens, a.shape[-1]), (tokens, b.shape[1]), _names(b))
    products = _per_example(out.shape[:-2], batch)
    layer = known.MatrixProduct(products, out.shape[-2], a.shape[-1], out.shape[-1])
    return Read(layer, a.shape[1:], out.shape[1:], _names(a, b))


def attention(batch: Any, out: Tensor, q: Tensor, k: Tensor, v: Tensor, *_: Any, **__: Any) -> Read:
    """softmax(Q Kᵀ) V, dense: a mask leaves out no product that is computed."""
    heads = _per_example(q.shape[:-2], batch)
    layer = known.ScaledDotProduct(heads, q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1])
    return Read(layer, q.shape[1:], out.shape[1:])


def _norm(record: Any) -> Callable[..., Read]:
    def read(batch: Any, out: Tensor, x: Tensor, weight: Any = None, bias: Any = None, *_: Any) -> Read:
        return _mapped(batch, out, record(), x.shape[1:], out.shape[1:], _names(weight), _names(bias))

    return read


def layer_norm(batch: Any, out: Tensor, x: Tensor, shape: Any, weight: Any = None, bias: Any = None, *_: Any) -> Read:
    """Of the last axis."""
    tokens = (_per_example(x.shape[:-1], batch), x.shape[-1])
    return Read(known.LayerNorm(bias is not None), tokens, tokens, _names(weight), _names(bias))


def rms_norm(batch: Any, out: Tensor, x: Tensor, shape: Any, weight: Any = None, *_: Any) -> Read:
    """Of the last axis."""
    tokens = (_per_example(x.shape[:-1], batch), x.shape[-1])
    return Read(known.RMSNorm(), tokens, tokens, _names(weight))


def group_norm(batch: Any, out: Tensor, x: Tensor, groups: int, weight: Any = None, bias: Any = None, *_: Any) -> Read:
    """Of groups of channels."""
    return _mapped(batch, out, known.GroupNorm(groups), x.shape[1:], out.shape[1:], _names(weight), _names(bias))


def embedding(batch: Any, out: Tensor, weight: Tensor, index: Tensor, *_: Any) -> Read:
    """A row of the table for each word."""
    tokens = (_per_example(out.shape[:-1], batch), out.shape[-1])
    return Read(known.Embedding(*weight.shape), tokens[:1], tokens, _names(weight))


def max_pool(batch: Any, out: Tensor, x: Tensor, kernel: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1,
             ceil: bool = False) -> Read:  # fmt: skip
    """Of a map, with windows that stick out or without."""
    record = known.MaxPoolCeil if ceil else known.MaxPool
    return _mapped(
        batch, out, record(_pair(kernel, 2), _pair(stride or kernel, 2), _pair(padding, 2)), x.shape[1:], out.shape[1:]
    )


def avg_pool(batch: Any, out: Tensor, x: Tensor, kernel: Any, stride: Any = (), padding: Any = 0, *_: Any) -> Read:
    """Of a map."""
    record = known.AvgPool(_pair(kernel, 2), _pair(stride or kernel, 2), _pair(padding, 2))
    return _mapped(batch, out, record, x.shape[1:], out.shape[1:])


def adaptive_pool(batch: Any, out: Tensor, x: Tensor, sides: Any) -> Read:
    """Of a map; to one position it is the global pool."""
    sides = _pair(sides, 2)
    return _mapped(
        batch, out, known.GlobalAvgPool() if sides == 1 else known.AdaptiveAvgPool(sides), x.shape[1:], out.shape[1:]
    )


def _each(record: Any) -> Callable[..., Read]:
    def read(batch: Any, out: Tensor, x: Tensor, *_: Any) -> Read:
        return _mapped(batch, out, record(), x.shape[1:], out.shape[1:])

    return read


def total(batch: Any, out: Tensor, a: Any, b: Any, *_: Any) -> Read | None:
    """The sum of two tensors of one shape; a number or a parameter that is added is none."""
    both = isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape == b.shape and not (a.parameter or b.parameter)
    return Read(known.Add("…"), out.shape[1:], out.shape[1:]) if both else None


def _recurrent(record: Any) -> Callable[..., Read]:
    def read(batch: Any, out: Tensor, x: Tensor, state: Any, weights: list[Tensor], biases: bool, layers: int,
             dropout: float, training: bool, both_ways: bool, batch_first: bool) -> Read:  # fmt: skip
        steps, hidden = x.shape[1 if batch_first else 0], weights[1].shape[1]
        layer = record(hidden, layers, 2 if both_ways else 1, biases)
        each = 4 if biases else 2
        matrices = [w for i, w in enumerate(weights) if i % each < 2]
        vectors = [w for i, w in enumerate(weights) if i % each >= 2]
        leaves = (steps, hidden * (2 if both_ways else 1))
        return Read(layer, (steps, x.shape[-1]), leaves, _names(*matrices), _names(*vectors))

    return read


OPERATORS: dict[str, Callable[..., Read | None]] = {
    "conv1d": convolution, "conv2d": convolution, "conv3d": convolution, "conv_transpose2d": transposed,
    "linear": linear, "addmm": addmm, "matmul": matmul, "mm": matmul, "bmm": matmul,
    "scaled_dot_product_attention": attention, "batch_norm": _norm(known.BatchNorm), "layer_norm": layer_norm,
    "rms_norm": rms_norm, "group_norm": group_norm, "embedding": embedding, "max_pool2d": max_pool,
    "avg_pool2d": avg_pool, "adaptive_avg_pool2d": adaptive_pool, "relu": _each(known.ReLU),
    "relu_": _each(known.ReLU), "gelu": _each(known.GELU), "silu": _each(known.SiLU), "silu_": _each(known.SiLU),
    "sigmoid": _each(known.Sigmoid), "tanh": _each(known.Tanh), "hardtanh": _each(known.ReLU6),
    "hardtanh_": _each(known.ReLU6), "relu6": _each(known.ReLU6), "add": total, "add_": total,
    "lstm": _recurrent(known.LSTM), "gru": _recurrent(known.GRU), "rnn_tanh": _recurrent(known.RNN),
}  # fmt: skip
# operators that multiply tensors and have no entry above: they are run and counted at one size
CONNECTING = ("einsum", "tensordot", "baddbmm", "addbmm", "bilinear", "conv_tbc", "conv_transpose1d",
              "conv_transpose3d", "chain_matmul", "linalg_multi_dot", "mv", "dot", "inner", "addmv", "addr", "cdist",
              "rnn_relu", "matrix_power", "linalg_matmul")  # fmt: skip
