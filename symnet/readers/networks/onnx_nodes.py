"""ONNX's nodes as operations on arrays of forms: for each kind a function, which reads all that the node says.

What a node says and no one reads is refused: an attribute that could change what it computes is not passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.networks.activations import ABSOLUTE, RELU, Activation, at_least, at_most, clipped, leaky, ramp
from symnet.readers.networks.arrays import (
    Array,
    activated,
    combined,
    constant,
    divided,
    folded,
    joined,
    multiplied,
    objects,
    product,
)
from symnet.readers.networks.dataflow import Layers
from symnet.readers.networks.operations import exact_floats, rational_root
from symnet.relu.circuits import number

Outputs: TypeAlias = Array | Sequence[Array]


@dataclass(frozen=True)
class Node:
    """What a row of `NODES` reads: the inputs and their names, None where one is left out, and the attributes.

    ``rows``: the first axis of the graph's input is a batch of any size, of which one row is read.
    """

    inputs: Sequence[Array | None]
    names: Sequence[str]
    attributes: Mapping[str, Any]
    layers: Layers
    rows: bool
    read: set[str] = field(default_factory=set)

    def computed(self, operation: Callable[["Node"], Outputs]) -> Sequence[Array]:
        """What the operation makes of it, once it has read all attributes."""
        found = operation(self)
        unread = sorted(self.attributes.keys() - self.read)
        if unread:
            raise NotSupported(f"its attribute '{unread[0]}' is not read.")
        return [found] if isinstance(found, Array) else found

    def given(self, i: int) -> Array | None:
        """Input i, if it is there."""
        return self.inputs[i] if i < len(self.inputs) else None

    def __getitem__(self, i: int) -> Array:
        """Input i, which must be there."""
        found = self.given(i)
        if found is None:
            raise InvalidInput(f"its input {i + 1} is missing.")
        return found

    @property
    def all(self) -> list[Array]:
        return [self[i] for i in range(len(self.inputs))]

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        self.read.add(name)
        return self.attributes.get(name, default)

    def number(self, name: str, default: float) -> Fraction:
        return exact_floats([self.get(name, default)], name)[0]

    def numbers(self, i: int) -> np.ndarray | None:
        """Input i as numbers, which must be known if it is there."""
        found = self.given(i)
        if found is None:
            return None
        if found.numbers is None:
            raise NotSupported(f"its input '{self.names[i]}' is computed; it is read where that is a constant.")
        return found.numbers

    def integers(self, name: str, i: int) -> list[int] | None:
        """Sizes, axes or places: an attribute up to some version, then an input."""
        if name in self.attributes:
            found = self.get(name)
            return [int(k) for k in (found if isinstance(found, list | tuple) else [found])]
        values = self.numbers(i)
        if values is None:
            return None
        if any(v.denominator != 1 for v in values.flat):
            raise InvalidInput(f"{name}: {', '.join(map(str, values.flat))} are not whole numbers.")
        return [int(v) for v in values.flat]


# ---------------------------------------------------------------------- linear
def _gemm(node: Node) -> Array:
    """alpha · A B + beta · C, each of A and B perhaps transposed."""
    if node.numbers(1) is None or node[0].numbers is not None:
        raise NotSupported("only x · W + c is read.")
    if node.get("transA", 0):
        raise NotSupported("only x · W + c is read, x not transposed.")
    W = node[1].shaped(lambda w: w.T) if node.get("transB", 0) else node[1]
    if W.forms.ndim != 2 or not W.forms.size:
        raise InvalidInput(f"the weights have shape {node[1].shape}; expected a matrix with entries.")
    if node[0].forms.ndim != 2:
        raise InvalidInput(f"x has shape {node[0].shape}; expected rows.")
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    z = product(node[0], W)
    c = node.given(2)
    if c is None:
        return combined(node.layers, [z], [alpha])
    if c.shape and c.shape[-1] not in (1, z.shape[-1]):
        raise InvalidInput(f"bias of shape {c.shape} for {z.shape[-1]} units.")
    return combined(node.layers, _rowwise(node, [z, c]), [alpha, beta])


def _matmul(node: Node) -> Array:
    if node.rows and node[1].numbers is None and node[1].forms.ndim <= 2:
        raise NotSupported("only x · W is read, not W · x, which would mix the rows of a batch.")
    if not node[1].forms.size or not node[0].forms.size:
        raise InvalidInput(f"the weights have shape {node[1].shape}; expected a matrix with entries.")
    return product(node[0], node[1])


def _batch_norm(node: Node) -> Array:
    """(x − mean) scale / √(variance + epsilon) + bias along axis 1."""
    if node.get("training_mode", 0):
        raise NotSupported("it takes the mean and variance of the batch.")
    node.get("momentum")  # of training
    given = [node.numbers(i) for i in range(1, 5)]
    parameters = [a.reshape(-1) for a in given if a is not None]
    if len(parameters) < 4 or len({len(row) for row in parameters}) > 1:
        raise InvalidInput("its means, variances, weights and biases differ in number.")
    scale, bias, mean, variance = parameters
    eps = node.number("epsilon", float(np.float32(1e-5)))
    factor = [s / rational_root(v + eps) for s, v in zip(scale, variance, strict=True)]
    shift = [b - f * m for b, f, m in zip(bias, factor, mean, strict=True)]
    sides = (-1, *[1] * (node[0].forms.ndim - 2))
    scaled, shifted = (_exactly(objects(row, (len(row),)).reshape(sides)) for row in (factor, shift))
    return combined(node.layers, [multiplied(node[0], scaled), shifted], [1, 1])


def _exactly(numbers: np.ndarray) -> Array:
    """Fractions as a constant."""
    return Array(0, objects([number(c) for c in numbers.flat], numbers.shape))


# ---------------------------------------------------------------------- entry by entry
def _rowwise(node: Node, arrays: Sequence[Array]) -> Sequence[Array]:
    """The arrays, which fit each other by NumPy's rules; in a batch no constant is another one for each row."""
    if node.rows:
        most = max(a.forms.ndim for a in arrays)
        for a in arrays:
            if a.numbers is not None and a.forms.ndim == most and a.shape[0] != 1:
                raise NotSupported(f"a constant of shape {a.shape} is not one row for the whole batch.")
    try:
        np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        raise InvalidInput(_misfit([a.shape for a in arrays])) from None
    return arrays


def _misfit(shapes: Sequence[tuple[int, ...]]) -> str:
    last = [shape[-1] if shape else 1 for shape in shapes]
    if len(last) == 2 and 1 not in last and last[0] != last[1]:
        return f"{min(last)} numbers do not fit {max(last)} entries."
    return f"shapes {' and '.join(map(str, shapes))} do not fit each other."


def _weighted(*weights: int) -> Callable[[Node], Array]:
    return lambda node: combined(node.layers, _rowwise(node, node.all), weights or [1] * len(node.inputs))


def _extreme(sign: int) -> Callable[[Node], Array]:
    return lambda node: folded(node.layers, _rowwise(node, node.all), sign)


def _activation(make: Callable[[Node], Activation]) -> Callable[[Node], Array]:
    return lambda node: activated(node.layers, node[0], [make(node)])


def _prelu(node: Node) -> Array:
    slopes = _rowwise(node, [node[0], node[1]])[1]
    if node.numbers(1) is None:
        raise NotSupported("its slopes are computed.")
    spread = np.broadcast_to(slopes.forms, node[0].shape)
    return activated(node.layers, node[0], [leaky(z.constant or Fraction(0)) for z in spread.flat])


def _clip(node: Node) -> Array:
    """Bounds are attributes up to version 6, then inputs."""
    low, high = (_bound(node, name, i) for i, name in ((1, "min"), (2, "max")))
    if low is None and high is None:
        return node[0]
    if low is None or high is None:
        return activated(node.layers, node[0], [at_most(high) if high is not None else at_least(low or Fraction(0))])
    return activated(node.layers, node[0], [clipped(low, high)])


def _bound(node: Node, name: str, i: int) -> Fraction | None:
    if name in node.attributes:
        return node.number(name, 0.0)
    found = node.numbers(i)
    if found is not None and found.size != 1:
        raise InvalidInput(f"its {name} has shape {found.shape}; expected one number.")
    return None if found is None else found.flat[0]


def _cast(node: Node) -> Array:
    from onnx import TensorProto

    node.get("saturate")
    kind = node.get("to")
    if kind not in (*floats(), TensorProto.INT64, TensorProto.INT32):
        raise NotSupported("it is read between types of real numbers.")
    whole = kind not in floats()
    if whole and not node[0].whole:
        raise NotSupported("real numbers are not cut to integers.")
    return Array(node[0].level, node[0].forms, whole)


def floats() -> tuple[int, ...]:
    """ONNX's types of real numbers; others compute otherwise, as integers divide."""
    from onnx import TensorProto

    return TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16


def _dropout(node: Node) -> Array:
    for name in ("ratio", "seed"):  # of training
        node.get(name)
    training = node.numbers(2)
    if training is not None and training.any():
        raise NotSupported("it is random in training.")
    return node[0]


# ---------------------------------------------------------------------- shapes
def _axis(k: int, axes: int) -> int:
    """An axis counted from the front."""
    if not -axes <= k < axes:
        raise InvalidInput(f"there is no axis {k} among {axes}.")
    return k % axes


def _flatten(node: Node) -> Array:
    """Two axes: what is before ``axis``, and the rest."""
    axis, shape = node.get("axis", 1), node[0].shape
    if not -len(shape) <= axis <= len(shape):
        raise InvalidInput(f"there is no axis {axis} among {len(shape)}.")
    axis = axis + len(shape) if axis < 0 else axis
    if node.rows and axis == 0:
        raise NotSupported("axis 0 would mix the rows of a batch.")
    return node[0].shaped(lambda z: z.reshape(int(np.prod(shape[:axis])), -1))


def _reshape(node: Node) -> Array:
    """0 keeps the side that is there, −1 takes what is left."""
    sides, shape = node.integers("shape", 1), node[0].shape
    keep = not node.get("allowzero", 0)
    if sides is None:
        raise InvalidInput("its shape is missing.")
    if keep and any(side == 0 and k >= len(shape) for k, side in enumerate(sides)):
        raise InvalidInput(f"{sides} keeps a side that {shape} does not have.")
    wanted = [shape[k] if side == 0 and keep else side for k, side in enumerate(sides)]
    if -1 not in wanted and int(np.prod(wanted, dtype=object)) != node[0].forms.size:
        raise NotSupported(
            f"a row of {node[0].forms.size} numbers in the shape of {tuple(sides)} would mix the rows."
            if node.rows
            else f"{node[0].forms.size} entries do not fill the shape {tuple(sides)}."
        )
    return node[0].shaped(lambda z: z.reshape(wanted))


def _transpose(node: Node) -> Array:
    order = node.get("perm", list(reversed(range(node[0].forms.ndim))))
    return node[0].shaped(lambda z: z.transpose(order))


def _squeeze(node: Node) -> Array:
    axes = node.integers("axes", 1)
    ndim = node[0].forms.ndim
    if axes is None and node.rows:
        raise NotSupported("without axes it would take the axis of the batch, too.")
    return node[0].shaped(lambda z: z.squeeze(None if axes is None else tuple(_axis(k, ndim) for k in axes)))


def _unsqueeze(node: Node) -> Array:
    axes = node.integers("axes", 1) or []
    return node[0].shaped(lambda z: np.expand_dims(z, tuple(axes)))


def _concat(node: Node) -> Array:
    ndim = max(a.forms.ndim for a in node.all)
    axis = _axis(node.get("axis"), ndim)
    if node.rows and axis == 0 and ndim > 1:
        raise NotSupported(f"axis {axis} would put one batch after another.")
    return joined(node.layers, node.all, axis)


def _slice(node: Node) -> Array:
    """Entries from start to end in steps, along some axes."""
    starts, ends = node.integers("starts", 1), node.integers("ends", 2)
    if starts is None or ends is None:
        raise InvalidInput("its starts or ends are missing.")
    axes = node.integers("axes", 3) or list(range(len(starts)))
    steps = node.integers("steps", 4) or [1] * len(starts)
    ndim = node[0].forms.ndim
    which = [slice(None)] * ndim
    for start, end, k, step in zip(starts, ends, axes, steps, strict=True):
        n = node[0].shape[_axis(k, ndim)]
        which[_axis(k, ndim)] = slice(start, None if step < 0 and end < -n else end, step)
    return node[0].shaped(lambda z: z[tuple(which)])


def _split(node: Node) -> Sequence[Array]:
    """The parts along an axis; the graph says how many by its outputs where the node does not."""
    axis = _axis(node.get("axis", 0), node[0].forms.ndim)
    sizes, parts = node.integers("split", 1), node.get("num_outputs", node.get("outputs"))
    n = node[0].shape[axis]
    if sizes is None:
        size = -(-n // parts)
        sizes = [min(size, n - i * size) for i in range(parts)]
    if sum(sizes) != n or min(sizes) < 0:
        raise InvalidInput(f"parts of {sizes} do not make up {n}.")
    ends = np.cumsum(sizes)[:-1].tolist()
    return [Array(node[0].level, part, node[0].whole) for part in np.split(node[0].forms, ends, axis=axis)]


def _gather(node: Node) -> Array:
    """Entries by their numbers along an axis."""
    axis = _axis(node.get("axis", 0), node[0].forms.ndim)
    where = node.numbers(1)
    if where is None or not node[1].whole:
        raise InvalidInput("its places are not whole numbers.")
    n = node[0].shape[axis]
    if not all(-n <= k < n for k in where.flat):
        raise InvalidInput(f"it takes entries that are not there, of {n}.")
    return node[0].shaped(lambda z: np.take(z, where.astype(np.int64), axis=axis))


def _shape(node: Node) -> Array:
    sides = node[0].shape[node.get("start", 0) : node.get("end")]
    return constant(np.array(sides, dtype=np.int64))


NODES: Mapping[str, Callable[[Node], Outputs]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": _weighted(1, 1),
    "Sub": _weighted(1, -1),
    "Sum": _weighted(),
    "Neg": _weighted(-1),
    "Mul": lambda node: multiplied(*_rowwise(node, node.all)),
    "Div": lambda node: divided(*_rowwise(node, node.all)),
    "Max": _extreme(1),
    "Min": _extreme(-1),
    "Relu": _activation(lambda node: RELU),
    "LeakyRelu": _activation(lambda node: leaky(node.number("alpha", float(np.float32(0.01))))),
    "PRelu": _prelu,
    "Abs": _activation(lambda node: ABSOLUTE),
    "Clip": _clip,
    "BatchNormalization": _batch_norm,
    "HardSigmoid": _activation(
        lambda node: ramp(node.number("alpha", float(np.float32(0.2))), node.number("beta", 0.5))
    ),
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Shape": _shape,
    "Cast": _cast,
    "Identity": lambda node: node[0],
    "Dropout": _dropout,
}
