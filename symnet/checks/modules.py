"""Backward rules of a torch module against the module's own gradients, in float64, at its own parameters."""

import copy
from typing import Any

import numpy as np

from symnet.checks import autograd
from symnet.derivation import Check


def check_module(bp: Any, device: str = "auto", seeds: tuple[int, ...] = (0, 1)) -> Check:
    """Every parameter and every float input: v̄ from the rules = v̄ from the module."""
    import torch

    place, read = autograd.device_of(device), bp.origin
    module = copy.deepcopy(read.module).to(device=place, dtype=torch.float64)
    named: dict[str, Any] = {**dict(module.named_buffers()), **dict(module.named_parameters())}
    errors: dict[str, float] = {}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        inputs = [_drawn(x, rng, place) for x in read.examples]
        module.zero_grad()
        result = module(*inputs)
        y: Any = result if isinstance(result, torch.Tensor) else tuple(_flat(result))[read.output]
        y_bar = rng.normal(size=tuple(y.shape))
        given = {n: named[p] for n, p in read.paths.items()}
        given |= {n: inputs[i] for n, i in read.inputs.items()}
        values = {n: x.detach().cpu().numpy().astype(float) for n, x in given.items()}
        values = {n: v for n, v in values.items() if n in bp.model.declared}
        free = {n: x for n, x in given.items() if x.requires_grad and n in bp.model.declared}
        seeded = np.array(1.0) if not y.ndim else y_bar
        arriving = torch.tensor(seeded, dtype=torch.float64, device=place)
        expected = torch.autograd.grad(y, list(free.values()), arriving, allow_unused=True, materialize_grads=True)
        ours = bp.evaluate(values, {bp.program.output.name: y_bar})
        for (n, _), g in zip(free.items(), expected, strict=True):
            errors[n] = max(errors.get(n, 0.0), autograd.error(ours[n], g.cpu().numpy()))
    worst = max(errors.values(), default=float("inf"))
    sizes = [" × ".join(map(str, x.shape)) or "scalar" for x in read.examples]
    facts = {"module": type(read.module).__name__, "errors": errors}
    return autograd.verdict("the torch module itself", worst, place, seeds, sizes, **facts)


def _drawn(example: Any, rng: np.random.Generator, place: str) -> Any:
    import torch

    if not example.dtype.is_floating_point:
        return example.to(place)
    values = rng.normal(size=tuple(example.shape))
    return torch.tensor(values, dtype=torch.float64, device=place, requires_grad=True)


def _flat(result: Any) -> Any:
    for part in result if isinstance(result, tuple | list) else (result,):
        yield from _flat(part) if isinstance(part, tuple | list) else (part,)
