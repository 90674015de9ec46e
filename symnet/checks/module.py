"""A table that was read from a torch module, against the module: its parameters, and torch's own counter on meta.

FlopCounterMode on the CPU misses attention (pytorch issue 195460), so it always runs on meta; products of vectors it
does not know, and is told. A parameter counts if an operation of a run takes it.
"""

from typing import Any

import sympy as sp
import torch
from torch.utils.flop_counter import FlopCounterMode

from symnet.checks.recount import MULTIPLY, run
from symnet.counts.sizes import evaluate
from symnet.counts.table import CountTable
from symnet.derivation import Check


def check_module(table: CountTable) -> tuple[Check, ...]:
    """Two exact checks, at the sizes that the module has and that torch was shown for the letters of the input."""
    module, shapes, sizes = table.module
    batch, sizes = _batch(table.batch, sizes)
    entering = [[batch, *shape[1:]] if batch != 1 and shape[0] == 1 else shape for shape in shapes]
    with FlopCounterMode(display=False, custom_mapping=_TOLD) as flops:
        used = run(module, entering).used
    elements = {name: p.numel() for name, p in module.named_parameters()}
    measured = {"parameters": sum(elements[name] for name in used), "connections": flops.get_total_flops() // 2}
    where = {"torch": torch.__version__, "device": "meta", "sizes": {s.name: n for s, n in sizes.items()}}
    return tuple(
        Check(f"{q} equal torch's", "exact", stated == measured[q],
              {"stated": stated, "torch has": measured[q], **where})
        for q in measured
        for stated in [evaluate(sp.sympify(getattr(table.total, q), strict=True), sizes)]
    )  # fmt: skip


def _told(name: str) -> Any:
    def flops(*args: Any, out_val: Any = None, **kwargs: Any) -> int:
        return 2 * MULTIPLY[name](out_val, *args)

    flops._get_raw = True  # type: ignore[attr-defined] - torch's mark: tensors are given, not their shapes
    return flops


_TOLD = {getattr(torch.ops.aten, name): _told(name) for name in ("mv", "addmv", "dot", "vdot", "addbmm", "_trilinear")}


def _batch(batch: Any, sizes: Any) -> tuple[int, Any]:
    """How many examples are tried, and the sizes with that number for a batch that is a letter."""
    return (batch, sizes) if isinstance(batch, int) else (2, {batch: 2, **sizes})
