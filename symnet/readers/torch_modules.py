"""A torch module as a text in the model language, through `torch.export`.

Every node of the exported graph becomes one equation, by a table from ATen operators to the language; what only moves
to another name (dropout in eval mode, contiguous, …) becomes none. A node without an entry is refused by its name and
the module that it comes from.

W_blocks_0_fc, b_blocks_0_fc   the weight and bias at the path blocks.0.fc; h_blocks_0_fc its output
"""

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from symnet.backprop.record import WORDS
from symnet.errors import InvalidInput, NotSupported
from symnet.readers.aten import ATEN, CONSTANT, MOVES, Call

NAME = re.compile(r"[A-Za-z]\w*")
ROLES = {"weight": "W", "bias": "b", "running_mean": "mean", "running_var": "variance"}


@dataclass(frozen=True)
class TorchModel:
    """What was read: the text, and for each declared name its path in the module, or the number of an input.

    modules    for each equation, the path of the module that computes it
    """

    text: str
    paths: Mapping[str, str]
    inputs: Mapping[str, int]
    module: Any = field(compare=False)
    examples: tuple[Any, ...] = field(compare=False)
    output: int = 0
    modules: Mapping[str, str] = field(default_factory=dict)


def read_module(module: Any, *shapes: Any, output: int = 0) -> TorchModel:
    """The module at example inputs: a shape each, or a tensor where an input holds indices."""
    examples = tuple(_example(shape, module) for shape in shapes)
    if not examples:
        raise InvalidInput("a torch module needs the shape of each input, as in backprop(module, (2, 16, 32))")
    return _Reader(module, _exported(module, examples), examples, output).read()


def _example(shape: Any, module: Any) -> Any:
    import torch

    if isinstance(shape, torch.Tensor):
        return shape
    first = next(iter(module.parameters()), torch.empty(0))
    try:
        return torch.randn(*shape, dtype=first.dtype, device=first.device)
    except TypeError:
        raise InvalidInput(f"{shape!r} is neither a shape nor a tensor; write a tuple such as (2, 16)") from None


def _exported(module: Any, examples: tuple[Any, ...]) -> Any:
    import torch

    from symnet.readers.torch_care import quiet

    try:
        with quiet():
            return torch.export.export(module, examples)
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise InvalidInput(f"torch.export cannot trace {type(module).__name__} at these shapes: {said}") from None


# ---------------------------------------------------------------------- reading
class _Reader:
    """The state of one reading: what each node of the graph is called, and the lines so far."""

    def __init__(self, module: Any, exported: Any, examples: tuple[Any, ...], output: int) -> None:
        self.module, self.exported, self.examples, self.output = module, exported, examples, output
        self.called: dict[Any, Any] = {}  # a name, a constant tensor, or a tuple of names for several results
        self.declared: list[str] = []
        self.equations: list[str] = []
        self.modules: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.inputs: dict[str, int] = {}
        self.taken: set[str] = set(WORDS)
        self.users = _modules_of_one_node(exported.graph)

    def read(self) -> TorchModel:
        nodes = list(self.exported.graph.nodes)
        results = nodes[-1].args[0]
        if not self.output < len(results):
            raise InvalidInput(f"the module has {len(results)} outputs, so output {self.output} is none of them")
        needed = _needed(results[self.output])
        for node in nodes:
            if node in needed:
                self._read(node)
        last = self.called[results[self.output]]
        self.equations = _used(self.equations, last)
        if not self.equations or not self.equations[-1].startswith(f"{last} ="):
            self.equations.append(f"{self._fresh('y')} = {last}")
        words = set(re.findall(r"\w+", "\n".join(self.equations)))
        declared = [line for line in self.declared if line.split(" : ")[0] in words]  # a buffer may only be counted in
        text = "\n".join([f"# {type(self.module).__name__}", *declared, *self.equations])
        return TorchModel(text, self.paths, self.inputs, self.module, self.examples, self.output, self.modules)

    def _read(self, node: Any) -> None:
        if node.op == "placeholder":
            self._declare(node)
        elif node.target is operator.getitem:
            self.called[node] = self.called[node.args[0]][node.args[1]]
        elif node.op == "call_function":
            self._define(node)

    # -- what is given
    def _declare(self, node: Any) -> None:
        signature, value = self.exported.graph_signature, node.meta["val"]
        parameters, buffers = signature.inputs_to_parameters, signature.inputs_to_buffers
        path = parameters.get(node.name) or buffers.get(node.name)
        constant = self._constant(path) if node.name in buffers else None
        if constant is not None:
            self.called[node] = constant
            return
        name = self._fresh(_called(path) if path else ("x" if node.name == "input" else node.name))
        self.called[node] = name
        kind = "parameter" if node.name in parameters else "input"
        shape = " ".join(map(str, value.shape)) or "scalar"
        if not value.dtype.is_floating_point:
            kind = f"index {self._bound(node)}"
        self.declared.append(f"{name} : {shape} {kind}")
        if path:
            self.paths[name] = path
        else:
            self.inputs[name] = list(signature.user_inputs).index(node.name)

    def _constant(self, path: Any) -> Any:
        """A buffer that holds truth values or whole numbers is a constant of the model."""
        import torch

        value = dict(self.module.named_buffers()).get(path)
        return value if isinstance(value, torch.Tensor) and not value.dtype.is_floating_point else None

    def _bound(self, node: Any) -> int:
        """An index stays below the number of rows that it selects from."""
        waiting = list(node.users)
        while waiting:
            user = waiting.pop()
            name = _operator(user)
            if _is_index(user):
                waiting += user.users
            if name == "embedding":
                return int(user.args[0].meta["val"].shape[0])
            if name in ("cross_entropy_loss", "nll_loss", "nll_loss_nd"):
                return int(user.args[0].meta["val"].shape[1])
        raise NotSupported(f"the integer input '{node.name}' is neither the index of an embedding nor a target")

    # -- what follows
    def _define(self, node: Any) -> None:
        name = _operator(node)
        arguments = [self._value(a) for a in node.args]
        options = {k: self._value(v) for k, v in node.kwargs.items()}
        if name in CONSTANT and not any(isinstance(a, str) and not a.startswith("'") for a in arguments):
            options = {k: v for k, v in options.items() if k not in ("pin_memory", "device")}  # values, also on meta
            self.called[node] = node.target(*arguments, **options)
            return
        if name not in ATEN:
            raise NotSupported(f"no rule for '{name}' at {self._place(node)}. Add it to ATEN in readers/aten")
        call = Call(node, arguments, options, partial(self._part, node))
        try:
            written = ATEN[name](call)
        except (TypeError, IndexError, KeyError, AttributeError, RuntimeError):
            raise NotSupported(f"'{name}' at {self._place(node)} with the arguments {_brief(node)}") from None
        self.called[node] = written if _is_index(node) else self._named(node, written)

    def _named(self, node: Any, written: Any) -> Any:
        """A name alone is an alias, anything else an equation."""
        if isinstance(written, tuple):
            return tuple(self._named(node, part) for part in written)
        if not isinstance(written, str) or NAME.fullmatch(written):
            return written
        module = _module(node)
        alone = module and self.users.get(module) == 1
        return self._equation(f"h_{_identifier(module) if alone else node.name}", written, module)

    def _part(self, node: Any, letter: str, written: str) -> str:
        """The name of a part of what a node computes."""
        if NAME.fullmatch(written):
            return written
        module = _module(node)
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
        return f"module '{_module(node)}'" if _module(node) else f"the top of {type(self.module).__name__}"

    def _fresh(self, name: str) -> str:
        base, i = name, 1
        while name in self.taken:
            i, name = i + 1, f"{base}_{i + 1}"
        self.taken.add(name)
        return name


def _is_index(node: Any) -> bool:
    """Whole numbers: written where they are used, for they have no adjoint."""
    dtype = getattr(node.meta.get("val"), "dtype", None)
    return dtype is not None and not dtype.is_floating_point


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


def _operator(node: Any) -> str:
    schema = getattr(node.target, "_schema", None)
    return schema.name.split("::")[1] if schema else str(node.target)


def _module(node: Any) -> str:
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return stack[-1][0] if stack else ""


def _modules_of_one_node(graph: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in graph.nodes:
        if node.op == "call_function" and _operator(node) not in MOVES:
            counts[_module(node)] = counts.get(_module(node), 0) + 1
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


def _brief(node: Any) -> str:
    return str(node.args)[:120]
