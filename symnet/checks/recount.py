"""The multiply-adds of a torch module, counted while it runs without numbers; no graph and no record is used here.

Every operation that torch dispatches is seen, whatever region or module it stands in: attention as the two products
that it is, a recurrent layer step by step. Two laws follow for a table that was read from the module:

parameters    those of the rows and those named as unused are together all elements of the module's tensors
connections   those of the rows are the multiply-adds of the run
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from symnet.counts.sizes import evaluate
from symnet.counts.table import CountTable
from symnet.errors import NotSupported


def _convolved(out: Any, x: Any, weight: Any, *rest: Any) -> int:
    """Each number that leaves meets a filter; each that arrives does, if the convolution is transposed."""
    transposed = rest[4]
    return (x if transposed else out).numel() * math.prod(weight.shape[1:])


def _trilinear(out: Any, a: Any, b: Any, c: Any, *added: Any) -> int:
    """Of three tensors with axes of one added to each, broadcast against each other."""
    sides = []
    for tensor, axes in zip((a, b, c), added, strict=False):
        for axis in sorted(axes):
            tensor = tensor.unsqueeze(axis)
        sides.append(tensor.shape)
    return math.prod(torch.broadcast_shapes(*sides))


MULTIPLY: dict[str, Callable[..., int]] = {
    "mm": lambda out, a, b, *_: a.numel() * b.shape[1],
    "addmm": lambda out, _, a, b, *__: a.numel() * b.shape[1],
    "bmm": lambda out, a, b, *_: a.numel() * b.shape[2],
    "baddbmm": lambda out, _, a, b, *__: a.numel() * b.shape[2],
    "addbmm": lambda out, _, a, b, *__: a.numel() * b.shape[2],
    "mv": lambda out, a, b: a.numel(),
    "addmv": lambda out, _, a, b, *__: a.numel(),
    "dot": lambda out, a, b: a.numel(),
    "vdot": lambda out, a, b: a.numel(),
    "convolution": _convolved,
    "_trilinear": _trilinear,
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What was seen: the operations that multiply, in order, with their multiply-adds; the parameters that met any."""

    products: tuple[tuple[str, int], ...]
    used: frozenset[str]

    @property
    def connections(self) -> int:
        return sum(n for _, n in self.products)


class _Watching(TorchDispatchMode):
    def __init__(self, parameters: dict[int, str]) -> None:
        super().__init__()
        self.parameters, self.used = parameters, set()
        self.products: list[tuple[str, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in MULTIPLY:
            self.products.append((name, MULTIPLY[name](out, *args)))
        flat = (t for a in (*args, *(kwargs or {}).values()) for t in (a if isinstance(a, list | tuple) else (a,)))
        self.used |= {self.parameters[id(t)] for t in flat if id(t) in self.parameters}
        return out


def run(module: nn.Module, shapes: Sequence[Sequence[int]]) -> Run:
    """One run at test time on the meta device, of floats, or of integers where an embedding takes them.

    Raises NotSupported where the module cannot run without numbers, with torch's reason.
    """
    try:
        return _run(module, shapes, _real(module))
    except Exception as error:  # a module raises anything
        if "indices" not in str(error):
            raise NotSupported(_first_line(error)) from None
    try:
        return _run(module, shapes, torch.int64)
    except Exception as error:
        raise NotSupported(_first_line(error)) from None


def _run(module: nn.Module, shapes: Sequence[Sequence[int]], dtype: torch.dtype) -> Run:
    parameters = {name: torch.empty_like(p, device="meta") for name, p in module.named_parameters()}
    buffers = {name: torch.empty_like(b, device="meta") for name, b in module.named_buffers()}
    watching = _Watching({id(p): name for name, p in parameters.items()})
    with _at_test_time(module), sdpa_kernel(SDPBackend.MATH), torch.device("meta"):
        inputs = tuple(torch.empty(tuple(shape), dtype=dtype) for shape in shapes)
        with watching:
            torch.func.functional_call(module, {**parameters, **buffers}, inputs)
    return Run(tuple(watching.products), frozenset(watching.used))


@contextlib.contextmanager
def _at_test_time(module: nn.Module) -> Iterator[None]:
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _real(module: nn.Module) -> torch.dtype:
    return next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"[:160]


# ---------------------------------------------------------------------- the laws
def conserved(table: CountTable) -> CountTable:
    """The table, if nothing of its module is lost in it; if the module does not run without numbers, it says so.

    Raises NotSupported with the difference.
    """
    module, shapes, sizes = table.module
    of_module = sum(p.numel() for p in module.parameters())
    stated = _at(table.total.parameters, sizes)
    named = sum(_at(elements, sizes) for elements in table.unused.values())
    if stated + named != of_module:
        raise NotSupported(
            f"{table.title} has {of_module} parameters, and its rows hold {stated}, with {named} unused: "
            f"{abs(of_module - stated - named)} are {'lost' if stated + named < of_module else 'counted twice'}; "
            "please report this module"
        )
    try:
        seen = run(module, shapes)
    except NotSupported as error:
        return replace(table, notes=(*table.notes, f"connections are not recounted, for it does not run so: {error}"))
    if (connections := _at(table.total.connections, sizes)) != seen.connections:
        by_name: dict[str, int] = {}
        for name, n in seen.products:
            by_name[name] = by_name.get(name, 0) + n
        did = ", ".join(f"{name} {n}" for name, n in by_name.items()) or "none"
        raise NotSupported(
            f"{table.title}: its rows hold {connections} connections, and a run of it makes {seen.connections} "
            f"multiply-adds ({did}); what differs by {abs(connections - seen.connections)} has no reader in "
            "readers/torch/nodes.py"
        )
    return table


def _at(formula: Any, sizes: Any) -> int:
    return evaluate(sp.sympify(formula, strict=True), sizes)


def examples(module: nn.Module, shapes: Sequence[Sequence[int]], count: int) -> bool:
    """Whether ``count`` along the first axes are so many examples: the same operations, each ``count`` times as large.

    ``shapes`` hold one example, an axis of 1 where examples stand. It is false for steps in time, and for keys.
    """
    one, many = (run(module, [[n, *shape[1:]] if shape[0] == 1 else shape for shape in shapes]) for n in (1, count))
    return many.products == tuple((name, count * n) for name, n in one.products)
