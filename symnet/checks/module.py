"""A table that was read from a torch module, against the module: its parameters, and torch's own counter on meta.

FlopCounterMode on the CPU misses attention (pytorch issue 195460), so it always runs on meta. A parameter counts if the
output depends on it, which autograd knows.
"""

from typing import Any

import sympy as sp
import torch
from torch.utils import _pytree as pytree
from torch.utils.flop_counter import FlopCounterMode

from symnet.counts.sizes import evaluate
from symnet.counts.table import CountTable
from symnet.derivation import Check


def check_module(table: CountTable) -> tuple[Check, ...]:
    """Two exact checks, at the sizes that the module has and that torch was shown for the letters of the input."""
    module, shapes, sizes = table.module
    batch, sizes = _batch(table.batch, sizes)
    stated = {q: _at(getattr(table.total, q), sizes) for q in ("parameters", "connections")}
    numbers = {s.name: n for s, n in sizes.items()}
    entering = [[numbers.get(side, side) if isinstance(side, str) else side for side in shape] for shape in shapes]
    one = entering[0][0]
    flops, used = _run(module, [[batch, *shape[1:]] if shape[0] == one else shape for shape in entering])
    measured = {"parameters": used, "connections": flops // 2}
    where = {"torch": torch.__version__, "device": "meta", "sizes": numbers}
    return tuple(
        Check(f"{q} equal torch's", "exact", stated[q] == measured[q],
              {"stated": stated[q], "torch has": measured[q], **where})
        for q in stated
    )  # fmt: skip


def _batch(batch: Any, sizes: Any) -> tuple[int, Any]:
    """How many examples are tried, and the sizes with that number for a batch that is a letter."""
    return (batch, sizes) if isinstance(batch, int) else (2, {batch: 2, **sizes})


def _at(formula: Any, sizes: Any) -> int:
    return evaluate(sp.sympify(formula), sizes)


def _run(module: Any, shapes: list[Any]) -> tuple[int, int]:
    """Twice the multiply-adds of one run at test time; elements of the parameters that the output depends on."""
    parameters = {name: torch.empty_like(p, device="meta").requires_grad_() for name, p in module.named_parameters()}
    buffers = {name: torch.empty_like(b, device="meta") for name, b in module.named_buffers()}
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with FlopCounterMode(display=False) as flops:
            out = _called(module, {**parameters, **buffers}, shapes)
        total = sum(x.sum() for x in pytree.tree_leaves(out) if isinstance(x, torch.Tensor) and x.is_floating_point())
        assert isinstance(total, torch.Tensor)
        gradients = torch.autograd.grad(total, tuple(parameters.values()), allow_unused=True)
        used = sum(p.numel() for p, g in zip(parameters.values(), gradients, strict=True) if g is not None)
        return flops.get_total_flops(), used
    finally:
        for part, training in modes:
            part.training = training


def _called(module: Any, tensors: Any, shapes: list[Any]) -> Any:
    """The module's output for floats, or for integers where an embedding takes them."""
    floats, integers = (
        tuple(torch.empty(s, dtype=d, device="meta") for s in shapes) for d in (torch.float32, torch.int64)
    )
    try:
        return torch.func.functional_call(module, tensors, floats)
    except RuntimeError as error:
        if "indices" not in str(error):
            raise
    return torch.func.functional_call(module, tensors, integers)
