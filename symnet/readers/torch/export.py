"""What torch says of a module: its graph as values, what each placeholder is, and that the graph is the module.

Everything is looked at in float64, on a copy of the module, so that what is folded is not rounded to the user's floats.
"""

import contextlib
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.utils import _pytree as pytree

from symnet.errors import InvalidInput, NotSupported, SymnetError
from symnet.readers.torch.care import quiet
from symnet.readers.torch.effects import pure, replayed

NEAR = 1e-6  # between two runs in float64; what is wrong is wrong by more
Tensors = tuple[Any, ...]


@dataclass(frozen=True)
class Exported:
    """The graph of ``module``, a copy in float64, at ``examples``; ``inputs`` are its placeholders' tensors."""

    module: nn.Module
    examples: Tensors
    program: Any
    graph: fx.Graph
    on_meta: bool

    # -- what a placeholder is
    @property
    def _signature(self) -> Any:
        return self.program.graph_signature

    @property
    def results(self) -> list[fx.Node]:
        """The nodes of what the module gives back; what it leaves in its buffers stands before."""
        output = next(node for node in self.graph.nodes if node.op == "output")
        return list(output.args[0])[-len(self._signature.user_outputs) :]  # type: ignore[arg-type]

    def path(self, node: fx.Node) -> str:
        """Where in the module the tensor of a placeholder is; none for an input."""
        signature = self._signature
        constants = getattr(signature, "inputs_to_lifted_tensor_constants", {})
        found = signature.inputs_to_parameters.get(node.target) or signature.inputs_to_buffers.get(node.target)
        lifted = constants.get(node.target, "")
        return found or ("" if lifted.startswith("lifted_tensor") else lifted)

    def is_parameter(self, node: fx.Node) -> bool:
        return node.target in self._signature.inputs_to_parameters

    def is_buffer(self, node: fx.Node) -> bool:
        return node.target in self._signature.inputs_to_buffers

    def number(self, node: fx.Node) -> int:
        return list(self._signature.user_inputs).index(node.target)

    def known(self, node: fx.Node) -> Any:
        """The tensor of a placeholder that is neither an input nor a parameter; none where it has no values."""
        if self.is_parameter(node) or node.target in self._signature.user_inputs:
            return None
        value = _tensor_of(self.program, self.module, node.target)
        return None if value is None or value.is_meta else value.detach()

    def values(self, arguments: Any, called: Mapping[fx.Node, Any]) -> Any:
        """Arguments with the known tensors in the place of their nodes."""

        def value(a: Any) -> Any:
            found = called[a]
            return [k.tensor for k in found] if isinstance(found, tuple) else found.tensor

        return fx.node.map_arg(arguments, value)

    # -- the laws
    def agrees(self, output: int, read: set[str]) -> tuple[str, ...]:
        """The parameters that the output does not depend on.

        Raises `NotSupported` where the graph is not the module, or where a parameter that counts is not in ``read``.
        """
        names = dict(self.module.named_parameters())
        if self.on_meta:
            return tuple(sorted(set(names) - self._alike(read)))
        inputs = self._running(output)
        by_module, used = self._gradients(output, None, inputs)
        try:
            by_graph, _ = self._gradients(output, self.graph, inputs)
        except RuntimeError as error:
            raise NotSupported(f"the graph of {type(self.module).__name__} does not run: {str(error)[:160]}") from None
        for name, (a, b) in {k: (by_module[k], by_graph[k]) for k in by_module}.items():
            if not _near(a, b):
                raise NotSupported(
                    f"the exported graph of {type(self.module).__name__} is not the module: its {name} differs; "
                    "does it have a backward of its own, a hook, or state that changes?"
                )
        if lost := sorted(used - self._alike(read)):
            raise NotSupported(f"the parameter '{lost[0]}' is used, and the reading has no place for it")
        return tuple(sorted(set(names) - self._alike(read)))

    def _alike(self, paths: set[str]) -> set[str]:
        """The first name of each parameter that one of these paths has: tied weights have several."""
        first = {id(p): n for n, p in self.module.named_parameters()}
        every = dict(self.module.named_parameters(remove_duplicate=False))
        return {first[id(every[path])] for path in paths if path in every}

    def _running(self, output: int) -> Tensors:
        """Inputs at which the module gives numbers: the examples, or some between 0 and 1."""
        between = tuple(_between(x) if x.dtype.is_floating_point else x for x in self.examples)
        said = "it gives what is not finite"
        for inputs in (self.examples, between):
            try:
                with torch.no_grad(), quiet():
                    y = self._run(copied_in_float64(self.module), [x.clone() for x in inputs], None)[output]
                if bool(torch.isfinite(y).all()):
                    return inputs
            except Exception as error:  # a module raises anything
                said = " ".join(str(error).split())[:160]
        raise InvalidInput(
            f"{type(self.module).__name__} does not run on random inputs: {said}; "
            "give tensors that it takes in place of shapes"
        )

    def _gradients(self, output: int, graph: "fx.Graph | None", inputs: Tensors) -> tuple[dict[str, Any], set[str]]:
        """The output and its gradients, by the module or by a graph, and the parameters that have one."""
        module = copied_in_float64(self.module)
        leaves = {n: p for n, p in module.named_parameters() if p.dtype.is_floating_point}
        for p in leaves.values():
            p.requires_grad_()
        own = [x.detach().clone().requires_grad_() if x.dtype.is_floating_point else x for x in inputs]
        entering = [x.clone() if x.dtype.is_floating_point else x for x in own]
        with quiet():
            y = self._run(module, entering, graph)[output]
        found: dict[str, Any] = {"value": y.detach()}
        leaves |= {f"input {i}": x for i, x in enumerate(own) if x.requires_grad}
        if not y.dtype.is_floating_point or not y.requires_grad or not leaves:
            return found, set()
        weights = torch.linspace(-1, 2, y.numel(), dtype=y.dtype, device=y.device).reshape(y.shape)
        try:
            gradients = torch.autograd.grad(y, list(leaves.values()), weights, allow_unused=True)
        except RuntimeError as error:
            said = str(error).split(". Hint")[0]
            raise InvalidInput(f"torch cannot differentiate {type(module).__name__}: {said}") from None
        for (name, x), g in zip(leaves.items(), gradients, strict=True):
            found[f"gradient of {name}"] = torch.zeros_like(x) if g is None else g
        return found, {
            n for n, g in zip(leaves, gradients, strict=True) if g is not None and not n.startswith("input ")
        }

    def _run(self, module: nn.Module, entering: list[Any], graph: "fx.Graph | None") -> list[Any]:
        if graph is None:
            return list(pytree.tree_leaves(module(*entering)))
        given = _given(self.program, module, entering)
        return list(replayed(graph, given))[-len(self._signature.user_outputs) :]


def exported(module: Any, examples: Tensors) -> Exported:
    """The module through `torch.export`, on a copy in float64; of one on meta there is none."""
    _refuse_hooks(module)
    doubled, inputs = module, examples
    if not _on_meta(module):
        doubled = copied_in_float64(module)
        inputs = tuple(x.double() if x.dtype.is_floating_point else x for x in examples)
    try:
        with quiet():
            program = torch.export.export(doubled, inputs)
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise InvalidInput(f"torch.export cannot trace {type(module).__name__} at these shapes: {said}") from None
    return Exported(doubled, inputs, program, _pure(program, doubled, inputs), _on_meta(module))


def _pure(program: Any, module: nn.Module, inputs: Tensors) -> fx.Graph:
    try:
        with quiet():
            return pure(program, _given(program, module, list(inputs)))
    except SymnetError:
        raise
    except Exception as error:  # torch raises anything where a graph is run
        said = " ".join(str(error).split())[:160]
        raise NotSupported(f"the exported graph of {type(module).__name__} does not run: {said}") from None


def _on_meta(module: nn.Module) -> bool:
    return any(t.is_meta for t in [*module.parameters(), *module.buffers()])


def _refuse_hooks(module: nn.Module) -> None:
    for name, p in module.named_parameters():
        if p._backward_hooks or getattr(p, "_post_accumulate_grad_hooks", None):
            raise NotSupported(f"the parameter '{name}' has a hook that changes its gradient; remove it")


@contextlib.contextmanager
def in_precision_of(module: nn.Module) -> Iterator[None]:
    """Tensors that a module makes are in float64, as its parameters are; of a module on meta nothing changes."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(before if _on_meta(module) else torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def copied_in_float64(module: nn.Module) -> nn.Module:
    """A copy whose parameters, buffers and plain tensors are in float64; tied weights stay tied."""
    plain = [x for part in module.modules() for x in vars(part).values() if isinstance(x, torch.Tensor)]
    try:
        module = copy.deepcopy(module, {id(x): x.detach().clone() for x in plain}).to(torch.float64)
    except Exception as error:  # what a module holds may refuse it
        said = " ".join(str(error).split())[:160]
        raise InvalidInput(f"{type(module).__name__} cannot be copied to look at it in float64: {said}") from None
    for part in module.modules():
        for name, value in list(vars(part).items()):
            if isinstance(value, torch.Tensor) and value.dtype.is_floating_point:
                vars(part)[name] = value.to(torch.float64)
    return module


def _tensor_of(program: Any, module: nn.Module, placeholder: str) -> Any:
    """What a placeholder stands for: a parameter, a buffer, or a tensor that was met on the way."""
    signature = program.graph_signature
    tables = (signature.inputs_to_parameters, signature.inputs_to_buffers)
    path = next((t[placeholder] for t in tables if placeholder in t), None)
    if path is None:
        lifted = getattr(signature, "inputs_to_lifted_tensor_constants", {}).get(placeholder)
        return program.constants.get(lifted)
    every = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers(remove_duplicate=False))
    return every.get(path, program.constants.get(path))


def _given(program: Any, module: nn.Module, inputs: list[Any]) -> list[Any]:
    """A tensor for each placeholder of the graph, in order."""
    numbers = {name: i for i, name in enumerate(program.graph_signature.user_inputs)}
    return [
        inputs[numbers[node.name]] if node.name in numbers else _tensor_of(program, module, node.name)
        for node in program.graph.nodes
        if node.op == "placeholder"
    ]


def _near(a: Any, b: Any) -> bool:
    scale = max(1.0, float(a.detach().abs().nan_to_num().max())) if a.numel() else 1.0
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=0, atol=NEAR * scale, equal_nan=True)


def _between(x: Any) -> Any:
    return torch.linspace(0.1, 0.9, x.numel(), dtype=x.dtype, device=x.device).reshape(x.shape)
