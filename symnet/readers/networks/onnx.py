"""ONNX files read as ReLU networks: Gemm, MatMul, Add, Relu and the other piecewise linear nodes, each float exact.

A file computes a function of all entries of its input, in their order; so does the network. Where the first of several
axes has no size, it is a batch: then one row is read, and it is shown that every row is computed as the first, and by
itself. Each node is computed on arrays of forms (see `arrays`, `onnx_nodes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.networks.arrays import MOST_ENTRIES, Array, constant, objects
from symnet.readers.networks.dataflow import Layers, Value
from symnet.readers.networks.onnx_nodes import NODES, Node, floats
from symnet.relu import ReluNetwork
from symnet.relu.circuits import Linear, wire
from symnet.relu.geometry.rationals import shown

MISSING = "reading ONNX needs the package onnx: pip install 'symnet[onnx]'."
OLDEST = 7
"""Before, nodes broadcast and drop out by attributes."""
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What onnx and NumPy raise where a file contradicts itself."""


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
        raise InvalidInput(f"'{path}' is not ONNX as its specification has it: {_said(error)}") from None
    version = next((v.version for v in model.opset_import if v.domain in ("", "ai.onnx")), 0)
    if version < OLDEST:
        raise NotSupported(f"'{path}' is of operator set {version}; from {OLDEST} on they are read.")
    try:
        return read_graph(model.graph)
    except UNREADABLE as error:
        raise InvalidInput(f"'{path}' is not ONNX as its specification has it: {_said(error)}") from None


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def read_graph(graph: Any) -> ReluNetwork:
    """The network from the one input to the one output."""
    from onnx import numpy_helper

    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in tensors]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise NotSupported(f"the graph has {len(inputs)} inputs and {len(graph.output)} outputs; one of each is read.")
    if inputs[0].type.tensor_type.elem_type not in floats():
        raise NotSupported(f"the input '{inputs[0].name}' holds no floating point numbers.")
    if len(graph.sparse_initializer):
        raise NotSupported("sparse tensors are not read.")
    run = Run(graph, inputs[0].name, {name: constant(a) for name, a in tensors.items() if a.dtype.kind in "iuf"})
    for node in graph.node:
        if node.op_type != "Constant" and (node.op_type not in NODES or node.domain not in ("", "ai.onnx")):
            raise NotSupported(f"{_place(node)}: it is not read. Read are {', '.join(NODES)} and Constant.")
    rows, shape = _declared(run, inputs[0])
    if rows:
        run.one_by_one(shape)
    layers, output = run(shape, rows)
    return layers.network(Value(output.level, tuple(output.forms.flat)))


def _declared(run: "Run", value: Any) -> tuple[bool, tuple[int, ...]]:
    """Whether the first axis is a batch, and the input's shape, with one row of a batch."""
    sides: list[int | None] = [
        side.dim_value if side.HasField("dim_value") else None for side in value.type.tensor_type.shape.dim
    ]
    if not value.type.tensor_type.HasField("shape"):
        sides = [None, None]
    rows = len(sides) > 1 and sides[0] is None
    if rows:
        sides[0] = 1
    if len(sides) == 2 and sides[1] is None:
        sides[1] = run.width()
    if None in sides:
        raise NotSupported(f"the graph: axis {sides.index(None) + 1} of the input '{value.name}' has no size.")
    shape = tuple(side for side in sides if side is not None)
    if min(shape, default=1) < 1 or int(np.prod(shape, dtype=object)) > MOST_ENTRIES:
        raise InvalidInput(f"the input '{value.name}' has shape {shape}; up to {MOST_ENTRIES:,} entries are read.")
    return rows, shape


# ---------------------------------------------------------------------- node by node
@dataclass(frozen=True)
class Run:
    """A graph, the name of its input, and its tensors."""

    graph: Any
    source: str
    tensors: Mapping[str, Array]

    def __call__(self, shape: Sequence[int], rows: bool) -> tuple[Layers, Array]:
        """The layers and the output for an input of that shape, whose entries are the inputs in their order."""
        n = int(np.prod(shape, dtype=object))
        layers = Layers(n)
        known = dict(self.tensors) | {self.source: Array(0, objects([wire(i) for i in range(1, n + 1)], shape))}
        for node in self.graph.node:
            known |= zip(node.output, _computed(node, known, layers, rows), strict=False)
        output = self.graph.output[0].name
        if output not in known:
            raise InvalidInput(f"the graph: output '{output}' is not what a node before it computes.")
        return layers, known[output]

    def one_by_one(self, shape: Sequence[int]) -> None:
        """NotSupported where two rows are not each computed as one is: what mixes them is no function of a row."""
        layers, output = self(shape, True)
        try:
            twice, outputs = self((2, *shape[1:]), True)
        except SymnetError as error:
            raise NotSupported(f"the graph is not the same for a batch of two rows as for one: {error}") from None
        numbers: dict[Any, int] = {}
        row, next_row = (Origins(layers, numbers, shift) for shift in (0, layers.inputs))
        if Origins(twice, numbers).of(outputs) != [*row.of(output), *next_row.of(output)]:
            raise NotSupported("the graph: it mixes the rows of a batch, or computes them differently.")

    def width(self) -> int:
        """The last side of the input, where only the first node that needs one says how many entries there are."""
        as_wide, tensors = {self.source}, dict(self.tensors)
        for node in self.graph.node:
            if node.op_type == "Constant":
                tensors |= zip(node.output, _computed(node, {}, Layers(0), True), strict=False)
            values = [name for name in node.input if name and name not in tensors]
            if values and as_wide.issuperset(values):
                width = _needed(node, [tensors[name] for name in node.input if name in tensors])
                if width is not None:
                    return width
                if node.op_type not in ("Gemm", "MatMul", "Concat", "Transpose", "Slice", "Split", "Gather"):
                    as_wide.update(node.output)
        raise NotSupported("the graph: no linear layer reads the input, so the number of inputs is not known.")


def _needed(node: Any, given: Sequence[Array]) -> int | None:
    """How many entries of a row the node's tensors fit."""
    if not given:
        return None
    transposed = any(a.name == "transB" and a.i for a in node.attribute)
    if node.op_type in ("Gemm", "MatMul"):
        sides = given[0].shape or (1,)
        return sides[1 if transposed else 0] or 1 if len(sides) == 2 else sides[0] if node.op_type == "MatMul" else 1
    if node.op_type == "Reshape":
        numbers = given[0].numbers
        return int(numbers.flat[1]) if numbers is not None and numbers.size == 2 and numbers.flat[1] > 0 else None
    widest = max((a.shape[-1] for a in given if a.shape and not a.whole), default=1)
    return widest if widest > 1 else None


def _computed(node: Any, known: Mapping[str, Array], layers: Layers, rows: bool) -> Sequence[Array]:
    """What a node computes: an array for each of its outputs."""
    where = _place(node)
    try:
        attributes = {a.name: _attribute(a) for a in node.attribute}
        if node.op_type == "Constant":
            return [_constant(attributes)]
        missing = next((name for name in node.input if name and name not in known), None)
        if missing is not None:
            raise NotSupported(f"'{missing}' is not what a step before it computes.")
        if node.op_type == "Split":  # as many parts as outputs, where it does not say how many
            attributes.setdefault("outputs", len(node.output))
        inputs = [known[name] if name else None for name in node.input]
        return Node(inputs, node.input, attributes, layers, rows).computed(NODES[node.op_type])
    except SymnetError as error:
        raise type(error)(f"{where}: {error}") from None
    except UNREADABLE as error:
        raise InvalidInput(f"{where}: it does not fit what comes from before: {_said(error)}") from None


def _place(node: Any) -> str:
    """``Relu 'h'``, by its name or its output."""
    name = node.name or next(iter(node.output), "")
    return f"{shown(node.op_type)} '{shown(name)}'"


def _attribute(a: Any) -> Any:
    from onnx import helper

    return helper.get_attribute_value(a)


def _constant(attributes: Mapping[str, Any]) -> Array:
    from onnx import numpy_helper

    match attributes:
        case {"value": tensor}:
            return constant(numpy_helper.to_array(tensor))
        case {"value_float": number} | {"value_int": number} | {"value_floats": number} | {"value_ints": number}:
            return constant(np.array(number))
    raise NotSupported("only a constant given as a tensor or as numbers is read.")


# ---------------------------------------------------------------------- rows of a batch
@dataclass(frozen=True)
class Origins:
    """What forms are in terms of the inputs: equal sums of equal units get equal ``numbers``, whatever their order.

    Each input counts as the one ``shift`` further on.
    """

    layers: Layers
    numbers: dict[Any, int]
    shift: int = 0
    units: dict[tuple[int, int], int] = field(default_factory=dict)

    def of(self, a: Array) -> list[int]:
        """A number for each entry."""
        return [self.form(a.level, form) for form in a.forms.flat]

    def form(self, level: int, form: Linear) -> int:
        """The number of the form in the entries of a layer."""
        key = frozenset((self.entry(level, w), c) for w, c in form.terms.items())
        return self.numbers.setdefault(key, len(self.numbers))

    def entry(self, level: int, w: int) -> Any:
        """Input w, or the number of what is under the ReLU of unit w."""
        if not w or not level:
            return ("x", w + self.shift if w else 0)
        if (level, w) not in self.units:
            self.units[level, w] = self.form(level - 1, self.layers.units[level - 1][w - 1])
        return self.units[level, w]
