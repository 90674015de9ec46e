"""Any torch module as a table of counts, through ``torch.export``: operations, not module hooks, so nothing is missed.

The module is exported with its parameters as inputs, on the meta device: nothing is allocated and nothing runs. Shapes
may hold letters; with ``widths=True`` channels and features become letters too, and torch itself finds what must agree.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
import torch
from torch import fx, nn
from torch.utils.flop_counter import FlopCounterMode

from symnet.counts import layers as known
from symnet.counts.architecture import letters_of, with_sizes
from symnet.counts.records.joins import said
from symnet.counts.rows import Row
from symnet.counts.shapes import output
from symnet.counts.sizes import evaluate, gathered
from symnet.counts.table import CountTable
from symnet.derivation import Relation
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.torch.care import evaluating, failing, quiet
from symnet.readers.torch.nodes import APART, OPERATORS, Read, Tensor
from symnet.readers.torch.sizes import example, fixed, rewritten, size_names, unused

HINTS = (64, 224, 32, 16, 8)  # sizes tried for a letter of the input, until the module takes one


def read_module(module: nn.Module, shape: Any, widths: bool = False) -> CountTable:
    """The counts of a module for an input of this shape; conditions and fallbacks are in ``.conditions``, ``.notes``.

    shape    of the input: (1, 3, 224, 224), (1, 3, "H", "W"); a tuple of shapes for more inputs
    widths   channels and features as letters, where torch can follow them

    Raises NotSupported where torch cannot export the module, with torch's reason.
    """
    shapes = shapes_of(shape)
    exported = _exported(module, shapes, widths)
    graph = _Graph(exported, shapes)
    rows = tuple(graph.rows())
    return CountTable(
        type(module).__name__, rows, module=(module, graph.shown, graph.sizes),
        notes=(*graph.notes, *unused(graph.unused)), required=graph.required, unused=graph.unused,
    )  # fmt: skip


def shapes_of(shape: Any) -> tuple[tuple[Any, ...], ...]:
    """One shape for each input, sides as integers and letters; InvalidInput says what else stands there."""
    if not isinstance(shape, tuple | list) or not shape:
        raise InvalidInput(f"the shape is {shape!r}; give all axes with the batch, e.g. (1, 3, 224, 224)")
    shapes = shape if isinstance(shape[0], tuple | list) else (shape,)
    if not all(isinstance(s, tuple | list) and s for s in shapes):
        raise InvalidInput(f"the shapes are {shape!r}; give one shape for each input, e.g. ((1, 6), (1, 6, 10))")
    return tuple(tuple(map(_side, s)) for s in shapes)


def _side(side: Any) -> int | str:
    """A symbol is a letter too."""
    side = side.name if isinstance(side, sp.Symbol) else int(side) if isinstance(side, sp.Integer) else side
    if not is_side(side):
        raise InvalidInput(f"the shape has {side!r} in it; a side is a positive integer, or a letter such as 'H'")
    return side


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
            for dtype in (_real(module), torch.int64):
                try:
                    return _export(module, shapes, free, hint, dtype, widths)
                except Exception as error:  # torch raises anything from AttributeError to its own kinds
                    said = str(error).strip().splitlines()
                    problems.append(f"{type(error).__name__}: {said[0] if said else ''}")
                    if "indices" not in str(error):
                        break
    where = failing(module, [(_filled(s, HINTS[0])) for s in shapes])
    raise NotSupported(
        f"{type(module).__name__}: torch.export cannot read {f'layer {where!r}' if where else 'it'} "
        f"({problems[0][:200]}); give the layers as an Architecture"
    )


def _export(module: nn.Module, shapes: Any, free: bool, hint: int, dtype: Any, widths: bool) -> _Exported:
    parameters = {name: _meta(p) for name, p in module.named_parameters()}
    buffers = {name: _meta(b) for name, b in module.named_buffers()}
    inputs = tuple(torch.empty(_filled(s, hint), dtype=dtype, device="meta") for s in shapes)
    auto = torch.export.Dim.AUTO
    loose = {
        n: {i: auto for i in range(min(2, p.ndim)) if p.shape[i] > 1} if free else {} for n, p in parameters.items()
    }
    sides = tuple({i: auto for i, side in enumerate(s) if isinstance(side, str)} for s in shapes)
    with quiet(), evaluating(module), torch.device("meta"):  # what it makes on its way has no numbers either
        program = torch.export.export(
            _Open(module), (parameters, buffers, inputs), dynamic_shapes=(loose, {n: {} for n in buffers}, sides)
        )
    notes = ("widths are fixed: torch could not follow them as letters",) if widths and not free else ()
    return _Exported(program, tuple(parameters), notes)


def _real(module: nn.Module) -> torch.dtype:
    """The kind of real number that the module computes with."""
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)


def _filled(shape: Any, hint: int) -> list[int]:
    """A number for each letter."""
    return [hint if isinstance(side, str) else side for side in shape]


def _meta(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")


# ---------------------------------------------------------------------- the graph
INLINED = ("wrap_with_set_grad_enabled", "wrap_with_autocast", "wrap_inference_mode", "tag_activation_checkpoint",
           "wrap_activation_checkpoint", "wrap", "strict_mode", "invoke_subgraph", "hints_wrapper")  # fmt: skip


class _Graph:
    """An exported graph, its sizes renamed, its regions (no gradient, other precision) opened."""

    def __init__(self, exported: _Exported, shapes: Any) -> None:
        self.module = exported.program.graph_module
        self.nodes = list(exported.program.graph.nodes)
        self.parameters = self._parameters(exported)
        entering = [n for n in self.nodes if n.op == "placeholder"][-len(shapes) :]
        self.names = size_names(self.parameters, entering, shapes)
        self.sizes = {name: example(s, self.nodes) for s, name in self.names.items()}
        self.stands_for: dict[Any, Any] = {}
        self.notes = (*exported.notes, *fixed(entering, shapes))
        self.required = tuple(self._ranges(exported.program))
        self.entering = entering
        self.shown = tuple(tuple(map(_hint, node.meta["val"].shape)) for node in entering)
        self.elements = {name: math.prod(self._shape(node)) for node, name in self.parameters.items()}
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

    @property
    def unused(self) -> dict[str, Any]:
        """The parameters that no operation uses at test time, with their elements."""
        return {name: self.elements[name] for node, name in self.parameters.items() if not node.users}

    # ------------------------------------------------------------------ rows
    def rows(self) -> Iterator[Row]:
        """What enters, each operation that is a layer, and the parameters that no layer has counted."""
        taken: dict[str, int] = {}
        for node in self.entering:
            yield self._entering(node)
        for node in self._operations(self.module):
            if (read := self._read(node)) is not None:
                yield self._row(_unique(_path(node), taken), read, self._shape(node))
        for node, name in self.parameters.items():
            if name not in self.counted and node.users and self.elements[name] != 0:
                free = known.FreeParameter(self.elements[name])
                yield self._row(_unique(name, taken), Read(free, (), (), (name,)), ())

    def _operations(self, graph: Any) -> Iterator[Any]:
        """The operations in order; a region that runs once is opened, its inputs standing for what is given to it."""
        for node in graph.graph.nodes:
            if node.op != "call_function":
                continue
            bodies = [a for a in node.args if getattr(a, "op", "") == "get_attr" and _is_graph(graph, a)]
            if not bodies:
                yield node
                continue
            name = getattr(node.target, "_name", str(node.target))
            if len(bodies) > 1 or name not in INLINED:
                raise NotSupported(f"{_path(node)}: {name} holds parts that may run once, often or never; no reading")
            body = getattr(graph, bodies[0].target)
            given = node.args[node.args.index(bodies[0]) + 1 :]
            inside = [n for n in body.graph.nodes if n.op == "placeholder"]
            self.stands_for |= dict(zip(inside, given, strict=True))
            yield from self._operations(body)

    def _entering(self, node: Any) -> Row:
        shape = self._shape(node)
        shape = shape[1:] if shape[0] == 1 else shape
        return Row(node.name, _ENTERING, {}, shape, shape, {})

    def _read(self, node: Any) -> Read | None:
        if not isinstance(node.target, torch._ops.OpOverload):
            return None  # arithmetic of sizes, an entry of a tuple
        name = node.target.overloadpacket.__name__
        if name not in OPERATORS:
            return self._measured(node, name)
        out, arguments = Tensor(self._shape(node)), self._value(node.args)
        named = {k: self._value(v) for k, v in node.kwargs.items()}
        try:
            read = OPERATORS[name].of(out, node.target, arguments, named)
            return self._measured(node, name) if read is None else read
        except InvalidInput as error:
            raise NotSupported(f"{_path(node)}: {name} has sizes without a reading ({error})") from None
        except NotSupported as error:
            raise NotSupported(f"{_path(node)}: {name} with {error}; extend readers/torch/nodes.py") from None
        except (TypeError, KeyError, IndexError, ValueError) as error:
            raise NotSupported(
                f"node {node.name!r} ({_path(node)}): {name} is called in a way that has no reader ({error}); "
                "extend readers/torch/nodes.py"
            ) from None

    def _measured(self, node: Any, name: str) -> Read | None:
        """An operator without a reader, run at one size: what torch's counter has of it, if it multiplies."""
        if torch.Tag.pointwise in node.target.tags:
            return None
        try:
            with FlopCounterMode(display=False) as flops:
                node.target(*fx.map_arg(node.args, _at_one_size), **fx.map_arg(node.kwargs, _at_one_size))
        except Exception as error:  # an operator raises anything
            self.notes += (f"{_path(node)}: {name} does not run without numbers, so it is not counted ({error})"[:200],)
            return None
        if not (found := flops.get_total_flops() // 2):
            if node.target.namespace != "aten" or name in APART:
                self.notes += (f"{_path(node)}: {name} multiplies in a way of its own, and is not counted",)
            return None
        self.notes += (f"{_path(node)}: {name} has no formula; its connections are those at one size",)
        shape = self._shape(node)
        return Read(known.FixedNumber(found), shape, shape)

    def _row(self, name: str, read: Read, out: tuple[Any, ...]) -> Row:
        """The layer, as often as what it leaves fits into ``out``; the parameters that its formulas count are counted.

        A formula counts weights exactly where its value is the number of elements of the parameters that the layer uses
        and that no earlier one has counted. Where it is not, they stay for a row of their own.
        """
        layer, values = self._valued(name, read.layer, read)
        if not self._gives(layer, values, read):
            if read.otherwise is None:
                raise NotSupported(
                    f"{name}: torch leaves {said(read.leaves)}, and the formula of a {layer.rule.noun} does not; "
                    "extend readers/torch/nodes.py"
                )
            layer, values = self._valued(name, read.otherwise, read)
        repeats = _plain(sp.cancel(sp.sympify(math.prod(out), strict=True) / math.prod(read.leaves))) if out else 1
        if isinstance(repeats, sp.Rational):
            raise NotSupported(f"{name}: {said(out)} is not a whole number of {said(read.leaves)}; please report this")
        row = Row(name, layer, values, read.arrives, read.leaves, {}, read.conditions, repeats=repeats)
        for quantity, used in (("weights", read.weights), ("biases", read.biases)):
            fresh = [p for p in dict.fromkeys(used) if p not in self.counted]
            elements = sum(self.elements[p] for p in fresh)
            if elements != 0 and _equal(row.amount(quantity), elements):
                self.counted |= set(fresh)
            else:
                row = replace(row, shared=row.shared | {quantity})
        return row

    def _valued(self, name: str, layer: Any, read: Read) -> tuple[Any, dict[sp.Symbol, Any]]:
        """The layer with its sizes read, and the letters of its rule with their values."""
        layer, rule = with_sizes(name, layer), layer.rule
        values = letters_of(layer) | dict(zip(rule.sees, _flat(rule.sees, read.arrives), strict=False))
        return layer, dict(zip(rule.gives, read.leaves, strict=False)) | values

    def _gives(self, layer: Any, values: Mapping[sp.Symbol, Any], read: Read) -> bool:
        """Whether the layer's own formula has the shape that left, at the sizes that torch was shown."""
        own = output(layer.rule, values, read.arrives) if layer.rule.output else read.leaves
        return [self._number(side) for side in own] == [self._number(side) for side in read.leaves]

    def _number(self, side: Any) -> Any:
        return evaluate(sp.sympify(side, strict=True), self.sizes)

    # ------------------------------------------------------------------ shapes
    def _value(self, argument: Any) -> Any:
        if isinstance(argument, fx.Node):
            argument = self._outside(argument)
            value = argument.meta.get("val")
            if isinstance(value, torch.Tensor):
                return Tensor(self._shape(argument), self.parameters.get(argument, ""))
            return self._side(value) if isinstance(value, int | torch.SymInt) else value
        if isinstance(argument, list | tuple):
            return [self._value(item) for item in argument]
        return argument

    def _outside(self, node: Any) -> Any:
        """What an input of a region stands for."""
        while isinstance(self.stands_for.get(node), fx.Node):
            node = self.stands_for[node]
        return node

    def _shape(self, node: Any) -> tuple[Any, ...]:
        value = node.meta.get("val")
        while isinstance(value, list | tuple):
            value = value[0]
        return tuple(self._side(side) for side in value.shape) if isinstance(value, torch.Tensor) else ()

    def _side(self, side: Any) -> Any:
        if isinstance(side, int):
            return side
        if not side.node.has_hint():
            raise NotSupported(
                "a side depends on the numbers in the input, so that nothing can be counted from its shape"
            )
        return gathered(rewritten(side.node.expr, self.names))


@dataclass(frozen=True)
class _Entering:
    rule = known.InputVector.rule


_ENTERING = _Entering()


def _is_graph(owner: Any, node: Any) -> bool:
    return isinstance(getattr(owner, str(node.target), None), fx.GraphModule)


def _plain(x: Any) -> Any:
    """A Python integer where it is one."""
    return int(x) if x == 1 or getattr(x, "is_Integer", False) else x


def _equal(a: Any, b: Any) -> bool:
    return sp.expand(sp.sympify(a, strict=True) - b) == 0


def _flat(sees: Sequence[Any], arrives: tuple[Any, ...]) -> tuple[Any, ...]:
    return (math.prod(arrives),) if len(sees) == 1 else arrives


def _at_one_size(node: Any) -> Any:
    """A tensor or a size without its letters."""
    return _map_hints(node.meta.get("val"))


def _map_hints(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_map_hints(v) for v in value)
    if isinstance(value, torch.Tensor):
        return torch.empty([_hint(s) for s in value.shape], dtype=value.dtype, device="meta")
    return value.node.hint if isinstance(value, torch.SymInt | torch.SymFloat | torch.SymBool) else value


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
