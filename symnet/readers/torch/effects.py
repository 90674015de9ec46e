"""An exported graph as values alone: regions written out, writes followed through every view of what they write to.

A `_Cell` is memory, and what it holds now; a `_View` is a way from it, by operators that move no entry. A write of v at
the end of a way makes a new value of the whole, by going the way back with v; who reads the memory later goes the way
from there. What shares memory with what is not believed of the operators: the graph is run, and torch says it.

Under ``no_grad`` a result through which a gradient could flow is followed by a detach; a write there, or through a
detach, changes the value and leaves the gradient as it was: a' = a + detach(v - a).
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

import torch
from torch import fx

from symnet.errors import NotSupported

ATEN = torch.ops.aten
REGIONS = {  # at which argument the graph of the region stands; what comes before it says how it is run
    "wrap_with_set_grad_enabled": 1,
    "wrap_with_autocast": 4,
    "tag_activation_checkpoint": 0,
    "wrap_activation_checkpoint": 0,
}
DETACHED = ("detach", "detach_")
Way: TypeAlias = "tuple[tuple[fx.Node, int | None], ...]"  # an operator, and which of its results


def pure(exported: Any, given: Sequence[Any]) -> fx.Graph:
    """The graph of ``exported`` without regions and writes; ``given`` are tensors for its placeholders.

    Raises `NotSupported` for a write that cannot be followed.
    """
    flat = _written_out(exported.graph_module)
    signature = exported.graph_signature
    moving = set(signature.inputs_to_parameters) | set(signature.user_inputs)
    return _Writes(flat, _memory(flat, given), moving).followed() if _writes_in(flat) else _stopped(flat, moving)


def name_of(node: fx.Node) -> str:
    """The operator without its overload: "softplus"."""
    schema = getattr(node.target, "_schema", None)
    return schema.name.split("::")[1] if schema else str(node.target)


def place_of(node: fx.Node) -> str:
    """The path of the module that the node comes from; none at the top."""
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return stack[-1][0] if stack else ""


def replayed(graph: fx.Graph, given: Sequence[Any]) -> list[Any]:
    """What the graph gives for these tensors."""
    return fx.Interpreter(fx.GraphModule({}, graph)).run(*given)


# ---------------------------------------------------------------------- regions
def _written_out(module: fx.GraphModule) -> fx.Graph:
    """One graph; every node remembers whether gradients were recorded where it stands."""
    graph = fx.Graph()
    results = _copied(module, graph, None, True)
    graph.output(results)
    return graph


def _copied(module: fx.GraphModule, graph: fx.Graph, entering: Sequence[Any] | None, recorded: bool) -> Any:
    """The nodes of ``module`` added to ``graph``; its placeholders are ``entering``, where they are given."""
    new: dict[fx.Node, Any] = {}
    arriving = iter(entering or ())

    def at(old: fx.Node) -> Any:
        return new[old]

    for node in module.graph.nodes:
        if node.op == "placeholder" and entering is not None:
            new[node] = next(arriving)
        elif node.op == "get_attr":
            new[node] = getattr(module, str(node.target))
        elif node.op == "output":
            return fx.node.map_arg(node.args[0], at)
        elif (name := name_of(node)) in REGIONS:
            *before, inside = fx.node.map_arg(node.args[: REGIONS[name] + 1], at)
            arguments = fx.node.map_arg(node.args[REGIONS[name] + 1 :], at)
            within = bool(before[0]) if name == "wrap_with_set_grad_enabled" else recorded
            new[node] = _copied(inside, graph, arguments, within)
        elif node.target is operator.getitem and not isinstance(new[node.args[0]], fx.Node):
            new[node] = new[node.args[0]][node.args[1]]
        else:
            new[node] = graph.node_copy(node, at)
            new[node].meta["recorded"] = recorded
    return ()


def _written_by(node: fx.Node) -> list[str]:
    """Names of the arguments that a node writes into."""
    schema = getattr(node.target, "_schema", None)
    return [a.name for a in schema.arguments if a.alias_info and a.alias_info.is_write] if schema else []


def _writes_in(graph: fx.Graph) -> bool:
    return any(_written_by(node) for node in graph.nodes)


def _is_float(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype.is_floating_point


def _moves(node: fx.Node, moving: set[str]) -> bool:
    """A gradient can flow through it."""
    if node.op == "placeholder":
        return node.target in moving and _is_float(node.meta.get("val"))
    inward = any(a.meta.get("moves") for a in node.all_input_nodes) and name_of(node) not in DETACHED
    return inward and _is_float(node.meta.get("val")) if not isinstance(node.meta.get("val"), tuple | list) else inward


def _stopped(graph: fx.Graph, moving: set[str]) -> fx.Graph:
    """Without writes, all there is to do is to stop what no gradient was recorded for."""
    for node in list(graph.nodes):
        node.meta["moves"] = _moves(node, moving)
        if node.op == "call_function" and node.meta["moves"] and not node.meta.get("recorded", True):
            if isinstance(node.meta["val"], tuple | list):
                continue  # its parts are stopped
            with graph.inserting_after(node):
                stop = _detach(graph, node)
            node.replace_all_uses_with(stop, delete_user_cb=lambda user, stop=stop: user is not stop)
    return graph


def _detach(graph: fx.Graph, node: fx.Node) -> fx.Node:
    stop = _call(graph, ATEN.detach.default, node)
    stop.meta.update(node.meta, moves=False)
    return stop


def _call(graph: fx.Graph, target: Any, *arguments: Any, **options: Any) -> fx.Node:
    """A node that is called after its operator alone."""
    return graph.create_node("call_function", target, arguments, options, target._schema.name.split("::")[1])


# ---------------------------------------------------------------------- what shares memory
class _Storages(fx.Interpreter):
    """Where each value of the graph lies, found by running it; everything is kept alive, so that no place is reused."""

    def __init__(self, graph: fx.Graph) -> None:
        super().__init__(fx.GraphModule({}, graph), garbage_collect_values=False)
        self.lies: dict[str, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        self.lies[n.name] = tuple(map(_lies, value)) if isinstance(value, tuple | list) else _lies(value)
        return value


def _lies(value: Any) -> Any:
    """Memory, and how the entries lie in it."""
    if not isinstance(value, torch.Tensor) or not value.numel():
        return None
    return value.untyped_storage()._cdata, value.storage_offset(), tuple(value.shape), value.stride()


def _memory(graph: fx.Graph, given: Sequence[Any]) -> Mapping[str, Any]:
    run = _Storages(graph)
    with torch.no_grad():
        run.run(*(x.detach().clone() if isinstance(x, torch.Tensor) else x for x in given))
    return run.lies


# ---------------------------------------------------------------------- writes
@dataclass(eq=False)
class _Cell:
    """Memory: the value that it holds now."""

    now: fx.Node


@dataclass(frozen=True, eq=False)
class _View:
    """A part of a cell, by a way of operators that move no entry."""

    cell: _Cell
    way: Way = ()


class _Writes:
    """The graph made anew, node by node; ``value`` is what each old node stands for."""

    def __init__(self, flat: fx.Graph, lies: Mapping[str, Any], moving: set[str]) -> None:
        self.flat, self.lies, self.moving, self.graph = flat, lies, moving, fx.Graph()
        self.value: dict[fx.Node, Any] = {}
        self.gone: dict[tuple[fx.Node, fx.Node, int | None], fx.Node] = {}

    def followed(self) -> fx.Graph:
        for node in self.flat.nodes:
            if node.op == "output":
                self.graph.output(fx.node.map_arg(node.args[0], self.read))
            else:
                self.value[node] = self._met(node)
        return self.graph

    # -- one node
    def _met(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return _View(_Cell(self._made(self.graph.node_copy(node), node)))
        if node.target is operator.getitem and isinstance(self.value[node.args[0]], tuple):
            return self.value[node.args[0]][node.args[1]]
        if written := _written_by(node):
            return self._write(node, written)
        parents = [a for a in node.all_input_nodes if isinstance(self.value[a], _View)]
        lies = self.lies[node.name]
        if isinstance(lies, tuple) and lies and (lies[0] is None or isinstance(lies[0], tuple)):
            parent = next((p for p in parents if all(_shares(one, self.lies[p.name]) for one in lies)), None)
            if parent is not None:
                return tuple(self._seen(node, parent, i) for i in range(len(lies)))
            made = self._made(self.graph.node_copy(node, self.read), node)
            return tuple(_View(_Cell(self._item(made, i))) for i in range(len(lies)))
        parent = next((p for p in parents if _shares(lies, self.lies[p.name])), None)
        if parent is not None:
            return self._seen(node, parent, None)
        return _View(_Cell(self._made(self.graph.node_copy(node, self.read), node)))

    def _made(self, new: fx.Node, old: fx.Node) -> fx.Node:
        """The new node; followed by a detach, where no gradient was recorded for it."""
        new.meta["moves"] = _moves(new, self.moving)
        stops = new.meta["moves"] and new.op == "call_function" and not old.meta.get("recorded", True)
        return _detach(self.graph, new) if stops and not isinstance(new.meta["val"], tuple | list) else new

    def _item(self, made: fx.Node, i: int) -> fx.Node:
        item = self.graph.call_function(operator.getitem, (made, i))
        item.meta.update(made.meta, val=made.meta["val"][i])
        return self._made(item, made)

    # -- reading
    def read(self, old: fx.Node) -> Any:
        """What an old node stands for now."""
        value = self.value[old]
        return tuple(map(self._read, value)) if isinstance(value, tuple) else self._read(value)

    def _read(self, view: _View) -> fx.Node:
        return self._along(view)[-1]

    def _along(self, view: _View) -> list[fx.Node]:
        """The values along the way, the whole first."""
        return list(accumulate(view.way, self._step, initial=view.cell.now))

    def _step(self, whole: fx.Node, step: tuple[fx.Node, int | None]) -> fx.Node:
        old, i = step
        if (known := self.gone.get((whole, old, i))) is not None:
            return known
        parent = self._parent(old)
        several = self.gone.get((whole, old, None))
        if several is None:
            several = self.graph.node_copy(old, lambda a: whole if a is parent else self.read(a))
            several = self.gone[whole, old, None] = self._made(several, old)
        if i is not None:
            self.gone[whole, old, i] = self._item(several, i)
        return self.gone[whole, old, i]

    def _parent(self, old: fx.Node) -> fx.Node:
        lies = self.lies[old.name]
        first = lies[0] if isinstance(lies[0], tuple) else lies
        return next(p for p in old.all_input_nodes if _shares(first, self.lies[p.name]))

    def _seen(self, node: fx.Node, parent: fx.Node, i: int | None) -> _View:
        """A view of a view; what lies just as its parent does, without a detach between, is the parent."""
        view = self.value[parent]
        recorded = node.meta.get("recorded", True) or not self._read(view).meta["moves"]
        same = i is None and self.lies[node.name] == self.lies[parent.name]
        if same and recorded and (name_of(node) not in DETACHED or not self._read(view).meta["moves"]):
            return view
        return _View(view.cell, (*view.way, (node, i)))

    # -- writing
    def _write(self, node: fx.Node, written: list[str]) -> Any:
        if len(written) != 1 or not isinstance(self._argument(node, written[0]), fx.Node):
            raise self._refused(node, "writes to several tensors")
        target = self._argument(node, written[0])
        view = self.value[target]
        if name_of(node) == "copy_" and self._is_there(self._argument(node, "src"), target):
            return view  # y[0] *= 3 puts back what was multiplied in place
        before = self._along(view)
        twin = _twin(node.target)
        if twin is None:
            raise self._refused(node, "has no form that gives its value instead of writing it")
        new = self._copied(node, before[-1]) if name_of(node) == "copy_" else self._called(twin, node)
        new.meta.update({k: v for k, v in node.meta.items() if k != "val"}, val=before[-1].meta["val"])
        new, whole = self._made(new, node), view.cell.now
        aside = any(name_of(step) in DETACHED for step, _ in view.way)
        if aside and new.meta["moves"]:
            raise self._refused(node, "writes what a gradient flows through to a detached tensor")
        put = self._put(new, view, before, node)
        seen = node.meta.get("recorded", True) and not aside
        view.cell.now = put if seen else self._unseen(put, whole)
        return view

    def _is_there(self, source: Any, target: fx.Node) -> bool:
        seen = self.value.get(source)
        return (
            isinstance(seen, _View)
            and seen.cell is self.value[target].cell
            and (self.lies[source.name] == self.lies[target.name])
        )

    def _called(self, twin: Any, node: fx.Node) -> fx.Node:
        arguments, options = (fx.node.map_arg(a, self.read) for a in (node.args, dict(node.kwargs)))
        return _call(self.graph, twin, *arguments, **options)

    def _copied(self, node: fx.Node, whole: fx.Node) -> fx.Node:
        """What is copied, in the shape and the kind of number of what it is copied to."""
        source: Any = self._argument(node, "src")
        new, val = self.read(source), whole.meta["val"]
        if tuple(source.meta["val"].shape) != tuple(val.shape):
            new = _call(self.graph, ATEN.expand.default, new, list(val.shape))
            new.meta.update(node.meta, val=val.to(source.meta["val"].dtype))
            new = self._made(new, node)
        if source.meta["val"].dtype != val.dtype:
            return _call(self.graph, ATEN.to.dtype, new, val.dtype)
        return _call(self.graph, ATEN.clone.default, new)

    def _argument(self, node: fx.Node, name: str) -> Any:
        names = [a.name for a in node.target._schema.arguments]  # type: ignore[union-attr]
        return node.kwargs[name] if name in node.kwargs else node.args[names.index(name)]

    def _put(self, new: fx.Node, view: _View, before: list[fx.Node], node: fx.Node) -> fx.Node:
        """The whole with ``new`` at the end of the way."""
        for (step, part), parent in zip(reversed(view.way), reversed(before[:-1]), strict=True):
            if name_of(step) in DETACHED:
                continue
            back = _backward(step, parent) if part is None else None  # torch refuses that too
            if back is None:
                raise self._refused(node, f"writes through '{name_of(step)}', a view that has no way back")
            call, *arguments = back
            made = _call(self.graph, call, *(new if a is NEW else a for a in arguments))
            made.meta.update(node.meta, val=parent.meta["val"])
            new = self._made(made, step)
        return new

    def _unseen(self, new: fx.Node, old: fx.Node) -> fx.Node:
        """What a write that autograd does not see leaves: the new value, with the gradient of the old one."""
        if not old.meta["moves"]:
            return new
        change = self._between(ATEN.sub.Tensor, new, old, old)
        return self._between(ATEN.add.Tensor, old, _detach(self.graph, change), old)

    def _between(self, target: Any, a: fx.Node, b: fx.Node, like: fx.Node) -> fx.Node:
        made = _call(self.graph, target, a, b)
        made.meta.update(like.meta)
        return made

    def _refused(self, node: fx.Node, why: str) -> NotSupported:
        at = place_of(node)
        return NotSupported(
            f"'{name_of(node)}' at {f'module {at!r}' if at else 'the top'} {why}; write it without changing in place"
        )


def _shares(one: Any, other: Any) -> bool:
    return one is not None and isinstance(other, tuple) and bool(other) and one[0] == other[0]


def _twin(target: Any) -> Any:
    """The overload that gives what ``target`` writes: mul for mul_. Torch has no gradients for what writes to out=."""
    name = target._schema.name.split("::")[1]
    if not name.endswith("_") or (torch.Tag.inplace_view in target.tags and name not in DETACHED):
        return None  # it gives the tensor another shape
    return getattr(getattr(ATEN, name[:-1], None), target._overloadname, None)


# ---------------------------------------------------------------------- the way back
NEW = object()  # where the new part stands


def _backward(step: fx.Node, whole: fx.Node) -> tuple[Any, ...] | None:
    """The operator that puts NEW in place of what ``step`` sees of ``whole``, with its arguments; None if unknown."""
    name, shape = name_of(step), tuple(map(int, whole.meta["val"].shape))
    bound = {a.name: a.default_value for a in step.target._schema.arguments}  # type: ignore[union-attr]
    bound |= dict(zip(bound, step.args, strict=False)) | dict(step.kwargs)
    if name == "select":
        return ATEN.select_scatter.default, whole, NEW, bound["dim"], bound["index"]
    if name == "narrow":
        start, length = bound["start"], bound["length"]
        return ATEN.slice_scatter.default, whole, NEW, bound["dim"], start, start + length, 1
    if name == "slice":
        return ATEN.slice_scatter.default, whole, NEW, bound["dim"], bound["start"], bound["end"], bound["step"]
    if name in ("transpose", "permute", "t", "numpy_T", "mT", "movedim", "swapaxes", "adjoint"):
        order = _order(step, len(shape))
        return ATEN.permute.default, NEW, [order.index(a) for a in range(len(shape))]
    if name in RESHAPED:
        return ATEN.reshape.default, NEW, list(shape)
    return None


RESHAPED = ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "alias")


def _order(step: fx.Node, rank: int) -> list[int]:
    """Where the axes come from, seen on sizes that all differ."""
    probe = torch.empty(tuple(range(2, 2 + rank)), device="meta")
    target: Any = step.target
    return [n - 2 for n in target(probe, *step.args[1:], **step.kwargs).shape]
