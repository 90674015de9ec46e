"""torch modules read as ReLU networks: their forward is traced, and each step is looked up in `torch_piecewise`.

Weights and numbers are the rationals that the floats are; the network is what the module computes in real arithmetic.
A skip, x + f(x), is carried along as `dataflow` says.

What tracing alone would miss is refused: hooks, random numbers, values changed in place and used again.
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import torch
from torch import fx, nn

from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.networks.dataflow import Constant, Step, network
from symnet.readers.torch.piecewise import (
    FUNCTIONS,
    IN_PLACE,
    MODULES,
    SHARING,
    SHARING_FUNCTIONS,
    Reading,
    exact,
    function_of,
    row,
)
from symnet.relu import ReluNetwork

READ = ", ".join(kind.__name__ for kind in MODULES) + ", the functions like them, + - * / @, cat and slices"


def from_torch(module: nn.Module, inputs: int | None = None) -> ReluNetwork:
    """The network that the module computes for a batch of rows, in real arithmetic.

    inputs   how many numbers a row has, where no linear layer reads them as they come
    """
    if not isinstance(module, nn.Module):
        raise InvalidInput(f"from_torch: expected a torch.nn.Module, got {module!r}.")
    name = type(module).__name__
    for part in module.modules():
        _pure(part)
    with _traced(module, name) as (root, graph):
        source, output = _ends(graph, name)
        reader = Reader(root, "" if root is not module else name)
        steps = [step for node in graph.nodes if node.op not in ("placeholder", "output") for step in reader.read(node)]
    return network(steps, source, output, name, inputs)


def _pure(part: nn.Module) -> None:
    if part._forward_hooks or part._forward_pre_hooks or "forward" in vars(part):
        raise NotSupported(
            f"{type(part).__name__}: it has forward hooks or a forward of its own, which can change what it computes."
        )


def _ends(graph: fx.Graph, name: str) -> tuple[str, str]:
    """The names of the input and of what is returned."""
    sources = [node.name for node in graph.nodes if node.op == "placeholder"]
    if len(sources) != 1:
        raise NotSupported(f"{name}: its forward takes {len(sources)} inputs; one is read.")
    (output,) = graph.output_node().args
    if not isinstance(output, fx.Node):
        raise NotSupported(f"{name}: its forward returns {type(output).__name__}, not one tensor.")
    return sources[0], output.name


# ---------------------------------------------------------------------- tracing
class _Value(fx.Proxy):
    """Keeps ``x += y`` apart from ``x + y``: the one changes x for all who hold it."""

    def __iadd__(self, other: Any) -> Any:
        return self._in_place(operator.iadd, other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place(operator.isub, other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place(operator.imul, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place(operator.itruediv, other)

    def _in_place(self, change: Callable[..., Any], other: Any) -> Any:
        return self.tracer.create_proxy("call_function", change, (self, other), {})


class _Tracer(fx.Tracer):
    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Value(node, self)


@contextmanager
def _traced(module: nn.Module, name: str) -> Iterator[tuple[nn.Module, fx.Graph]]:
    """The module, inside a Sequential if it is one of torch's own layers, and its graph; nothing stays behind."""
    tracer, before, chance = _Tracer(), set(vars(module)), torch.get_rng_state()
    root = nn.Sequential(module) if tracer.is_leaf_module(module, "") else module
    try:
        try:
            graph = tracer.trace(root)
        except Exception as error:  # whatever a forward raises when it meets a tracer
            reason = " ".join(str(error).split())[:200]
            raise NotSupported(f"{name}: its forward cannot be traced by torch.fx: {reason}") from None
        yield root, graph
        if not torch.equal(chance, torch.get_rng_state()):
            raise NotSupported(f"{name}: its forward draws random numbers.")
    finally:
        for constant in vars(module).keys() - before:  # tracing leaves the tensors it met as attributes
            delattr(module, constant)


# ---------------------------------------------------------------------- node by node
@dataclass(frozen=True)
class Reader:
    """``constants`` are the tensors known so far: parameters, and what torch computes of them alone."""

    root: nn.Module
    name: str
    constants: dict[fx.Node, Any] = field(default_factory=dict)

    def read(self, node: fx.Node) -> Iterator[Step]:
        """The step of a node, if it computes a value."""
        where, module = self.place(node), self.module(node)
        try:
            if node.op == "get_attr":
                self.constants[node] = operator.attrgetter(str(node.target))(self.root)
                return
            self.changes_nothing_else(node)
            arguments, options = (
                fx.map_arg(part, lambda n: self.constants.get(n, n)) for part in (node.args, node.kwargs)
            )
            if module is None and all(n in self.constants for n in node.all_input_nodes):
                self.constants[node] = _computed(node, arguments, options)
                return
            make = MODULES.get(type(module)) if module is not None else FUNCTIONS.get(function_of(node.target))
            if make is None:
                raise NotSupported(f"it is not read as piecewise linear. Read are {READ}.")
            operation, *operands = _reading(make, module, arguments, options)
            yield Step(node.name, operation, tuple(map(_operand, operands)), where)
        except SymnetError as error:
            raise type(error)(f"{where}: {error}") from None

    def module(self, node: fx.Node) -> nn.Module | None:
        return self.root.get_submodule(str(node.target)) if node.op == "call_module" else None

    def place(self, node: fx.Node) -> str:
        """``Net.block.0: Linear`` for a module, ``Net: tanh`` for a function."""
        if (module := self.module(node)) is None:
            return f"{self.name}: {node.target if isinstance(node.target, str) else node.target.__name__}"
        kind = type(module).__name__
        return f"{self.name}.{node.target}: {kind}" if self.name else kind

    def changes_nothing_else(self, node: fx.Node) -> None:
        """What is changed in place, and what may share its memory, must not be used again."""
        if not self.in_place(node):
            return
        while self.in_place(node) or self.shares(node):
            node = node.all_input_nodes[0]
            if len(node.users) > 1 or node in self.constants:
                raise NotSupported("it changes in place a value that is used elsewhere, too.")

    def in_place(self, node: fx.Node) -> bool:
        if (module := self.module(node)) is not None:
            return bool(getattr(module, "inplace", False))
        method = isinstance(node.target, str) and node.op == "call_method" and node.target.endswith("_")
        flag = node.kwargs.get("inplace", False) or any(a is True for a in node.args)
        return node.op.startswith("call") and bool(method or flag or node.target in IN_PLACE)

    def shares(self, node: fx.Node) -> bool:
        if (module := self.module(node)) is not None:
            return isinstance(module, SHARING)
        return node.op.startswith("call") and function_of(node.target) in SHARING_FUNCTIONS


def _computed(node: fx.Node, arguments: Any, options: Any) -> Any:
    """What torch computes of constants, as W.T."""
    if node.op == "call_method":
        return getattr(arguments[0], str(node.target))(*arguments[1:], **options)
    return node.target(*arguments, **options)  # type: ignore[operator]


def _reading(make: Callable[..., Any], module: nn.Module | None, arguments: Any, options: Any) -> Reading:
    """The operation and its operands, if the row knows these arguments."""
    try:
        bound = signature(make if module is None else _one_value).bind(*arguments, **options)
    except TypeError as error:
        raise NotSupported(f"with these arguments it is not read: {error}.") from None
    return make(*bound.args, **bound.kwargs) if module is None else (make(module), *bound.args)


def _one_value(input: Any) -> None:
    """What a layer takes."""


def _operand(value: Any) -> str | Constant:
    if isinstance(value, fx.Node):
        return value.name
    return row(value, "a constant") if isinstance(value, torch.Tensor) else (exact(value),)
