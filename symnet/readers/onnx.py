"""ONNX files read as ReLU networks: a chain of Gemm, MatMul, Add, Relu and a few more, each float exact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from symnet.errors import InvalidInput, NotSupported
from symnet.readers.chains import RELU, Chain, exact_floats, leaky
from symnet.relu import ReluNetwork

MISSING = "reading ONNX needs the package onnx: pip install 'symnet[onnx]'."


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
    except Exception as error:  # protobuf and onnx raise errors of many classes
        raise InvalidInput(f"'{path}' is not ONNX: {' '.join(str(error).split())[:200]}") from None
    return read_graph(model.graph)


def read_graph(graph: Any) -> ReluNetwork:
    """The chain of nodes from the one input to the one output."""
    from onnx import numpy_helper

    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise NotSupported(f"the graph has {len(inputs)} inputs and {len(graph.output)} outputs; one of each is read.")
    reader, current = Reader(Chain(), constants), inputs[0]
    for node in graph.node:
        current = reader.read(node, current)
    if current != graph.output[0].name:
        raise NotSupported(f"the output '{graph.output[0].name}' is not what the last node computes, '{current}'.")
    return reader.chain.network("the graph")


@dataclass
class Reader:
    """Goes along the nodes; ``constants`` are the tensors known by name."""

    chain: Chain
    constants: dict[str, np.ndarray]

    def read(self, node: Any, current: str) -> str:
        """Follow one node; the name of what flows on."""
        where = f"{node.op_type} '{node.name or node.output[0]}'"
        if node.op_type == "Constant":
            self.constants[node.output[0]] = _constant(node, where)
            return current
        if node.op_type not in NODES:
            raise NotSupported(f"{where} is not read. Read are {', '.join(NODES)} and Constant.")
        if [name for name in node.input if name and name not in self.constants] != [current]:
            raise NotSupported(f"{where}: it does not continue a single chain, as networks with skips do not.")
        attributes = {a.name: _attribute(a) for a in node.attribute}
        NODES[node.op_type](self, [self.constants.get(name) for name in node.input], attributes, where)
        return node.output[0]

    # ------------------------------------------------------------------ one method an operator
    def gemm(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        """alpha · x W + beta · c, W perhaps transposed."""
        if inputs[0] is not None or inputs[1] is None or attributes.get("transA"):
            raise NotSupported(f"{where}: only x · W + c is read, x not transposed.")
        W = _matrix(inputs[1] if attributes.get("transB") else inputs[1].T, where)
        alpha, beta = (exact_floats([attributes.get(name, 1.0)], where)[0] for name in ("alpha", "beta"))
        c = [Fraction(0)] * len(W) if len(inputs) < 3 or inputs[2] is None else _vector(inputs[2], len(W), where)
        self.chain.linear([[alpha * a for a in row] for row in W], [beta * a for a in c], where)

    def matmul(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        """x W, a row times a matrix."""
        if inputs[1] is None:
            raise NotSupported(f"{where}: only x · W is read, not W · x.")
        W = _matrix(inputs[1].T, where)
        self.chain.linear(W, [Fraction(0)] * len(W), where)

    def add(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        """x + c."""
        c = next(a for a in inputs if a is not None)
        self.chain.shift(_vector(c, len(self.chain.begun(where)), where), where)

    def relu(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        self.chain.activate(RELU, where)

    def leaky_relu(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        self.chain.activate(leaky(exact_floats([attributes.get("alpha", float(np.float32(0.01)))], where)[0]), where)

    def unchanged(self, inputs: Sequence[Any], attributes: Mapping[str, Any], where: str) -> None:
        """A batch of rows stays one."""
        if attributes.get("axis", 1) != 1:
            raise NotSupported(f"{where}: axis {attributes['axis']} would mix the rows of a batch.")


NODES: Mapping[str, Callable[[Reader, Sequence[Any], Mapping[str, Any], str], None]] = {
    "Gemm": Reader.gemm,
    "MatMul": Reader.matmul,
    "Add": Reader.add,
    "Relu": Reader.relu,
    "LeakyRelu": Reader.leaky_relu,
    "Flatten": Reader.unchanged,
    "Identity": Reader.unchanged,
}


# ---------------------------------------------------------------------- tensors
def _attribute(a: Any) -> Any:
    from onnx import helper

    return helper.get_attribute_value(a)


def _constant(node: Any, where: str) -> np.ndarray:
    from onnx import numpy_helper

    value = next((a.t for a in node.attribute if a.name == "value"), None)
    if value is None:
        raise NotSupported(f"{where}: only a constant given as a tensor is read.")
    return numpy_helper.to_array(value)


def _matrix(a: np.ndarray, where: str) -> list[list[Fraction]]:
    if a.ndim != 2 or not a.size:
        raise InvalidInput(f"{where}: the weights have shape {a.shape}; expected a matrix with entries.")
    return [exact_floats(map(float, row), f"{where}: the weights of unit {i}") for i, row in enumerate(a, 1)]


def _vector(a: np.ndarray, width: int, where: str) -> list[Fraction]:
    """A bias, also as a row or as one number for all."""
    flat = a.reshape(-1)
    if flat.size not in (1, width) or a.shape[-1:] not in ((), (1,), (width,)):
        raise InvalidInput(f"{where}: a bias of shape {a.shape} for {width} units.")
    return exact_floats(map(float, np.broadcast_to(flat, (width,))), f"{where}: bias")
