"""What each operation of an exported torch graph is as a layer: one entry of the table for one operator.

A reader is given what leaves (``out``) and the operator's arguments by the names of its schema (``self`` and ``input``
are ``x``), with tensors replaced by `Tensor`. What it names in its signature it uses. Every other argument must have
its default, or stand in the entry's ``beside`` with the reason why it changes no count: else it is refused by name.
Operators without an entry are run at one size, and counted if they multiply.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from symnet.counts import layers as known
from symnet.derivation import Relation
from symnet.errors import NotSupported

Shape = tuple[Any, ...]


@dataclass(frozen=True)
class Tensor:
    """Shape with all axes, and the parameter's name if it is one."""

    shape: Shape
    parameter: str = ""


@dataclass(frozen=True)
class Read:
    """A layer as read from a node, with the parameters that it uses by their role.

    What leaves may be one of several items that the layer works on: it is done as often as they fit into the output.
    ``otherwise`` is the layer where the formula of the first does not give what leaves.
    """

    layer: Any
    arrives: Shape
    leaves: Shape
    weights: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    conditions: tuple[Relation, ...] = ()
    otherwise: Any = None


@dataclass(frozen=True)
class Operator:
    """How an operator is read; ``beside``: argument -> why it changes no count."""

    read: Callable[..., Read | None]
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def used(self) -> frozenset[str]:
        """The arguments that the reader uses."""
        return frozenset(inspect.signature(self.read).parameters) - {"out"}

    def of(self, out: Tensor, target: Any, arguments: Iterable[Any], named: Mapping[str, Any]) -> Read | None:
        """The call as a layer; NotSupported names an argument that is neither used nor beside the point."""
        given: dict[str, Any] = {}
        names = [a.name for a in target._schema.arguments]
        bound = dict(zip(names, arguments, strict=False)) | dict(named)
        for argument in target._schema.arguments:
            name = OWN_NAMES.get(argument.name, argument.name)
            if argument.name not in bound:
                continue
            if name in self.used:
                given[name] = bound[argument.name]
            elif name not in self.beside and not _is_default(argument, bound[argument.name]):
                raise NotSupported(f"{argument.name}={bound[argument.name]!r} has no reading")
        return self.read(out, **given)


OWN_NAMES = {"self": "x", "input": "x"}


def _is_default(argument: Any, given: Any) -> bool:
    return argument.has_default_value() and type(given) is type(argument.default_value) and (
        given == argument.default_value
    )  # fmt: skip


# ---------------------------------------------------------------------- shapes
def _one(shape: Shape) -> Shape:
    """The shape without its batch axis of one example."""
    return shape[1:] if shape and shape[0] == 1 else shape


def _pair(x: Any, n: int) -> Any:
    sides = _sides(x, n)
    return sides[0] if len(set(sides)) == 1 else sides


def _sides(x: Any, n: int) -> tuple[Any, ...]:
    sides = tuple(x) if isinstance(x, list | tuple) else (x,)
    return sides * n if len(sides) == 1 else sides


def _names(*tensors: Any) -> tuple[str, ...]:
    return tuple(t.parameter for t in tensors if isinstance(t, Tensor) and t.parameter)


# ---------------------------------------------------------------------- convolutions
_CONVOLUTIONS: dict[int, Any] = {1: known.Conv1d, 2: known.Conv, 3: known.Conv3d}
_SAME: dict[int, Any] = {1: known.ConvSame1d, 2: known.ConvSame, 3: known.ConvSame3d}
_TRANSPOSED: dict[int, Any] = {1: known.ConvTranspose1d, 2: known.ConvTranspose, 3: known.ConvTranspose3d}


def convolution(out: Tensor, x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
                dilation: Any = 1, groups: int = 1) -> Read:  # fmt: skip
    """A convolution; padding "same" adds d(k − 1) along an axis, of which the larger half stands at the end."""
    axes = len(weight.shape) - 2
    kernel, dilation = weight.shape[2:], _sides(dilation, axes)
    sizes: dict[str, Any] = {"kernel": _pair(kernel, axes), "groups": groups, "dilation": _pair(dilation, axes),
                             "bias": bias is not None}  # fmt: skip
    added = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if padding == "same" and any(not isinstance(a, int) or a % 2 for a in added):
        layer = _SAME[axes](weight.shape[0], **sizes)
    else:
        words = {"same": [a // 2 for a in added if isinstance(a, int)], "valid": 0}
        padding = _pair(words[padding] if isinstance(padding, str) else padding, axes)
        layer = _CONVOLUTIONS[axes](weight.shape[0], stride=_pair(stride, axes), padding=padding, **sizes)
    return Read(layer, x.shape[-axes - 1 :], out.shape[-axes - 1 :], _names(weight), _names(bias))


def transposed(out: Tensor, x: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0,
               output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Read:  # fmt: skip
    """A transposed convolution."""
    axes = len(weight.shape) - 2
    layer = _TRANSPOSED[axes](
        weight.shape[1] * groups, _pair(weight.shape[2:], axes), _pair(stride, axes), _pair(padding, axes),
        _pair(output_padding, axes), groups, _pair(dilation, axes), bias is not None,
    )  # fmt: skip
    return Read(layer, x.shape[-axes - 1 :], out.shape[-axes - 1 :], _names(weight), _names(bias))


# ---------------------------------------------------------------------- products
def linear(out: Tensor, x: Tensor, weight: Tensor, bias: Any = None) -> Read:
    """Of vectors, or of each token where there are more axes."""
    if len(weight.shape) == 1:
        return contraction(out, math.prod(x.shape))
    # a map of letters may be flattened into a fixed number of features: then the letters must give that number
    met = () if x.shape[-1] == weight.shape[1] else (Relation(x.shape[-1], "=", weight.shape[1]),)
    return _of_tokens(x.shape[:-1], weight.shape[1], weight.shape[0], weight, bias, met)


def _of_tokens(tokens: Shape, features: Any, width: Any, weight: Tensor, bias: Any, met: Any = ()) -> Read:
    """A linear map of one vector, or of each of several."""
    count, has_bias = math.prod(tokens), bias is not None
    parameters = (_names(weight), _names(bias))
    if count == 1:
        return Read(known.Linear(width, has_bias), (features,), (width,), *parameters, met)
    return Read(known.Projection(width, has_bias), (count, features), (count, width), *parameters, met)


def addmm(out: Tensor, x: Tensor, mat1: Tensor, mat2: Tensor) -> Read:
    """b + x W with W of shape (in, out): a linear layer, as GPT-2's Conv1D writes it, if b is a vector."""
    if mat2.parameter and len(x.shape) == 1:
        return _of_tokens(mat1.shape[:-1], mat2.shape[0], mat2.shape[1], mat2, x)
    return matmul(out, mat1, mat2)


def matmul(out: Tensor, x: Tensor, other: Tensor) -> Read:
    """A product with one parameter of two axes is a linear map of rows, or of columns; any other is between tensors."""
    a: Any = x.shape
    b: Any = other.shape
    if other.parameter and len(b) == 2:
        return _of_tokens(a[:-1], b[0], b[1], other, None)
    if other.parameter and len(b) == 1:
        return _of_tokens(a[:-1], b[0], 1, other, None)
    if x.parameter and len(a) == 2:
        return _of_tokens((*b[:-2], *b[-1:]) if len(b) > 1 else (), a[1], a[0], x, None)
    rows, columns = a[-2] if len(a) > 1 else 1, b[-1] if len(b) > 1 else 1
    products = math.prod(out.shape[: len(out.shape) - (len(a) > 1) - (len(b) > 1)])
    return Read(known.MatrixProduct(products, rows, a[-1], columns), _one(a), _one(out.shape))


def bmm(out: Tensor, x: Tensor, mat2: Tensor) -> Read:
    """A product of each pair of matrices."""
    return matmul(out, x, mat2)


def mv(out: Tensor, x: Tensor, vec: Tensor) -> Read:
    """A matrix and a vector."""
    return matmul(out, x, vec)


def dot(out: Tensor, x: Tensor, tensor: Tensor) -> Read:
    """Two vectors."""
    return matmul(out, x, tensor)


def vdot(out: Tensor, x: Tensor, other: Tensor) -> Read:
    """Two vectors."""
    return matmul(out, x, other)


def inner(out: Tensor, x: Tensor, other: Tensor) -> Read:
    """Over the last axis of both."""
    return contraction(out, math.prod(out.shape) * x.shape[-1])


def addmv(out: Tensor, x: Tensor, mat: Tensor, vec: Tensor) -> Read:
    """x + A v."""
    return matmul(out, mat, vec)


def baddbmm(out: Tensor, x: Tensor, batch1: Tensor, batch2: Tensor) -> Read:
    """A product of each pair of matrices, and a sum."""
    return matmul(out, batch1, batch2)


def addbmm(out: Tensor, x: Tensor, batch1: Tensor, batch2: Tensor) -> Read:
    """The sum of the products of pairs of matrices."""
    return contraction(out, math.prod(batch1.shape) * batch2.shape[-1])


def contraction(out: Tensor, products: Any) -> Read:
    """Any sum of products of entries."""
    return Read(known.Contraction(products), _one(out.shape), _one(out.shape))


def tensordot(out: Tensor, x: Tensor, other: Tensor, dims_self: Any) -> Read:
    """Each entry that leaves is a sum over the axes that are contracted."""
    return contraction(out, math.prod(out.shape) * math.prod(x.shape[i] for i in dims_self))


def bilinear(out: Tensor, input1: Tensor, input2: Tensor, weight: Tensor, bias: Any = None) -> Read:
    """x A_k y for each of the outputs: every weight meets one pair of entries."""
    tokens = math.prod(out.shape[:-1])
    width, left, right = weight.shape
    layer = known.BilinearMap(tokens, width, left, right, bias is not None)
    return Read(layer, _one(input1.shape), _one(out.shape), _names(weight), _names(bias))


def einsum(out: Tensor, equation: str, tensors: list[Tensor]) -> Read | None:
    """Of two tensors: a product for each choice of the indices; those of one tensor alone are summed out before."""
    if len(tensors) != 2:
        return None
    arrow = equation.replace(" ", "")
    entering, _, leaving = arrow.partition("->")
    a, b = (_by_index(word, t.shape) for word, t in zip(entering.split(","), tensors, strict=True))
    if "->" not in arrow or a is None or b is None:
        return None
    kept = set(_by_index(leaving, out.shape) or ())
    shared = set(a) & set(b)
    if not shared - kept:
        return None  # nothing is summed: the product entry by entry is no connection
    met = {i: side for s in (a, b) for i, side in s.items() if i in kept or i in shared}
    met |= {i: side for s in (a, b) for i, side in s.items() if i in met and side != 1}
    return contraction(out, math.prod(met.values()))


def _by_index(word: str, shape: Shape) -> dict[Any, Any] | None:
    """Index -> side; the axes under an ellipsis are numbered from the last; None where an index occurs twice."""
    before, dots, after = word.partition("...")
    hidden = len(shape) - len(before) - len(after)
    names = [*before, *range(-hidden, 0), *after] if dots else [*word]
    return dict(zip(names, shape, strict=True)) if len(set(names)) == len(names) == len(shape) else None


def attention(out: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Read:
    """softmax(Q Kᵀ) V, dense: a mask leaves out no product that is computed."""
    q, k, v = query.shape, key.shape, value.shape
    layer = known.ScaledDotProduct(math.prod(out.shape[:-2]), q[-2], k[-2], q[-1], v[-1])
    return Read(layer, _one(q), _one(out.shape))


# ---------------------------------------------------------------------- normalisations, tables, pools
def _norm(out: Tensor, layer: Any, weight: Any, bias: Any = None) -> Read:
    return Read(layer, out.shape[1:], out.shape[1:], _names(weight), _names(bias))


def batch_norm(out: Tensor, weight: Any, bias: Any) -> Read:
    """Of each channel."""
    return _norm(out, known.BatchNorm(), weight, bias)


def group_norm(out: Tensor, num_groups: int, weight: Any = None, bias: Any = None) -> Read:
    """Of groups of channels."""
    return _norm(out, known.GroupNorm(num_groups), weight, bias)


def layer_norm(out: Tensor, normalized_shape: Any, weight: Any = None, bias: Any = None) -> Read:
    """Of the last axes, which are one token."""
    return _of_last(out, known.LayerNorm(bias is not None), normalized_shape, weight, bias)


def rms_norm(out: Tensor, normalized_shape: Any, weight: Any = None) -> Read:
    """Of the last axes, which are one token."""
    return _of_last(out, known.RMSNorm(), normalized_shape, weight)


def _of_last(out: Tensor, layer: Any, axes: Any, weight: Any, bias: Any = None) -> Read:
    first = len(out.shape) - len(axes)
    tokens = (math.prod(out.shape[:first]), math.prod(out.shape[first:]))
    return Read(layer, tokens, tokens, _names(weight), _names(bias))


def embedding(out: Tensor, weight: Tensor) -> Read:
    """A row of the table for each word."""
    tokens = (math.prod(out.shape[:-1]), out.shape[-1])
    return Read(known.Embedding(*weight.shape), tokens[:1], tokens, _names(weight))


def max_pool(out: Tensor, x: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1,
             ceil_mode: bool = False) -> Read:  # fmt: skip
    """Of a map, with windows that stick out or without."""
    sizes = (_pair(kernel_size, 2), _pair(stride or kernel_size, 2), _pair(padding, 2))
    plain = known.MaxPoolCeil if ceil_mode else known.MaxPool
    window = known.WindowPool(sizes[0])
    return _pooled(out, x, plain(*sizes) if _pair(dilation, 2) == 1 else window, window)


def avg_pool(out: Tensor, x: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0,
             ceil_mode: bool = False) -> Read:  # fmt: skip
    """Of a map."""
    sizes = (_pair(kernel_size, 2), _pair(stride or kernel_size, 2), _pair(padding, 2))
    return _pooled(out, x, known.WindowPool(sizes[0]) if ceil_mode else known.AvgPool(*sizes))


def adaptive_pool(out: Tensor, x: Tensor, output_size: Any) -> Read:
    """Of a map; to one position it is the global pool."""
    sides = _pair(output_size, 2)
    return _pooled(out, x, known.GlobalAvgPool() if sides == 1 else known.AdaptiveAvgPool(sides))


def _pooled(out: Tensor, x: Tensor, layer: Any, otherwise: Any = None) -> Read:
    return Read(layer, x.shape[-3:], out.shape[-3:], otherwise=otherwise)


# ---------------------------------------------------------------------- entry by entry
def _each(record: Any, *beside: str) -> Operator:
    def read(out: Tensor) -> Read:
        return Read(record(), _one(out.shape), _one(out.shape))

    return Operator(read, {"x": "one for each entry", **dict.fromkeys(beside, _VALUES)})


def total(out: Tensor, x: Any, other: Any) -> Read | None:
    """The sum of two tensors of one shape; a number or a parameter that is added is none."""
    both = isinstance(x, Tensor) and isinstance(other, Tensor) and x.shape == other.shape
    return Read(known.Add("…"), _one(out.shape), _one(out.shape)) if both and not _names(x, other) else None


# ---------------------------------------------------------------------- recurrent
def _recurrent(record: Any) -> Operator:
    def read(out: Tensor, x: Tensor, params: list[Tensor], has_biases: bool, num_layers: int, bidirectional: bool,
             batch_first: bool) -> Read:  # fmt: skip
        steps, directions, left = x.shape[1 if batch_first else 0], 2 if bidirectional else 1, params[1].shape[1]
        each = len(params) // (num_layers * directions)  # two matrices, two vectors if any, and the projection
        matrices = [p for p in params if len(p.shape) == 2]
        vectors = [p for p in params if len(p.shape) == 1]
        sizes: dict[str, Any] = {"layers": num_layers, "directions": directions, "bias": has_biases}
        projected = each == (5 if has_biases else 3)
        layer = known.ProjectedLSTM(params[1].shape[0] // 4, left, **sizes) if projected else record(left, **sizes)
        return Read(layer, (steps, x.shape[-1]), (steps, directions * left), _names(*matrices), _names(*vectors))

    return Operator(read, {"hx": "the state before the first step is no weight", "dropout": _TEST, "train": _TEST})


def _cell(record: Any) -> Operator:
    def read(out: Tensor, x: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any = None, b_hh: Any = None) -> Read:
        layer = record(w_hh.shape[1], bias=b_ih is not None)
        return Read(layer, (1, x.shape[-1]), (1, w_hh.shape[1]), _names(w_ih, w_hh), _names(b_ih, b_hh))

    return Operator(read, {"hx": "the state is no weight"})


# ---------------------------------------------------------------------- the table
_VALUES = "it changes values, and no count"
_MASKED = "every product is computed, and then masked"
_TEST = "at test time it does nothing"
_ADDED = {"beta": _VALUES, "alpha": _VALUES, "out_dtype": _VALUES}
_STATISTICS = {"x": "what leaves has its shape", "running_mean": "statistics are no parameters",
               "cudnn_enabled": _VALUES, "running_var": "statistics are no parameters", "training": _VALUES,
               "momentum": _VALUES, "eps": _VALUES}  # fmt: skip
_ATTENTION = Operator(attention, {
    "attn_mask": _MASKED, "is_causal": _MASKED,
    "dropout_p": _TEST, "scale": _VALUES, "enable_gqa": "keys are repeated: each query meets as many",
})  # fmt: skip
_NORM = {"x": "what leaves has its shape", "eps": _VALUES, "cudnn_enable": _VALUES, "cudnn_enabled": _VALUES}
_CONV, _CONV_T = Operator(convolution), Operator(transposed)

OPERATORS: dict[str, Operator] = {
    "conv1d": _CONV, "conv2d": _CONV, "conv3d": _CONV,
    "conv_transpose1d": _CONV_T, "conv_transpose2d": _CONV_T, "conv_transpose3d": _CONV_T,
    "linear": Operator(linear), "addmm": Operator(addmm, _ADDED), "matmul": Operator(matmul),
    "mm": Operator(bmm, _ADDED),
    "bmm": Operator(bmm, _ADDED), "linalg_matmul": Operator(matmul), "mv": Operator(mv), "dot": Operator(dot),
    "vdot": Operator(vdot), "inner": Operator(inner), "addmv": Operator(addmv, _ADDED),
    "baddbmm": Operator(baddbmm, _ADDED), "addbmm": Operator(addbmm, _ADDED), "bilinear": Operator(bilinear),
    "tensordot": Operator(tensordot, {"dims_other": "as long as the other's"}),
    "einsum": Operator(einsum, {"path": "two tensors have one order"}),
    "scaled_dot_product_attention": _ATTENTION, "batch_norm": Operator(batch_norm, _STATISTICS),
    "layer_norm": Operator(layer_norm, _NORM), "rms_norm": Operator(rms_norm, _NORM),
    "group_norm": Operator(group_norm, _NORM),
    "embedding": Operator(embedding, {
        "indices": "what leaves has a row for each", "padding_idx": "its row is in the table",
        "scale_grad_by_freq": "of the gradient", "sparse": "of the gradient",
    }),
    "max_pool2d": Operator(max_pool),
    "avg_pool2d": Operator(avg_pool, {"count_include_pad": _VALUES, "divisor_override": _VALUES}),
    "adaptive_avg_pool2d": Operator(adaptive_pool),
    "relu": _each(known.ReLU), "relu_": _each(known.ReLU), "gelu": _each(known.GELU, "approximate"),
    "silu": _each(known.SiLU), "silu_": _each(known.SiLU), "sigmoid": _each(known.Sigmoid),
    "tanh": _each(known.Tanh), "relu6": _each(known.ReLU6), "hardtanh": _each(known.ReLU6, "min_val", "max_val"),
    "hardtanh_": _each(known.ReLU6, "min_val", "max_val"),
    "add": Operator(total, {"alpha": _VALUES}), "add_": Operator(total, {"alpha": _VALUES}),
    "lstm": _recurrent(known.LSTM), "gru": _recurrent(known.GRU), "rnn_tanh": _recurrent(known.RNN),
    "rnn_relu": _recurrent(known.RNN), "lstm_cell": _cell(known.LSTM), "gru_cell": _cell(known.GRU),
    "rnn_tanh_cell": _cell(known.RNN), "rnn_relu_cell": _cell(known.RNN),
}  # fmt: skip

# operators that multiply in a way of their own, which is no multiply-add of two tensors: said, and not counted
APART = frozenset(
    name for name in dir(torch.ops.aten)
    if name.startswith(("fft_", "linalg_")) and "norm" not in name
) | {"cdist", "pdist", "grid_sampler", "stft", "istft", "cov", "corrcoef", "matrix_exp", "cholesky", "svd", "inverse",
     "det", "logdet", "slogdet", "pinverse", "cross", "kron", "renorm", "_fft_r2c", "_fft_c2r", "_fft_c2c"}  # fmt: skip
