"""ONNX files read as ReLU networks: Gemm, MatMul, Add, Relu and the other piecewise linear nodes, each float exact.

A value is a batch of rows, (batch, n). Each node becomes a step of `dataflow`, which carries skips along.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.activations import ABSOLUTE, RELU, leaky, ramp
from symnet.readers.dataflow import Constant, Step, network
from symnet.readers.operations import (
    activation,
    clamped,
    combined,
    exact_floats,
    joined,
    larger,
    linear,
    multiplied,
    normalised,
    unchanged,
)
from symnet.relu import ReluNetwork

MISSING = "reading ONNX needs the package onnx: pip install 'symnet[onnx]'."
OLDEST = 7
"""Before, nodes broadcast and drop out by attributes."""
Operand: TypeAlias = str | np.ndarray
"""The name of a value, or a tensor that is known."""
Reading: TypeAlias = tuple[Any, ...]
"""The operation, then its operands."""


def from_onnx(path: str | Path) -> ReluNetwork:
    """The network in the file, in real arithmetic."""
    if not Path(path).exists():
        raise InvalidInput(f"there is no file '{path}'.")
    try:
        import onnx
    except ImportError:
        raise InvalidInput(MISSING) from None
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf and onnx raise errors of many classes
        raise InvalidInput(f"'{path}' is not ONNX: {' '.join(str(error).split())[:200]}") from None
    version = next((v.version for v in model.opset_import if v.domain in ("", "ai.onnx")), 0)
    if version < OLDEST:
        raise NotSupported(f"'{path}' is of operator set {version}; from {OLDEST} on they are read.")
    return read_graph(model.graph)


def read_graph(graph: Any) -> ReluNetwork:
    """The network from the one input to the one output."""
    from onnx import numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise NotSupported(f"the graph has {len(inputs)} inputs and {len(graph.output)} outputs; one of each is read.")
    if inputs[0].type.tensor_type.elem_type not in floats():
        raise NotSupported(f"the input '{inputs[0].name}' holds no floating point numbers.")
    _rows(inputs[0], graph.node)
    steps = [step for node in graph.node if (step := _read(node, constants)) is not None]
    return network(steps, inputs[0].name, graph.output[0].name, "the graph", _declared(inputs[0]))


def floats() -> tuple[int, ...]:
    """ONNX's types of real numbers; others compute otherwise, as integers divide."""
    from onnx import TensorProto

    return TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16


def _rows(value: Any, nodes: Sequence[Any]) -> None:
    """What has more axes than a batch of rows must be flattened first."""
    axes = len(value.type.tensor_type.shape.dim)
    first = {node.op_type for node in nodes if value.name in node.input}
    if axes > 2 and not first <= {"Flatten", "Reshape"}:
        raise NotSupported(
            f"the input '{value.name}' has {axes} axes; read are rows, (batch, n), or what is flattened."
        )


def _declared(value: Any) -> int | None:
    """The width of the input, (batch, width), where the file says it."""
    sides = [side.dim_value for side in value.type.tensor_type.shape.dim]
    return sides[1] or None if len(sides) == 2 else None


def _read(node: Any, constants: dict[str, np.ndarray]) -> Step | None:
    """A node as a step; a constant is kept instead."""
    where = f"{node.op_type} '{node.name or node.output[0]}'"
    attributes = {a.name: _attribute(a) for a in node.attribute}
    try:
        if node.op_type == "Constant":
            constants[node.output[0]] = _constant(attributes)
            return None
        if node.op_type not in NODES or node.domain not in ("", "ai.onnx"):
            raise NotSupported(f"it is not read. Read are {', '.join(NODES)} and Constant.")
        inputs = [constants.get(name, name) if name else None for name in node.input]
        while inputs and inputs[-1] is None:
            inputs.pop()
        operation, *operands = NODES[node.op_type](Node(inputs, attributes))
        return Step(node.output[0], operation, tuple(map(_operand, operands)), where)
    except SymnetError as error:
        raise type(error)(f"{where}: {error}") from None


@dataclass(frozen=True)
class Node:
    """What a row of `NODES` reads: the inputs, tensors where they are known, and the attributes."""

    inputs: Sequence[Any]
    attributes: Mapping[str, Any]

    @property
    def value(self) -> Operand:
        """The first input."""
        return self.inputs[0]

    def tensor(self, i: int) -> np.ndarray | None:
        """Input i, which must be known if it is there."""
        found = self.inputs[i] if i < len(self.inputs) else None
        if isinstance(found, str):
            raise NotSupported(f"its input '{found}' is computed; it is read where that is a constant.")
        return found

    def number(self, name: str, default: float) -> Fraction:
        return exact_floats([self.attributes.get(name, default)], name)[0]


# ---------------------------------------------------------------------- nodes that say more than one word
def _gemm(node: Node) -> Reading:
    """alpha · x W + beta · c, W perhaps transposed."""
    weights = node.tensor(1)
    if not isinstance(node.value, str) or weights is None or node.attributes.get("transA"):
        raise NotSupported("only x · W + c is read, x not transposed.")
    W = _matrix(weights if node.attributes.get("transB") else weights.T)
    c = _row(node.tensor(2), "bias", len(W))
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    return linear([[alpha * a for a in row] for row in W], [beta * a for a in c]), node.value


def _matmul(node: Node) -> Reading:
    """x W, a row times a matrix."""
    if not isinstance(node.value, str):
        raise NotSupported("only x · W is read, not W · x.")
    weights = node.tensor(1)
    assert weights is not None
    W = _matrix(weights.T)
    return linear(W, [Fraction(0)] * len(W)), node.value


def _batch_norm(node: Node) -> Reading:
    if node.attributes.get("training_mode"):
        raise NotSupported("it takes the mean and variance of the batch.")
    weight, bias, mean, variance = (_row(node.tensor(i), "a parameter") for i in range(1, 5))
    return normalised(mean, variance, node.number("epsilon", float(np.float32(1e-5))), weight, bias), node.value


def _clip(node: Node) -> Reading:
    """Bounds are attributes up to version 6, then inputs."""
    return clamped(*(_bound(node, name, i) for i, name in ((1, "min"), (2, "max")))), node.value


def _bound(node: Node, name: str, i: int) -> Fraction | None:
    if name in node.attributes:
        return node.number(name, 0.0)
    found = node.tensor(i)
    return _row(found, name, 1)[0] if found is not None else None


def _folded(sign: int) -> Callable[[Node], Reading]:
    def read(node: Node) -> Reading:
        if len(node.inputs) != 2:
            raise NotSupported(f"{len(node.inputs)} inputs; two are read.")
        return larger(sign), *node.inputs

    return read


def _same_rows(node: Node) -> Reading:
    """A batch of rows stays one."""
    if node.attributes.get("axis", 1) not in (1, -1):
        raise NotSupported(f"axis {node.attributes['axis']} would mix the rows of a batch.")
    return unchanged(), node.value


def _reshape(node: Node) -> Reading:
    match node.tensor(1):
        case np.ndarray() as shape if shape.tolist() in ([0, -1], [0, 0]):
            return unchanged(), node.value
        case np.ndarray() as shape if shape.shape == (2,) and shape[0] in (0, -1) and shape[1] > 0:
            return unchanged(int(shape[1])), node.value
    raise NotSupported("of the shapes only (0, -1), (0, n) and (-1, n) are read.")


def _dropout(node: Node) -> Reading:
    training = node.tensor(2)
    if training is not None and training.any():
        raise NotSupported("it is random in training.")
    return unchanged(), node.value


def _concat(node: Node) -> Reading:
    if node.attributes.get("axis") not in (1, -1):
        raise NotSupported(f"axis {node.attributes.get('axis')} would put one batch after another.")
    return joined(), *node.inputs


def _prelu(node: Node) -> Reading:
    return activation(*(leaky(a) for a in _row(node.tensor(1), "slopes"))), node.value


NODES: Mapping[str, Callable[[Node], Reading]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": lambda node: (combined(1, 1), *node.inputs),
    "Sub": lambda node: (combined(1, -1), *node.inputs),
    "Sum": lambda node: (combined(*[1] * len(node.inputs)), *node.inputs),
    "Neg": lambda node: (combined(-1), node.value),
    "Mul": lambda node: (multiplied(), *node.inputs),
    "Div": lambda node: (multiplied(divide=True), *node.inputs),
    "Max": _folded(1),
    "Min": _folded(-1),
    "Relu": lambda node: (activation(RELU), node.value),
    "LeakyRelu": lambda node: (activation(leaky(node.number("alpha", float(np.float32(0.01))))), node.value),
    "PRelu": _prelu,
    "Abs": lambda node: (activation(ABSOLUTE), node.value),
    "Clip": _clip,
    "BatchNormalization": _batch_norm,
    "HardSigmoid": lambda node: (
        activation(ramp(node.number("alpha", float(np.float32(0.2))), node.number("beta", 0.5))),
        node.value,
    ),
    "Concat": _concat,
    "Flatten": _same_rows,
    "Reshape": _reshape,
    "Identity": lambda node: (unchanged(), node.value),
    "Dropout": _dropout,
}


# ---------------------------------------------------------------------- tensors
def _attribute(a: Any) -> Any:
    from onnx import helper

    return helper.get_attribute_value(a)


def _constant(attributes: Mapping[str, Any]) -> np.ndarray:
    from onnx import numpy_helper

    match attributes:
        case {"value": tensor}:
            return numpy_helper.to_array(tensor)
        case {"value_float": number} | {"value_int": number} | {"value_floats": number} | {"value_ints": number}:
            return np.array(number)
    raise NotSupported("only a constant given as a tensor or as numbers is read.")


def _operand(value: Operand) -> str | Constant:
    return value if isinstance(value, str) else _row(value, "a constant")


def _numbers(a: np.ndarray, what: str) -> list[Fraction]:
    """Integers as they are; float64 holds every float of fewer bits exactly."""
    if a.dtype.kind in "bcOSU":
        raise InvalidInput(f"{what}: {a.dtype} are no real numbers.")
    return exact_floats((a if a.dtype.kind in "iu" else a.astype(np.float64)).tolist(), what)


def _matrix(a: np.ndarray) -> list[list[Fraction]]:
    if a.ndim != 2 or not a.size:
        raise InvalidInput(f"the weights have shape {a.shape}; expected a matrix with entries.")
    return [_numbers(row, f"the weights of unit {i}") for i, row in enumerate(a, 1)]


def _row(a: np.ndarray | None, what: str, width: int = 0) -> Constant:
    """A number, a row, or a batch of one row; repeated to ``width`` if that is given, and 0 where there is none."""
    if a is None:
        return (Fraction(0),) * width
    if a.ndim > 2 or (a.ndim == 2 and len(a) != 1) or not a.size:
        raise NotSupported(f"{what} of shape {a.shape} is not one row for the whole batch.")
    flat = a.reshape(-1)
    if width and flat.size not in (1, width):
        raise InvalidInput(f"{what} of shape {a.shape} for {width} units.")
    return tuple(_numbers(np.broadcast_to(flat, (width,)) if width else flat, what))
