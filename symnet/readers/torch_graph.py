"""Any torch module as a table of counts, through ``torch.export``: operations, not module hooks, so nothing is missed.

The module is exported with its parameters as inputs, on the meta device: nothing is allocated and nothing runs. Shapes
may hold letters; with ``widths=True`` channels and features become letters too, and torch itself finds what must agree.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
import torch
from torch import nn

from symnet.counts import layers as known
from symnet.counts.architecture import letters_of, with_sizes
from symnet.counts.rows import Row
from symnet.counts.sizes import gathered
from symnet.counts.table import CountTable
from symnet.derivation import Relation
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch_care import evaluating, failing, quiet
from symnet.readers.torch_nodes import CONNECTING, OPERATORS, Read, Tensor
from symnet.readers.torch_sizes import example, fixed, rewritten, size_names, unused

HINTS = (64, 224, 32, 16, 8)  # sizes tried for a letter of the input, until the module takes one


def read_module(module: nn.Module, shape: Any, widths: bool = False) -> CountTable:
    """The counts of one example; conditions and fallbacks are in ``.conditions`` and ``.notes``.

    shape    of the input, with its batch axis: (1, 3, 224, 224), (1, 3, "H", "W"); a tuple of shapes for more inputs
    widths   channels and features as letters, where torch can follow them

    Raises NotSupported where torch cannot export the module, with torch's reason.
    """
    shapes = _shapes(shape)
    exported = _exported(module, shapes, widths)
    graph = _Graph(exported, shapes)
    rows = tuple(graph.rows())
    return CountTable(
        type(module).__name__, rows, module=(module, shapes, graph.sizes), notes=graph.notes, required=graph.required
    )


def _shapes(shape: Any) -> tuple[tuple[Any, ...], ...]:
    if not isinstance(shape, tuple | list) or not shape:
        raise InvalidInput(f"the shape is {shape!r}; give all axes with the batch, e.g. (1, 3, 224, 224)")
    shapes = tuple(map(tuple, shape)) if isinstance(shape[0], tuple | list) else (tuple(shape),)
    for side in (side for s in shapes for side in s):
        if not is_side(side):
            raise InvalidInput(f"the shape has {side!r} in it; a side is a positive integer, or a letter such as 'H'")
    return shapes


def is_side(side: Any) -> bool:
    """A positive integer, or a letter."""
    if isinstance(side, str):
        return bool(re.fullmatch(r"[A-Za-z]\w*", side))
    return isinstance(side, int) and not isinstance(side, bool) and side > 0


# ---------------------------------------------------------------------- export
class _Open(nn.Module):
    """The module with its parameters and buffers as inputs."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, parameters: Any, buffers: Any, inputs: Any) -> Any:
        return torch.func.functional_call(self.module, (parameters, buffers), tuple(inputs))


@dataclass(frozen=True)
class _Exported:
    program: Any
    parameters: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _exported(module: nn.Module, shapes: Any, widths: bool) -> _Exported:
    """The first way in which torch exports it: letters as wished, else widths fixed; float inputs, else integers."""
    problems: list[str] = []
    for free in (True, False) if widths else (False,):
        for hint in HINTS if any(isinstance(side, str) for s in shapes for side in s) else HINTS[:1]:
            for dtype in (torch.float32, torch.int64):
                try:
                    return _export(module, shapes, free, hint, dtype, widths)
                except Exception as error:  # torch raises anything from AttributeError to its own kinds
                    said = str(error).strip().splitlines()
                    problems.append(f"{type(error).__name__}: {said[0] if said else ''}")
                    if "indices" not in str(error):
                        break
    where = failing(module, [(_filled(s, HINTS[0])) for s in _of_oneexample(shapes)])
    raise NotSupported(
        f"{type(module).__name__}: torch.export cannot read {f'layer {where!r}' if where else 'it'} "
        f"({problems[0][:200]}); give the layers as an Architecture"
    )


def _export(module: nn.Module, shapes: Any, free: bool, hint: int, dtype: Any, widths: bool) -> _Exported:
    parameters = {name: _meta(p) for name, p in module.named_parameters()}
    buffers = {name: _meta(b) for name, b in module.named_buffers()}
    inputs = tuple(torch.empty(_filled(s, hint), dtype=dtype, device="meta") for s in _of_oneexample(shapes))
    auto = torch.export.Dim.AUTO
    loose = {
        n: {i: auto for i in range(min(2, p.ndim)) if p.shape[i] > 1} if free else {} for n, p in parameters.items()
    }
    sides = tuple({i: auto for i, side in enumerate(s) if isinstance(side, str)} for s in shapes)
    with quiet(), evaluating(module):
        program = torch.export.export(
            _Open(module), (parameters, buffers, inputs), dynamic_shapes=(loose, {n: {} for n in buffers}, sides)
        )
    notes = ("widths are fixed: torch could not follow them as letters",) if widths and not free else ()
    return _Exported(program, tuple(parameters), notes)


def _filled(shape: Any, hint: int) -> list[int]:
    """A number for each letter."""
    return [hint if isinstance(side, str) else side for side in shape]


def _of_oneexample(shapes: Any) -> Any:
    """A batch that is a number is 1 from here on: counts are those of one example."""
    batch = shapes[0][0]
    return tuple((1, *s[1:]) if isinstance(batch, int) and s[0] == batch else s for s in shapes)


def _meta(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")


# ---------------------------------------------------------------------- the graph
class _Graph:
    """An exported graph, its sizes renamed."""

    def __init__(self, exported: _Exported, shapes: Any) -> None:
        self.nodes = list(exported.program.graph.nodes)
        self.parameters = self._parameters(exported)
        entering = [n for n in self.nodes if n.op == "placeholder"][-len(shapes) :]
        self.names = size_names(self.parameters, entering, shapes)
        self.sizes = {name: example(s, self.nodes) for s, name in self.names.items()}
        idle = [name for node, name in self.parameters.items() if not node.users]
        self.notes = (*exported.notes, *fixed(entering, shapes), *unused(idle))
        self.required = tuple(self._ranges(exported.program))
        self.entering = entering
        self.batch = self._shape(entering[0])[0]
        self.counted: set[str] = set()

    def _parameters(self, exported: _Exported) -> dict[Any, str]:
        """Placeholder -> the parameter's name; the module's own, which nothing uses, come first."""
        placeholders = [n for n in self.nodes if n.op == "placeholder"]
        own = len(exported.program.graph_signature.inputs_to_parameters)
        own += len(exported.program.graph_signature.inputs_to_buffers)
        own += len(exported.program.graph_signature.inputs_to_lifted_tensor_constants)
        return dict(zip(placeholders[own:], exported.parameters, strict=False))

    def _ranges(self, program: Any) -> Iterator[Relation]:
        for s, bounds in program.range_constraints.items():
            low = int(bounds.lower) if bounds.lower.is_finite else 2
            if isinstance(s, sp.Symbol) and low > 2 and s in self.names:
                yield Relation(self.names[s], ">=", low)

    # ------------------------------------------------------------------ rows
    def rows(self) -> Iterator[Row]:
        taken: dict[str, int] = {}
        for node in self.entering:
            yield self._entering(node)
        for node in self.nodes:
            if node.op == "call_function" and (read := self._read(node)) is not None:
                yield self._row(_unique(_path(node), taken), read)
        for node, name in self.parameters.items():
            if name not in self.counted and node.users:
                elements = math.prod(self._shape(node))
                yield self._row(_unique(name, taken), Read(known.FreeParameter(elements), (), (elements,), (name,)))

    def _entering(self, node: Any) -> Row:
        shape = self._shape(node)[1:]
        return Row(node.name, _ENTERING, {}, shape, shape, {})

    def _read(self, node: Any) -> Read | None:
        name = getattr(node.target, "overloadpacket", node.target)
        name = getattr(name, "__name__", str(name))
        arguments = [self._value(argument) for argument in node.args]
        if name in CONNECTING:
            return self._counted_at_one_size(node, name)
        if name not in OPERATORS:
            return None
        named = {k: self._value(v) for k, v in node.kwargs.items()}
        try:
            return OPERATORS[name](self.batch, Tensor(self._shape(node)), *arguments, **named)
        except (TypeError, KeyError, IndexError) as error:
            raise NotSupported(
                f"node {node.name!r} ({_path(node)}): {name} is called in a way that has no reader ({error}); "
                "extend readers/torch_nodes.py"
            ) from None

    def _counted_at_one_size(self, node: Any, name: str) -> Read:
        from torch.utils.flop_counter import FlopCounterMode

        def at_one_size(x: Any) -> Any:
            value = getattr(x, "meta", {}).get("val")
            return (
                x if value is None else torch.empty([_hint(s) for s in value.shape], dtype=value.dtype, device="meta")
            )

        with FlopCounterMode(display=False) as flops:
            node.target(*torch.fx.map_arg(node.args, at_one_size), **torch.fx.map_arg(node.kwargs, at_one_size))
        self.notes += (f"{_path(node)}: {name} has no formula; its connections are those at one size",)
        shape = self._shape(node)
        batch = _hint(node.meta["val"].shape[0]) if shape else 1
        return Read(known.FixedNumber(flops.get_total_flops() // 2 // batch), shape[1:], shape[1:])

    def _row(self, name: str, read: Read) -> Row:
        """Weights and biases that an earlier node has used are shared, and not counted again."""
        layer = with_sizes(name, read.layer)
        shared = {
            q
            for q, used in (("weights", read.weights), ("biases", read.biases))
            if used and not set(used) - self.counted
        }
        shared |= {q for q in ("weights", "biases") if getattr(layer.rule, q) and not getattr(read, q)}
        self.counted |= {*read.weights, *read.biases}
        rule = layer.rule
        values = letters_of(layer) | dict(zip(rule.sees, _flat(rule.sees, read.arrives), strict=False))
        values |= dict(zip(rule.gives, read.leaves, strict=False))
        return Row(name, layer, values, read.arrives, read.leaves, {}, read.conditions, frozenset(shared), read.repeats)

    # ------------------------------------------------------------------ shapes
    def _value(self, argument: Any) -> Any:
        if isinstance(argument, torch.fx.Node):
            value = argument.meta.get("val")
            if isinstance(value, torch.Tensor):
                return Tensor(self._shape(argument), self.parameters.get(argument, ""))
            return self._side(value) if isinstance(value, int | torch.SymInt) else value
        if isinstance(argument, list | tuple):
            return [self._value(item) for item in argument]
        return argument

    def _shape(self, node: Any) -> tuple[Any, ...]:
        value = node.meta.get("val")
        while isinstance(value, list | tuple):
            value = value[0]
        return tuple(self._side(side) for side in value.shape) if isinstance(value, torch.Tensor) else ()

    def _side(self, side: Any) -> Any:
        if isinstance(side, int):
            return side
        return gathered(rewritten(side.node.expr, self.names))


@dataclass(frozen=True)
class _Entering:
    rule = known.InputVector.rule


_ENTERING = _Entering()


def _flat(sees: Sequence[Any], arrives: tuple[Any, ...]) -> tuple[Any, ...]:
    return (math.prod(arrives),) if len(sees) == 1 else arrives


def _hint(side: Any) -> int:
    return side if isinstance(side, int) else int(side.node.hint)


def _path(node: Any) -> str:
    """The module that holds the operation, layer1.0.conv1; for an operation between modules, the node's name."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = stack[-1][0] if stack else ""
    inner = path.removeprefix("module").removeprefix(".")
    is_leaf = stack and str(stack[-1][1]).startswith("torch.nn.modules") and "container" not in str(stack[-1][1])
    return inner if inner and is_leaf else f"{inner}.{node.name}" if inner else node.name


def _unique(name: str, taken: dict[str, int]) -> str:
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name}#{taken[name]}"
