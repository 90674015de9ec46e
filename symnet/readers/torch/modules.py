"""A torch module as a text in the model language, through `torch.export`, in float64.

Regions are written out and writes followed first (`torch_effects`), so every node of the graph is a value. A node that
depends on no input and no parameter is worked out on the spot. Every other becomes one equation, by a table from ATen
operators to the language; what only moves to another name (dropout in eval mode, contiguous, …) becomes none. A node
without an entry is refused by its name and the module that it comes from, and so is an argument that no entry asks for.

Two laws hold at the end of every reading: the graph gives what the module gives, with the same gradients, and every
parameter that the output depends on is in the text; the others are named.

W_blocks_0_fc, b_blocks_0_fc   the weight and bias at the path blocks.0.fc; h_blocks_0_fc its output
"""

import keyword
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from symnet import notation
from symnet.adjoints.record import WORDS
from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.torch.aten import ATEN, MOVES, Call, Known, bound
from symnet.readers.torch.aten.call import filled, is_truth, number
from symnet.readers.torch.aten.pointwise import COMPARISONS
from symnet.readers.torch.effects import name_of, place_of
from symnet.readers.torch.export import exported, in_precision_of

NAME = re.compile(r"[A-Za-z]\w*")
AS_IT_IS = re.compile(r"(zeros|ones)\([\d, ]*\)")  # written where it is used
ROLES = {"weight": "W", "bias": "b", "running_mean": "mean", "running_var": "variance"}


@dataclass(frozen=True)
class TorchModel:
    """What was read: the text, and for each declared name its path in the module, or the number of an input.

    modules      for each equation, the path of the module that computes it
    constants    for each name declared constant, the array that it stands for
    unused       paths of the parameters that the output does not depend on
    """

    text: str
    paths: Mapping[str, str]
    inputs: Mapping[str, int]
    module: Any = field(compare=False)
    examples: tuple[Any, ...] = field(compare=False)
    output: int = 0
    modules: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict, compare=False)
    unused: tuple[str, ...] = ()

    def refusal(self, error: SymnetError) -> SymnetError:
        """An error about the text, which the user did not write, as one about the module."""
        said = str(error)
        line = re.match(r"equation (\d+), '(\w+) = ", said)
        where = self.modules.get(line[2], "") if line else ""
        at = f"module '{where}'" if where else f"the top of {type(self.module).__name__}"
        return type(error)(f"{at}, read as {said}")


def read_module(module: Any, *shapes: Any, output: int = 0) -> TorchModel:
    """The module at example inputs: a shape each, or a tensor where an input holds indices."""
    examples = tuple(_example(shape, module) for shape in shapes)
    if not examples:
        raise InvalidInput("a torch module needs the shape of each input, as in backprop(module, (2, 16, 32))")
    with in_precision_of(module):
        return _Reader(module, exported(module, examples), examples, output).read()


def _example(shape: Any, module: Any) -> Any:
    if isinstance(shape, torch.Tensor):
        return shape
    first = next((p for p in module.parameters() if p.dtype.is_floating_point), torch.empty(0))
    try:
        return torch.randn(tuple(shape), dtype=first.dtype, device=first.device)
    except TypeError:
        raise InvalidInput(f"{shape!r} is neither a shape nor a tensor; write a tuple such as (2, 16)") from None


# ---------------------------------------------------------------------- reading
class _Reader:
    """The state of one reading: what each node of the graph is called, and the lines so far."""

    def __init__(self, module: Any, found: Any, examples: tuple[Any, ...], output: int) -> None:
        self.module, self.found, self.examples, self.output = module, found, examples, output
        self.called: dict[Any, Any] = {}  # a text, a `Known` tensor, or a tuple of them for several results
        self.declared: list[str] = []
        self.equations: list[str] = []
        self.modules: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.inputs: dict[str, int] = {}
        self.constants: dict[str, Any] = {}
        self.names_of_constants: dict[int, str] = {}
        self.roots: dict[Any, frozenset[str]] = {}  # the buffers that a known node is made of
        self.taken: set[str] = set(WORDS)
        self.written: set[str] = set(_spellings("I"))  # the identity
        self.users = _modules_of_one_node(found.graph)

    def read(self) -> TorchModel:
        results = self.found.results
        if not 0 <= self.output < len(results):
            raise InvalidInput(f"the module has {len(results)} outputs, so output {self.output} is none of them")
        if not hasattr(results[self.output], "users"):
            raise InvalidInput(f"output {self.output} of the module is {results[self.output]}, which is no tensor")
        needed = _needed(results[self.output])
        for node in self.found.graph.nodes:
            if node in needed:
                self._read(node)
        last = self._written(self.called[results[self.output]])
        self.equations = _used(self.equations, last)
        if not self.equations or not self.equations[-1].startswith(f"{last} ="):
            self.equations.append(f"{self._fresh('y')} = {last}")
        words = set(re.findall(r"\w+", "\n".join(self.equations)))
        declared = [line for line in self.declared if line.split(" : ")[0] in words]  # a buffer may only be counted in
        text = "\n".join([f"# {type(self.module).__name__}", *declared, *self.equations])
        constants = {n: v for n, v in self.constants.items() if n in words}
        unused = self.found.agrees(self.output, {p for n, p in self.paths.items() if n in words})
        return TorchModel(
            text, self.paths, self.inputs, self.module, self.examples, self.output, self.modules, constants, unused
        )

    def _read(self, node: Any) -> None:
        if node.op == "placeholder":
            self._declare(node)
        elif node.target is operator.getitem:
            self.called[node] = self.called[node.args[0]][node.args[1]]
        elif node.op == "call_function":
            self._define(node)

    # -- what is given
    def _declare(self, node: Any) -> None:
        path, value = self.found.path(node), self.found.known(node)
        if value is not None:
            self.called[node] = Known(node, value)
            self.roots[node] = frozenset([path] if path else [])
            return
        name = self._fresh(_called(path) if path else ("x" if node.target == "input" else node.target))
        self.called[node] = name
        shaped = node.meta["val"]
        kind = "parameter" if self.found.is_parameter(node) else "constant" if path else "input"
        if not shaped.dtype.is_floating_point:
            kind = f"index {self._bound(node)}"
        self.declared.append(f"{name} : {' '.join(map(str, shaped.shape)) or 'scalar'} {kind}")
        if path:
            self.paths[name] = path
        else:
            self.inputs[name] = self.found.number(node)

    def _bound(self, node: Any) -> int:
        """An index stays below the number of rows that it selects from."""
        waiting = list(node.users)
        while waiting:
            user = waiting.pop()
            name = name_of(user)
            if _is_index(user):
                waiting += user.users
            if name == "embedding":
                return int(user.args[0].meta["val"].shape[0])
            if name in ("cross_entropy_loss", "nll_loss", "nll_loss_nd"):
                return int(user.args[0].meta["val"].shape[min(1, user.args[0].meta["val"].ndim - 1)])
        raise NotSupported(f"the integer input '{node.name}' is neither the index of an embedding nor a target")

    # -- what is constant
    def _constant(self, node: Any) -> Any:
        """The value of a node that nothing given enters; never on meta, where there are no values."""
        self._refuse_chance(node)
        arguments, options = self.found.values((node.args, dict(node.kwargs)), self.called)
        value = node.target(*arguments, **{k: v for k, v in options.items() if k not in ("pin_memory", "device")})
        if name_of(node).startswith(("empty", "new_empty")):
            value = torch.zeros_like(value)  # whatever stands there is written before it is read
        self.roots[node] = frozenset().union(*(self.roots.get(a, frozenset()) for a in node.all_input_nodes))
        return tuple(Known(node, v) for v in value) if isinstance(value, tuple | list) else Known(node, value)

    def _written(self, value: Any) -> Any:
        """A text; of a known tensor its number, or the name of a constant."""
        if isinstance(value, list | tuple):
            return [self._written(x) for x in value]
        return self._known(value) if isinstance(value, Known) else value

    def _known(self, known: Known) -> str:
        value = known.tensor.detach().to("cpu", torch.float64)
        distinct = value.unique()
        if not value.ndim and not bool(value.isfinite()):
            raise TypeError
        if not value.ndim:
            return number(value.item() if value.item() != int(value) else int(value))
        if distinct.numel() == 1 and distinct.item() in (0, 1):
            return filled(int(distinct.item()), value.shape)
        if value.ndim == 2 and torch.equal(value, torch.eye(value.shape[0], dtype=value.dtype)):
            return f"eye({value.shape[0]})"
        if _is_causal(value):
            return f"causal_mask({value.shape[0]}, {value.shape[1]})"
        same = (n for n, v in self.constants.items() if v.shape == value.shape and torch.equal(v, value))
        if (name := next(same, None)) is not None:
            return name
        path = self.found.path(known.node) if known.node.op == "placeholder" else None
        roots = self.roots.get(known.node, frozenset())
        name = self._fresh(_called(next(iter(roots))) if len(roots) == 1 else "c")
        self.declared.append(f"{name} : {' '.join(map(str, value.shape))} constant")
        self.constants[name] = value
        if path and self.found.is_buffer(known.node):
            self.paths[name] = path
        return name

    # -- what follows
    def _define(self, node: Any) -> None:
        name = name_of(node)
        if all(isinstance(self.called[a], Known) for a in node.all_input_nodes):
            self.called[node] = self._constant(node)
            return
        if name not in ATEN:
            self._refuse_chance(node)
            raise NotSupported(f"no rule for '{name}' at {self._place(node)}. Add it to ATEN in readers/aten")
        self._refuse_casts(node)
        call = bound(node, self._value, self._written, partial(self._part, node))
        try:
            written = ATEN[name](call)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, RuntimeError):
            raise NotSupported(f"no rule for '{name}' at {self._place(node)} {_settings(call)}") from None
        if call.unasked:
            dropped = ", ".join(f"{n}={_plain(call.nodes[n])}" for n in call.unasked)
            raise NotSupported(f"the rule for '{name}' at {self._place(node)} has no place for {dropped}")
        self.called[node] = written if _is_index(node) else self._named(node, written)

    def _refuse_chance(self, node: Any) -> None:
        if torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            raise NotSupported(f"'{name_of(node)}' at {self._place(node)} is random, so the module is no function")

    def _refuse_casts(self, node: Any) -> None:
        """What makes whole numbers or truth values of a quantity, or a quantity of an index, has no derivative."""
        entering = [a for a in node.all_input_nodes if not isinstance(self.called[a], Known)]
        if _is_index(node) and not _is_followed(node, entering):
            raise NotSupported(
                f"'{name_of(node)}' at {self._place(node)} makes whole numbers or truth values of what is given"
            )
        if not _is_index(node) and any(map(_is_whole, entering)) and name_of(node) in MOVES:
            raise NotSupported(
                f"'{name_of(node)}' at {self._place(node)} reckons with an index as if it were a quantity"
            )

    def _named(self, node: Any, written: Any) -> Any:
        """A name alone is an alias, anything else an equation."""
        if isinstance(written, tuple):
            return tuple(self._named(node, part) for part in written)
        if NAME.fullmatch(written) or AS_IT_IS.fullmatch(written):
            return written
        module = place_of(node)
        alone = module and self.users.get(module) == 1
        return self._equation(f"h_{_identifier(module) if alone else node.name}", written, module)

    def _part(self, node: Any, letter: str, written: str) -> str:
        """The name of a part of what a node computes."""
        if NAME.fullmatch(written):
            return written
        module = place_of(node)
        return self._equation(f"{letter}_{_identifier(module) if module else node.name}", written, module)

    def _equation(self, wanted: str, written: str, module: str) -> str:
        name = self._fresh(wanted)
        self.modules[name] = module
        self.equations.append(f"{name} = {written}")
        return name

    def _value(self, a: Any) -> Any:
        if isinstance(a, list | tuple):
            return [self._value(x) for x in a]
        return self.called[a] if hasattr(a, "users") else a

    def _place(self, node: Any) -> str:
        return f"module '{place_of(node)}'" if place_of(node) else f"the top of {type(self.module).__name__}"

    def _fresh(self, name: str) -> str:
        """A name of the language that nothing has yet, and that is written like no other: x_1 beside x1 is x_1_2."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", name).strip("_")
        name = name if name[:1].isalpha() and not keyword.iskeyword(name) else f"v_{name}"
        base, i = name, 1
        while name in self.taken or not self.written.isdisjoint(_spellings(name)):
            i, name = i + 1, f"{base}_{i + 1}"
        self.taken.add(name)
        self.written.update(_spellings(name))
        return name


def _spellings(name: str) -> tuple[str, ...]:
    """How it is written, with a bar and without, in both media."""
    return tuple(notation.identifier(name, medium, bar=bar) for medium in ("latex", "text") for bar in (False, True))


MOVED = (*MOVES, "view", "reshape", "flatten", "unflatten", "unsqueeze", "squeeze", "_unsafe_view", "view_as")


def _is_index(node: Any) -> bool:
    """Whole numbers: written where they are used, for they have no adjoint."""
    dtype = getattr(node.meta.get("val"), "dtype", None)
    return dtype is not None and not dtype.is_floating_point


def _is_whole(node: Any) -> bool:
    """Whole numbers that are no truth values."""
    return _is_index(node) and not is_truth(node)


def _is_followed(node: Any, entering: list[Any]) -> bool:
    """Truth values that compare quantities or join others; or the same kind, moved."""
    if name_of(node) in COMPARISONS:
        return is_truth(node) and not any(map(_is_whole, entering))
    return name_of(node) in MOVED and all(_is_index(a) and is_truth(a) == is_truth(node) for a in entering)


def _is_causal(value: Any) -> bool:
    """0 on and below the diagonal, −∞ above."""
    if value.ndim != 2 or bool(value.isfinite().all()):
        return False
    return torch.equal(value, torch.full_like(value, -torch.inf).triu(1))


def _needed(result: Any) -> set[Any]:
    needed, waiting = set(), [result]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += node.all_input_nodes
    return needed


def _used(equations: list[str], wanted: str) -> list[str]:
    """The equations that ``wanted`` depends on: of a layer with several results, some may serve nothing."""
    names, kept = set(re.findall(r"\w+", wanted)), []
    for equation in reversed(equations):
        name, _, right = equation.partition(" = ")
        if name in names:
            names |= set(re.findall(r"\w+", right))
            kept.append(equation)
    return kept[::-1]


def _modules_of_one_node(graph: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in graph.nodes:
        if node.op == "call_function" and name_of(node) not in MOVES:
            counts[place_of(node)] = counts.get(place_of(node), 0) + 1
    return counts


def _identifier(path: str) -> str:
    return re.sub(r"\W", "_", path)


def _called(path: str) -> str:
    """W_fc for fc.weight, b_fc for fc.bias, in_proj_W for in_proj_weight."""
    *modules, last = path.split(".")
    kind = next((r for r in ROLES if last.startswith(r) or last.endswith(r)), last)
    rest = last.removesuffix(kind).removeprefix(kind).strip("_")
    return "_".join([ROLES.get(kind, _identifier(kind)), *map(_identifier, modules), *([rest] if rest else [])]).strip(
        "_"
    )


def _settings(call: Call) -> str:
    """What a call says beside its first argument, as far as it is not the default."""
    said = [f"{n}={_plain(call.nodes[n])}" for n in list(call.bound)[1:] if n in call.given]
    return f"with {', '.join(said)}"[:160] if said else "as it is called"


def _plain(value: Any) -> str:
    val = value.meta.get("val") if hasattr(value, "meta") else None
    return f"a tensor of {' × '.join(map(str, val.shape)) or 'one number'}" if val is not None else f"{value}"[:60]
